//! Conditions that constants decide.

use tree_sitter::Node;

use super::{Py, kid, kids};
use crate::ir::ValueKind;
use crate::syntax::constant::Constant;

impl Py<'_> {
    /// The literal that a `case` compares with.
    pub(super) fn literal_pattern(&mut self, pattern: Node<'_>) -> Option<Constant> {
        match pattern.kind() {
            "case_pattern" => self.literal_pattern(kid(pattern)?),
            "string" | "integer" | "float" | "true" | "false" | "none" => self.known(pattern, 12),
            _ => None,
        }
    }

    /// Whether a subject that is known is what a `case` asks for. None where the pattern leaves that open.
    pub(super) fn matches_pattern(&mut self, pattern: Node<'_>, known: &Constant) -> Option<bool> {
        match pattern.kind() {
            "case_pattern" => self.matches_pattern(kid(pattern)?, known),
            "as_pattern" => self.matches_pattern(kid(pattern)?, known),
            "union_pattern" => {
                let all: Vec<Option<bool>> =
                    kids(pattern).into_iter().map(|p| self.matches_pattern(p, known)).collect();
                if all.contains(&Some(true)) {
                    return Some(true);
                }
                all.iter().all(|m| *m == Some(false)).then_some(false)
            }
            _ => self.literal_pattern(pattern).map(|literal| literal == *known),
        }
    }

    /// Whether a condition always or never holds, where constants alone say so.
    pub(super) fn constant(&mut self, node: Node<'_>) -> Option<bool> {
        self.known(node, 12).map(|c| c.holds())
    }

    /// The constant that an expression is.
    pub(super) fn known(&mut self, node: Node<'_>, depth: u32) -> Option<Constant> {
        let depth = depth.checked_sub(1)?;
        let span = self.span(node);
        match node.kind() {
            "true" => Some(Constant::Bool(true)),
            "false" => Some(Constant::Bool(false)),
            "none" => Some(Constant::Null),
            "integer" | "float" => Constant::of(&ValueKind::Num(self.b.sym(self.text(node)))),
            "string" => self.string_text(node).map(Constant::Text),
            "list" | "tuple" | "dictionary" if kids(node).is_empty() => Some(Constant::Null),
            "identifier" => self.b.constant_named(self.text(node), span),
            "parenthesized_expression" => self.known(kid(node)?, depth),
            "not_operator" => {
                let argument = node.child_by_field_name("argument")?;
                self.known(argument, depth).map(|c| Constant::Bool(!c.holds()))
            }
            "unary_operator" if self.text(node).starts_with('-') => {
                let argument = node.child_by_field_name("argument")?;
                self.known(argument, depth).and_then(|c| Constant::apply("-", &Constant::Num(0.0), &c))
            }
            "binary_operator" => {
                let (left, operator, right) = operands(node)?;
                let left = self.known(left, depth)?;
                Constant::apply(operator.kind(), &left, &self.known(right, depth)?)
            }
            "boolean_operator" => {
                let (left, operator, right) = operands(node)?;
                let decides = operator.kind() == "or";
                match self.known(left, depth) {
                    Some(left) if left.holds() == decides => Some(left),
                    Some(_) => self.known(right, depth),
                    // Whatever the left side is, the right one decides.
                    None => self.known(right, depth).filter(|c| c.holds() == decides),
                }
            }
            "comparison_operator" => {
                let [left, right] = kids(node).try_into().ok()?;
                let operator = node.child_by_field_name("operators")?;
                let operator = self.text(operator).split_whitespace().collect::<Vec<_>>().join(" ");
                let left = self.known(left, depth)?;
                Constant::apply(&operator, &left, &self.known(right, depth)?)
            }
            "subscript" => {
                let text = self.known(node.child_by_field_name("value")?, depth)?;
                let index = self.known(node.child_by_field_name("subscript")?, depth)?;
                text.at(&index)
            }
            _ => None,
        }
    }
}

fn operands(node: Node<'_>) -> Option<(Node<'_>, Node<'_>, Node<'_>)> {
    let side = |name| node.child_by_field_name(name);
    Some((side("left")?, side("operator")?, side("right")?))
}
