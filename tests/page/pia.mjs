// Imports a file of `towhom dpia --format pia` into the CNIL's PIA software and compares what it stored with the file. Not part
// of `.ci/run`, since the software has to be built first (its sources: github.com/LINCnil/pia, `ng build pia-angular`) and
// served, for example with `python3 -m http.server` in dist/pia-angular/browser.
//
// usage: node tests/page/pia.mjs ADDRESS FILE.json FOLDER_WITH_NODE_MODULES [FOLDER_FOR_SCREENSHOTS]
// CHROMIUM names the browser, by default `/usr/bin/chromium`.

import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";

const [address, file, modules, pictures] = process.argv.slice(2);
if (!modules) {
  console.error("usage: node tests/page/pia.mjs ADDRESS FILE.json FOLDER_WITH_NODE_MODULES [FOLDER_FOR_SCREENSHOTS]");
  process.exit(2);
}
const { chromium } = createRequire(resolve(modules, "package.json"))("playwright-core");
const written = JSON.parse(readFileSync(file, "utf8"));
const problems = [];

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] });
const page = await browser.newPage({ viewport: { width: 1300, height: 900 } });
page.on("pageerror", (error) => problems.push(`error: ${error}`));
page.on("dialog", (dialog) => {
  problems.push(`a script of the scanned code ran: ${dialog.message()}`);
  dialog.dismiss();
});
// The introductions lie over the page.
await page.addInitScript(() => {
  for (const tour of ["Dashboard", "Entry", "Evaluation", "Validated"]) localStorage.setItem(`onboarding${tour}Confirmed`, "true");
});
await page.goto(`${address}/#/entries`, { waitUntil: "networkidle" });
await page.locator("#import_file").first().setInputFiles(file);
await page.waitForTimeout(4000);

const stored = await page.evaluate(async () => {
  const done = (request) => new Promise((ok, no) => ((request.onsuccess = () => ok(request.result)), (request.onerror = no)));
  const all = {};
  for (const table of ["pia", "answer", "measure", "evaluation", "comment"]) {
    const database = await done(indexedDB.open(table));
    all[table] = await done(database.transaction(table).objectStore(table).getAll());
    database.close();
  }
  return all;
});
const entry = stored.pia.find((one) => one.name.startsWith("(IMPORT)"));
// The software gives ids, its own dates, and says to which assessment a row belongs.
const plain = (rows) =>
  rows.map(({ id, pia_id, created_at, updated_at, ...rest }) => JSON.stringify(rest, Object.keys(flat(rest)).sort())).sort();
const flat = (value) =>
  value && typeof value === "object"
    ? Object.entries(value).reduce((keys, [key, inner]) => ({ ...keys, [key]: 0, ...flat(inner) }), {})
    : {};
for (const [list, table] of [["answers", "answer"], ["measures", "measure"], ["evaluations", "evaluation"], ["comments", "comment"]]) {
  const here = plain(written[list]);
  const there = plain(stored[table].filter((row) => row.pia_id === entry.id));
  console.log(`${list}: ${here.length} written, ${there.length} stored`);
  if (JSON.stringify(here) !== JSON.stringify(there)) problems.push(`${list} are not stored as they were written`);
}
for (const place of ["preview/ID", "pia/ID/section/1/item/1", "pia/ID/section/1/item/2", "pia/ID/section/2/item/1"]) {
  await page.goto(`${address}/#/${place.replace("ID", entry.id)}`);
  await page.waitForTimeout(2500);
  const wide = await page.evaluate(() => [...document.querySelectorAll("table")].filter((t) => t.scrollWidth > t.parentElement.clientWidth + 1).length);
  if (wide) problems.push(`${place}: ${wide} tables are wider than their column`);
  if (pictures) await page.screenshot({ path: resolve(pictures, `${place.replaceAll("/", "-")}.png`), fullPage: true });
}
await browser.close();
problems.forEach((problem) => console.error(problem));
process.exit(problems.length ? 1 : 0);
