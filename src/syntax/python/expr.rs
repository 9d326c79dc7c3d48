//! Expressions.

use tree_sitter::Node;

use super::pattern::Bind;
use super::{MAX_DEPTH, Py, kid, kids, kids_by_field};
use crate::ir::{Arg, BlockKind, CallKind, FINAL, Key, SENT, Spread, ValueId, ValueKind};
use crate::syntax::conditions::Conditions;

impl Py<'_> {
    pub(super) fn expr(&mut self, node: Node<'_>) -> ValueId {
        if self.depth >= MAX_DEPTH {
            return self.unknown(Vec::new(), node);
        }
        self.depth += 1;
        let value = self.expr_inner(node);
        self.depth -= 1;
        value
    }

    fn exprs(&mut self, node: Node<'_>) -> Vec<ValueId> {
        kids(node).into_iter().map(|n| self.expr(n)).collect()
    }

    fn expr_inner(&mut self, node: Node<'_>) -> ValueId {
        match node.kind() {
            "identifier" => self.name(node),
            "attribute" => self.attribute(node),
            "call" => self.call(node),
            "string" | "concatenated_string" => self.string(node),
            "subscript" => self.subscript(node),
            "integer" | "float" => {
                let text = self.b.sym(self.text(node));
                self.leaf(ValueKind::Num(text), node)
            }
            "true" => self.leaf(ValueKind::Bool(true), node),
            "false" => self.leaf(ValueKind::Bool(false), node),
            "none" | "ellipsis" => self.leaf(ValueKind::Null, node),
            "list" | "tuple" | "set" | "expression_list" | "pattern_list" => self.items(node),
            "dictionary" => self.dictionary(node),
            "list_comprehension" | "set_comprehension" | "generator_expression" | "dictionary_comprehension" => {
                self.comprehension(node)
            }
            "binary_operator" => self.binary(node),
            "boolean_operator" => self.boolean(node),
            "conditional_expression" => self.conditional(node),
            "comparison_operator" | "not_operator" => {
                let operands = self.exprs(node);
                self.leaf(ValueKind::Opaque(operands), node)
            }
            "unary_operator"
                if self.text(node).starts_with('-') && kid(node).is_some_and(|n| n.kind() == "integer") =>
            {
                let text = self.b.sym(self.text(node));
                self.leaf(ValueKind::Num(text), node)
            }
            "unary_operator" => self.unary(node),
            "parenthesized_expression"
            | "await"
            | "list_splat"
            | "parenthesized_list_splat"
            | "dictionary_splat"
            | "interpolation"
            | "type"
            | "keyword_argument" => match node.child_by_field_name("value").or_else(|| kid(node)) {
                Some(inner) => self.expr(inner),
                None => self.unknown(Vec::new(), node),
            },
            "lambda" => self.lambda(node, ""),
            "named_expression" => {
                let value = match node.child_by_field_name("value") {
                    Some(value) => self.expr(value),
                    None => self.unknown(Vec::new(), node),
                };
                if let Some(name) = node.child_by_field_name("name") {
                    self.b.define(self.text(name), value);
                }
                value
            }
            "as_pattern" => self.as_pattern(node),
            "yield" => self.yields(node),
            "assignment" | "augmented_assignment" => self.assignment(node),
            _ => {
                let operands = self.exprs(node);
                self.unknown(operands, node)
            }
        }
    }

    fn leaf(&mut self, kind: ValueKind, node: Node<'_>) -> ValueId {
        let span = self.span(node);
        self.b.add(kind, span)
    }

    fn name(&mut self, node: Node<'_>) -> ValueId {
        let name = self.text(node);
        if let Some(scope) = self.class_scopes.last()
            && scope.function == self.b.current()
            && let Some(value) = scope.names.get(name)
        {
            return *value;
        }
        let span = self.span(node);
        self.b.read(name, span)
    }

    fn attribute(&mut self, node: Node<'_>) -> ValueId {
        let base = match node.child_by_field_name("object") {
            Some(object) => self.expr(object),
            None => self.unknown(Vec::new(), node),
        };
        let name = node.child_by_field_name("attribute").map_or("", |n| self.text(n));
        let span = self.span(node);
        self.b.field(base, name, span)
    }

    fn subscript(&mut self, node: Node<'_>) -> ValueId {
        let base = match node.child_by_field_name("value") {
            Some(value) => self.expr(value),
            None => self.unknown(Vec::new(), node),
        };
        let keys = kids_by_field(node, "subscript");
        let span = self.span(node);
        if let ([key], true) = (keys.as_slice(), self.is_call_of(node.child_by_field_name("value"), "globals"))
            && let Some(name) = self.string_text(*key)
        {
            return self.b.read_global(&name, span);
        }
        match keys.as_slice() {
            [slice] if slice.kind() == "slice" => {
                self.expr(*slice);
                if let Some(items) = self.slice_items(*slice, base) {
                    let items = items.into_iter().map(|name| (self.b.field(base, &name, span), false)).collect();
                    return self.b.add(ValueKind::List(items), span);
                }
                let names = self.slice_start(*slice);
                self.b.add(ValueKind::Rest(base, names), span)
            }
            [key] => {
                let place = self.computed_place(*key);
                let key = self.expr(*key);
                match place {
                    Some(place) => self.b.field(base, &place, span),
                    None => self.b.index(base, key, span),
                }
            }
            _ => {
                let items = keys.into_iter().map(|k| (self.expr(k), false)).collect();
                let key = self.b.add(ValueKind::List(items), span);
                self.b.index(base, key, span)
            }
        }
    }

    fn call(&mut self, node: Node<'_>) -> ValueId {
        if let Some(member) = self.constant_getattr(node).or_else(|| self.named_by_text(node)) {
            return member;
        }
        let callee = match node.child_by_field_name("function") {
            Some(function) => self.expr(function),
            None => self.unknown(Vec::new(), node),
        };
        let mut args = Vec::new();
        if let Some(list) = node.child_by_field_name("arguments") {
            if list.kind() == "argument_list" {
                for arg in kids(list) {
                    let (spread, name) = match arg.kind() {
                        "list_splat" | "parenthesized_list_splat" => (Spread::Positional, None),
                        "dictionary_splat" => (Spread::Keywords, None),
                        "keyword_argument" => (Spread::None, arg.child_by_field_name("name")),
                        _ => (Spread::None, None),
                    };
                    let name = name.map(|n| self.b.sym(self.text(n)));
                    let value = self.expr(arg);
                    args.push(Arg { name, value, spread });
                }
            } else {
                let value = self.expr(list);
                args.push(Arg { name: None, value, spread: Spread::None });
            }
        }
        let span = self.span(node);
        self.b.call(callee, args, CallKind::Plain, span)
    }

    fn items(&mut self, node: Node<'_>) -> ValueId {
        let items = kids(node)
            .into_iter()
            .map(|n| (self.expr(n), matches!(n.kind(), "list_splat" | "parenthesized_list_splat")))
            .collect();
        self.leaf(ValueKind::List(items), node)
    }

    fn dictionary(&mut self, node: Node<'_>) -> ValueId {
        let mut entries = Vec::new();
        for entry in kids(node) {
            if entry.kind() == "pair" {
                entries.extend(self.pair(entry));
            } else {
                let value = self.expr(entry);
                entries.push((Key::Spread, value));
            }
        }
        self.leaf(ValueKind::Object(entries), node)
    }

    fn pair(&mut self, node: Node<'_>) -> Option<(Key, ValueId)> {
        let key = self.expr(node.child_by_field_name("key")?);
        let value = self.expr(node.child_by_field_name("value")?);
        Some((self.b.key(key), value))
    }

    fn comprehension(&mut self, node: Node<'_>) -> ValueId {
        self.b.push_scope();
        let mark = self.b.mark();
        let body = node.child_by_field_name("body");
        let span = self.span(node);
        for clause in kids(node) {
            match clause.kind() {
                "for_in_clause" => {
                    // Old grammar: several iterables without brackets are a tuple.
                    let iterables = kids_by_field(clause, "right");
                    let values: Vec<ValueId> = iterables.into_iter().map(|n| self.expr(n)).collect();
                    let over = match values.as_slice() {
                        [one] => *one,
                        _ => self.leaf(ValueKind::List(values.into_iter().map(|v| (v, false)).collect()), clause),
                    };
                    self.b.iterate(over, span);
                    let element = self.leaf(ValueKind::Elem(over), clause);
                    if let Some(target) = clause.child_by_field_name("left") {
                        self.bind(target, element, Bind::Declare);
                    }
                }
                "if_clause" => {
                    if let Some(condition) = kid(clause) {
                        let text = self.text(condition);
                        let condition = self.expr(condition);
                        self.b.branch(condition, span, span, text);
                    }
                }
                _ => {}
            }
        }
        let kind = match body {
            Some(pair) if pair.kind() == "pair" => {
                // The key stays dynamic even when constant: there are many entries.
                let key = pair.child_by_field_name("key").map(|k| self.expr(k));
                let value = pair.child_by_field_name("value").map(|v| self.expr(v));
                ValueKind::Object(key.zip(value).map(|(k, v)| (Key::Dynamic(k), v)).into_iter().collect())
            }
            Some(element) => {
                let value = self.expr(element);
                self.elements(value, node)
            }
            None => ValueKind::List(Vec::new()),
        };
        self.b.pop_scope_forgetting();
        self.b.block_since(mark, BlockKind::Loop);
        self.b.add(kind, span)
    }

    /// `-x`, `~x`, `+x`
    fn unary(&mut self, node: Node<'_>) -> ValueId {
        let method = match node.child_by_field_name("operator").map_or("", |o| o.kind()) {
            "-" => "__neg__",
            "~" => "__invert__",
            _ => "__pos__",
        };
        let operands = self.exprs(node);
        let value = self.unknown(operands, node);
        self.operator(value, method);
        value
    }

    /// Note which special method an operator calls.
    pub(super) fn operator(&mut self, value: ValueId, method: &str) {
        let method = self.b.sym(method);
        self.b.function().operators.insert(value, method);
    }

    /// A list of many of this value, at places that are not known.
    fn elements(&mut self, value: ValueId, node: Node<'_>) -> ValueKind {
        let one = self.leaf(ValueKind::List(vec![(value, false)]), node);
        ValueKind::List(vec![(one, true)])
    }

    /// The left spine is walked in a loop: long sums of strings nest deeply.
    fn binary(&mut self, node: Node<'_>) -> ValueId {
        let mut spine = Vec::new();
        let mut at = node;
        while at.kind() == "binary_operator" {
            spine.push(at);
            match at.child_by_field_name("left") {
                Some(left) => at = left,
                None => return self.unknown(Vec::new(), node),
            }
        }
        let mut value = self.expr(at);
        let mut joined: Vec<ValueId> = Vec::new();
        while let Some(operation) = spine.pop() {
            let right = match operation.child_by_field_name("right") {
                Some(right) => self.expr(right),
                None => self.unknown(Vec::new(), operation),
            };
            let operator = operation.child_by_field_name("operator").map_or("", |o| o.kind());
            if matches!(operator, "+" | "%") {
                if joined.is_empty() {
                    joined.push(value);
                }
                joined.push(right);
                let more = spine.last().and_then(|o| o.child_by_field_name("operator")).map_or("", |o| o.kind());
                if !matches!(more, "+" | "%") {
                    value = self.leaf(ValueKind::Concat(std::mem::take(&mut joined)), operation);
                }
            } else {
                value = self.unknown(vec![value, right], operation);
                self.operator(value, method_of(operator));
            }
        }
        value
    }

    fn boolean(&mut self, node: Node<'_>) -> ValueId {
        let is_and = node.child_by_field_name("operator").is_some_and(|o| o.kind() == "and");
        if let (Some(left), Some(right)) = (node.child_by_field_name("left"), node.child_by_field_name("right"))
            && let Some(holds) = self.constant(left)
        {
            self.expr(left);
            return self.expr(if holds == is_and { right } else { left });
        }
        let left = node.child_by_field_name("left").map(|n| self.expr(n));
        let mark = self.b.mark();
        let right = node.child_by_field_name("right").map(|n| self.expr(n));
        self.b.block_since(mark, BlockKind::Operand);
        let sides: Vec<ValueId> = left.into_iter().chain(right).collect();
        let span = self.span(node);
        match sides.as_slice() {
            // `a and b` gives `b`, or an `a` that is empty: no data.
            [_, b] if is_and => *b,
            _ => self.b.either(sides, span),
        }
    }

    fn conditional(&mut self, node: Node<'_>) -> ValueId {
        let parts = kids(node);
        let [then, condition, otherwise] = parts.as_slice() else {
            let operands = self.exprs(node);
            return self.unknown(operands, node);
        };
        let constant = self.constant(*condition);
        let text = self.text(*condition);
        let asks = *condition;
        let condition = self.expr(*condition);
        let (met, not_met) = (self.facts(asks, true), self.facts(asks, false));
        let (span, holds) = (self.span(node), self.span(*then));
        self.b.branch(condition, span, holds, text);
        if let Some(holds) = constant {
            return self.expr(if holds { *then } else { *otherwise });
        }
        let mark = self.b.mark();
        let then = self.expr(*then);
        self.b.block_since(mark, BlockKind::Operand);
        let mark = self.b.mark();
        let otherwise = self.expr(*otherwise);
        self.b.block_since(mark, BlockKind::Operand);
        let value = self.b.either(vec![then, otherwise], span);
        self.b.guard(value, [(then, met), (otherwise, not_met)]);
        value
    }

    fn as_pattern(&mut self, node: Node<'_>) -> ValueId {
        let parts = kids(node);
        let Some((value, target)) = parts.split_first() else { return self.unknown(Vec::new(), node) };
        let value = self.expr(*value);
        if let Some(target) = target.first() {
            self.bind(*target, value, Bind::Define);
        }
        value
    }

    fn yields(&mut self, node: Node<'_>) -> ValueId {
        let value = match kid(node) {
            Some(value) => self.expr(value),
            None => self.leaf(ValueKind::Null, node),
        };
        let mut cursor = node.walk();
        let from = node.children(&mut cursor).any(|c| c.kind() == "from");
        // One of the elements, at its place where every `yield` before it has surely run.
        let place = if from { None } else { self.b.yield_place() };
        let first = from && self.b.yield_place() == Some(0);
        let given = if first {
            value
        } else if from {
            self.leaf(ValueKind::List(vec![(value, true)]), node)
        } else if let Some(place) = place {
            let nothing = self.leaf(ValueKind::Null, node);
            let mut items = vec![(nothing, false); place];
            items.push((value, false));
            self.leaf(ValueKind::List(items), node)
        } else {
            let kind = self.elements(value, node);
            self.leaf(kind, node)
        };
        self.b.function().returns.push(given);
        self.b.yields(place);
        if from {
            let span = self.span(node);
            return self.b.field(value, FINAL, span);
        }
        let sent = self.b.sym(SENT);
        self.leaf(ValueKind::Free(sent), node)
    }
}

/// The special method of an operator.
pub(super) fn method_of(operator: &str) -> &'static str {
    match operator {
        "-" => "__sub__",
        "*" => "__mul__",
        "/" => "__truediv__",
        "//" => "__floordiv__",
        "**" => "__pow__",
        "@" => "__matmul__",
        "<<" => "__lshift__",
        ">>" => "__rshift__",
        "&" => "__and__",
        "|" => "__or__",
        "^" => "__xor__",
        _ => "",
    }
}
