//! Conditions that constants decide, or what was asked before.

use tree_sitter::Node;

use super::{Lowerer, field, first_kid, kids};
use crate::ir::{Sym, ValueKind};
use crate::syntax::builder::{Condition, Fact, Subject, Test};
use crate::syntax::constant::Constant;

/// How deep a condition is looked into.
const DEPTH: u32 = 12;

impl Lowerer<'_> {
    /// Whether a condition always or never holds here, where constants or the conditions around say so.
    pub(super) fn constant(&mut self, node: Node<'_>) -> Option<bool> {
        self.decided(node, DEPTH)
    }

    fn decided(&mut self, node: Node<'_>, depth: u32) -> Option<bool> {
        let depth = depth.checked_sub(1)?;
        match node.kind() {
            "parenthesized_expression" => return self.decided(first_kid(node)?, depth),
            "unary_expression" if field(node, "operator")?.kind() == "!" => {
                return self.decided(field(node, "argument")?, depth).map(|holds| !holds);
            }
            "binary_expression" if matches!(field(node, "operator")?.kind(), "&&" | "||") => {
                let decides = field(node, "operator")?.kind() == "||";
                let left = self.decided(field(node, "left")?, depth);
                if left == Some(decides) {
                    return left;
                }
                let right = self.decided(field(node, "right")?, depth);
                return if left.is_some() { right } else { right.filter(|holds| *holds == decides) };
            }
            _ => {}
        }
        match self.known(node, depth) {
            Some(constant) => Some(constant.holds()),
            None => self.fact(node).and_then(|fact| self.b.holds_here(&fact)),
        }
    }

    /// What is known where a condition holds, and where it does not. It was lowered before.
    pub(super) fn condition_of(&mut self, node: Node<'_>) -> Condition {
        self.condition_within(node, DEPTH).unwrap_or_default()
    }

    fn condition_within(&mut self, node: Node<'_>, depth: u32) -> Option<Condition> {
        let depth = depth.checked_sub(1)?;
        match node.kind() {
            "parenthesized_expression" => self.condition_within(first_kid(node)?, depth),
            "unary_expression" if field(node, "operator")?.kind() == "!" => {
                self.condition_within(field(node, "argument")?, depth).map(Condition::negated)
            }
            "binary_expression" if matches!(field(node, "operator")?.kind(), "&&" | "||") => {
                let left = self.condition_within(field(node, "left")?, depth).unwrap_or_default();
                let right = self.condition_within(field(node, "right")?, depth).unwrap_or_default();
                Some(if field(node, "operator")?.kind() == "&&" { left.and(right) } else { left.or(right) })
            }
            _ => self.fact(node).map(Condition::of),
        }
    }

    /// A single test: `x`, `x === "a"`, `n < 3`, `typeof x === "string"`, `x instanceof Y`.
    fn fact(&mut self, node: Node<'_>) -> Option<Fact> {
        if node.kind() != "binary_expression" {
            return Some(Fact { subject: self.subject(node)?, test: Test::Truthy, holds: true });
        }
        let (left, right) = (field(node, "left")?, field(node, "right")?);
        let operator = field(node, "operator")?.kind();
        if operator == "instanceof" {
            let name = self.sym_of(right);
            return Some(Fact { subject: self.subject(left)?, test: Test::Of(name), holds: true });
        }
        let (asked, constant, turned) = match (self.known(left, DEPTH), self.known(right, DEPTH)) {
            (None, Some(constant)) => (left, constant, false),
            (Some(constant), None) => (right, constant, true),
            _ => return None,
        };
        let equals = matches!(operator, "===" | "==" | "!==" | "!=");
        if equals
            && asked.kind() == "unary_expression"
            && field(asked, "operator")?.kind() == "typeof"
            && let Constant::Text(kind) = &constant
        {
            let test = Test::Kind(Sym::from(kind.as_str()));
            let subject = self.subject(field(asked, "argument")?)?;
            return Some(Fact { subject, test, holds: !operator.starts_with('!') });
        }
        let subject = self.subject(asked)?;
        let (test, holds) = match (operator, &constant) {
            // `== null` holds of undefined too, and `== 0` of what is empty.
            ("===" | "==", Constant::Null) | ("!==" | "!=", Constant::Null) => return None,
            ("===", _) => (Test::Equals(constant), true),
            ("!==", _) => (Test::Equals(constant), false),
            ("==", Constant::Text(_)) => (Test::Equals(constant), true),
            ("!=", Constant::Text(_)) => (Test::Equals(constant), false),
            ("<", Constant::Num(n)) if !turned => (Test::Less(*n), true),
            (">", Constant::Num(n)) if turned => (Test::Less(*n), true),
            (">=", Constant::Num(n)) if !turned => (Test::Less(*n), false),
            ("<=", Constant::Num(n)) if turned => (Test::Less(*n), false),
            ("<=", Constant::Num(n)) if !turned => (Test::AtMost(*n), true),
            (">=", Constant::Num(n)) if turned => (Test::AtMost(*n), true),
            (">", Constant::Num(n)) if !turned => (Test::AtMost(*n), false),
            ("<", Constant::Num(n)) if turned => (Test::AtMost(*n), false),
            _ => return None,
        };
        Some(Fact { subject, test, holds })
    }

    /// The key that an expression is, where constants make it.
    pub(super) fn known_key(&mut self, node: Node<'_>) -> Option<Sym> {
        let key = match node.kind() {
            "binary_expression" | "template_string" | "identifier" | "member_expression" | "as_expression" => {
                self.known(node, DEPTH)?.as_key()?
            }
            _ => return None,
        };
        Some(self.b.sym(&key))
    }

    /// A variable of the function, or a member of one.
    fn subject(&mut self, node: Node<'_>) -> Option<Subject> {
        let mut path = Vec::new();
        let mut at = node;
        loop {
            match at.kind() {
                "member_expression" => {
                    path.push(self.sym_of(field(at, "property")?));
                    at = field(at, "object")?;
                }
                "parenthesized_expression" | "non_null_expression" | "as_expression" => at = first_kid(at)?,
                "identifier" | "this" => break,
                _ => return None,
            }
        }
        path.reverse();
        let span = self.span(at);
        Some(Subject { root: self.b.version(self.text(at), span)?, path })
    }

    /// Whether nothing in a block can fail: it calls nothing and reads no member.
    pub(super) fn cannot_fail(&self, node: Node<'_>) -> bool {
        let mut open = vec![node];
        while let Some(at) = open.pop() {
            match at.kind() {
                "statement_block"
                | "expression_statement"
                | "lexical_declaration"
                | "variable_declarator"
                | "variable_declaration"
                | "assignment_expression"
                | "parenthesized_expression"
                | "empty_statement" => {
                    open.extend(kids(at));
                }
                "identifier" | "string" | "number" | "true" | "false" | "null" | "undefined" | "comment" => {}
                _ => return false,
            }
        }
        true
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
            "as_expression" | "satisfies_expression" | "non_null_expression" => self.known(first_kid(node)?, depth),
            "member_expression" => {
                let (object, property) = (field(node, "object")?, field(node, "property")?);
                if object.kind() != "identifier" {
                    return None;
                }
                let (variable, member) = (self.text(object), self.text(property));
                match self.b.items_of(variable).filter(|_| member == "length") {
                    Some(items) => Constant::of(&ValueKind::Num(self.b.sym(&items.to_string()))),
                    None => self.b.fixed_member(variable, member),
                }
            }
            "template_string" => {
                let mut text = String::new();
                for part in kids(node) {
                    match part.kind() {
                        "template_substitution" => match self.known(first_kid(part)?, depth)? {
                            Constant::Text(part) => text.push_str(&part),
                            _ => return None,
                        },
                        "string_fragment" => text.push_str(self.text(part)),
                        _ => return None,
                    }
                }
                Some(Constant::Text(text))
            }
            "subscript_expression" => {
                let text = self.known(field(node, "object")?, depth)?;
                text.at(&self.known(field(node, "index")?, depth)?)
            }
            _ => None,
        }
    }
}
