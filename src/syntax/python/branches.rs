//! Branches of many ways: `match`, `try`.

use tree_sitter::Node;

use super::pattern::Bind;
use super::{Py, kid, kids, kids_by_field};
use crate::ir::{BlockKind, NO_OTHER_CASE, TypeExpr, ValueId, ValueKind};
use crate::syntax::conditions::Conditions;

impl Py<'_> {
    pub(super) fn try_statement(&mut self, node: Node<'_>) {
        let span = self.span(node);
        let returned = self.b.function().returns.len();
        let watched = self.b.try_begin();
        self.block_in(node, "body");
        let handled = kids(node).iter().any(|k| matches!(k.kind(), "except_clause" | "except_group_clause"));
        let (failed, exception) = self.b.try_end(watched, handled, span);
        let mut raised = node.child_by_field_name("body").and_then(|body| self.raised(body));
        let mut ends = Vec::new();
        let mut last = None;
        for clause in kids(node) {
            match clause.kind() {
                "else_clause" => self.block_in(clause, "body"),
                "except_clause" | "except_group_clause"
                    if raised.as_mut().is_some_and(|raised| !self.comes_to(raised, clause)) => {}
                "except_clause" | "except_group_clause" => {
                    let reached = self.b.swap(failed.clone());
                    self.except(clause, exception);
                    ends.push(self.b.swap(reached));
                }
                "finally_clause" => last = Some(clause),
                _ => {}
            }
        }
        for end in ends {
            self.b.join(end, span);
        }
        if let Some(clause) = last {
            let dead = self.b.is_dead();
            if dead {
                self.b.swap(failed);
            }
            let given = self.b.function().returns.len();
            for inner in kids(clause) {
                self.stmt(inner);
            }
            self.b.returned_at_last(returned, given);
            if dead {
                self.b.terminate();
            }
        }
    }

    pub(super) fn except(&mut self, clause: Node<'_>, exception: ValueId) {
        let (mut class, mut alias, mut body) = (None, None, None);
        for part in kids(clause) {
            match part.kind() {
                "block" => body = Some(part),
                "as_pattern" => {
                    let parts = kids(part);
                    class = parts.first().copied();
                    alias = parts.get(1).copied();
                }
                _ if class.is_none() => class = Some(part),
                _ => alias = Some(part),
            }
        }
        if let (Some(class), Some(alias)) = (class, alias) {
            let span = self.span(class);
            let ty = match class.kind() {
                "tuple" => TypeExpr::Union(kids(class).into_iter().map(|n| self.type_expr(n)).collect()),
                _ => self.type_expr(class),
            };
            let typed = self.b.add(ValueKind::Typed(exception, ty), span);
            self.bind(alias, typed, Bind::Define);
        }
        if let Some(body) = body {
            self.handling.push(exception);
            self.b.begin_within();
            let mark = self.b.mark();
            self.block(body);
            self.b.block_since(mark, BlockKind::Branch);
            self.b.end_within();
            self.handling.pop();
        }
    }

    pub(super) fn match_statement(&mut self, node: Node<'_>) {
        let span = self.span(node);
        let subjects: Vec<ValueId> =
            kids_by_field(node, "subject").into_iter().map(|subject| self.expr(subject)).collect();
        let subject = match subjects.as_slice() {
            [one] => *one,
            _ => self.b.add(ValueKind::List(subjects.into_iter().map(|v| (v, false)).collect()), span),
        };
        // The cases say when.
        let nowhere = crate::ir::Span::default();
        self.b.branch(subject, span, nowhere, "");
        let known = match kids_by_field(node, "subject").as_slice() {
            [one] => self.known(*one, 12),
            _ => None,
        };
        let subject_text = kids_by_field(node, "subject").first().map_or("", |n| self.text(*n));
        let mut ends = Vec::new();
        let cases = node.child_by_field_name("body").map_or_else(Vec::new, kids);
        for case in cases.into_iter().filter(|n| n.kind() == "case_clause") {
            let patterns: Vec<Node<'_>> =
                kids(case).into_iter().filter(|n| !matches!(n.kind(), "if_clause" | "block")).collect();
            // A subject that is known is none of the other literals.
            let matches = match (&known, patterns.as_slice()) {
                (Some(known), [one]) => self.literal_pattern(*one).and_then(|literal| known.is_any_of(&literal)),
                _ => None,
            };
            if matches == Some(false) {
                continue;
            }
            let mut facts = |holds| match (kids_by_field(node, "subject").as_slice(), patterns.as_slice()) {
                ([subject], [pattern]) => self.case_fact(*subject, *pattern, holds),
                _ => None,
            };
            let (met, not_met) = (facts(true), facts(false));
            let otherwise = self.b.fork();
            self.b.assume(met.into_iter().collect());
            for (i, pattern) in patterns.iter().enumerate() {
                // `case a, b:` without brackets.
                let part = match patterns.len() {
                    1 => subject,
                    _ => self.b.field(subject, &i.to_string(), span),
                };
                self.case_pattern(*pattern, part);
            }
            let guard = case.child_by_field_name("guard").and_then(kid);
            if guard.and_then(|g| self.constant(g)) == Some(false) {
                self.b.swap(otherwise);
                continue;
            }
            if let Some(guard) = guard {
                let guard = self.expr(guard);
                let case_span = self.span(case);
                self.b.branch(guard, case_span, nowhere, "");
            }
            if let Some(body) = case.child_by_field_name("consequence") {
                let (case_span, body) = (self.span(case), self.span(body));
                let patterns: Vec<&str> = patterns.iter().map(|n| self.text(*n)).collect();
                let text = match patterns.as_slice() {
                    ["_"] => NO_OTHER_CASE.to_owned(),
                    _ => format!("{subject_text} is {}", patterns.join(", ")),
                };
                self.b.branch(subject, case_span, body, &text);
            }
            self.block_in(case, "consequence");
            ends.push(self.b.swap(otherwise));
            if guard.is_none() && patterns.len() == 1 && (self.text(patterns[0]) == "_" || matches == Some(true)) {
                // Nothing falls through a wildcard.
                self.b.terminate();
            }
            if guard.is_none() {
                self.b.assume(not_met.into_iter().collect());
            }
        }
        for end in ends {
            self.b.join(end, span);
        }
    }
}
