//! Binding and assignment targets: names, destructuring, members.

use tree_sitter::Node;

use super::{Lowerer, field, is_comment, kids};
use crate::ir::{Seg, Span, Sym, TypeExpr, ValueId, ValueKind};

/// What a target does with the names in it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Bind {
    /// `let`, `const`, `class`, catch and loop heads: until the end of the block.
    Block,
    /// `var` and parameters.
    Function,
    /// An existing variable, here or in an enclosing function.
    Assign,
}

impl Lowerer<'_> {
    /// Give `value` to a target.
    pub(super) fn bind(&mut self, target: Node<'_>, value: ValueId, how: Bind) {
        self.deeper(|l| l.bind_inner(target, value, how));
    }

    fn bind_inner(&mut self, target: Node<'_>, value: ValueId, how: Bind) {
        let span = self.span(target);
        match target.kind() {
            "identifier" | "shorthand_property_identifier_pattern" | "type_identifier" => {
                let name = self.sym_of(target);
                self.bind_name(&name, value, how, span);
            }
            "object_pattern" => self.bind_object(target, value, how),
            "array_pattern" => self.bind_array(target, value, how),
            "assignment_pattern" | "object_assignment_pattern" => {
                let Some(left) = field(target, "left") else {
                    return;
                };
                let value = match field(target, "right") {
                    Some(right) => self.with_default(left, value, right),
                    None => value,
                };
                self.bind(left, value, how);
            }
            "rest_pattern"
            | "parenthesized_expression"
            | "non_null_expression"
            | "as_expression"
            | "satisfies_expression"
            | "required_parameter" => {
                if let Some(inner) = super::first_kid(target) {
                    self.bind(inner, value, how);
                }
            }
            "member_expression" | "subscript_expression" => {
                let Some((base, seg)) = self.place(target) else {
                    return;
                };
                self.store_at(target, base, seg, value, span);
            }
            _ => {}
        }
    }

    /// `this.x = v` and `a[k] = v`, given what [`Self::place`] made of the target.
    pub(super) fn store_at(&mut self, target: Node<'_>, base: ValueId, seg: Seg, value: ValueId, span: Span) {
        if let Seg::Field(name) = &seg
            && field(target, "object").is_some_and(|o| o.kind() == "this")
        {
            let current = self.b.current();
            if let Some(constructor) = &mut self.constructor
                && constructor.function == current
            {
                constructor.assigned.push((name.clone(), span));
            }
        }
        let strong = seg != Seg::Elem;
        let key = field(target, "index")
            .filter(|k| matches!(k.kind(), "identifier" | "member_expression" | "call_expression"));
        self.b.store(base, seg.clone(), value, strong, span);
        if let (Seg::Elem, Some(key), Some(object)) = (&seg, key, field(target, "object")) {
            let key = self.expr(key);
            let base = self.expr(object);
            self.b.store_key(base, key, span);
        }
    }

    pub(super) fn bind_name(&mut self, name: &str, value: ValueId, how: Bind, span: Span) {
        match how {
            Bind::Block => self.b.declare(name, value),
            Bind::Function => self.b.define(name, value),
            Bind::Assign => {
                let value = match self.declared.last().and_then(|types| types.get(name)).cloned() {
                    Some(ty) => self.b.add(ValueKind::Typed(value, ty), span),
                    None => value,
                };
                let local =
                    self.declared.len() == 1 || self.b.is_bound(name) || self.b.function().locals.contains_key(name);
                if local {
                    self.b.define(name, value);
                } else {
                    self.b.define_outer(name, value);
                }
            }
        }
    }

    /// Remember the declared type of a variable, or that it has none.
    pub(super) fn declare_type(&mut self, target: Node<'_>, ty: Option<&TypeExpr>) {
        if target.kind() != "identifier" {
            return;
        }
        let name = self.sym_of(target);
        let Some(types) = self.declared.last_mut() else {
            return;
        };
        match ty {
            Some(ty) => {
                types.insert(name, ty.clone());
            }
            None => {
                types.remove(&name);
            }
        }
    }

    /// The value, or what stands in for it when it is undefined.
    pub(super) fn with_default(&mut self, target: Node<'_>, value: ValueId, default: Node<'_>) -> ValueId {
        if self.b.is_given(value) {
            return value;
        }
        let default = self.expr_for(target, default);
        let span = self.span(target);
        self.b.either(vec![value, default], span)
    }

    fn bind_object(&mut self, target: Node<'_>, value: ValueId, how: Bind) {
        let mut taken: Vec<Sym> = Vec::new();
        for part in kids(target) {
            let span = self.span(part);
            match part.kind() {
                "shorthand_property_identifier_pattern" => {
                    let name = self.sym_of(part);
                    let member = self.b.field(value, &name, span);
                    taken.push(name.clone());
                    self.bind_name(&name, member, how, span);
                }
                "object_assignment_pattern" => {
                    let Some(left) = field(part, "left") else {
                        continue;
                    };
                    let name = self.sym_of(left);
                    let left_span = self.span(left);
                    let member = self.b.field(value, &name, left_span);
                    taken.push(name);
                    self.bind_default(part, left, member, how);
                }
                "pair_pattern" => {
                    let (Some(key), Some(inner)) = (field(part, "key"), field(part, "value")) else {
                        continue;
                    };
                    let key_span = self.span(key);
                    let member = match self.key_name(key) {
                        Some(name) => {
                            taken.push(self.b.sym(&name));
                            self.b.field(value, &name, key_span)
                        }
                        None => {
                            let key = self.computed_key(key);
                            taken.extend(self.b.constant_key(key));
                            self.b.index(value, key, key_span)
                        }
                    };
                    self.bind(inner, member, how);
                }
                "rest_pattern" => {
                    let rest = self.b.add(ValueKind::Rest(value, taken.clone()), span);
                    self.bind(part, rest, how);
                }
                _ => {}
            }
        }
    }

    fn bind_default(&mut self, part: Node<'_>, left: Node<'_>, member: ValueId, how: Bind) {
        let value = match field(part, "right") {
            Some(right) => self.with_default(left, member, right),
            None => member,
        };
        self.bind(left, value, how);
    }

    fn bind_array(&mut self, target: Node<'_>, value: ValueId, how: Bind) {
        // Holes are only visible as commas.
        let mut position = 0u32;
        let mut cursor = target.walk();
        let parts: Vec<Node<'_>> = target.children(&mut cursor).filter(|n| !is_comment(*n)).collect();
        for part in parts {
            if part.kind() == "," {
                position += 1;
            }
            if !part.is_named() {
                continue;
            }
            let span = self.span(part);
            let element = if part.kind() == "rest_pattern" {
                let taken = (0..position).map(|i| self.b.sym(&i.to_string())).collect();
                self.b.add(ValueKind::Rest(value, taken), span)
            } else {
                self.b.field(value, &position.to_string(), span)
            };
            self.bind(part, element, how);
        }
    }

    /// The names that a binding pattern declares.
    pub(super) fn pattern_names(&mut self, target: Node<'_>, names: &mut Vec<Sym>) {
        self.deeper(|l| match target.kind() {
            "identifier" | "shorthand_property_identifier_pattern" => names.push(l.sym_of(target)),
            "object_assignment_pattern" | "assignment_pattern" => {
                if let Some(left) = field(target, "left") {
                    l.pattern_names(left, names);
                }
            }
            "pair_pattern" => {
                if let Some(value) = field(target, "value") {
                    l.pattern_names(value, names);
                }
            }
            _ => kids(target).into_iter().for_each(|part| l.pattern_names(part, names)),
        });
    }
}
