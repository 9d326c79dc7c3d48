#!/usr/bin/env node
// Runs the program that the package for this system carries. Nothing is downloaded.
"use strict";

const { spawnSync } = require("node:child_process");

const system = `${process.platform}-${process.arch}`;
const name = `towhom-${system}`;
const ending = process.platform === "win32" ? ".exe" : "";

let program;
try {
  program = require.resolve(`${name}/bin/towhom${ending}`);
} catch {
  console.error(
    `error: the package ${name} is not installed. Either there is none for this system (then: cargo install towhom), ` +
      "or optional dependencies were left out (npm install --include=optional).",
  );
  process.exit(2);
}

const { status, signal, error } = spawnSync(program, process.argv.slice(2), { stdio: "inherit" });
if (error) {
  console.error(`error: cannot run ${program}: ${error.message}`);
  process.exit(2);
}
if (signal) {
  process.kill(process.pid, signal);
}
process.exit(status ?? 2);
