//! Personal data in embeddings and vector stores.

use super::{Level, Rule, about_flows};
use crate::inventory::ModelCall;
use crate::words;

pub(super) static RULE: Rule = Rule {
    id: "personal-data-in-embedding",
    name: "PersonalDataInEmbedding",
    short: "Personal data is embedded or kept in a vector store.",
    full: "A field that holds personal data reaches a call that turns it into an embedding, or that writes it to a vector \
           store, where it stays until something deletes it.",
    help_markdown: HELP,
    severity: Level::Warning,
    precision: "medium",
    tags: &["privacy", "gdpr", "data-flow", "llm", "embedding", "storage"],
    find: |inv| about_flows(inv, &RULE, verb),
};

fn verb(call: &ModelCall, be: &str) -> String {
    let to = words::recipient_of(call);
    match (call.operation.as_str(), call.provider.as_str()) {
        ("vector_upsert", "local") => {
            format!("{be} written to a vector store on this machine or network")
        }
        ("vector_upsert", _) => format!("{be} written to a vector store, {to}"),
        (_, "local") => format!("{be} embedded by {to}"),
        _ => format!("{be} sent to {to} to be embedded"),
    }
}

const HELP: &str = "\
## What it means

The value of this field is turned into a vector, or stored beside one. Whoever computes the embedding receives the text, and \
whoever runs the store keeps it: usually the text itself lies next to the vector. An embedding is no anonymisation, since much \
of the text can be recovered or recognised from it.

## What usually solves it

1. **Embed without it**: search seldom needs names and addresses in the text.
2. **Keep a key instead of the value** in the metadata, and look the value up when it is shown.
3. **Delete with the original**: when the person's record goes, its vectors must go as well.
4. **Restrict who can search it**: what is retrieved ends up in prompts, and so with the model's recipient.

## How to accept it

Record the store as an asset and recipient with a storage period, then dismiss the alert with the reference of that record as \
the reason.

In the code: a comment `# towhom: ignore[personal-data-in-embedding] reason` (in TypeScript `//`) on the line of the \
call or the line above it.

## What this rule cannot see

- whether anything deletes the vectors later;
- access rules, region and encryption of the store;
- documents that are loaded from files or buckets at run time.

## Legal background

- GDPR Art. 5(1)(c) and (e): data are limited to what is necessary, and kept no longer than necessary.
- GDPR Art. 30(1)(d): the record of processing names the categories of recipients.
- GDPR Art. 35(7)(a): a DPIA describes the processing operations systematically.
";
