//! Personal data in what a model is trained or fine-tuned on.

use super::{Level, Rule, about_flows};
use crate::inventory::ModelCall;
use crate::words;

// Error: what a model has learnt cannot be taken back out of it by a later commit.
pub(super) static RULE: Rule = Rule {
    id: "personal-data-in-training",
    name: "PersonalDataInTraining",
    short: "Personal data goes into training data.",
    full: "A field that holds personal data reaches data that a model is trained or fine-tuned on.",
    help_markdown: HELP,
    severity: Level::Error,
    precision: "high",
    tags: &["privacy", "gdpr", "data-flow", "llm", "training"],
    find: |inv| about_flows(inv, &RULE, verb),
};

fn verb(call: &ModelCall, be: &str) -> String {
    let how = if be == "are" { "go into" } else { "goes into" };
    match call.provider.as_str() {
        "local" => format!("{how} training data for {}", words::recipient_of(call)),
        _ => format!("{how} training data at {}", words::recipient_of(call)),
    }
}

const HELP: &str = "\
## What it means

The value of this field becomes part of the data a model is trained on. A trained model can give back what it has seen, to \
anyone who may use it, and a single person's data cannot simply be deleted from it again. The training file itself is one more \
copy, often with a storage period of its own.

## What usually solves it

1. **Leave the field out of the examples**: for most tasks the model must learn the form, not the person.
2. **Replace it** with invented values of the same form.
3. **Redact free text** before the examples are written, and check a sample by hand.
4. Delete the uploaded file when training is done, and write down how long it and the model are kept.

## How to accept it

Describe the training as a processing operation of its own in the DPIA (purpose, data items, storage period, how requests for \
erasure are met), then dismiss the alert with the reference of that record as the reason.

In the code: a comment `# towhom: ignore[personal-data-in-training] reason` (in TypeScript `//`) on the line of the \
call or the line above it.

## What this rule cannot see

- data sets that are already in files or buckets, and what is in them;
- training that a provider does on its own with data from ordinary calls: that is a matter of contract and settings;
- whether the people concerned were told of this purpose.

## Legal background

- GDPR Art. 5(1)(b): data collected for one purpose are not processed further in a way that is incompatible with it.
- GDPR Art. 5(1)(c): data are limited to what is necessary.
- GDPR Art. 35(7)(a) and 35(11): the DPIA describes the processing, and is reviewed where necessary, at least when the risk \
changes.
";
