//! Personal data that a service for tracing or evaluating model calls receives.

use super::{Level, Rule, about_flows};
use crate::words;

pub(super) static RULE: Rule = Rule {
    id: "prompt-to-observability",
    name: "PromptToObservability",
    short: "Personal data is recorded by an observability service.",
    full: "A field that holds personal data reaches a service that records prompts and answers for tracing, evaluation or \
           debugging: a second recipient beside the model.",
    help_markdown: HELP,
    severity: Level::Warning,
    precision: "medium",
    tags: &["privacy", "gdpr", "data-flow", "llm", "logging"],
    find: |inv| about_flows(inv, &RULE, |call, be| format!("{be} recorded by {}", words::recipient_of(call))),
};

const HELP: &str = "\
## What it means

Prompts and answers are copied to a service that developers use to trace and evaluate model calls. It is a recipient of its own \
and often the one that keeps the text longest and shows it to most people. Records of processing tend to forget it.

## What usually solves it

1. **Mask before it is recorded**: most such SDKs take a function or a setting for it (look for `mask`, `redact` or \
`hide_inputs`).
2. **Record identifiers and figures only** (length, time, cost, outcome), not the text.
3. **Host it yourself**, with a storage period and few readers.
4. If the text is needed, **record the service** as a recipient, with its storage period.

## How to accept it

Record the service and its storage period in the record of processing and the DPIA, then dismiss the alert with the reference \
of that record as the reason.

In the code: a comment `# towhom: ignore[prompt-to-observability] reason` (in TypeScript `//`) on the line of the \
call or the line above it.

## What this rule cannot see

- masking that is set in the service's own console;
- services that are attached from outside the code, by environment variables for example;
- who can read the records, and for how long.

## Legal background

- GDPR Art. 5(1)(c) and (e): data are limited to what is necessary, and kept no longer than necessary.
- GDPR Art. 30(1)(d): the record of processing names the categories of recipients.
- GDPR Art. 35(7)(a): a DPIA describes the processing operations systematically.
";
