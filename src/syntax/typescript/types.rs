//! Types as written: annotations, interfaces, aliases, enums.

use std::collections::BTreeMap;

use tree_sitter::Node;

use super::{Lowerer, field, first_kid, kids};
use crate::ir::{Class, ClassIx, ClassKind, FieldDecl, TypeExpr, ValueKind};

impl Lowerer<'_> {
    /// The type in the `type` or `return_type` field of a node.
    pub(super) fn annotation(&mut self, node: Node<'_>, name: &str) -> Option<TypeExpr> {
        let annotation = field(node, name)?;
        let ty = match annotation.kind() {
            "type_predicate_annotation" | "asserts_annotation" => self.named_type("boolean", Vec::new()),
            "type_annotation" | "opting_type_annotation" | "omitting_type_annotation" | "adding_type_annotation" => {
                first_kid(annotation).map_or(TypeExpr::Unknown, |n| self.type_expr(n))
            }
            _ => self.type_expr(annotation),
        };
        (ty != TypeExpr::Unknown).then_some(ty)
    }

    pub(super) fn named_type(&mut self, name: &str, args: Vec<TypeExpr>) -> TypeExpr {
        TypeExpr::Name(self.b.sym(name), args)
    }

    pub(super) fn type_expr(&mut self, node: Node<'_>) -> TypeExpr {
        self.deeper(|l| l.type_inner(node)).unwrap_or(TypeExpr::Unknown)
    }

    fn type_inner(&mut self, node: Node<'_>) -> TypeExpr {
        match node.kind() {
            "type_identifier"
            | "identifier"
            | "nested_type_identifier"
            | "nested_identifier"
            | "predefined_type"
            | "this_type" => {
                let name = self.dotted(node);
                self.named_type(&name, Vec::new())
            }
            "generic_type" | "instantiation_expression" => {
                let name = field(node, "name").or_else(|| first_kid(node)).map(|n| self.dotted(n)).unwrap_or_default();
                let args = field(node, "type_arguments").map(|n| self.type_list(n)).unwrap_or_default();
                let name = if name == "ReadonlyArray" { "Array" } else { &name };
                self.named_type(name, args)
            }
            "array_type" => {
                let element = self.inner_type(node);
                self.named_type("Array", vec![element])
            }
            "tuple_type" => {
                let mut elements = self.type_list(node);
                let element = if elements.len() == 1 { elements.remove(0) } else { TypeExpr::Union(elements) };
                self.named_type("Array", vec![element])
            }
            "rest_type" => element_of(self.inner_type(node)),
            "required_parameter" | "optional_parameter" => {
                let ty = self.annotation(node, "type").unwrap_or(TypeExpr::Unknown);
                let rest = field(node, "pattern").or_else(|| field(node, "name"));
                if rest.is_some_and(|n| n.kind() == "rest_pattern") { element_of(ty) } else { ty }
            }
            "parenthesized_type" | "readonly_type" | "optional_type" | "flow_maybe_type" | "type_annotation" => {
                self.inner_type(node)
            }
            "union_type" => TypeExpr::Union(self.flat_types(node)),
            "intersection_type" => TypeExpr::Intersection(self.flat_types(node)),
            "object_type" => match self.object_class(node, "") {
                Some(ix) => TypeExpr::Inline(ix),
                None => TypeExpr::Unknown,
            },
            "literal_type" => self.literal_type(node),
            "template_literal_type" => self.named_type("string", Vec::new()),
            "type_query" => match first_kid(node) {
                Some(n) => {
                    let name = self.dotted(n);
                    match self.imported_type(&name, n) {
                        Some(name) => TypeExpr::TypeOf(self.b.sym(&name)),
                        None if matches!(n.kind(), "identifier" | "member_expression" | "this") => {
                            TypeExpr::TypeOf(self.b.sym(&name))
                        }
                        None => TypeExpr::Unknown,
                    }
                }
                None => TypeExpr::Unknown,
            },
            "lookup_type" => self.lookup_type(node),
            "function_type" | "constructor_type" => {
                let result = field(node, "return_type").or_else(|| field(node, "type"));
                let result = result.map_or(TypeExpr::Unknown, |n| self.type_expr(n));
                self.named_type("Function", vec![result])
            }
            "asserts" | "type_predicate" => self.named_type("boolean", Vec::new()),
            // Conditional types, `keyof`, `infer`, `import("x").T`.
            _ => TypeExpr::Unknown,
        }
    }

    fn inner_type(&mut self, node: Node<'_>) -> TypeExpr {
        first_kid(node).map_or(TypeExpr::Unknown, |n| self.type_expr(n))
    }

    pub(super) fn type_list(&mut self, node: Node<'_>) -> Vec<TypeExpr> {
        kids(node).into_iter().map(|n| self.type_expr(n)).collect()
    }

    /// The members of `A | B | C`, which nests to the left: a loop, since generated unions have thousands.
    fn flat_types(&mut self, node: Node<'_>) -> Vec<TypeExpr> {
        let mut parts = Vec::new();
        let mut at = node;
        loop {
            let mut children = kids(at);
            let nested = children.first().copied().filter(|n| n.kind() == node.kind());
            if nested.is_some() {
                children.remove(0);
            }
            children.reverse();
            parts.extend(children);
            match nested {
                Some(inner) => at = inner,
                None => break,
            }
        }
        parts.reverse();
        parts.into_iter().map(|n| self.type_expr(n)).collect()
    }

    fn literal_type(&mut self, node: Node<'_>) -> TypeExpr {
        let Some(literal) = first_kid(node) else {
            return TypeExpr::Unknown;
        };
        match literal.kind() {
            "string" => {
                let text = self.string_text(literal);
                TypeExpr::Literal(self.b.sym(&text))
            }
            "true" | "false" => self.named_type("boolean", Vec::new()),
            "number" | "unary_expression" => self.named_type("number", Vec::new()),
            other => self.named_type(other, Vec::new()),
        }
    }

    /// `T["key"]`, `T[number]`.
    fn lookup_type(&mut self, node: Node<'_>) -> TypeExpr {
        let parts = kids(node);
        let [base, key] = parts.as_slice() else {
            return TypeExpr::Unknown;
        };
        let base = self.type_expr(*base);
        let key = self.type_expr(*key);
        match (base, key) {
            (base, TypeExpr::Literal(key)) => TypeExpr::Member(Box::new(base), key),
            (TypeExpr::Name(name, mut args), TypeExpr::Name(key, _))
                if &*name == "Array" && &*key == "number" && args.len() == 1 =>
            {
                args.remove(0)
            }
            _ => TypeExpr::Unknown,
        }
    }

    /// A dotted name without the blanks and comments that may stand in it.
    pub(super) fn dotted(&self, node: Node<'_>) -> String {
        let text = self.text(node);
        if text.contains(char::is_whitespace) { text.split_whitespace().collect() } else { text.replace("?.", ".") }
    }

    /// `import("sdk").Client` in a type, written as a name of this file.
    fn imported_type(&mut self, name: &str, node: Node<'_>) -> Option<String> {
        let (module, rest) = name.strip_prefix("import(")?.split_once(')')?;
        let module = module.trim().trim_matches(['"', '\'']).to_owned();
        let rest = rest.to_owned();
        let span = self.span(node);
        Some(format!("{}{rest}", self.b.import_type(&module, span)))
    }

    // ---- declarations ----------------------------------------------------------------------------------------------

    /// The class of an object type or interface body; none for a mapped type.
    fn object_class(&mut self, node: Node<'_>, name: &str) -> Option<ClassIx> {
        let members = kids(node);
        if members.iter().any(|m| m.kind() == "index_signature" && first_kid_of(*m, "mapped_type_clause")) {
            return None;
        }
        let mut fields = Vec::new();
        let mut base_types = Vec::new();
        for member in members {
            self.type_member(member, &mut fields, &mut base_types);
        }
        let class = Class {
            name: self.b.sym(name),
            kind: ClassKind::TypeAlias,
            span: self.span(node),
            scope: self.b.current(),
            bases: Vec::new(),
            base_types,
            fields,
            methods: BTreeMap::new(),
            setters: BTreeMap::new(),
            decorators: Vec::new(),
            exported: false,
        };
        Some(self.b.add_class(class))
    }

    fn type_member(&mut self, member: Node<'_>, fields: &mut Vec<FieldDecl>, bases: &mut Vec<TypeExpr>) {
        let ty = match member.kind() {
            "property_signature" => self.annotation(member, "type"),
            "method_signature" => {
                let result = self.annotation(member, "return_type").unwrap_or(TypeExpr::Unknown);
                Some(self.named_type("Function", vec![result]))
            }
            "index_signature" => {
                let key = field(member, "index_type").map_or(TypeExpr::Unknown, |n| self.type_expr(n));
                if let Some(value) = self.annotation(member, "type") {
                    let record = self.named_type("Record", vec![key, value]);
                    bases.push(record);
                }
                return;
            }
            _ => return,
        };
        let Some(name) = field(member, "name") else {
            return;
        };
        let span = self.span(name);
        if let Some(name) = self.key_name(name) {
            fields.push(FieldDecl { name: self.b.sym(&name), span, ty, default: None });
        }
    }

    pub(super) fn interface(&mut self, node: Node<'_>, exported: bool) {
        let Some(name) = field(node, "name").map(|n| self.sym_of(n)) else {
            return;
        };
        let mut bases = Vec::new();
        for part in kids(node) {
            if matches!(part.kind(), "extends_type_clause" | "extends_clause") {
                bases.extend(self.type_list(part));
            }
        }
        let Some(ix) = field(node, "body").and_then(|body| self.object_class(body, &name)) else {
            return;
        };
        let span = self.span(node);
        let class = &mut self.b.file.classes[ix.0 as usize];
        class.kind = ClassKind::Interface;
        class.span = span;
        class.exported = exported;
        bases.append(&mut class.base_types);
        class.base_types = bases;
    }

    pub(super) fn type_alias(&mut self, node: Node<'_>, exported: bool) {
        let (Some(name), Some(target)) = (field(node, "name").map(|n| self.sym_of(n)), field(node, "value")) else {
            return;
        };
        let span = self.span(node);
        let object = if target.kind() == "object_type" { self.object_class(target, &name) } else { None };
        let ix = match object {
            Some(ix) => ix,
            None => {
                let target = self.type_expr(target);
                let scope = self.b.current();
                self.b.add_class(Class {
                    name,
                    kind: ClassKind::TypeAlias,
                    span,
                    scope,
                    bases: Vec::new(),
                    base_types: vec![target],
                    fields: Vec::new(),
                    methods: BTreeMap::new(),
                    setters: BTreeMap::new(),
                    decorators: Vec::new(),
                    exported,
                })
            }
        };
        let class = &mut self.b.file.classes[ix.0 as usize];
        class.span = span;
        class.exported = exported;
    }

    pub(super) fn enumeration(&mut self, node: Node<'_>, exported: bool) {
        let (Some(name), Some(body)) = (field(node, "name").map(|n| self.sym_of(n)), field(node, "body")) else {
            return;
        };
        let mut fields = Vec::new();
        for member in kids(body) {
            let key = if member.kind() == "enum_assignment" { field(member, "name") } else { Some(member) };
            let Some(key_name) = key.and_then(|k| self.key_name(k)) else {
                continue;
            };
            let default = field(member, "value").map(|v| self.expr(v));
            fields.push(FieldDecl { name: self.b.sym(&key_name), span: self.span(member), ty: None, default });
        }
        let (span, scope) = (self.span(node), self.b.current());
        let ix = self.b.add_class(Class {
            name: name.clone(),
            kind: ClassKind::Enum,
            span,
            scope,
            bases: Vec::new(),
            base_types: Vec::new(),
            fields,
            methods: BTreeMap::new(),
            setters: BTreeMap::new(),
            decorators: Vec::new(),
            exported,
        });
        let value = self.b.add(ValueKind::Class(ix), span);
        self.b.declare(&name, value);
    }
}

fn first_kid_of(node: Node<'_>, kind: &str) -> bool {
    first_kid(node).is_some_and(|n| n.kind() == kind)
}

/// `T` of `T[]`, for the rest of a tuple.
fn element_of(ty: TypeExpr) -> TypeExpr {
    match ty {
        TypeExpr::Name(name, mut args) if &*name == "Array" && args.len() == 1 => args.remove(0),
        other => other,
    }
}
