//! What conditions of Python ask of local variables.

use tree_sitter::Node;

use super::{Py, kid, kids};
use crate::syntax::builder::{Asked, Builder, Fact, Test, has_calls, operator_of};
use crate::syntax::conditions::{Conditions, DEPTH, Shape};
use crate::syntax::constant::Constant;

impl Conditions for Py<'_> {
    fn builder(&mut self) -> &mut Builder {
        &mut self.b
    }

    fn source(&self, node: Node<'_>) -> &str {
        self.text(node)
    }

    fn shape<'t>(&self, node: Node<'t>) -> Option<Shape<'t>> {
        let side = |name| node.child_by_field_name(name);
        Some(match node.kind() {
            "parenthesized_expression" => Shape::Same(kid(node)?),
            "not_operator" => Shape::Not(side("argument")?),
            "boolean_operator" if side("operator")?.kind() == "and" => Shape::Both(side("left")?, side("right")?),
            "boolean_operator" => Shape::Either(side("left")?, side("right")?),
            _ => Shape::One,
        })
    }

    fn known_holds(&mut self, node: Node<'_>) -> Option<Option<bool>> {
        let known = self.known(node, DEPTH)?;
        // An empty list or dictionary does not hold.
        let empty = matches!(known, Constant::List(_) | Constant::Record(_, true));
        Some(known.holds().or(empty.then_some(false)))
    }

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
}

impl Py<'_> {
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
