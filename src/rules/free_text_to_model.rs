//! Text that people write, in a prompt.

use super::{Level, Rule, about_flows, sent};

// Warning: for most AI features this is the largest disclosure. The precision is medium since the code does not show what
// people write.
pub(super) static RULE: Rule = Rule {
    id: "free-text-to-model",
    name: "FreeTextToModel",
    short: "Text written by people is sent to a model.",
    full: "Free text or the content of messages reaches a call to a model. What it holds is up to those who write it.",
    help_markdown: HELP,
    severity: Level::Warning,
    precision: "medium",
    tags: &["privacy", "gdpr", "data-flow", "llm", "free-text"],
    find: |inv| about_flows(inv, &RULE, sent),
};

const HELP: &str = "\
## What it means

Text that people write (a ticket, a message, a comment, a CV) becomes part of what is sent to the model. Such text may hold \
anything: names, addresses, health, and facts about third persons who never dealt with you. No list of fields limits it, so the \
description of the processing has to say how that is dealt with.

## What usually solves it

1. **Send less**: the part that the task needs, not the whole thread with its quoted history and signatures.
2. **Redact before the prompt is built** (names, contact data, account numbers). Say in the DPIA how well it works.
3. **Tell the people who write** that a model reads it, where they write it.
4. **Record it** as a data item of its own, with \"special categories: possible\".

## How to accept it

A feature that exists to read such text will always send it. Record data item and recipient in the DPIA, then dismiss the alert \
with the reference of that record as the reason.

In the code: a comment `# towhom: ignore[free-text-to-model] reason` (in TypeScript `//`) on the line of the \
call or the line above it.

## What this rule cannot see

- what people really write;
- how well a redaction works;
- text that comes from files, mailboxes or tickets of other systems under names that do not tell.

## Legal background

- GDPR Art. 5(1)(c): data are limited to what is necessary.
- GDPR Art. 9(1): free text can hold special categories, whatever the field is called.
- GDPR Art. 35(7)(a) and 35(11): the DPIA describes the processing, and is reviewed where necessary, at least when the risk \
changes.
";
