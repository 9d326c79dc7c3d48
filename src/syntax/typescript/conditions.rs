//! What conditions of TypeScript and JavaScript ask of local variables.

use tree_sitter::Node;

use super::{Lowerer, field, first_kid, kids};
use crate::syntax::builder::{Asked, Builder, Fact, ONE_OF, Test, has_calls, operator_of};
use crate::syntax::conditions::{Conditions, DEPTH, Shape};
use crate::syntax::constant::Constant;

impl Conditions for Lowerer<'_> {
    fn builder(&mut self) -> &mut Builder {
        &mut self.b
    }

    fn source(&self, node: Node<'_>) -> &str {
        self.text(node)
    }

    fn shape<'t>(&self, node: Node<'t>) -> Option<Shape<'t>> {
        let operator = field(node, "operator").map_or("", |o| o.kind());
        Some(match (node.kind(), operator) {
            ("parenthesized_expression", _) => Shape::Same(first_kid(node)?),
            ("unary_expression", "!") => Shape::Not(field(node, "argument")?),
            ("binary_expression", "&&") => Shape::Both(field(node, "left")?, field(node, "right")?),
            ("binary_expression", "||") => Shape::Either(field(node, "left")?, field(node, "right")?),
            _ => Shape::One,
        })
    }

    fn known_holds(&mut self, node: Node<'_>) -> Option<Option<bool>> {
        let known = self.known(node, DEPTH)?;
        // An empty list and an empty object hold.
        let empty = matches!(known, Constant::List(_) | Constant::Record(..));
        Some(known.holds().or(empty.then_some(true)))
    }

    fn asked(&mut self, node: Node<'_>, members: bool, depth: u32) -> Option<(Asked, bool)> {
        let ask = |subject: String, test: Test, holds: bool| Some((Asked { subject: subject.into(), test }, holds));
        if node.kind() == "call_expression" {
            return self.listed(node, members, depth).map(|asked| (asked, true));
        }
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
}

impl Lowerer<'_> {
    /// `["a", "b"].includes(x)`, `ALLOWED.includes(x)`: whether it is one of some constants.
    fn listed(&mut self, call: Node<'_>, members: bool, depth: u32) -> Option<Asked> {
        let callee = field(call, "function").filter(|f| f.kind() == "member_expression")?;
        if self.text(field(callee, "property")?) != "includes" {
            return None;
        }
        let [value] = kids(field(call, "arguments")?).try_into().ok()?;
        let Some(Constant::List(listed)) = self.known(field(callee, "object")?, DEPTH) else { return None };
        if !listed.iter().all(|c| c.as_ref().is_some_and(Constant::is_single)) {
            return None;
        }
        let subject = self.subject(value, members, depth)?;
        Some(Asked { subject: format!("{subject}{ONE_OF}{}", self.text(callee)).into(), test: Test::Holds })
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
