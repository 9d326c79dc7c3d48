//! Branches of many ways: `switch`, `try`.

use tree_sitter::Node;

use super::patterns::Bind;
use super::{Lowerer, Target, field, kids};
use crate::ir::{BlockKind, NO_OTHER_CASE, Span};
use crate::syntax::builder::{Fact, unbracketed};
use crate::syntax::constant::Constant;

impl Lowerer<'_> {
    pub(super) fn switch(&mut self, node: Node<'_>) {
        let span = self.span(node);
        let head = field(node, "value").map(|n| (self.expr(n), self.text(n)));
        if let Some((subject, _)) = head {
            // The cases say when.
            self.b.branch(subject, span, Span::default(), "");
        }
        let known = field(node, "value").and_then(|n| self.known(n, 12)).filter(Constant::is_single);
        let cases = field(node, "body").map(kids).unwrap_or_default();
        // The case that a known subject goes to, where constants say so.
        let taken = known.and_then(|known| {
            let mut labels = Vec::new();
            for case in &cases {
                match field(*case, "value") {
                    Some(value) => labels.push(Some(self.known(value, 12).filter(Constant::is_single)?)),
                    None => labels.push(None),
                }
            }
            labels.iter().position(|l| l.as_ref() == Some(&known)).or_else(|| labels.iter().position(Option::is_none))
        });
        let values = cases.iter().filter_map(|c| field(*c, "value"));
        let others: Vec<Fact> = values.filter_map(|v| self.case_fact(node, v, false)).collect();
        let before = self.b.fork();
        self.b.push_scope();
        let label = self.label.take();
        self.targets.push(Target { label, ..Target::default() });
        let mut has_default = taken.is_some();
        if taken.is_some() {
            self.b.terminate();
        }
        for (i, case) in cases.into_iter().enumerate() {
            let falls = i > 0 && !self.b.is_dead();
            match taken {
                Some(n) if n != i => {}
                Some(_) => self.b.join(before.clone(), span),
                // The case above may fall through: this one begins from there or from the head.
                None if i > 0 => self.b.join(before.clone(), span),
                None => {}
            }
            if taken.is_none() && !falls {
                let facts = match field(case, "value") {
                    Some(value) => self.case_fact(node, value, true).into_iter().collect(),
                    None => others.clone(),
                };
                self.b.assume(facts);
            }
            has_default |= case.kind() == "switch_default";
            let value = field(case, "value");
            if let Some(value) = value {
                self.expr(value);
            }
            if let Some((subject, head)) = head {
                let text = match value {
                    Some(value) => format!("{} is {}", unbracketed(head), self.text(value)),
                    None => NO_OTHER_CASE.to_owned(),
                };
                let span = self.span(case);
                self.b.branch(subject, span, span, &text);
            }
            let body: Vec<Node<'_>> = kids(case).into_iter().filter(|n| Some(*n) != value).collect();
            let mark = self.b.mark();
            self.statements(&body);
            self.b.block_since(mark, BlockKind::Branch);
        }
        let target = self.targets.pop().unwrap_or_default();
        if !has_default {
            self.b.join(before, span);
        }
        self.leave_loop(target, span);
        self.b.pop_scope();
    }

    pub(super) fn try_statement(&mut self, node: Node<'_>) {
        let span = self.span(node);
        let returned = self.b.function().returns.len();
        let watched = self.b.try_begin();
        self.branch_in(node, "body");
        let (failed, exception) = self.b.try_end(watched, field(node, "handler").is_some(), span);
        let safe = field(node, "body").is_some_and(|b| self.cannot_throw(b));
        if let Some(handler) = field(node, "handler").filter(|_| !safe) {
            let end = self.b.swap(failed.clone());
            self.b.push_scope();
            if let Some(parameter) = field(handler, "parameter") {
                self.bind(parameter, exception, Bind::Block);
            }
            self.branch_in(handler, "body");
            self.b.pop_scope();
            self.b.join(end, span);
        }
        if let Some(finalizer) = field(node, "finalizer") {
            let dead = self.b.is_dead();
            if dead {
                self.b.swap(failed);
            }
            let given = self.b.function().returns.len();
            self.statement(finalizer);
            self.b.returned_at_last(returned, given);
            if dead {
                self.b.terminate();
            }
        }
    }
}
