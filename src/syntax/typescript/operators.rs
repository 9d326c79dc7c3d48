//! Operators: what they join, and what a condition decides between.

use tree_sitter::Node;

use super::expr::may_assign;
use super::patterns::Bind;
use super::{Lowerer, field, has_token, kids};
use crate::ir::{Span, ValueId, ValueKind};
use crate::syntax::builder::Env;
use crate::syntax::constant::Constant;

impl Lowerer<'_> {
    /// Chains of one operator nest to the left and can be long (`a + b + c …`), so they are taken as one list.
    pub(super) fn binary(&mut self, node: Node<'_>, span: Span) -> ValueId {
        let Some(operator) = field(node, "operator").map(|n| n.kind()) else {
            let parts = kids(node).into_iter().map(|n| self.expr(n)).collect();
            return self.unknown(parts, node);
        };
        let mut operands = Vec::new();
        let mut at = node;
        loop {
            operands.extend(field(at, "right"));
            let Some(left) = field(at, "left") else { break };
            if left.kind() == "binary_expression" && field(left, "operator").is_some_and(|o| o.kind() == operator) {
                at = left;
            } else {
                operands.push(left);
                break;
            }
        }
        operands.reverse();
        let short_circuit = matches!(operator, "&&" | "||" | "??");
        if matches!(operator, "&&" | "||")
            && let [left, right] = operands.as_slice()
            && let Some(holds) = self.constant(*left)
        {
            let (left, right) = (*left, *right);
            let value = self.expr(left);
            return if holds == (operator == "&&") { self.expr(right) } else { value };
        }
        let (count, mut assumed) = (operands.len(), Vec::new());
        let mut values = Vec::with_capacity(count);
        for (i, operand) in operands.into_iter().enumerate() {
            let before = (short_circuit && i > 0 && may_assign(operand)).then(|| self.b.fork());
            values.push(self.expr(operand));
            if let Some(before) = before {
                self.b.join(before, span);
            }
            // The next operand is asked only where this one holds, or does not.
            if matches!(operator, "&&" | "||") && i + 1 < count {
                let condition = self.condition_of(operand);
                assumed.push(self.b.assume(if operator == "&&" { &condition.met } else { &condition.unmet }));
            }
        }
        assumed.into_iter().rev().for_each(|assumed| self.b.forget(assumed));
        match operator {
            "+" => self.b.add(ValueKind::Concat(values), span),
            "||" | "??" => {
                let values = self.first_of(&values, operator);
                self.b.either(values, span)
            }
            // The last, or one before it that is empty: no data.
            "&&" => values.pop().unwrap_or_else(|| self.unknown(Vec::new(), node)),
            "==" | "!=" | "===" | "!==" | "<" | ">" | "<=" | ">=" | "in" | "instanceof" => {
                self.b.add(ValueKind::Opaque(values), span)
            }
            _ => self.b.add(ValueKind::Unknown(values), span),
        }
    }

    /// The operands of `||` or `??` that the whole may be: up to the first that surely is it.
    pub(super) fn first_of(&self, values: &[ValueId], operator: &str) -> Vec<ValueId> {
        let mut kept = Vec::with_capacity(values.len());
        for (i, value) in values.iter().enumerate() {
            let taken = match operator {
                "??" => self.b.is_there(*value),
                _ => self.b.constant_value(*value).map(|c| c.holds()),
            };
            if taken != Some(false) || i + 1 == values.len() {
                kept.push(*value);
            }
            if taken == Some(true) {
                break;
            }
        }
        kept
    }

    pub(super) fn unary(&mut self, node: Node<'_>, span: Span) -> ValueId {
        let (Some(operator), Some(argument)) = (field(node, "operator").map(|n| n.kind()), field(node, "argument"))
        else {
            return self.unknown(Vec::new(), node);
        };
        match operator {
            "-" | "+" if argument.kind() == "number" => {
                let text = self.sym_of(node);
                self.b.add(ValueKind::Num(text), span)
            }

            "delete" => {
                if let Some((base, seg)) = self.place(argument) {
                    self.b.delete(base, seg, span);
                }
                self.b.add(ValueKind::Opaque(Vec::new()), span)
            }
            _ => {
                let value = self.expr(argument);
                self.b.add(ValueKind::Opaque(vec![value]), span)
            }
        }
    }

    pub(super) fn ternary(&mut self, node: Node<'_>, span: Span) -> ValueId {
        if let Some(condition) = field(node, "condition") {
            let text = self.text(condition);
            let condition = self.expr(condition);
            let holds = field(node, "consequence").map_or(span, |n| self.span(n));
            self.b.branch(condition, span, holds, text);
        }
        if let Some(holds) = field(node, "condition").and_then(|c| self.constant(c))
            && let Some(arm) = field(node, if holds { "consequence" } else { "alternative" })
        {
            return self.expr(arm);
        }
        let condition = field(node, "condition").map(|c| self.condition_of(c)).unwrap_or_default();
        let arms: Vec<Node<'_>> = ["consequence", "alternative"].iter().filter_map(|f| field(node, f)).collect();
        let before: Option<Env> = arms.iter().any(|n| may_assign(*n)).then(|| self.b.fork());
        let mut values = Vec::new();
        for (i, arm) in arms.into_iter().enumerate() {
            let other = (i > 0).then(|| before.clone().map(|env| self.b.swap(env))).flatten();
            let assumed = self.b.assume(if i == 0 { &condition.met } else { &condition.unmet });
            values.push(self.expr(arm));
            self.b.forget(assumed);
            if let Some(other) = other {
                self.b.join(other, span);
            }
        }
        let joined = self.b.either(values.clone(), span);
        if let [met, unmet] = values.as_slice() {
            self.b.decided(joined, *met, *unmet, &condition);
        }
        joined
    }

    pub(super) fn update(&mut self, node: Node<'_>, span: Span) -> ValueId {
        let Some(argument) = field(node, "argument") else {
            return self.unknown(Vec::new(), node);
        };
        let known = self.known(argument, 2);
        let old = self.expr(argument);
        let new = self.b.add(ValueKind::Unknown(vec![old]), span);
        let step = if has_token(node, "--") { "-" } else { "+" };
        if let Some(constant) = known.and_then(|c| Constant::apply(step, &c, &Constant::Num(1.0))) {
            self.b.is_constant(new, constant);
        }
        self.bind(argument, new, Bind::Assign);
        new
    }
}
