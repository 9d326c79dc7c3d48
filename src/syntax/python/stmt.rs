//! Statements and control flow.

use tree_sitter::Node;

use super::pattern::Bind;
use super::{MAX_DEPTH, Py, kid, kids, kids_by_field};
use crate::ir::{BlockKind, ClassKind, FnIx, TypeExpr, ValueId, ValueKind};
use crate::syntax::conditions::Conditions;
use crate::syntax::constant::Constant;

impl Py<'_> {
    pub(super) fn block(&mut self, node: Node<'_>) {
        if self.depth >= MAX_DEPTH {
            return;
        }
        self.depth += 1;
        let mut cursor = node.walk();
        for statement in node.named_children(&mut cursor) {
            self.stmt(statement);
        }
        self.depth -= 1;
    }

    pub(super) fn block_in(&mut self, node: Node<'_>, field: &str) {
        if let Some(block) = node.child_by_field_name(field) {
            let mark = self.b.mark();
            self.block(block);
            self.b.block_since(mark, BlockKind::Branch);
        }
    }

    pub(super) fn stmt(&mut self, node: Node<'_>) {
        if self.b.is_dead() {
            return;
        }
        let span = self.span(node);
        match node.kind() {
            "expression_statement" => {
                for inner in kids(node) {
                    self.expr(inner);
                    if inner.kind() == "call" && self.ends_here(inner) || self.surely_fails(inner) {
                        self.b.terminate();
                    }
                }
            }
            "assert_statement" => {
                let condition = kid(node).and_then(|c| self.constant(c));
                for inner in kids(node) {
                    self.expr(inner);
                }
                if condition == Some(false) {
                    self.b.terminate();
                }
            }
            "comment" | "line_continuation" | "pass_statement" | "future_import_statement" => {}
            "import_statement" => self.import(node),
            "import_from_statement" => self.import_from(node),
            "return_statement" => {
                let value = match kid(node) {
                    Some(value) => self.expr(value),
                    None => self.b.add(ValueKind::Null, span),
                };
                self.b.gives(value);
                self.b.returns();
            }
            "raise_statement" => {
                self.raise(node);
                self.b.terminate();
            }
            "break_statement" | "continue_statement" => {
                let here = self.b.fork();
                if let Some(exits) = self.loops.last_mut() {
                    match node.kind() {
                        "break_statement" => exits.breaks.push(here),
                        _ => exits.continues.push(here),
                    }
                    self.b.terminate();
                }
            }
            "if_statement" | "for_statement" | "while_statement" | "match_statement" => {
                self.b.begin_within();
                let mark = self.b.mark();
                match node.kind() {
                    "if_statement" => self.if_statement(node),
                    "for_statement" => self.for_statement(node),
                    "while_statement" => self.while_statement(node),
                    _ => self.match_statement(node),
                }
                self.b.settle(mark);
                self.b.end_within();
            }
            "try_statement" => {
                let mark = self.b.mark();
                self.try_statement(node);
                self.b.settle(mark);
            }
            "with_statement" => {
                for clause in kids(node).into_iter().filter(|n| n.kind() == "with_clause") {
                    for item in kids(clause) {
                        if let Some(value) = item.child_by_field_name("value").or_else(|| kid(item)) {
                            self.entered(value);
                        }
                    }
                }
                if let Some(body) = node.child_by_field_name("body") {
                    self.with_body(node, body);
                }
            }
            "function_definition" | "class_definition" => self.definition(node, &[]),
            "decorated_definition" => {
                let decorators: Vec<Node<'_>> = kids(node).into_iter().filter(|n| n.kind() == "decorator").collect();
                if let Some(definition) = node.child_by_field_name("definition") {
                    self.definition(definition, &decorators);
                }
            }
            "global_statement" | "nonlocal_statement" => {
                if self.b.current() != FnIx(0) {
                    for name in kids(node) {
                        self.b.declare_outer(self.text(name));
                    }
                }
            }
            "delete_statement" => {
                for target in kids(node) {
                    self.delete(target);
                }
            }
            "type_alias_statement" => {
                let name = node.child_by_field_name("left").map_or("", |n| self.text(n));
                let name = name.split('[').next().unwrap_or_default().trim().to_owned();
                if let Some(target) = self.type_field(node, "right") {
                    let class = self.declare_class(&name, ClassKind::TypeAlias, span, Vec::new(), vec![target]);
                    let value = self.b.add(ValueKind::Class(class), span);
                    self.b.define(&name, value);
                }
            }
            "block" => self.block(node),
            "ERROR" => self.broken(node),
            _ => {
                self.expr(node);
            }
        }
    }

    /// The body of a `with`, behind which things go on even where it was left by an exception that is suppressed.
    fn with_body(&mut self, node: Node<'_>, body: Node<'_>) {
        let clause = kids(node).into_iter().find(|n| n.kind() == "with_clause").map_or("", |n| self.text(n));
        if !clause.contains("suppress(") {
            self.block(body);
            return;
        }
        let (mark, span) = (self.b.mark(), self.span(node));
        let watched = self.b.try_begin();
        self.block_in(node, "body");
        let (failed, _) = self.b.try_end(watched, true, span);
        self.b.join(failed, span);
        self.b.settle(mark);
    }

    /// `with value as target`
    fn entered(&mut self, item: Node<'_>) {
        let parts = kids(item);
        let ("as_pattern", [value, target]) = (item.kind(), parts.as_slice()) else {
            self.expr(item);
            return;
        };
        let value = self.expr(*value);
        let span = self.span(*target);
        let entered = self.b.add(ValueKind::Typed(value, TypeExpr::Entered), span);
        self.bind(*target, entered, Bind::Define);
    }

    fn definition(&mut self, node: Node<'_>, decorators: &[Node<'_>]) {
        let name = node.child_by_field_name("name").map_or("", |n| self.text(n));
        let value = if node.kind() == "class_definition" {
            let span = self.span(node);
            let class = self.class(node, decorators);
            self.b.add(ValueKind::Class(class), span)
        } else {
            self.function(node, decorators, None).value
        };
        self.b.define(name, value);
    }

    /// What the parser could not fit: statements in it are lowered, the rest is one unknown value.
    fn broken(&mut self, node: Node<'_>) {
        if self.depth >= MAX_DEPTH {
            return;
        }
        self.depth += 1;
        let mut operands = Vec::new();
        for part in kids(node) {
            let kind = part.kind();
            if kind.ends_with("_statement") || kind.ends_with("_definition") || matches!(kind, "block" | "ERROR") {
                self.stmt(part);
            } else {
                operands.push(self.expr(part));
            }
        }
        if !operands.is_empty() {
            self.unknown(operands, node);
        }
        self.depth -= 1;
    }

    /// `a = b = v`, `x: T = v`, `x += v`; gives the value.
    pub(super) fn assignment(&mut self, node: Node<'_>) -> ValueId {
        if node.kind() == "augmented_assignment" {
            return self.augmented(node);
        }
        let mut targets = Vec::new();
        let mut at = node;
        let right = loop {
            if let Some(left) = at.child_by_field_name("left") {
                targets.push((left, at.child_by_field_name("type")));
            }
            match at.child_by_field_name("right") {
                Some(right) if right.kind() == "assignment" => at = right,
                other => break other,
            }
        };
        let span = self.span(node);
        let Some(right) = right else {
            // `x: T` declares only; in `__init__` it can declare a field.
            if let Some((left, Some(ty))) = targets.first().copied() {
                let ty = self.type_expr(ty);
                self.initializer_field(left, None, Some(ty));
            }
            return self.unknown(Vec::new(), node);
        };
        let name = match targets.as_slice() {
            [(left, _)] if left.kind() == "identifier" => Some(self.text(*left)),
            _ => None,
        };
        let annotation = targets.first().and_then(|(_, ty)| *ty);
        let value = match name {
            Some(name) if right.kind() == "lambda" => self.lambda(right, name),
            Some(name) => match self.declared_by_value(name, annotation, right) {
                Some(class) => self.b.add(ValueKind::Class(class), span),
                None => self.expr(right),
            },
            None => self.expr(right),
        };
        if matches!(
            right.kind(),
            "binary_operator"
                | "comparison_operator"
                | "subscript"
                | "unary_operator"
                | "not_operator"
                | "attribute"
                | "identifier"
                | "call"
        ) && let Some(constant) = self.known(right, 12).filter(Constant::is_plain)
        {
            self.b.is_constant(value, constant);
        }
        for (left, ty) in targets {
            let ty = ty.map(|t| self.type_expr(t));
            self.initializer_field(left, Some(value), ty.clone());
            let typed = match ty {
                Some(ty) if !matches!(self.b.kind(value), ValueKind::Class(_)) => {
                    self.b.add(ValueKind::Typed(value, ty), span)
                }
                _ => value,
            };
            self.bind(left, typed, Bind::Define);
        }
        value
    }

    fn if_statement(&mut self, node: Node<'_>) {
        let span = self.span(node);
        let mut ends = Vec::new();
        self.arm(node, span, &mut ends);
        for alternative in kids_by_field(node, "alternative") {
            match alternative.kind() {
                "elif_clause" => {
                    let mark = self.b.mark();
                    self.arm(alternative, span, &mut ends);
                    self.b.block_since(mark, BlockKind::Branch);
                }
                _ => self.block_in(alternative, "body"),
            }
        }
        for end in ends {
            self.b.join(end, span);
        }
    }

    /// Condition and body; goes on with the condition false.
    fn arm(&mut self, node: Node<'_>, span: crate::ir::Span, ends: &mut Vec<super::Env>) {
        let (mut met, mut not_met) = (Vec::new(), Vec::new());
        if let Some(condition) = node.child_by_field_name("condition") {
            let constant = self.constant(condition);
            let text = self.text(condition);
            let asks = condition;
            let condition = self.expr(condition);
            (met, not_met) = (self.facts(asks, true), self.facts(asks, false));
            let body = node.child_by_field_name("consequence").map_or(span, |n| self.span(n));
            self.b.branch(condition, span, body, text);
            if let Some(holds) = constant {
                let otherwise = self.b.fork();
                if holds {
                    self.block_in(node, "consequence");
                    ends.push(self.b.swap(otherwise));
                    self.b.terminate();
                }
                return;
            }
        }
        let otherwise = self.b.fork();
        self.b.assume(met);
        self.block_in(node, "consequence");
        ends.push(self.b.swap(otherwise));
        self.b.assume(not_met);
    }

    fn for_statement(&mut self, node: Node<'_>) {
        let span = self.span(node);
        let over = match node.child_by_field_name("right") {
            Some(right) => self.expr(right),
            None => self.unknown(Vec::new(), node),
        };
        let known = node.child_by_field_name("right").and_then(|n| self.known(n, 12));
        let length = known.as_ref().and_then(Constant::len);
        if length == Some(0) {
            if let Some(alternative) = node.child_by_field_name("alternative") {
                self.block_in(alternative, "body");
            }
            return;
        }
        self.b.iterate(over, span);
        let mark = self.b.mark();
        self.b.loop_begin();
        if let Some(left) = node.child_by_field_name("left") {
            let target_span = self.span(left);
            let element = self.b.add(ValueKind::Elem(over), target_span);
            if let Some(constant) = known.and_then(|k| k.element()) {
                self.b.is_constant(element, constant);
            }
            self.bind(left, element, Bind::Define);
        }
        self.loop_body(node, false, length.is_some(), span);
        self.b.block_since(mark, BlockKind::Loop);
    }

    fn while_statement(&mut self, node: Node<'_>) {
        let span = self.span(node);
        let condition = node.child_by_field_name("condition");
        let first = condition.and_then(|c| self.constant(c));
        if first == Some(false) {
            if let Some(alternative) = node.child_by_field_name("alternative") {
                self.block_in(alternative, "body");
            }
            return;
        }
        let mark = self.b.mark();
        self.b.loop_begin();
        // Asked within the loop, which may change what it reads.
        let endless = condition.and_then(|c| self.constant(c)) == Some(true);
        if let Some(condition) = condition {
            let text = self.text(condition);
            let condition = self.expr(condition);
            self.b.branch(condition, span, span, text);
        }
        self.loop_body(node, endless, first == Some(true), span);
        self.b.block_since(mark, BlockKind::Loop);
    }

    /// The body of a loop that may be `endless`, and surely `runs` at least once.
    fn loop_body(&mut self, node: Node<'_>, endless: bool, runs: bool, span: crate::ir::Span) {
        self.loops.push(super::Exits::default());
        self.block_in(node, "body");
        let exits = self.loops.pop().unwrap_or_default();
        for exit in exits.continues {
            self.b.join(exit, span);
        }
        self.b.loop_end(runs, span);
        if endless {
            self.b.terminate();
        }
        if let Some(alternative) = node.child_by_field_name("alternative") {
            self.block_in(alternative, "body");
        }
        for exit in exits.breaks {
            self.b.join(exit, span);
        }
    }
}
