//! Special categories of personal data (GDPR Art. 9) in whatever is handed to a model or a service around it.

use super::{Level, Rule, about_flows, sent};

// Error: processing them is prohibited unless an exception applies, so nobody should find out by accident.
pub(super) static RULE: Rule = Rule {
    id: "special-category-to-model",
    name: "SpecialCategoryToModel",
    short: "Special-category data is sent to a model.",
    full: "A field that by its name holds a special category of personal data (GDPR Art. 9(1)), such as health or \
           religion, reaches a call to a model or to a service around models.",
    help_markdown: HELP,
    severity: Level::Error,
    precision: "high",
    tags: &["privacy", "gdpr", "data-flow", "llm", "special-category"],
    find: |inv| about_flows(inv, &RULE, sent),
};

const HELP: &str = "\
## What it means

By its name and place this field holds data that GDPR Art. 9(1) protects in particular: racial or ethnic origin, political \
opinions, religious or philosophical beliefs, trade union membership, genetic data, biometric data for identifying a person, \
health, sex life or sexual orientation. Processing such data is prohibited unless one of the exceptions of Art. 9(2) applies. \
Here it reaches a model, so whoever runs the model receives it.

## What usually solves it

1. **Do not send it**, or leave out what makes it personal.
2. **Redact it before the prompt is built.**
3. **Run the model on your own systems**, if the purpose cannot do without the data.
4. Otherwise settle with your data-protection officer **which exception of Art. 9(2) applies**, and write it into the DPIA \
before this is released.

## How to accept it

Record data item, recipient and exception in the DPIA, then dismiss the alert with the reference of that record as the reason.

In the code: a comment `# towhom: ignore[special-category-to-model] reason` (in TypeScript `//`) on the line of the \
call or the line above it.

## What this rule cannot see

- whether an exception applies, consent for example;
- special-category data inside free text, or that can be inferred from other data;
- fields whose names do not tell what they hold. A name can also mislead: `health` of a server is meant to be left out, so \
report it if it is not.

## Legal background

- GDPR Art. 9(1) and (2): the prohibition and its exceptions.
- GDPR Art. 35(7)(a) and 35(11): the DPIA describes the processing, and is reviewed where necessary, at least when the risk \
changes.
";
