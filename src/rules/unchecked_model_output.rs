//! Answers of a model that decide something or run a tool.

use std::collections::{BTreeMap, BTreeSet};

use super::{Finding, Level, Rule, named, unique};
use crate::inventory::{Confidence, Inventory, ModelCall, Output};
use crate::words;

// Warning where personal data goes in, since the answer is then likely to be about a person; a note where none was seen. The
// precision is low, since an answer that is checked on the way looks the same.
pub(super) static RULE: Rule = Rule {
    id: "unchecked-model-output",
    name: "UncheckedModelOutput",
    short: "A model's answer decides something or runs a tool.",
    full: "The answer of a model controls a decision or the use of a tool. Whether a person or a check stands in between \
           is for the reader to find out.",
    help_markdown: HELP,
    severity: Level::Warning,
    precision: "low",
    tags: &["privacy", "gdpr", "llm", "automated-decision"],
    find,
};

fn find(inv: &Inventory) -> Vec<Finding<'_>> {
    let calls: BTreeMap<&str, &ModelCall> = inv.model_calls.iter().map(|c| (c.id.as_str(), c)).collect();
    let with_data: BTreeSet<&str> = inv.flows.iter().map(|f| f.call.as_str()).collect();
    let mut groups: BTreeMap<(&str, &str), Vec<&Output>> = BTreeMap::new();
    for output in inv.outputs.iter().filter(|o| matches!(o.use_.as_str(), "decision" | "tool_execution")) {
        if calls.get(output.call.as_str()).is_some_and(|c| !c.in_test) {
            groups.entry((&output.call, &output.use_)).or_default().push(output);
        }
    }
    let mut findings = Vec::new();
    for ((id, use_), mut outputs) in groups {
        outputs.sort();
        let call = calls[id];
        let personal = with_data.contains(id);
        findings.push(Finding {
            id: format!("{}/{id}/{use_}", RULE.id),
            rule: &RULE,
            call,
            category: use_,
            // The place of the effect: that is where a check would go.
            location: &outputs[0].location,
            level: if personal { RULE.severity } else { Level::Note },
            confidence: call.confidence.min(Confidence::Medium),
            flows: Vec::new(),
            message: message(call, use_, &outputs, personal),
            outputs,
        });
    }
    findings
}

fn message(call: &ModelCall, use_: &str, outputs: &[&Output], personal: bool) -> String {
    let labels = unique(outputs.iter().map(|o| o.label.as_str()).filter(|l| !l.is_empty()));
    let what = match (use_, labels.is_empty()) {
        ("decision", true) => "decides what happens next".into(),
        ("decision", false) => format!("decides {}", named(&labels)),
        (_, true) => "runs a tool".into(),
        (_, false) => format!("runs a tool: {}", named(&labels)),
    };
    let mut text = format!("The answer of {} {what}.", words::recipient_of(call));
    text.push_str(" Whether a person or a check stands in between is not part of this scan.");
    if personal {
        text.push_str(
            " Personal data goes into the call: if it decides alone, with a legal or similarly significant effect on a person, \
             see GDPR Art. 22.",
        );
    }
    text
}

const HELP: &str = "\
## What it means

What the model answers is not only shown: it chooses a branch, a status or a tool, and the program acts on it. Models are wrong \
at times, differently for different people, and text in the prompt can steer them. Where the effect on a person is legal or \
similarly significant, the law asks for more than care.

## What usually solves it

1. **Accept only a closed set** of answers (an enum, a schema), and treat anything else as no answer.
2. **Let a person decide** where it matters: the model proposes, somebody with the time and the right to disagree confirms.
3. **Limit tools** to what may be undone, with the rights of the user who asked and no more.
4. **Log and sample**: how often is the answer overruled, and for whom?

## How to accept it

Write down what the answer decides, for whom, and who looks at it how often. If the effect is small (a queue, a tag), say so in \
the DPIA, then dismiss the alert with the reference of that record as the reason.

In the code: a comment `# towhom: ignore[unchecked-model-output] reason` (in TypeScript `//`) on the line of the \
use of the answer or the line above it.

## What this rule cannot see

- reviews that happen outside this code, and whether they are real;
- whether the effect on a person is significant;
- checks that are written as ordinary code between the answer and its effect.

## Legal background

- GDPR Art. 22(1): a right not to be subject to a decision based solely on automated processing with legal or similarly \
significant effects; (2) and (3) hold the exceptions and, for some of them, the right to obtain human intervention.
- GDPR Art. 35(7)(a): a DPIA describes the processing operations systematically.
";
