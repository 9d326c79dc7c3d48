//! Classes.

use std::collections::BTreeMap;

use rustc_hash::FxHashSet;
use tree_sitter::Node;

use super::function::ConstructorFields;
use super::{Lowerer, field, first_kid, kids};
use crate::ir::{Class, ClassIx, ClassKind, FieldDecl, FnIx, FnKind, Span, Sym, TypeExpr, ValueId, ValueKind};

impl Lowerer<'_> {
    /// `class X {}` as a statement: defines the name.
    pub(super) fn class_declaration(&mut self, node: Node<'_>, mut decorators: Vec<ValueId>, exported: bool) {
        decorators.extend(self.decorators_of(node));
        let name = field(node, "name").map(|n| self.sym_of(n)).unwrap_or_else(|| self.b.sym(""));
        self.class(node, &name, decorators, exported);
    }

    pub(super) fn class(&mut self, node: Node<'_>, name: &str, decorators: Vec<ValueId>, exported: bool) -> ClassIx {
        let span = self.span(node);
        let (mut bases, mut base_types) = (Vec::new(), Vec::new());
        for heritage in kids(node).into_iter().filter(|n| n.kind() == "class_heritage").flat_map(kids) {
            self.heritage(heritage, &mut bases, &mut base_types);
        }
        let (class_name, scope) = (self.b.sym(name), self.b.current());
        let ix = self.b.add_class(Class {
            name: class_name,
            kind: ClassKind::Class,
            span,
            scope,
            bases,
            base_types,
            fields: Vec::new(),
            methods: BTreeMap::new(),
            setters: BTreeMap::new(),
            decorators,
            exported,
        });
        if node.kind() != "class" {
            let value = self.b.add(ValueKind::Class(ix), span);
            self.b.declare(name, value);
        }
        let mut members = Members {
            class: ix,
            fields: Vec::new(),
            methods: BTreeMap::new(),
            setters: BTreeMap::new(),
            assigned: Vec::new(),
        };
        if let Some(body) = field(node, "body") {
            let outer = self.field_of.take();
            let constants = self.readonly_members(node, false);
            self.own_constants.push(constants);
            self.members(body, &mut members);
            self.own_constants.pop();
            self.field_of = outer;
        }
        for (name, span) in members.assigned {
            let known = members.fields.iter().any(|f| f.name == name) || members.methods.contains_key(&name);
            if !known {
                members.fields.push(FieldDecl { name, span, ty: None, default: None });
            }
        }
        let class = &mut self.b.file.classes[ix.0 as usize];
        class.fields = members.fields;
        class.methods = members.methods;
        class.setters = members.setters;
        ix
    }

    fn heritage(&mut self, node: Node<'_>, bases: &mut Vec<ValueId>, types: &mut Vec<TypeExpr>) {
        match node.kind() {
            "extends_clause" => {
                let Some(value) = field(node, "value") else {
                    return;
                };
                if matches!(value.kind(), "identifier" | "member_expression") {
                    let name = self.dotted(value);
                    let args = field(node, "type_arguments").map(|n| self.type_list(n)).unwrap_or_default();
                    types.push(self.named_type(&name, args));
                }
                bases.push(self.expr(value));
            }
            "implements_clause" => types.extend(self.type_list(node)),
            _ => bases.push(self.expr(node)),
        }
    }

    fn members(&mut self, body: Node<'_>, members: &mut Members) {
        let nodes = kids(body);
        let implemented: FxHashSet<&str> = nodes
            .iter()
            .filter(|n| n.kind() == "method_definition")
            .filter_map(|n| field(*n, "name"))
            .map(|n| self.text(n))
            .collect();
        let mut decorators = Vec::new();
        for node in nodes {
            match node.kind() {
                "decorator" => {
                    if let Some(inner) = first_kid(node) {
                        decorators.push(self.expr(inner));
                    }
                    continue;
                }
                "method_definition" => self.method(node, std::mem::take(&mut decorators), members),
                "method_signature" | "abstract_method_signature" => {
                    if field(node, "name").is_some_and(|n| !implemented.contains(self.text(n))) {
                        self.method(node, std::mem::take(&mut decorators), members);
                    }
                }
                "public_field_definition" => self.field_definition(node, members),
                "class_static_block" => {
                    if let Some(block) = field(node, "body") {
                        let name = self.b.file.classes[members.class.0 as usize].name.clone();
                        self.b.push_scope();
                        if !name.is_empty() {
                            let span = self.span(node);
                            let this = self.b.read(&name, span);
                            self.b.declare("this", this);
                        }
                        self.statement(block);
                        self.b.pop_scope_forgetting();
                    }
                }
                "index_signature" => {}
                _ => self.statement(node),
            }
            decorators.clear();
        }
    }

    fn method(&mut self, node: Node<'_>, mut decorators: Vec<ValueId>, members: &mut Members) {
        let Some(name_node) = field(node, "name") else {
            return;
        };
        decorators.extend(self.decorators_of(node));
        let name = self.member_name(name_node);
        let kind = method_kind(node);
        let function = self.function(node, &name, kind, Some(members.class), decorators);
        if let Some(ConstructorFields { declared, assigned, .. }) = self.finished_constructor.take() {
            members.fields.extend(declared);
            members.assigned.extend(assigned);
        }
        // A setter has the name of its getter, which is the one that gives values.
        if has_modifier(node, "set") {
            members.setters.insert(name.clone(), function);
            members.methods.entry(name).or_insert(function);
        } else {
            members.methods.insert(name, function);
        }
    }

    /// Field initialisers are values of the scope of the class; a function among them is a method as well.
    fn field_definition(&mut self, node: Node<'_>, members: &mut Members) {
        let Some(name_node) = field(node, "name") else {
            return;
        };
        self.decorators_of(node);
        let name = self.member_name(name_node);
        let ty = self.annotation(node, "type");
        let span = self.span(node);
        let default = match field(node, "value") {
            Some(value) if matches!(value.kind(), "arrow_function" | "function_expression") => {
                let kind = if has_modifier(node, "static") { FnKind::StaticMethod } else { FnKind::Method };
                let function = self.function(value, &name, kind, Some(members.class), Vec::new());
                members.methods.insert(name.clone(), function);
                let value_span = self.span(value);
                Some(self.b.add(ValueKind::Func(function), value_span))
            }
            Some(value) => {
                self.field_of = Some(members.class);
                let value = self.expr_named(&name, value);
                self.field_of = None;
                Some(value)
            }
            None => None,
        };
        members.fields.push(FieldDecl { name, span, ty, default });
    }

    /// `name`, `"name"`, `#name`; a computed name by its text.
    fn member_name(&mut self, node: Node<'_>) -> Sym {
        let name = self.key_name(node).unwrap_or_else(|| self.text(node).to_owned());
        self.b.sym(&name)
    }
}

struct Members {
    class: ClassIx,
    fields: Vec<FieldDecl>,
    methods: BTreeMap<Sym, FnIx>,
    setters: BTreeMap<Sym, FnIx>,
    /// Fields the constructor assigns.
    assigned: Vec<(Sym, Span)>,
}

/// The kind of a method of a class or an object literal, by its modifiers.
pub(super) fn method_kind(node: Node<'_>) -> FnKind {
    if has_modifier(node, "get") || has_modifier(node, "set") {
        FnKind::Property
    } else if has_modifier(node, "static") {
        FnKind::StaticMethod
    } else {
        FnKind::Method
    }
}

/// Whether a keyword stands before the name of a member.
fn has_modifier(node: Node<'_>, modifier: &str) -> bool {
    let name = field(node, "name").map(|n| n.start_byte());
    let mut cursor = node.walk();
    node.children(&mut cursor)
        .take_while(|n| name.is_none_or(|name| n.start_byte() < name))
        .any(|n| !n.is_named() && n.kind() == modifier)
}
