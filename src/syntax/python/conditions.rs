//! What conditions ask of local variables, and which conditions others have decided before.

use tree_sitter::Node;

use super::{Py, kid, kids};
use crate::syntax::builder::{Asked, Fact, Test, has_calls, operator_of};
use crate::syntax::constant::Constant;

/// Conditions within one another that are looked at.
const DEPTH: u32 = 12;

impl Py<'_> {
    /// Whether a condition always or never holds where it stands: by constants, or by conditions that were met before.
    pub(super) fn constant(&mut self, node: Node<'_>) -> Option<bool> {
        let members = !has_calls(self.text(node));
        self.decided(node, members, DEPTH)
    }

    /// What holds where a condition does, or where it does not.
    pub(super) fn facts(&mut self, node: Node<'_>, holds: bool) -> Vec<Fact> {
        let members = !has_calls(self.text(node));
        let mut facts = Vec::new();
        self.facts_within(node, holds, members, DEPTH, &mut facts);
        facts
    }

    fn decided(&mut self, node: Node<'_>, members: bool, depth: u32) -> Option<bool> {
        let depth = depth.checked_sub(1)?;
        match node.kind() {
            "parenthesized_expression" => return self.decided(kid(node)?, members, depth),
            "not_operator" => {
                return self.decided(node.child_by_field_name("argument")?, members, depth).map(|h| !h);
            }
            "boolean_operator" => {
                let side = |name| node.child_by_field_name(name);
                let decides = side("operator")?.kind() == "or";
                let first = self.decided(side("left")?, members, depth);
                if first == Some(decides) {
                    return first;
                }
                let mut facts = Vec::new();
                self.facts_within(side("left")?, !decides, members, depth, &mut facts);
                let before = self.b.suppose(facts);
                let second = self.decided(side("right")?, members, depth);
                self.b.supposed(before);
                return match (first, second) {
                    (_, Some(holds)) if holds == decides => Some(decides),
                    (Some(_), second) => second,
                    _ => None,
                };
            }
            _ => {}
        }
        if let Some(known) = self.known(node, DEPTH) {
            // An empty list or dictionary does not hold.
            let empty = matches!(known, Constant::List(_) | Constant::Record(_, true));
            return known.holds().or(empty.then_some(false));
        }
        let (asked, holds) = self.asked(node, members, depth)?;
        self.b.answer(&asked).map(|answer| answer == holds)
    }

    fn facts_within(&mut self, node: Node<'_>, holds: bool, members: bool, depth: u32, facts: &mut Vec<Fact>) {
        let Some(depth) = depth.checked_sub(1) else { return };
        match node.kind() {
            "parenthesized_expression" => {
                if let Some(inner) = kid(node) {
                    self.facts_within(inner, holds, members, depth, facts);
                }
            }
            "not_operator" => {
                if let Some(inner) = node.child_by_field_name("argument") {
                    self.facts_within(inner, !holds, members, depth, facts);
                }
            }
            "boolean_operator" => {
                let is_and = node.child_by_field_name("operator").is_some_and(|o| o.kind() == "and");
                // Both sides are known where none of them could decide alone.
                if holds == is_and {
                    for side in ["left", "right"].iter().filter_map(|s| node.child_by_field_name(s)) {
                        self.facts_within(side, holds, members, depth, facts);
                    }
                }
            }
            _ => {
                if let Some((asked, is)) = self.asked(node, members, depth) {
                    facts.push(Fact { asked, holds: is == holds });
                }
            }
        }
    }

    /// What a condition asks, and the answer with which it holds.
    fn asked(&mut self, node: Node<'_>, members: bool, depth: u32) -> Option<(Asked, bool)> {
        let ask = |subject: String, test: Test, holds: bool| Some((Asked { subject: subject.into(), test }, holds));
        if node.kind() == "call" {
            let function = node.child_by_field_name("function")?;
            let [value, class] = kids(node.child_by_field_name("arguments")?).try_into().ok()?;
            if self.text(function) != "isinstance" {
                return None;
            }
            let subject = self.subject(value, members, depth)?;
            return ask(format!("{subject} isinstance {}", self.text(class)), Test::Holds, true);
        }
        if node.kind() != "comparison_operator" {
            let subject = self.subject(node, members, depth)?;
            // A list or dictionary may be filled, or emptied, by whoever has it.
            let may_change = node.kind() == "identifier" && !self.b.is_unchanging(self.text(node));
            return match (may_change, members) {
                (false, _) => ask(subject, Test::Holds, true),
                (true, true) => ask(format!("{subject}@{}", self.b.moment()), Test::Holds, true),
                (true, false) => None,
            };
        }
        let [left, right] = kids(node).try_into().ok()?;
        let operators = node.child_by_field_name("operators")?;
        let operator = self.text(operators).split_whitespace().collect::<Vec<_>>().join(" ");
        let left_known = self.known(left, DEPTH).filter(Constant::is_single);
        let right_known = self.known(right, DEPTH).filter(Constant::is_single);
        let (side, known, turned) = match (left_known, right_known) {
            (None, Some(known)) => (left, known, false),
            (Some(known), None) => (right, known, true),
            _ => return None,
        };
        let subject = self.subject(side, members, depth)?;
        let holds = !matches!(&*operator, "!=" | "is not");
        let test = match (&*operator, known) {
            ("==" | "!=" | "is" | "is not", known) => Test::Is(known),
            (operator, Constant::Num(n)) => Test::Compares(operator_of(operator, turned)?, n),
            _ => return None,
        };
        ask(subject, test, holds)
    }

    /// What a pattern says of the subject of a `match` where it is met, or is not.
    pub(super) fn case_fact(&mut self, subject: Node<'_>, pattern: Node<'_>, holds: bool) -> Option<Fact> {
        let known = self.literal_pattern(pattern).filter(Constant::is_single)?;
        let subject = self.subject(subject, !has_calls(self.text(subject)), DEPTH)?;
        Some(Fact { asked: Asked { subject: subject.into(), test: Test::Is(known) }, holds })
    }

    /// A name for what an expression gives, the same only where that is.
    fn subject(&mut self, node: Node<'_>, members: bool, depth: u32) -> Option<String> {
        let depth = depth.checked_sub(1)?;
        let span = self.span(node);
        match node.kind() {
            "identifier" => self.b.subject(self.text(node), span),
            "parenthesized_expression" => self.subject(kid(node)?, members, depth),
            "attribute" if members => {
                let object = self.subject(node.child_by_field_name("object")?, members, depth)?;
                let name = self.text(node.child_by_field_name("attribute")?);
                Some(format!("{object}.{name}@{}", self.b.moment()))
            }
            "call" if members && self.text(node.child_by_field_name("function")?) == "len" => {
                let [value] = kids(node.child_by_field_name("arguments")?).try_into().ok()?;
                Some(format!("len {}@{}", self.subject(value, members, depth)?, self.b.moment()))
            }
            _ => None,
        }
    }
}
