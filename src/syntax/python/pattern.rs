//! Where values go: assignment targets, unpacking, `match` patterns, `del`.

use tree_sitter::Node;

use super::{MAX_DEPTH, Py, kid, kids, kids_by_field};
use crate::ir::{Arg, CallKind, Seg, Span, Spread, Sym, ValueId, ValueKind};
use crate::syntax::constant::Constant;

/// How a target binds its names.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Bind {
    /// In the function.
    Define,
    /// In a comprehension.
    Declare,
}

impl Py<'_> {
    pub(super) fn bind(&mut self, target: Node<'_>, value: ValueId, how: Bind) {
        if self.depth >= MAX_DEPTH {
            return;
        }
        self.depth += 1;
        let span = self.span(target);
        match target.kind() {
            "identifier" => self.bind_name(self.text(target), value, how),
            "attribute" => {
                if let (Some(object), Some(name)) =
                    (target.child_by_field_name("object"), target.child_by_field_name("attribute"))
                {
                    let base = self.expr(object);
                    let name = self.b.sym(self.text(name));
                    self.b.store(base, Seg::Field(name), value, true, span);
                }
            }
            "subscript" => {
                if let Some(object) = target.child_by_field_name("value") {
                    let base = self.expr(object);
                    let keys = kids_by_field(target, "subscript");
                    let seg = self.subscript_key(target);
                    if let (Some(Seg::Elem), [key]) = (&seg, keys.as_slice()) {
                        let key = self.expr(*key);
                        self.b.store_key(base, key, span);
                    }
                    let base = self.expr(object);
                    match seg {
                        Some(Seg::Field(name)) => self.b.store(base, Seg::Field(name), value, true, span),
                        Some(Seg::Elem) => self.b.store(base, Seg::Elem, value, false, span),
                        None if keys.first().is_some_and(|k| self.text(*k).trim() == ":") => {
                            self.call_method(base, "clear", None, span);
                            let base = self.expr(object);
                            self.call_method(base, "extend", Some(value), span);
                        }
                        None => {
                            let element = self.b.add(ValueKind::Elem(value), span);
                            self.b.store(base, Seg::Elem, element, false, span);
                        }
                    }
                }
            }
            "pattern_list" | "tuple_pattern" | "list_pattern" | "tuple" | "list" | "expression_list" => {
                self.unpack(&kids(target), value, how);
            }
            "parenthesized_expression" | "as_pattern_target" => {
                if let Some(inner) = kid(target) {
                    self.bind(inner, value, how);
                }
            }
            "list_splat_pattern" | "list_splat" => {
                if let Some(inner) = kid(target) {
                    let rest = self.b.add(ValueKind::Rest(value, Vec::new()), span);
                    self.bind(inner, rest, how);
                }
            }
            _ => {
                self.expr(target);
            }
        }
        self.depth -= 1;
    }

    pub(super) fn bind_name(&mut self, name: &str, value: ValueId, how: Bind) {
        match how {
            Bind::Define => self.b.define(name, value),
            Bind::Declare => self.b.declare(name, value),
        }
    }

    fn unpack(&mut self, targets: &[Node<'_>], value: ValueId, how: Bind) {
        let mut taken: Vec<Sym> = Vec::new();
        let mut after_rest = false;
        for (i, target) in targets.iter().enumerate() {
            let span = self.span(*target);
            let part = if matches!(target.kind(), "list_splat_pattern" | "list_splat" | "splat_pattern") {
                after_rest = true;
                let mut left_out = taken.clone();
                for back in (1..targets.len() - i).rev() {
                    left_out.push(self.b.sym(&format!("-{back}")));
                }
                let rest = self.b.add(ValueKind::Rest(value, left_out), span);
                match kid(*target) {
                    Some(inner) => self.bind(inner, rest, how),
                    None => continue,
                }
                continue;
            } else if after_rest {
                // From the end.
                let name = self.b.sym(&format!("-{}", targets.len() - i));
                self.b.add(ValueKind::Field(value, name), span)
            } else {
                let name = self.b.sym(&i.to_string());
                taken.push(name.clone());
                match self.literal_item(value, i) {
                    Some(item) => item,
                    None => self.b.add(ValueKind::Field(value, name), span),
                }
            };
            self.bind(*target, part, how);
        }
    }

    /// `a, b = x, y` takes no tuple apart.
    fn literal_item(&self, value: ValueId, i: usize) -> Option<ValueId> {
        match self.b.kind(value) {
            ValueKind::List(items) if items.iter().all(|(_, spread)| !spread) => items.get(i).map(|(v, _)| *v),
            _ => None,
        }
    }

    /// The step that a subscript takes; none for a slice.
    fn subscript_key(&mut self, node: Node<'_>) -> Option<Seg> {
        let keys = kids_by_field(node, "subscript");
        if let [slice] = keys.as_slice()
            && slice.kind() == "slice"
        {
            self.expr(*slice);
            return None;
        }
        let mut seg = Seg::Elem;
        for key in &keys {
            let place = self.computed_place(*key);
            let value = self.expr(*key);
            let place = place.map(|p| self.b.sym(&p)).or_else(|| self.b.constant_key(value));
            if let (1, Some(name)) = (keys.len(), place) {
                seg = Seg::Field(name);
            }
        }
        Some(seg)
    }

    pub(super) fn delete(&mut self, target: Node<'_>) {
        let span = self.span(target);
        match target.kind() {
            "attribute" => {
                if let (Some(object), Some(name)) =
                    (target.child_by_field_name("object"), target.child_by_field_name("attribute"))
                {
                    let base = self.expr(object);
                    let name = self.b.sym(self.text(name));
                    self.b.delete(base, Seg::Field(name), span);
                }
            }
            "subscript" => {
                if let Some(object) = target.child_by_field_name("value") {
                    let base = self.expr(object);
                    let keys = kids_by_field(target, "subscript");
                    match self.subscript_key(target) {
                        // A list moves up.
                        Some(Seg::Field(name)) if name.starts_with(|c: char| c.is_ascii_digit()) => {
                            let place = self.b.add(ValueKind::Num(name), span);
                            self.call_method(base, "pop", Some(place), span);
                        }
                        Some(Seg::Field(name)) => self.b.delete(base, Seg::Field(name), span),
                        None if keys.first().is_some_and(|k| self.text(*k).trim() == ":") => {
                            self.call_method(base, "clear", None, span);
                        }
                        _ => {}
                    }
                }
            }
            "expression_list" | "tuple" | "list" | "parenthesized_expression" | "pattern_list" => {
                for inner in kids(target) {
                    self.delete(inner);
                }
            }
            _ => {}
        }
    }

    pub(super) fn call_method(&mut self, base: ValueId, name: &str, arg: Option<ValueId>, span: Span) {
        let callee = self.b.field(base, name, span);
        let args = arg.map(|value| Arg { name: None, value, spread: Spread::None }).into_iter().collect();
        self.b.call(callee, args, CallKind::Plain, span);
    }

    /// `x += v`
    pub(super) fn augmented(&mut self, node: Node<'_>) -> ValueId {
        let (Some(left), Some(right)) = (node.child_by_field_name("left"), node.child_by_field_name("right")) else {
            return self.unknown(Vec::new(), node);
        };
        let old = self.expr(left);
        let new = self.expr(right);
        let operator = node.child_by_field_name("operator").map_or("", |o| o.kind());
        let span = self.span(node);
        if operator == "+=" && self.b.is_list(old) && self.b.can_change(old) {
            // The list itself grows, under all its names.
            self.call_method(old, "extend", Some(new), span);
            return self.expr(left);
        }
        let kind = match operator {
            "+=" | "%=" => ValueKind::Concat(vec![old, new]),
            _ => ValueKind::Unknown(vec![old, new]),
        };
        let value = self.b.add(kind, span);
        match super::expr::method_of(operator.trim_end_matches('=')) {
            "" if operator == "+=" => self.operator(value, "__iadd__"),
            "" => {}
            method => self.operator(value, &method.replacen("__", "__i", 1)),
        }
        if let (Some(known), Some(by)) = (self.b.constant_of(old), self.b.constant_of(new))
            && let Some(known) = Constant::apply(operator.trim_end_matches('='), &known, &by)
        {
            self.b.is_constant(value, known);
        }
        self.bind(left, value, Bind::Define);
        value
    }

    /// Bind the captures of a `case` pattern.
    pub(super) fn case_pattern(&mut self, pattern: Node<'_>, subject: ValueId) {
        if self.depth >= MAX_DEPTH {
            return;
        }
        self.depth += 1;
        let span = self.span(pattern);
        match pattern.kind() {
            "case_pattern" | "union_pattern" => {
                for inner in kids(pattern) {
                    self.case_pattern(inner, subject);
                }
            }
            "identifier" => self.b.define(self.text(pattern), subject),
            "dotted_name" => {
                let name = self.text(pattern);
                // A dotted name is compared with, a plain one captures.
                if !name.contains('.') && name != "_" {
                    self.b.define(name, subject);
                }
            }
            "as_pattern" => {
                let parts = kids(pattern);
                if let Some((alias, inner)) = parts.split_last() {
                    inner.iter().for_each(|p| self.case_pattern(*p, subject));
                    match alias.kind() {
                        "identifier" => self.b.define(self.text(*alias), subject),
                        _ => self.bind(*alias, subject, Bind::Define),
                    }
                }
            }
            "class_pattern" => self.class_pattern(pattern, subject),
            "list_pattern" | "tuple_pattern" => {
                let parts = kids(pattern);
                let mut after_rest = false;
                for (i, part) in parts.iter().enumerate() {
                    let inner = if part.kind() == "case_pattern" { kid(*part).unwrap_or(*part) } else { *part };
                    let value = if inner.kind() == "splat_pattern" {
                        after_rest = true;
                        let taken = (0..i).map(|n| self.b.sym(&n.to_string())).collect();
                        self.b.add(ValueKind::Rest(subject, taken), span)
                    } else if after_rest {
                        let name = format!("-{}", parts.len() - i);
                        self.b.field(subject, &name, span)
                    } else {
                        self.b.field(subject, &i.to_string(), span)
                    };
                    self.case_pattern(inner, value);
                }
            }
            "splat_pattern" => {
                if let Some(inner) = kid(pattern) {
                    self.case_pattern(inner, subject);
                }
            }
            "dict_pattern" => self.dict_pattern(pattern, subject),
            _ => {}
        }
        self.depth -= 1;
    }

    fn class_pattern(&mut self, pattern: Node<'_>, subject: ValueId) {
        let span = self.span(pattern);
        let mut of = subject;
        let mut builtin = false;
        let mut members = Vec::new();
        let mut place = 0;
        for part in kids(pattern) {
            if part.kind() == "dotted_name" {
                let class = self.text(part);
                members = self.match_members(class);
                builtin =
                    matches!(class, "str" | "int" | "float" | "bool" | "bytes" | "list" | "dict" | "tuple" | "set");
                let ty = self.type_expr(part);
                of = self.b.add(ValueKind::Typed(subject, ty), span);
                continue;
            }
            let inner = if part.kind() == "case_pattern" { kid(part).unwrap_or(part) } else { part };
            if inner.kind() == "keyword_pattern" {
                let parts = kids(inner);
                if let [name, value, ..] = parts.as_slice() {
                    let field = self.b.field(of, self.text(*name), span);
                    self.case_pattern(*value, field);
                }
            } else {
                // `str(x)` captures the subject; places of a class of another file are not known here.
                let value = match members.get(place) {
                    _ if builtin => of,
                    Some(name) => self.b.field(of, name, span),
                    None => self.b.add(ValueKind::Elem(of), span),
                };
                place += 1;
                self.case_pattern(inner, value);
            }
        }
    }

    /// The members that the places of a pattern of this class stand for: its `__match_args__`, or the fields of a record.
    fn match_members(&self, class: &str) -> Vec<Sym> {
        let Some(of) = self.b.file.classes.iter().rev().find(|c| *c.name == *class) else { return Vec::new() };
        let listed = of.fields.iter().find(|f| &*f.name == "__match_args__");
        let Some(listed) = listed else {
            let plain = !of.methods.contains_key("__init__") && of.bases.is_empty();
            let fields = of.fields.iter().filter(|f| f.ty.is_some() && plain);
            return fields.map(|f| f.name.clone()).collect();
        };
        let Some(ValueKind::List(items)) = listed.default.and_then(|v| self.b.kind_in(of.scope, v)) else {
            return Vec::new();
        };
        let name = |(item, _): &(ValueId, bool)| match self.b.kind_in(of.scope, *item) {
            Some(ValueKind::Str(name)) => Some(name.clone()),
            _ => None,
        };
        items.iter().filter_map(name).collect()
    }

    fn dict_pattern(&mut self, pattern: Node<'_>, subject: ValueId) {
        let span = self.span(pattern);
        let keys = kids_by_field(pattern, "key");
        let values = kids_by_field(pattern, "value");
        let mut taken = Vec::new();
        for (key, value) in keys.into_iter().zip(values) {
            let part = match self.string_text(key) {
                Some(name) => {
                    let name = self.b.sym(&name);
                    taken.push(name.clone());
                    self.b.add(ValueKind::Field(subject, name), span)
                }
                None => self.b.add(ValueKind::Elem(subject), span),
            };
            self.case_pattern(value, part);
        }
        for rest in kids(pattern).into_iter().filter(|n| n.kind() == "splat_pattern") {
            let value = self.b.add(ValueKind::Rest(subject, taken.clone()), span);
            self.case_pattern(rest, value);
        }
    }
}
