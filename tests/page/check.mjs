// Opens the page of `towhom dpia --format html` in Chromium and checks what a reader needs: it renders without an error,
// asks the network for nothing, search and diagrams work by keyboard, and axe-core finds no violation, in light and dark.
//
// usage: node tests/page/check.mjs PAGE.html FOLDER_WITH_NODE_MODULES [SCREENSHOT.png]
// CHROMIUM names the browser, by default `chromium`.

import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [page_file, modules, screenshot] = process.argv.slice(2);
if (!page_file || !modules) {
  console.error("usage: node tests/page/check.mjs PAGE.html FOLDER_WITH_NODE_MODULES [SCREENSHOT.png]");
  process.exit(2);
}
const require = createRequire(resolve(modules, "package.json"));
const { chromium } = require("playwright-core");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

const problems = [];
const expect = (holds, text) => {
  if (!holds) problems.push(text);
};

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] });
for (const colorScheme of ["light", "dark"]) {
  // The page's own policy forbids scripts from outside: axe needs to get around it, the page does not.
  const context = await browser.newContext({ colorScheme, bypassCSP: true, viewport: { width: 1280, height: 900 } });
  const page = await context.newPage();
  page.on("console", (message) => {
    if (message.type() === "error") problems.push(`console: ${message.text()}`);
  });
  page.on("pageerror", (error) => problems.push(`error: ${error}`));
  page.on("dialog", (dialog) => {
    problems.push(`a script of the scanned code ran: ${dialog.message()}`);
    dialog.dismiss();
  });
  const address = pathToFileURL(resolve(page_file)).href;
  page.on("request", (request) => {
    if (request.url() !== address && !request.url().startsWith("data:")) problems.push(`request: ${request.url()}`);
  });
  await page.goto(address);
  expect((await page.locator("main section.leaf").count()) > 8, "sections are missing");

  const all = await page.locator("section.leaf:visible").count();
  await page.keyboard.press("Tab");
  expect(await page.evaluate(() => document.activeElement.className === "skip"), "the first stop is not the skip link");
  await page.fill("#search", "gpt-4o");
  const found = await page.locator("section.leaf:visible").count();
  expect(found > 0 && found < all, `search shows ${found} of ${all} sections`);
  expect(/\d/.test(await page.locator("#hits").textContent()), "the search does not say what it found");
  await page.fill("#search", "no such words anywhere");
  expect((await page.locator("section.leaf:visible").count()) === 0, "search shows what does not fit");
  await page.fill("#search", "");

  const image = page.locator("figure.dg svg").first();
  const before = (await image.boundingBox()).width;
  await page.locator('[data-zoom="in"]').first().focus();
  await page.keyboard.press("Enter");
  expect((await image.boundingBox()).width > before, "the diagram does not grow");
  await page.locator('[data-zoom="reset"]').first().click();
  expect(Math.abs((await image.boundingBox()).width - before) < 1, "the diagram does not go back");
  const ids = await page.evaluate(() => [...document.querySelectorAll("[id]")].map((e) => e.id));
  const targets = await page.evaluate(() => [...document.querySelectorAll('a[href^="#"]')].map((a) => a.getAttribute("href").slice(1)));
  for (const target of targets) expect(ids.includes(target), `#${target} leads nowhere`);

  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
  for (const v of violations) problems.push(`${colorScheme}: axe ${v.id}: ${v.help}: ${v.nodes[0].html.slice(0, 160)}`);

  const painted = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const first = await painted();
  await page.click("#theme");
  expect((await painted()) !== first, "the button for light and dark does nothing");
  await page.click("#theme");
  expect((await painted()) === first, "the button for light and dark does not go back");
  if (screenshot) await page.screenshot({ path: screenshot.replace(".png", `-${colorScheme}.png`), fullPage: false });
  await context.close();
}

// As it is, with its own policy, and on paper.
const context = await browser.newContext();
const page = await context.newPage();
page.on("console", (message) => {
  if (message.type() === "error") problems.push(`with its policy: ${message.text()}`);
});
await page.goto(pathToFileURL(resolve(page_file)).href);
await page.fill("#search", "x");
await page.emulateMedia({ media: "print" });
expect(!(await page.locator("nav").isVisible()), "the contents are printed");
expect((await page.pdf({ format: "A4" })).length > 10_000, "nothing is printed");
await browser.close();

for (const problem of new Set(problems)) console.error(problem);
console.log(problems.length === 0 ? "the page is fine" : `${new Set(problems).size} problems`);
process.exit(problems.length === 0 ? 0 : 1);
