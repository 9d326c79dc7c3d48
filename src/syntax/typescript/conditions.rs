//! What conditions ask of local variables, and which conditions others have decided before.

use tree_sitter::Node;

use super::{Lowerer, field, first_kid};
use crate::syntax::builder::{Asked, Fact, Test, has_calls, operator_of};
use crate::syntax::constant::Constant;

/// Conditions within one another that are looked at.
const DEPTH: u32 = 12;

impl Lowerer<'_> {
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
            "parenthesized_expression" => return self.decided(first_kid(node)?, members, depth),
            "unary_expression" if field(node, "operator")?.kind() == "!" => {
                return self.decided(field(node, "argument")?, members, depth).map(|h| !h);
            }
            "binary_expression" if let "&&" | "||" = field(node, "operator")?.kind() => {
                let decides = field(node, "operator")?.kind() == "||";
                let (left, right) = (field(node, "left")?, field(node, "right")?);
                let first = self.decided(left, members, depth);
                if first == Some(decides) {
                    return first;
                }
                let mut facts = Vec::new();
                self.facts_within(left, !decides, members, depth, &mut facts);
                let before = self.b.suppose(facts);
                let second = self.decided(right, members, depth);
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
            // An empty list and an empty object hold.
            let empty = matches!(known, Constant::List(_) | Constant::Record(..));
            return known.holds().or(empty.then_some(true));
        }
        let (asked, holds) = self.asked(node, members, depth)?;
        self.b.answer(&asked).map(|answer| answer == holds)
    }

    fn facts_within(&mut self, node: Node<'_>, holds: bool, members: bool, depth: u32, facts: &mut Vec<Fact>) {
        let Some(depth) = depth.checked_sub(1) else { return };
        let operator = field(node, "operator").map_or("", |o| o.kind());
        match (node.kind(), operator) {
            ("parenthesized_expression", _) => {
                if let Some(inner) = first_kid(node) {
                    self.facts_within(inner, holds, members, depth, facts);
                }
            }
            ("unary_expression", "!") => {
                if let Some(inner) = field(node, "argument") {
                    self.facts_within(inner, !holds, members, depth, facts);
                }
            }
            ("binary_expression", "&&" | "||") => {
                // Both sides are known where none of them could decide alone.
                if holds == (operator == "&&") {
                    for side in ["left", "right"].iter().filter_map(|s| field(node, s)) {
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
        if node.kind() != "binary_expression" {
            return ask(self.subject(node, members, depth)?, Test::Holds, true);
        }
        let (left, right) = (field(node, "left")?, field(node, "right")?);
        let operator = field(node, "operator")?.kind();
        if operator == "instanceof" {
            let subject = self.subject(left, members, depth)?;
            return ask(format!("{subject} instanceof {}", self.text(right)), Test::Holds, true);
        }
        let left_known = self.known(left, DEPTH).filter(Constant::is_single);
        let right_known = self.known(right, DEPTH).filter(Constant::is_single);
        let (side, known, turned) = match (left_known, right_known) {
            (None, Some(known)) => (left, known, false),
            (Some(known), None) => (right, known, true),
            _ => {
                let (one, other) = (self.subject(left, members, depth)?, self.subject(right, members, depth)?);
                let (operator, holds) = match operator {
                    "!==" => ("===", false),
                    "!=" => ("==", false),
                    operator => (operator, true),
                };
                return ask(format!("{one} {operator} {other}"), Test::Holds, holds);
            }
        };
        let subject = self.subject(side, members, depth)?;
        let strict = matches!(operator, "===" | "!==");
        let holds = !matches!(operator, "!=" | "!==");
        if known == Constant::Null && strict {
            // `null` and `undefined` are told apart.
            let other = if turned { left } else { right };
            return ask(format!("{subject} === {}", self.text(other)), Test::Holds, holds);
        }
        let test = match (operator, known) {
            ("===" | "!==" | "==" | "!=", known) => Test::Is(known),
            (operator, Constant::Num(n)) => Test::Compares(operator_of(operator, turned)?, n),
            _ => return None,
        };
        ask(subject, test, holds)
    }

    /// What a case of a `switch` says of its subject where it is met, or is not.
    pub(super) fn case_fact(&mut self, switch: Node<'_>, value: Node<'_>, holds: bool) -> Option<Fact> {
        let head = field(switch, "value")?;
        let known = self.known(value, DEPTH).filter(Constant::is_single).filter(|k| *k != Constant::Null)?;
        let subject = self.subject(head, !has_calls(self.text(head)), DEPTH)?;
        Some(Fact { asked: Asked { subject: subject.into(), test: Test::Is(known) }, holds })
    }

    /// A name for what an expression gives, the same only where that is.
    fn subject(&mut self, node: Node<'_>, members: bool, depth: u32) -> Option<String> {
        let depth = depth.checked_sub(1)?;
        let span = self.span(node);
        match node.kind() {
            "identifier" | "this" => self.b.subject(self.text(node), span),
            "parenthesized_expression" | "non_null_expression" | "as_expression" => {
                self.subject(first_kid(node)?, members, depth)
            }
            "unary_expression" if field(node, "operator")?.kind() == "typeof" => {
                Some(format!("typeof {}", self.subject(field(node, "argument")?, members, depth)?))
            }
            "member_expression" if members => {
                let object = self.subject(field(node, "object")?, members, depth)?;
                Some(format!("{object}.{}@{}", self.text(field(node, "property")?), self.b.moment()))
            }
            _ => None,
        }
    }
}
