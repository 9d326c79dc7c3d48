//! Conditions that constants decide.

use tree_sitter::Node;

use super::{Lowerer, field, first_kid, has_token, kids};
use crate::ir::{Sym, ValueKind};
use crate::syntax::constant::{Constant, only_read};

impl Lowerer<'_> {
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
            "template_string" => self.known_template(node, depth),
            "identifier" => self.b.constant_named(self.text(node), span),
            "parenthesized_expression"
            | "expression_statement"
            | "non_null_expression"
            | "as_expression"
            | "satisfies_expression" => self.known(first_kid(node)?, depth),
            "type_assertion" => self.known(*kids(node).last()?, depth),
            "unary_expression" => self.known_unary(node, depth),
            "binary_expression" => self.known_binary(node, depth),
            "ternary_expression" => {
                let arm = |name| field(node, name);
                match self.known(field(node, "condition")?, depth).and_then(|c| c.holds()) {
                    Some(true) => self.known(arm("consequence")?, depth),
                    Some(false) => self.known(arm("alternative")?, depth),
                    None => {
                        let then = self.known(arm("consequence")?, depth);
                        Constant::any([then, self.known(arm("alternative")?, depth)])
                    }
                }
            }
            "subscript_expression" => {
                let object = self.known(field(node, "object")?, depth)?;
                object.at(&self.known(field(node, "index")?, depth)?)
            }
            "member_expression" => {
                let (object, property) = (field(node, "object")?, field(node, "property")?);
                let name = self.text(property);
                if object.kind() == "this" {
                    return self.own_constants.last()?.iter().find(|(n, _)| **n == *name).map(|(_, c)| c.clone());
                }
                let object = self.known(object, depth)?;
                match (name, object.len()) {
                    ("length", Some(length)) if !matches!(object, Constant::Record(..)) => {
                        Some(Constant::Num(f64::from(u32::try_from(length).ok()?)))
                    }
                    _ => object.member(name),
                }
            }
            "call_expression" => {
                let function = field(node, "function")?;
                let args = kids(field(node, "arguments")?);
                if function.kind() == "identifier" {
                    let name = format!("{}()", self.text(function));
                    return self.b.constant_named(&name, span);
                }
                let method = field(function, "property").filter(|_| function.kind() == "member_expression")?;
                let object = self.known(field(function, "object")?, depth)?;
                let args: Option<Vec<Constant>> = args.into_iter().map(|a| self.known(a, depth)).collect();
                object.method(self.text(method), &args?)
            }
            "array" => {
                let items = kids(node);
                let spread = items.iter().any(|n| n.kind() == "spread_element");
                // A hole is a comma that follows another.
                let holes = self.text(node).contains(",,") || items.len() > 48;
                let known = |l: &mut Self| items.iter().map(|n| l.known(*n, depth)).collect();
                (!spread && !holes).then(|| Constant::List(known(self)))
            }
            "object" => self.known_object(node, depth),
            _ => None,
        }
    }

    fn known_unary(&mut self, node: Node<'_>, depth: u32) -> Option<Constant> {
        let operator = field(node, "operator")?.kind();
        let argument = field(node, "argument")?;
        if operator == "void" {
            return Some(Constant::Null);
        }
        let argument = self.known(argument, depth)?;
        match operator {
            "!" => argument.holds().map(|h| Constant::Bool(!h)),
            "-" => Constant::apply("-", &Constant::Num(0.0), &argument),
            "typeof" => {
                let name = match argument {
                    Constant::Num(_) => "number",
                    Constant::Text(_) => "string",
                    Constant::Bool(_) => "boolean",
                    _ => return None,
                };
                Some(Constant::Text(name.to_owned()))
            }
            _ => None,
        }
    }

    fn known_binary(&mut self, node: Node<'_>, depth: u32) -> Option<Constant> {
        let (left, right) = (field(node, "left")?, field(node, "right")?);
        let operator = field(node, "operator")?.kind();
        let decides = match operator {
            "&&" => false,
            "||" => true,
            "??" => {
                let left = self.known(left, depth)?;
                return match left.is_null()? {
                    true => self.known(right, depth),
                    false => Some(left),
                };
            }
            _ => {
                let left = self.known(left, depth)?;
                return Constant::apply(operator, &left, &self.known(right, depth)?);
            }
        };
        let left = self.known(left, depth);
        match left.as_ref().and_then(Constant::holds) {
            Some(holds) if holds == decides => left,
            Some(_) => self.known(right, depth),
            // Whatever the left side is, the right one decides.
            None => self.known(right, depth).filter(|c| c.holds() == Some(decides)),
        }
    }

    fn known_template(&mut self, node: Node<'_>, depth: u32) -> Option<Constant> {
        let mut text = String::new();
        for part in kids(node) {
            match part.kind() {
                "string_fragment" | "escape_sequence" => text.push_str(&self.string_text(part)),
                "template_substitution" => text.push_str(&match self.known(first_kid(part)?, depth)? {
                    Constant::Text(part) => part,
                    number @ Constant::Num(_) => number.as_key()?,
                    _ => return None,
                }),
                _ => return None,
            }
        }
        Some(Constant::Text(text))
    }

    fn known_object(&mut self, node: Node<'_>, depth: u32) -> Option<Constant> {
        let parts = kids(node);
        if parts.len() > 48 {
            return None;
        }
        let mut members: Vec<(Sym, Option<Constant>)> = Vec::with_capacity(parts.len());
        for part in parts {
            let (name, value) = match part.kind() {
                "pair" => (self.key_name(field(part, "key")?)?, self.known(field(part, "value")?, depth)),
                "shorthand_property_identifier" => (self.text(part).to_owned(), None),
                "method_definition" => (self.key_name(field(part, "name")?)?, None),
                _ => return None,
            };
            members.push((self.b.sym(&name), value));
        }
        Some(Constant::Record(members, true))
    }

    // ---- what is constant in the whole file ------------------------------------------------------------------------

    /// Note what the statements of a module say that never changes.
    pub(super) fn note_constants(&mut self, statements: &[Node<'_>]) {
        for statement in statements {
            let exported = statement.kind() == "export_statement";
            let declaration = field(*statement, "declaration").filter(|_| exported).unwrap_or(*statement);
            match declaration.kind() {
                "lexical_declaration" if has_token(declaration, "const") => {
                    for declarator in kids(declaration) {
                        self.note_variable(declarator, exported);
                    }
                }
                "function_declaration" => {
                    let name = field(declaration, "name").map(|n| self.text(n)).unwrap_or_default();
                    if let Some(given) = self.given_constant(declaration) {
                        self.b.module_constant(&format!("{name}()"), given);
                    }
                    if self.always_throws(declaration) {
                        self.b.module_never_returns(name);
                    }
                }
                "enum_declaration" => self.note_enumeration(declaration),
                "class_declaration" | "abstract_class_declaration" => {
                    let name = field(declaration, "name").map(|n| self.text(n)).unwrap_or_default();
                    let members = self.readonly_members(declaration, true);
                    if !members.is_empty() {
                        let members = members.into_iter().map(|(n, c)| (n, Some(c))).collect();
                        self.b.module_constant(name, Constant::Record(members, false));
                    }
                }
                _ => {}
            }
        }
    }

    fn note_variable(&mut self, declarator: Node<'_>, exported: bool) {
        let (Some(name), Some(value)) = (field(declarator, "name"), field(declarator, "value")) else { return };
        if name.kind() != "identifier" {
            return;
        }
        let name = self.text(name);
        if matches!(value.kind(), "arrow_function" | "function_expression") {
            if let Some(given) = self.given_constant(value) {
                self.b.module_constant(&format!("{name}()"), given);
            }
            if self.always_throws(value) {
                self.b.module_never_returns(name);
            }
            return;
        }
        let Some(known) = self.known(value, 6) else { return };
        let frozen = value.kind() == "as_expression" && self.text(value).ends_with("as const");
        if known.is_plain() || frozen || !exported && only_read(self.source, name) {
            self.b.module_constant(name, known);
        }
    }

    /// The members of an enumeration, with the numbers that they get where none is given.
    fn note_enumeration(&mut self, node: Node<'_>) {
        let (Some(name), Some(body)) = (field(node, "name"), field(node, "body")) else { return };
        let name = self.text(name);
        let (mut members, mut next) = (Vec::new(), Some(0.0));
        for member in kids(body) {
            let assigned = member.kind() == "enum_assignment";
            let key = if assigned { field(member, "name") } else { Some(member) };
            let Some(key) = key.and_then(|k| self.key_name(k)) else { return };
            let value = match field(member, "value").filter(|_| assigned) {
                Some(value) => self.known(value, 6),
                None => next.map(Constant::Num),
            };
            next = match value {
                Some(Constant::Num(n)) => Some(n + 1.0),
                _ => None,
            };
            members.push((self.b.sym(&key), value));
        }
        self.b.module_constant(name, Constant::Record(members, false));
    }

    /// The read-only fields of a class that are given a plain constant where they are declared, and nowhere else.
    pub(super) fn readonly_members(&mut self, class: Node<'_>, is_static: bool) -> Vec<(Sym, Constant)> {
        let mut found = Vec::new();
        let Some(body) = field(class, "body") else { return found };
        for member in kids(body).into_iter().filter(|m| m.kind() == "public_field_definition") {
            // A class that extends this one may declare another value, but not of a private field.
            let private =
                kids(member).iter().any(|m| m.kind() == "accessibility_modifier" && self.text(*m) == "private");
            if !has_token(member, "readonly") || has_token(member, "static") != is_static || !is_static && !private {
                continue;
            }
            let (Some(name), Some(value)) = (field(member, "name"), field(member, "value")) else { continue };
            let name = self.sym_of(name);
            let assigned = format!("this.{name} =");
            if let Some(known) = self.known(value, 6).filter(Constant::is_plain)
                && !self.text(class).contains(&assigned)
            {
                found.push((name, known));
            }
        }
        found
    }

    /// What a function gives that does nothing but return a constant.
    fn given_constant(&mut self, function: Node<'_>) -> Option<Constant> {
        if has_token(function, "async") {
            return None;
        }
        let body = field(function, "body")?;
        let value = match body.kind() {
            "statement_block" => match kids(body).as_slice() {
                [one] if one.kind() == "return_statement" => first_kid(*one)?,
                _ => return None,
            },
            _ => body,
        };
        match value.kind() {
            "true" | "false" | "null" | "number" | "string" => self.known(value, 2),
            _ => None,
        }
    }

    /// Whether a function always ends by `throw`.
    pub(super) fn always_throws(&self, function: Node<'_>) -> bool {
        let plain = matches!(function.kind(), "function_declaration" | "function_expression" | "arrow_function");
        plain
            && !has_token(function, "async")
            && field(function, "body").is_some_and(|body| body.kind() == "statement_block" && self.ends_by_throw(body))
    }

    /// Whether a call never comes back: `process.exit()`, or a function of this file that always throws.
    pub(super) fn never_returns(&self, call: Node<'_>) -> bool {
        let Some(function) = field(call, "function").filter(|_| call.kind() == "call_expression") else { return false };
        match function.kind() {
            "member_expression" => self.text(function) == "process.exit",
            "identifier" => self.b.never_returns(self.text(function)),
            _ => false,
        }
    }

    fn ends_by_throw(&self, block: Node<'_>) -> bool {
        let statements = kids(block);
        let Some((last, before)) = statements.split_last() else { return false };
        let harmless = |n: &Node<'_>| matches!(n.kind(), "expression_statement" | "lexical_declaration" | "comment");
        before.iter().all(harmless) && last.kind() == "throw_statement"
    }

    /// Whether nothing in a block can throw: constants that are given to variables.
    pub(super) fn cannot_throw(&mut self, block: Node<'_>) -> bool {
        kids(block).into_iter().all(|statement| match statement.kind() {
            "lexical_declaration" | "variable_declaration" => kids(statement).into_iter().all(|d| {
                field(d, "name").is_some_and(|n| n.kind() == "identifier")
                    && field(d, "value").is_none_or(|v| self.is_literal(v))
            }),
            "expression_statement" => first_kid(statement).is_some_and(|e| {
                e.kind() == "assignment_expression"
                    && field(e, "left").is_some_and(|l| l.kind() == "identifier")
                    && field(e, "right").is_some_and(|r| self.is_literal(r))
            }),
            "empty_statement" => true,
            _ => false,
        })
    }

    fn is_literal(&self, node: Node<'_>) -> bool {
        matches!(node.kind(), "true" | "false" | "null" | "undefined" | "number" | "string")
    }
}
