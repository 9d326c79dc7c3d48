//! Expressions.

use tree_sitter::Node;

use super::patterns::Bind;
use super::{Lowerer, field, first_kid, has_token, kids, unescape};
use crate::ir::{Arg, CallKind, FINAL, FnKind, Import, Key, SENT, Seg, Span, Spread, TypeExpr, ValueId, ValueKind};
use crate::syntax::constant::Constant;

impl Lowerer<'_> {
    pub(super) fn expr(&mut self, node: Node<'_>) -> ValueId {
        match self.deeper(|l| l.expr_inner(node)) {
            Some(value) => value,
            None => {
                self.hint = None;
                self.unknown(Vec::new(), node)
            }
        }
    }

    /// An expression whose function or class, if it is an anonymous one, takes this name.
    pub(super) fn expr_named(&mut self, name: &str, node: Node<'_>) -> ValueId {
        self.hint = Some(self.b.sym(name));
        let value = self.expr(node);
        self.hint = None;
        value
    }

    /// An expression for a variable, property or parameter.
    pub(super) fn expr_for(&mut self, target: Node<'_>, node: Node<'_>) -> ValueId {
        let name = match target.kind() {
            "identifier" | "shorthand_property_identifier_pattern" => Some(target),
            "member_expression" => field(target, "property"),
            _ => None,
        };
        match name {
            Some(name) => self.expr_named(self.text(name), node),
            None => self.expr(node),
        }
    }

    fn expr_inner(&mut self, node: Node<'_>) -> ValueId {
        let hint = self.hint.take();
        let span = self.span(node);
        match node.kind() {
            "identifier" | "shorthand_property_identifier" | "type_identifier" => {
                let name = self.text(node);
                if name == "arguments" && !self.b.is_bound(name) && self.b.is_bound("this") {
                    return self.b.all_arguments(span);
                }
                self.b.read(name, span)
            }
            "property_identifier" | "private_property_identifier" | "string_fragment" | "jsx_text" => {
                let text = self.text(node);
                self.b.string(text, span)
            }
            "string" => {
                let text = self.string_text(node);
                self.b.string(&text, span)
            }
            "regex" => {
                let text = self.text(node);
                self.b.string(text, span)
            }
            "number" => {
                let text = self.sym_of(node);
                self.b.add(ValueKind::Num(text), span)
            }
            "true" | "false" => self.b.add(ValueKind::Bool(node.kind() == "true"), span),
            "null" | "undefined" => self.b.add(ValueKind::Null, span),
            "this" => match self.field_of {
                Some(_) => self.b.add(ValueKind::This, span),
                // `new this()` in a static method: of the class that it is called on, which may be another.
                None if node.parent().is_some_and(|p| p.kind() == "new_expression")
                    && self.b.function().kind == FnKind::StaticMethod =>
                {
                    self.b.add(ValueKind::This, span)
                }
                None => self.b.read("this", span),
            },
            "super" => {
                let name = self.b.sym("super");
                self.b.add(ValueKind::Free(name), span)
            }
            "meta_property" => {
                let name = self.sym_of(node);
                self.b.add(ValueKind::Free(name), span)
            }
            "template_string" => self.template(node, span),
            "await_expression" => {
                self.hint = hint;
                let value = match first_kid(node) {
                    Some(inner) => self.expr(inner),
                    None => self.b.add(ValueKind::Null, span),
                };
                self.b.moment_passes();
                value
            }
            "parenthesized_expression"
            | "non_null_expression"
            | "instantiation_expression"
            | "jsx_expression"
            | "spread_element"
            | "expression_statement" => {
                self.hint = hint;
                let value = match first_kid(node) {
                    Some(inner) => self.expr(inner),
                    None => self.b.add(ValueKind::Null, span),
                };
                if node.kind() == "await_expression" {
                    self.b.awaited(value, span);
                }
                value
            }
            "as_expression" | "satisfies_expression" | "type_assertion" => {
                self.hint = hint;
                self.cast(node, span)
            }
            "member_expression" => self.member(node, span),
            "subscript_expression" => self.subscript(node, span),
            "call_expression" => self.call(node, span),
            "new_expression" => {
                let args = field(node, "arguments").map(|n| self.arguments(n)).unwrap_or_default();
                let callee = field(node, "constructor").map(|n| self.expr(n));
                let callee = callee.unwrap_or_else(|| self.unknown(Vec::new(), node));
                let made = self.b.call(callee, args, CallKind::New, span);
                // What a collection of the language holds: `new Map<string, Person>()`.
                let name = field(node, "constructor").map(|n| self.sym_of(n));
                match (name, field(node, "type_arguments")) {
                    (Some(name), Some(types)) if matches!(&*name, "Map" | "Set" | "Array" | "WeakMap") => {
                        let ty = TypeExpr::Name(name, self.type_list(types));
                        self.typed(made, ty, span)
                    }
                    _ => made,
                }
            }
            "binary_expression" => self.binary(node, span),
            "unary_expression" => self.unary(node, span),
            "update_expression" => self.update(node, span),
            "ternary_expression" => self.ternary(node, span),
            "assignment_expression" => self.assignment(node),
            "augmented_assignment_expression" => self.augmented(node, span),
            "sequence_expression" => {
                let values: Vec<ValueId> = kids(node).into_iter().map(|n| self.expr(n)).collect();
                values.last().copied().unwrap_or_else(|| self.unknown(Vec::new(), node))
            }
            "yield_expression" => self.yielded(node, span),
            "array" => self.array(node, span),
            "object" => self.object(node, span),
            "arrow_function" | "function_expression" | "generator_function" => {
                let name = field(node, "name").map(|n| self.sym_of(n)).or(hint).unwrap_or_else(|| self.b.sym(""));
                let function = self.function(node, &name, FnKind::Lambda, None, Vec::new());
                self.b.add(ValueKind::Func(function), span)
            }
            "class" => {
                let name = field(node, "name").map(|n| self.sym_of(n)).or(hint).unwrap_or_else(|| self.b.sym(""));
                let class = self.class(node, &name, Vec::new(), false);
                self.b.add(ValueKind::Class(class), span)
            }
            "jsx_element" | "jsx_self_closing_element" | "jsx_fragment" => self.jsx(node, span),
            "type_annotation" | "type_arguments" | "type_parameters" | "formal_parameters" => {
                self.unknown(Vec::new(), node)
            }
            // What an error left over, and forms without a rule.
            _ => {
                let parts = kids(node).into_iter().map(|n| self.expr(n)).collect();
                self.b.add(ValueKind::Unknown(parts), span)
            }
        }
    }

    /// `v as T`, `v satisfies T`, `<T>v`.
    fn cast(&mut self, node: Node<'_>, span: Span) -> ValueId {
        let mut parts = kids(node);
        let is_prefix = node.kind() == "type_assertion";
        let (inner, ty) = match (is_prefix, parts.len()) {
            (_, 0) => return self.unknown(Vec::new(), node),
            (false, 1) => return self.expr(parts[0]),
            (false, _) => (parts[0], parts[1]),
            (true, _) => {
                let inner = parts.pop().unwrap_or(node);
                (inner, parts.first().and_then(|n| first_kid(*n)).unwrap_or(inner))
            }
        };
        let value = self.expr(inner);
        let ty = self.type_expr(ty);
        self.typed(value, ty, span)
    }

    /// The value with its declared type, unless that says nothing.
    pub(super) fn typed(&mut self, value: ValueId, ty: TypeExpr, span: Span) -> ValueId {
        let says_nothing = match &ty {
            TypeExpr::Unknown => true,
            TypeExpr::Name(name, _) => matches!(&**name, "any" | "unknown" | "const"),
            _ => false,
        };
        if says_nothing { value } else { self.b.add(ValueKind::Typed(value, ty), span) }
    }

    fn member(&mut self, node: Node<'_>, span: Span) -> ValueId {
        let base = field(node, "object").map(|n| self.expr(n));
        let base = base.unwrap_or_else(|| self.unknown(Vec::new(), node));
        match field(node, "property") {
            Some(property) => self.b.field(base, self.text(property), span),
            None => base,
        }
    }

    fn subscript(&mut self, node: Node<'_>, span: Span) -> ValueId {
        let (Some(object), Some(index)) = (field(node, "object"), field(node, "index")) else {
            return self.unknown(Vec::new(), node);
        };
        let base = self.expr(object);
        let key = self.index_key(index);
        self.b.index(base, key, span)
    }

    /// The value of an index, noted where constants make it one.
    fn index_key(&mut self, index: Node<'_>) -> ValueId {
        let known = match index.kind() {
            "string" | "number" => None,
            _ => self.known(index, 6).filter(Constant::is_single),
        };
        let key = self.expr(index);
        if let Some(known) = known {
            self.b.is_constant(key, known);
        }
        key
    }

    // ---- calls -----------------------------------------------------------------------------------------------------

    fn call(&mut self, node: Node<'_>, span: Span) -> ValueId {
        let (Some(callee), Some(arguments)) = (field(node, "function"), field(node, "arguments")) else {
            let parts = kids(node).into_iter().map(|n| self.expr(n)).collect();
            return self.unknown(parts, node);
        };
        if arguments.kind() == "template_string" {
            return self.tagged(callee, arguments, span);
        }
        if (callee.kind() == "import" || self.text(callee) == "require")
            && let Some(module) = first_kid(arguments).and_then(|n| self.constant_string(n))
        {
            return self.import_value(&module, span);
        }
        // Arguments first: they may change the receiver (`this.log.push(this.next())`), and the call sees it after.
        let args = self.arguments(arguments);
        let callee = if callee.kind() == "import" { self.unknown(Vec::new(), callee) } else { self.expr(callee) };
        self.b.call(callee, args, CallKind::Plain, span)
    }

    /// A string, or a template without interpolation.
    fn constant_string(&self, node: Node<'_>) -> Option<String> {
        match node.kind() {
            "string" => Some(self.string_text(node)),
            "template_string" if kids(node).iter().all(|n| n.kind() != "template_substitution") => {
                Some(self.text(node).trim_matches('`').to_owned())
            }
            _ => None,
        }
    }

    /// `require("x")` and `import("x")`: an import that binds no name by itself.
    pub(super) fn import_value(&mut self, module: &str, span: Span) -> ValueId {
        let import = Import { local: self.b.sym(""), module: self.b.sym(module), name: None, span, type_only: false };
        let ix = u32::try_from(self.b.file.imports.len()).unwrap_or(u32::MAX);
        self.b.file.imports.push(import);
        self.b.add(ValueKind::Import(ix), span)
    }

    fn arguments(&mut self, node: Node<'_>) -> Vec<Arg> {
        kids(node)
            .into_iter()
            .map(|n| {
                let spread = if n.kind() == "spread_element" { Spread::Positional } else { Spread::None };
                Arg { name: None, value: self.expr(n), spread }
            })
            .collect()
    }

    fn tagged(&mut self, callee: Node<'_>, template: Node<'_>, span: Span) -> ValueId {
        let (strings, values) = self.template_parts(template);
        let callee = self.expr(callee);
        let template_span = self.span(template);
        let strings = strings.iter().map(|s| (self.b.string(s, template_span), false)).collect();
        let strings = self.b.add(ValueKind::List(strings), template_span);
        let args = std::iter::once(strings).chain(values);
        let args = args.map(|value| Arg { name: None, value, spread: Spread::None }).collect();
        self.b.call(callee, args, CallKind::Tagged, span)
    }

    fn template(&mut self, node: Node<'_>, span: Span) -> ValueId {
        let (strings, values) = self.template_parts(node);
        if values.is_empty() {
            return self.b.string(&strings.concat(), span);
        }
        let mut parts = Vec::with_capacity(strings.len() + values.len());
        let mut values = values.into_iter();
        for text in &strings {
            if !text.is_empty() {
                parts.push(self.b.string(text, span));
            }
            parts.extend(values.next());
        }
        self.b.add(ValueKind::Concat(parts), span)
    }

    /// The text between the interpolations (one more than those), and their values.
    fn template_parts(&mut self, node: Node<'_>) -> (Vec<String>, Vec<ValueId>) {
        let source = self.source;
        let text = |from: usize, to: usize| {
            let raw = source.get(from..to).unwrap_or("");
            if raw.contains('\\') { unescape(raw) } else { raw.to_owned() }
        };
        let (mut strings, mut values) = (Vec::new(), Vec::new());
        let mut from = node.start_byte() + 1;
        for part in kids(node) {
            if part.kind() != "template_substitution" {
                continue;
            }
            strings.push(text(from, part.start_byte()));
            let value = match first_kid(part) {
                Some(inner) => self.expr(inner),
                None => self.unknown(Vec::new(), part),
            };
            values.push(value);
            from = part.end_byte();
        }
        strings.push(text(from, node.end_byte().saturating_sub(1).max(from)));
        (strings, values)
    }

    fn yielded(&mut self, node: Node<'_>, span: Span) -> ValueId {
        self.b.yields(None);
        if let Some(value) = first_kid(node) {
            let value = self.expr(value);
            let result = if has_token(node, "*") {
                self.b.function().returns.push(value);
                return self.b.field(value, FINAL, span);
            } else {
                // One of the elements, at a place that is not known.
                let one = self.b.add(ValueKind::List(vec![(value, false)]), span);
                self.b.add(ValueKind::List(vec![(one, true)]), span)
            };
            self.b.function().returns.push(result);
        }
        let sent = self.b.sym(SENT);
        self.b.add(ValueKind::Free(sent), span)
    }

    // ---- assignments -----------------------------------------------------------------------------------------------

    fn assignment(&mut self, node: Node<'_>) -> ValueId {
        let (Some(left), Some(right)) = (field(node, "left"), field(node, "right")) else {
            let parts = kids(node).into_iter().map(|n| self.expr(n)).collect();
            return self.unknown(parts, node);
        };
        let value = self.expr_for(left, right);
        self.common_js_export(left, value);
        self.bind(left, value, Bind::Assign);
        value
    }

    fn augmented(&mut self, node: Node<'_>, span: Span) -> ValueId {
        let (Some(left), Some(right)) = (field(node, "left").map(bare), field(node, "right")) else {
            return self.unknown(Vec::new(), node);
        };
        let operator = field(node, "operator").map_or("", |n| n.kind());
        let before = (matches!(operator, "||=" | "&&=" | "??=") && may_assign(right)).then(|| self.b.fork());
        let value = self.expr_for(left, right);
        if let Some(before) = before {
            self.b.join(before, span);
        }
        let place = self.place(left);
        let old = match &place {
            Some((base, Seg::Field(name))) => self.b.field(*base, name, span),
            Some((base, Seg::Elem)) => self.b.add(ValueKind::Elem(*base), span),
            None => self.expr(left),
        };
        let new = match operator {
            "+=" => self.b.add(ValueKind::Concat(vec![old, value]), span),
            "||=" | "&&=" | "??=" => {
                let known = self.b.constant_of(old);
                let keeps = match operator {
                    "??=" => known.and_then(|k| k.is_null()).map(|null| !null),
                    "||=" => known.and_then(|k| k.holds()),
                    _ => known.and_then(|k| k.holds()).map(|holds| !holds),
                };
                match keeps {
                    Some(true) => return old,
                    Some(false) => value,
                    None => self.b.either(vec![old, value], span),
                }
            }
            _ => self.b.add(ValueKind::Unknown(vec![old, value]), span),
        };
        if let (Some(known), Some(by)) = (self.b.constant_of(old), self.b.constant_of(value))
            && let Some(known) = Constant::apply(operator.trim_end_matches('='), &known, &by)
        {
            self.b.is_constant(new, known);
        }
        match place {
            Some((base, seg)) => self.store_at(left, base, seg, new, span),
            None => self.bind(left, new, Bind::Assign),
        }
        new
    }

    /// What a member or subscript target names: the base value and the step. None for other targets.
    pub(super) fn place(&mut self, target: Node<'_>) -> Option<(ValueId, Seg)> {
        let target = bare(target);
        let object = field(target, "object")?;
        let base = self.expr(object);
        if let Some(property) = field(target, "property") {
            return Some((base, Seg::Field(self.sym_of(property))));
        }
        let key = field(target, "index").map(|n| self.index_key(n))?;
        let seg = match self.b.key(key) {
            Key::Name(name) => Seg::Field(name),
            _ => Seg::Elem,
        };
        Some((base, seg))
    }

    // ---- literals --------------------------------------------------------------------------------------------------

    fn array(&mut self, node: Node<'_>, span: Span) -> ValueId {
        let items = kids(node).into_iter().map(|n| (self.expr(n), n.kind() == "spread_element")).collect();
        self.b.add(ValueKind::List(items), span)
    }

    fn object(&mut self, node: Node<'_>, span: Span) -> ValueId {
        let mut entries = Vec::new();
        for part in kids(node) {
            match part.kind() {
                "pair" => {
                    let (Some(key), Some(value)) = (field(part, "key"), field(part, "value")) else {
                        continue;
                    };
                    let entry = match self.key_name(key) {
                        Some(name) => (Key::Name(self.b.sym(&name)), self.expr_named(&name, value)),
                        None => {
                            let key = self.computed_key(key);
                            (self.b.key(key), self.expr(value))
                        }
                    };
                    entries.push(entry);
                }
                "shorthand_property_identifier" => entries.push((Key::Name(self.sym_of(part)), self.expr(part))),
                "spread_element" => entries.push((Key::Spread, self.expr(part))),
                "method_definition" => {
                    let Some(name_node) = field(part, "name") else {
                        continue;
                    };
                    let name = self.key_name(name_node);
                    let key = match &name {
                        Some(name) => Key::Name(self.b.sym(name)),
                        None => {
                            let key = self.computed_key(name_node);
                            self.b.key(key)
                        }
                    };
                    let kind = super::class::method_kind(part);
                    let function = self.function(part, &name.unwrap_or_default(), kind, None, Vec::new());
                    let part_span = self.span(part);
                    entries.push((key, self.b.add(ValueKind::Func(function), part_span)));
                }
                _ => {
                    self.expr(part);
                }
            }
        }
        self.b.add(ValueKind::Object(entries), span)
    }

    /// The value of `[key]`.
    pub(super) fn computed_key(&mut self, key: Node<'_>) -> ValueId {
        match first_kid(key) {
            Some(inner) => self.index_key(inner),
            None => self.unknown(Vec::new(), key),
        }
    }
}

/// A target without parentheses and `!`.
fn bare(mut node: Node<'_>) -> Node<'_> {
    while matches!(node.kind(), "parenthesized_expression" | "non_null_expression" | "as_expression") {
        let Some(inner) = first_kid(node) else { break };
        node = inner;
    }
    node
}

/// Whether an operand that is not always evaluated may assign. Forking for every operand would cost more than the rare
/// assignment deep inside of one is worth.
pub(super) fn may_assign(node: Node<'_>) -> bool {
    let mut node = node;
    loop {
        match node.kind() {
            "assignment_expression"
            | "augmented_assignment_expression"
            | "sequence_expression"
            | "update_expression" => return true,
            "parenthesized_expression" | "await_expression" | "unary_expression" => match first_kid(node) {
                Some(inner) => node = inner,
                None => return false,
            },
            _ => return false,
        }
    }
}
