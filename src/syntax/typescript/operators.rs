//! Operators: chains, what short circuits, conditional expressions, counting.

use tree_sitter::Node;

use super::expr::may_assign;
use super::patterns::Bind;
use super::{Lowerer, field, has_token, kids};
use crate::ir::{BlockKind, Span, ValueId, ValueKind};
use crate::syntax::builder::Env;
use crate::syntax::conditions::Conditions;
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
        if short_circuit {
            let mut kept = Vec::with_capacity(operands.len());
            let last = operands.len() - 1;
            for (i, operand) in operands.into_iter().enumerate() {
                let known = if i < last { self.known(operand, 12) } else { None };
                let gives = match operator {
                    "??" => known.and_then(|k| k.is_null()).map(|null| !null),
                    "||" => known.and_then(|k| k.holds()),
                    _ => known.and_then(|k| k.holds()).map(|holds| !holds),
                };
                match gives {
                    // What it does is done all the same.
                    Some(false) => {
                        self.expr(operand);
                    }
                    Some(true) => {
                        kept.push(operand);
                        break;
                    }
                    None => kept.push(operand),
                }
            }
            operands = kept;
        }
        if let ([one], true) = (operands.as_slice(), short_circuit) {
            return self.expr(*one);
        }
        let mut values = Vec::with_capacity(operands.len());
        for (i, operand) in operands.into_iter().enumerate() {
            let before = (short_circuit && i > 0 && may_assign(operand)).then(|| self.b.fork());
            let mark = self.b.mark();
            values.push(self.expr(operand));
            if short_circuit && i > 0 {
                self.b.block_since(mark, BlockKind::Operand);
            }
            if let Some(before) = before {
                self.b.join(before, span);
            }
        }
        match operator {
            "+" => self.b.add(ValueKind::Concat(values), span),
            "||" | "??" => self.b.either(values, span),
            // The last, or one before it that is empty: no data.
            "&&" => values.pop().unwrap_or_else(|| self.unknown(Vec::new(), node)),
            "==" | "!=" | "===" | "!==" | "<" | ">" | "<=" | ">=" | "in" | "instanceof" => {
                self.b.add(ValueKind::Opaque(values), span)
            }
            _ => self.b.add(ValueKind::Unknown(values), span),
        }
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

            "-" | "+" | "~" => {
                let value = self.expr(argument);
                self.b.add(ValueKind::Unknown(vec![value]), span)
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
        let mut facts = |holds| field(node, "condition").map_or_else(Vec::new, |c| self.facts(c, holds));
        let (met, not_met) = (facts(true), facts(false));
        let arms: Vec<Node<'_>> = ["consequence", "alternative"].iter().filter_map(|f| field(node, f)).collect();
        let before: Option<Env> = arms.iter().any(|n| may_assign(*n)).then(|| self.b.fork());
        let mut values = Vec::new();
        for (i, arm) in arms.into_iter().enumerate() {
            let other = (i > 0).then(|| before.clone().map(|env| self.b.swap(env))).flatten();
            let mark = self.b.mark();
            values.push(self.expr(arm));
            self.b.block_since(mark, BlockKind::Operand);
            if let Some(other) = other {
                self.b.join(other, span);
            }
        }
        let arms = <[ValueId; 2]>::try_from(values.as_slice()).ok();
        let value = self.b.either(values, span);
        if let Some([then, otherwise]) = arms {
            self.b.guard(value, [(then, met), (otherwise, not_met)]);
        }
        value
    }

    pub(super) fn update(&mut self, node: Node<'_>, span: Span) -> ValueId {
        let Some(argument) = field(node, "argument") else {
            return self.unknown(Vec::new(), node);
        };
        let old = self.expr(argument);
        let new = self.b.add(ValueKind::Unknown(vec![old]), span);
        let operator = if has_token(node, "++") { "+" } else { "-" };
        if let Some(old) = self.b.constant_of(old)
            && let Some(known) = Constant::apply(operator, &old, &Constant::Num(1.0))
        {
            self.b.is_constant(new, known);
        }
        self.bind(argument, new, Bind::Assign);
        // `i++` gives what was there before.
        if node.child(0).is_some_and(|first| first.is_named()) { old } else { new }
    }
}
