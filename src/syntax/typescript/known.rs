//! Conditions that constants decide.

use tree_sitter::Node;

use super::{Lowerer, field, first_kid};
use crate::ir::ValueKind;
use crate::syntax::constant::Constant;

impl Lowerer<'_> {
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
            "null" | "undefined" => Some(Constant::Null),
            "number" => Constant::of(&ValueKind::Num(self.sym_of(node))),
            "string" => Some(Constant::Text(self.string_text(node))),
            "identifier" => self.b.constant_named(self.text(node), span),
            "parenthesized_expression" | "expression_statement" => self.known(first_kid(node)?, depth),
            "unary_expression" => {
                let argument = self.known(field(node, "argument")?, depth)?;
                match field(node, "operator")?.kind() {
                    "!" => Some(Constant::Bool(!argument.holds())),
                    "-" => Constant::apply("-", &Constant::Num(0.0), &argument),
                    _ => None,
                }
            }
            "binary_expression" => {
                let (left, right) = (field(node, "left")?, field(node, "right")?);
                let operator = field(node, "operator")?.kind();
                let decides = match operator {
                    "&&" => false,
                    "||" => true,
                    _ => {
                        let left = self.known(left, depth)?;
                        return Constant::apply(operator, &left, &self.known(right, depth)?);
                    }
                };
                match self.known(left, depth) {
                    Some(left) if left.holds() == decides => Some(left),
                    Some(_) => self.known(right, depth),
                    // Whatever the left side is, the right one decides.
                    None => self.known(right, depth).filter(|c| c.holds() == decides),
                }
            }
            "subscript_expression" => {
                let text = self.known(field(node, "object")?, depth)?;
                text.at(&self.known(field(node, "index")?, depth)?)
            }
            _ => None,
        }
    }
}
