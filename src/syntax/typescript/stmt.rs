//! Statements and control flow.

use rustc_hash::FxHashSet;
use tree_sitter::Node;

use super::patterns::Bind;
use super::{Lowerer, Target, field, first_kid, has_token, kids};
use crate::ir::{BlockKind, FnKind, KEYS, Span, Sym, ValueId, ValueKind};
use crate::syntax::conditions::Conditions;
use crate::syntax::constant::Constant;

impl Lowerer<'_> {
    pub(super) fn statements(&mut self, nodes: &[Node<'_>]) {
        let signatures = nodes.iter().any(|n| declaration_in(*n).kind() == "function_signature");
        let implemented: FxHashSet<&str> = if signatures {
            let functions = nodes.iter().map(|n| declaration_in(*n)).filter(|n| is_function(*n));
            functions.filter_map(|n| field(n, "name")).map(|n| self.text(n)).collect()
        } else {
            FxHashSet::default()
        };
        // Functions are there from the beginning.
        let mut names = Vec::new();
        let inside = self.declared.len() > 1;
        for function in nodes.iter().skip(usize::from(inside)).filter(|n| is_function(**n)) {
            self.assigned_names(*function, &mut names);
        }
        if inside {
            self.b.is_captured(names);
        } else {
            self.b.is_assigned_inside(names);
        }
        for node in nodes {
            let declaration = declaration_in(*node);
            let overload = declaration.kind() == "function_signature"
                && field(declaration, "name").is_some_and(|n| implemented.contains(self.text(n)));
            if !overload {
                self.statement(*node);
            }
        }
    }

    /// The variables that a function assigns, its own too.
    fn assigned_names(&mut self, node: Node<'_>, names: &mut Vec<Sym>) {
        self.deeper(|l| {
            let target = match node.kind() {
                "assignment_expression" | "augmented_assignment_expression" => field(node, "left"),
                "update_expression" => field(node, "argument"),
                _ => None,
            };
            if let Some(target) = target.filter(|t| !matches!(t.kind(), "member_expression" | "subscript_expression")) {
                l.pattern_names(target, names);
            }
            kids(node).into_iter().for_each(|n| l.assigned_names(n, names));
        });
    }

    pub(super) fn statement(&mut self, node: Node<'_>) {
        // What follows `return` never runs, but functions declared there can be called.
        if self.b.is_dead() && !is_function(declaration_in(node)) {
            return;
        }
        self.deeper(|l| l.statement_inner(node));
    }

    fn statement_inner(&mut self, node: Node<'_>) {
        match node.kind() {
            "expression_statement" => match first_kid(node) {
                Some(inner) if inner.kind() == "internal_module" => self.namespace(inner),
                Some(inner) => {
                    self.expr(inner);
                    if self.never_returns(inner) {
                        self.b.terminate();
                    }
                }
                None => {}
            },
            "statement_block" => self.block(node),
            "return_statement" => {
                if let Some(value) = first_kid(node) {
                    let value = self.expr(value);
                    self.b.gives(value);
                }
                self.b.returns();
            }
            "throw_statement" => {
                if let Some(value) = first_kid(node) {
                    let value = self.expr(value);
                    self.b.raise(value);
                }
                self.b.terminate();
            }
            "if_statement" | "for_statement" | "for_in_statement" | "while_statement" | "do_statement"
            | "switch_statement" | "try_statement" | "labeled_statement" => {
                let mark = self.b.mark();
                match node.kind() {
                    "if_statement" => self.if_statement(node),
                    "for_statement" => self.for_statement(node),
                    "for_in_statement" => self.for_in(node),
                    "switch_statement" => self.switch(node),
                    "try_statement" => self.try_statement(node),
                    "labeled_statement" => self.labelled(node),
                    _ => self.while_statement(node),
                }
                self.b.settle(mark);
            }
            "with_statement" => {
                if let Some(object) = field(node, "object") {
                    self.expr(object);
                }
                if let Some(body) = field(node, "body") {
                    self.statement(body);
                }
            }
            "break_statement" | "continue_statement" => self.jump(node),
            "else_clause" | "finally_clause" | "ERROR" => {
                kids(node).into_iter().for_each(|n| self.statement(n));
            }
            "import_statement" => self.import_statement(node),
            "export_statement" => self.export_statement(node),
            "import_alias" => self.import_alias(node),
            "empty_statement" | "debugger_statement" | "hash_bang_line" | "comment" => {}
            _ => {
                if !self.declaration(node, Vec::new(), false) {
                    self.expr(node);
                }
            }
        }
    }

    /// A declaration; false when the node is none.
    pub(super) fn declaration(&mut self, node: Node<'_>, decorators: Vec<ValueId>, exported: bool) -> bool {
        match node.kind() {
            "lexical_declaration" => self.variables(node, Bind::Block),
            "variable_declaration" => self.variables(node, Bind::Function),
            "function_declaration" | "generator_function_declaration" | "function_signature" => {
                let name = field(node, "name").map(|n| self.sym_of(n)).unwrap_or_else(|| self.b.sym("default"));
                let function = self.function(node, &name, FnKind::Function, None, decorators);
                let span = self.span(node);
                let value = self.b.add(ValueKind::Func(function), span);
                self.b.declare(&name, value);
            }
            "class_declaration" | "abstract_class_declaration" => self.class_declaration(node, decorators, exported),
            "interface_declaration" => self.interface(node, exported),
            "type_alias_declaration" => self.type_alias(node, exported),
            "enum_declaration" => self.enumeration(node, exported),
            "ambient_declaration" => self.ambient(node, exported),
            "internal_module" | "module" => self.namespace(node),
            _ => return false,
        }
        true
    }

    fn variables(&mut self, node: Node<'_>, how: Bind) {
        let fixed = has_token(node, "const");
        for declarator in kids(node) {
            let Some(name) = field(declarator, "name") else {
                self.statement(declarator);
                continue;
            };
            let span = self.span(declarator);
            let ty = self.annotation(declarator, "type");
            let value = match field(declarator, "value") {
                Some(value) => self.expr_for(name, value),
                // Only `var x` again keeps what was there.
                None if how == Bind::Function && self.b.is_bound(self.text(name)) => continue,
                None => self.b.add(ValueKind::Null, span),
            };
            if let Some(constant) = field(declarator, "value")
                .filter(|v| is_computed(*v))
                .and_then(|v| self.known(v, 12))
                .filter(Constant::is_plain)
            {
                self.b.is_constant(value, constant);
            }
            self.declare_type(name, ty.as_ref());
            let value = match ty {
                Some(ty) => self.typed(value, ty, span),
                None => value,
            };
            if fixed && name.kind() == "identifier" {
                self.b.is_fixed(value);
            }
            self.bind(name, value, how);
        }
    }

    pub(super) fn block(&mut self, node: Node<'_>) {
        self.b.push_scope();
        self.statements(&kids(node));
        self.b.pop_scope();
    }

    fn condition(&mut self, node: Node<'_>, name: &str) {
        if let Some(condition) = field(node, name) {
            let text = self.text(condition);
            let condition = self.expr(condition);
            let span = self.span(node);
            let holds = field(node, "consequence").map_or(span, |n| self.span(n));
            self.b.branch(condition, span, holds, text);
        }
    }

    fn if_statement(&mut self, node: Node<'_>) {
        let span = self.span(node);
        self.condition(node, "condition");
        match field(node, "condition").and_then(|c| self.constant(c)) {
            Some(true) => {
                if let Some(consequence) = field(node, "consequence") {
                    self.statement(consequence);
                }
                return;
            }
            Some(false) => {
                if let Some(alternative) = field(node, "alternative") {
                    self.statement(alternative);
                }
                return;
            }
            None => {}
        }
        let mut facts = |holds| field(node, "condition").map_or_else(Vec::new, |c| self.facts(c, holds));
        let (met, not_met) = (facts(true), facts(false));
        let before = self.b.fork();
        self.b.assume(met);
        self.branch_in(node, "consequence");
        let after = self.b.swap(before);
        self.b.assume(not_met);
        self.branch_in(node, "alternative");
        self.b.join(after, span);
    }

    /// Statements that run only on some ways.
    pub(super) fn branch_in(&mut self, node: Node<'_>, name: &str) {
        if let Some(body) = field(node, name) {
            let mark = self.b.mark();
            self.statement(body);
            self.b.block_since(mark, BlockKind::Branch);
        }
    }

    fn for_statement(&mut self, node: Node<'_>) {
        let span = self.span(node);
        self.b.push_scope();
        if let Some(initializer) = field(node, "initializer") {
            self.statement(initializer);
        }
        let runs = field(node, "condition").and_then(|c| self.constant(c));
        if runs == Some(false) {
            self.b.pop_scope();
            return;
        }
        let mark = self.b.mark();
        self.b.loop_begin();
        if let Some(condition) = field(node, "condition")
            && !matches!(condition.kind(), "empty_statement" | ";")
        {
            let text = self.text(condition);
            let condition = self.expr(condition);
            self.b.branch(condition, span, span, text);
        }
        let endless = field(node, "condition")
            .is_none_or(|c| matches!(c.kind(), "empty_statement" | ";") || self.constant(c) == Some(true));
        let target = self.loop_body(node);
        if let Some(increment) = field(node, "increment") {
            self.expr(increment);
        }
        self.b.loop_end(runs == Some(true), span);
        self.b.block_since(mark, BlockKind::Loop);
        if endless {
            self.b.terminate();
        }
        self.leave_loop(target, span);
        self.b.pop_scope();
    }

    fn for_in(&mut self, node: Node<'_>) {
        let span = self.span(node);
        let Some(right) = field(node, "right") else {
            return;
        };
        let over = self.expr(right);
        let known = self.known(right, 12);
        let length = known.as_ref().and_then(Constant::len);
        if length == Some(0) {
            return;
        }
        self.b.iterate(over, span);
        self.b.push_scope();
        let mark = self.b.mark();
        self.b.loop_begin();
        if let Some(left) = field(node, "left") {
            let left_span = self.span(left);
            let keys = field(node, "operator").is_some_and(|o| o.kind() == "in");
            let kind = if keys { ValueKind::Field(over, self.b.sym(KEYS)) } else { ValueKind::Elem(over) };
            let element = self.b.add(kind, left_span);
            if let Some(constant) = known.filter(|_| !keys).and_then(|k| k.element()) {
                self.b.is_constant(element, constant);
            }
            let how = match field(node, "kind").map(|k| k.kind()) {
                Some("var") => Bind::Function,
                Some(_) => Bind::Block,
                None => Bind::Assign,
            };
            self.bind(left, element, how);
        }
        let target = self.loop_body(node);
        self.b.loop_end(length.is_some(), span);
        self.b.block_since(mark, BlockKind::Loop);
        self.leave_loop(target, span);
        self.b.pop_scope();
    }

    /// The body of a loop, up to where the next round begins.
    fn loop_body(&mut self, node: Node<'_>) -> Target {
        let span = self.span(node);
        let label = self.label.take();
        self.targets.push(Target { label, is_loop: true, ..Target::default() });
        if let Some(body) = field(node, "body") {
            self.statement(body);
        }
        let mut target = self.targets.pop().unwrap_or_default();
        for next in std::mem::take(&mut target.continues) {
            self.b.join(next, span);
        }
        target
    }

    pub(super) fn leave_loop(&mut self, target: Target, span: Span) {
        for end in target.breaks {
            self.b.join(end, span);
        }
    }

    fn labelled(&mut self, node: Node<'_>) {
        let Some(body) = field(node, "body") else { return };
        let label = field(node, "label").map(|n| self.sym_of(n));
        if matches!(body.kind(), "for_statement" | "for_in_statement" | "while_statement" | "do_statement") {
            self.label = label;
            self.statement(body);
            self.label = None;
            return;
        }
        self.targets.push(Target { label, is_block: true, ..Target::default() });
        let mark = self.b.mark();
        self.statement(body);
        self.b.block_since(mark, BlockKind::Branch);
        let target = self.targets.pop().unwrap_or_default();
        let span = self.span(node);
        self.leave_loop(target, span);
    }

    /// `break` and `continue`.
    fn jump(&mut self, node: Node<'_>) {
        let label = field(node, "label").map(|n| self.text(n));
        let is_break = node.kind() == "break_statement";
        let here = self.b.fork();
        let target = self.targets.iter_mut().rev().find(|t| match label {
            Some(label) => t.label.as_deref() == Some(label),
            None => !t.is_block && (is_break || t.is_loop),
        });
        let Some(target) = target else { return };
        if is_break {
            target.breaks.push(here);
        } else {
            target.continues.push(here);
        }
        self.b.terminate();
    }

    fn while_statement(&mut self, node: Node<'_>) {
        let span = self.span(node);
        let is_do = node.kind() == "do_statement";
        let condition = field(node, "condition");
        let first = condition.and_then(|c| self.constant(c));
        if !is_do && first == Some(false) {
            return;
        }
        let mark = self.b.mark();
        self.b.loop_begin();
        // Asked within the loop, which may change what it reads.
        let mut endless = !is_do && condition.and_then(|c| self.constant(c)) == Some(true);
        if !is_do {
            self.condition(node, "condition");
        }
        let target = self.loop_body(node);
        if is_do {
            endless = condition.and_then(|c| self.constant(c)) == Some(true);
            self.condition(node, "condition");
        }
        self.b.loop_end(is_do || first == Some(true), span);
        self.b.block_since(mark, BlockKind::Loop);
        if endless {
            self.b.terminate();
        }
        self.leave_loop(target, span);
    }
}

/// The declaration in an export statement, or the statement itself.
fn declaration_in(node: Node<'_>) -> Node<'_> {
    match node.kind() {
        "export_statement" => field(node, "declaration").unwrap_or(node),
        _ => node,
    }
}

/// An expression that is not lowered to a constant by itself.
fn is_computed(node: Node<'_>) -> bool {
    match node.kind() {
        "as_expression" | "satisfies_expression" | "parenthesized_expression" => {
            first_kid(node).is_some_and(is_computed)
        }
        kind => matches!(
            kind,
            "binary_expression"
                | "subscript_expression"
                | "unary_expression"
                | "member_expression"
                | "template_string"
                | "identifier"
                | "call_expression"
        ),
    }
}

fn is_function(node: Node<'_>) -> bool {
    matches!(node.kind(), "function_declaration" | "generator_function_declaration")
}
