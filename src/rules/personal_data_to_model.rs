//! Personal data in a prompt, where no rule with more to say applies.

use super::{Level, Rule, about_flows, sent};

pub(super) static RULE: Rule = Rule {
    id: "personal-data-to-model",
    name: "PersonalDataToModel",
    short: "Personal data is sent to a model.",
    full: "A field that holds personal data reaches a call to a language model, so whoever runs the model receives it.",
    help_markdown: HELP,
    severity: Level::Warning,
    precision: "medium",
    tags: &["privacy", "gdpr", "data-flow", "llm"],
    find: |inv| about_flows(inv, &RULE, sent),
};

const HELP: &str = "\
## What it means

The value of this field becomes part of what is sent to the model. Whoever runs the model is then a recipient of it, with \
its own storage and its own sub-processors. That may be quite in order, as long as it is needed, known and written down.

## What usually solves it

1. **Do not send it.** Models rarely need to know who somebody is to classify, sum up or draft.
2. **Send a pseudonym** (`customer 1`) and put the real value back into the answer.
3. **Redact it before the prompt is built**, as near to the source as possible.
4. If it is needed, **record it**: data item, recipient, reason, in the record of processing and in the DPIA.

Watch for whole objects (`json.dumps(user)`, `model_dump()`, spread): they send every field, also those added later.

## How to accept it

Record the data item and the recipient, then dismiss the alert with the reference of that record as the reason.

In the code: a comment `# towhom: ignore[personal-data-to-model] reason` (in TypeScript `//`) on the line of the \
call or the line above it.

## What this rule cannot see

- whether the data are necessary, and which contract and settings apply at the recipient;
- values whose names do not tell what they are, and what users type into other fields;
- redaction done by a proxy or service outside this repository.

## Legal background

- GDPR Art. 5(1)(c): personal data must be limited to what is necessary for the purposes.
- GDPR Art. 30(1)(d): the record of processing names the categories of recipients.
- GDPR Art. 35(7)(a): a DPIA describes the processing operations systematically.
- GDPR Art. 35(11): the assessment is reviewed where necessary, at least when the risk changes.
";
