//! Classes: fields, methods, and classes made by a call (`TypedDict`, `NamedTuple`) or as a type alias.

use rustc_hash::FxHashMap;
use tree_sitter::Node;

use super::types::last_name;
use super::{ClassScope, MAX_DEPTH, Py, kid, kids};
use crate::ir::{Class, ClassIx, ClassKind, FieldDecl, FnIx, FnKind, Span, TypeExpr, ValueId, ValueKind};

impl Py<'_> {
    pub(super) fn declare_class(
        &mut self,
        name: &str,
        kind: ClassKind,
        span: Span,
        bases: Vec<ValueId>,
        base_types: Vec<TypeExpr>,
    ) -> ClassIx {
        let class = Class {
            name: self.b.sym(name),
            kind,
            span,
            scope: self.b.current(),
            bases,
            base_types,
            fields: Vec::new(),
            methods: std::collections::BTreeMap::new(),
            setters: std::collections::BTreeMap::new(),
            decorators: Vec::new(),
            exported: true,
        };
        self.b.add_class(class)
    }

    /// A `class` statement. The caller binds the name.
    pub(super) fn class(&mut self, node: Node<'_>, decorators: &[Node<'_>]) -> ClassIx {
        let decorators: Vec<ValueId> = decorators.iter().filter_map(|d| kid(*d)).map(|d| self.expr(d)).collect();
        let (mut bases, mut base_types) = (Vec::new(), Vec::new());
        if let Some(list) = node.child_by_field_name("superclasses") {
            for base in kids(list).into_iter().filter(|n| n.kind() != "keyword_argument") {
                bases.push(self.expr(base));
                base_types.push(self.type_expr(base));
            }
        }
        let is_enum = base_types.iter().any(|t| {
            matches!(
                last_name(t),
                "Enum" | "StrEnum" | "IntEnum" | "Flag" | "IntFlag" | "TextChoices" | "IntegerChoices"
            )
        });
        let kind = if is_enum { ClassKind::Enum } else { ClassKind::Class };
        let name = node.child_by_field_name("name").map_or("", |n| self.text(n));
        let span = self.span(node);
        let class = self.declare_class(name, kind, span, bases, base_types);
        self.class_mut(class).decorators = decorators;

        self.class_scopes.push(ClassScope { function: self.b.current(), names: FxHashMap::default() });
        let initializer = self.initializer.take();
        if let Some(body) = node.child_by_field_name("body") {
            self.class_block(body, class);
        }
        self.initializer = initializer;
        self.class_scopes.pop();
        class
    }

    fn class_mut(&mut self, class: ClassIx) -> &mut Class {
        &mut self.b.file.classes[class.0 as usize]
    }

    fn class_block(&mut self, node: Node<'_>, class: ClassIx) {
        if self.depth >= MAX_DEPTH {
            return;
        }
        self.depth += 1;
        for statement in kids(node) {
            self.class_stmt(statement, class);
        }
        self.depth -= 1;
    }

    fn class_stmt(&mut self, node: Node<'_>, class: ClassIx) {
        match node.kind() {
            "expression_statement" => {
                for inner in kids(node) {
                    match inner.kind() {
                        "assignment" => self.class_assignment(inner, class),
                        _ => {
                            self.expr(inner);
                        }
                    }
                }
            }
            "function_definition" => self.method(node, &[], class),
            "class_definition" => self.nested_class(node, &[], class),
            "decorated_definition" => {
                let decorators: Vec<Node<'_>> = kids(node).into_iter().filter(|n| n.kind() == "decorator").collect();
                match node.child_by_field_name("definition") {
                    Some(inner) if inner.kind() == "class_definition" => self.nested_class(inner, &decorators, class),
                    Some(inner) => self.method(inner, &decorators, class),
                    None => {}
                }
            }
            // Declarations under a condition count as declarations.
            "if_statement" | "elif_clause" | "else_clause" | "try_statement" | "except_clause" | "finally_clause"
            | "block" | "ERROR" => self.class_block(node, class),
            _ => self.stmt(node),
        }
    }

    fn method(&mut self, node: Node<'_>, decorators: &[Node<'_>], class: ClassIx) {
        let defined = self.function(node, decorators, Some(class));
        let name = self.b.sym(node.child_by_field_name("name").map_or("", |n| self.text(n)));
        self.class_name(&name, defined.value);
        let accessor = decorators.iter().any(|d| {
            let text = self.text(*d).trim();
            text.ends_with(".setter") || text.ends_with(".deleter")
        });
        if decorators.iter().any(|d| self.text(*d).trim().ends_with(".setter")) {
            self.class_mut(class).setters.insert(name.clone(), defined.function);
        }
        let methods = &mut self.class_mut(class).methods;
        if accessor && methods.contains_key(&name) {
            return;
        }
        methods.insert(name, defined.function);
    }

    fn nested_class(&mut self, node: Node<'_>, decorators: &[Node<'_>], class: ClassIx) {
        let inner = self.class(node, decorators);
        let span = self.span(node);
        let value = self.b.add(ValueKind::Class(inner), span);
        let name = node.child_by_field_name("name").map_or("", |n| self.text(n));
        self.class_name(name, value);
        // `Meta` and `Config` set the class up; others are reached as `Outer.Inner`.
        if !matches!(name, "Meta" | "Config") {
            self.field(class, name, span, None, Some(value));
        }
    }

    fn class_name(&mut self, name: &str, value: ValueId) {
        let name = self.b.sym(name);
        if let Some(scope) = self.class_scopes.last_mut() {
            scope.names.insert(name, value);
        }
    }

    fn class_assignment(&mut self, node: Node<'_>, class: ClassIx) {
        let mut targets = Vec::new();
        let mut at = node;
        let right = loop {
            targets.extend(at.child_by_field_name("left"));
            match at.child_by_field_name("right") {
                Some(right) if right.kind() == "assignment" => at = right,
                other => break other,
            }
        };
        let ty = self.type_field(node, "type");
        let value = match (right, targets.as_slice()) {
            (Some(right), [left]) if right.kind() == "lambda" => Some(self.lambda(right, self.text(*left))),
            (Some(right), _) => Some(self.expr(right)),
            (None, _) => None,
        };
        for left in targets {
            if left.kind() == "identifier" {
                let span = self.span(left);
                self.field(class, self.text(left), span, ty.clone(), value);
                if let Some(value) = value {
                    self.class_name(self.text(left), value);
                }
                continue;
            }
            for (i, target) in kids(left).into_iter().enumerate().filter(|(_, n)| n.kind() == "identifier") {
                let span = self.span(target);
                let part = value.map(|v| self.b.field(v, &i.to_string(), span));
                self.field(class, self.text(target), span, None, part);
                if let Some(part) = part {
                    self.class_name(self.text(target), part);
                }
            }
        }
    }

    fn field(&mut self, class: ClassIx, name: &str, span: Span, ty: Option<TypeExpr>, default: Option<ValueId>) {
        let name = self.b.sym(name);
        let fields = &mut self.class_mut(class).fields;
        match fields.iter_mut().find(|f| f.name == name) {
            Some(field) => {
                field.ty = ty.or(field.ty.take());
                field.default = default.or(field.default);
            }
            None => fields.push(FieldDecl { name, span, ty, default }),
        }
    }

    /// `self.x = v` in `__init__` declares `x`.
    pub(super) fn initializer_field(&mut self, target: Node<'_>, value: Option<ValueId>, ty: Option<TypeExpr>) {
        let Some(initializer) = &self.initializer else { return };
        if target.kind() != "attribute" || initializer.function != self.b.current() {
            return;
        }
        let (Some(object), Some(name)) =
            (target.child_by_field_name("object"), target.child_by_field_name("attribute"))
        else {
            return;
        };
        if self.text(object) != &*initializer.instance {
            return;
        }
        let class = initializer.class;
        let name = self.text(name);
        if self.class_mut(class).fields.iter().any(|f| &*f.name == name) {
            return;
        }
        let ty = ty.or_else(|| match self.b.kind(value?) {
            ValueKind::Param(i) => {
                let i = *i as usize;
                self.b.function().params.get(i)?.ty.clone()
            }
            _ => None,
        });
        let span = self.span(target);
        self.field(class, name, span, ty, None);
    }

    /// A module-level `X = TypedDict("X", {..})`, `X = NamedTuple("X", [..])`, `X = Annotated[..]`, `X: TypeAlias = ..`.
    pub(super) fn declared_by_value(
        &mut self,
        name: &str,
        annotation: Option<Node<'_>>,
        right: Node<'_>,
    ) -> Option<ClassIx> {
        if self.b.current() != FnIx(0) || self.b.function().kind != FnKind::Module {
            return None;
        }
        let head = match right.kind() {
            "call" => right.child_by_field_name("function")?,
            "subscript" => right.child_by_field_name("value")?,
            _ if annotation.is_some() => right,
            _ => return None,
        };
        let callee = self.text(head).rsplit('.').next().unwrap_or_default();
        let span = self.span(right);
        let alias = annotation.is_some_and(|a| self.text(a).ends_with("TypeAlias"))
            || (right.kind() == "subscript" && matches!(callee, "Annotated" | "Optional" | "Union" | "Literal"));
        if alias {
            let target = self.type_expr(right);
            return Some(self.declare_class(name, ClassKind::TypeAlias, span, Vec::new(), vec![target]));
        }
        if right.kind() != "call" || !matches!(callee, "TypedDict" | "NamedTuple" | "namedtuple") {
            return None;
        }
        let args = kids(right.child_by_field_name("arguments")?);
        let members = *args.get(1)?;
        let bases = vec![self.expr(head)];
        let base_types = vec![self.type_expr(head)];
        let class = self.declare_class(name, ClassKind::Class, span, bases, base_types);
        if members.kind() == "string" {
            // namedtuple("P", "x y")
            let names = self.string_text(members).unwrap_or_default();
            let member_span = self.span(members);
            for member in names.split([' ', ',']).filter(|m| !m.is_empty()) {
                self.field(class, member, member_span, None, None);
            }
            return Some(class);
        }
        for member in kids(members) {
            let parts = kids(member);
            let (name_node, ty) = match member.kind() {
                "string" => (member, None),
                "pair" | "tuple" => match parts.as_slice() {
                    [name, ty, ..] => (*name, Some(self.type_expr(*ty))),
                    _ => continue,
                },
                _ => continue,
            };
            if let Some(text) = self.string_text(name_node) {
                let member_span = self.span(member);
                self.field(class, &text, member_span, ty, None);
            }
        }
        Some(class)
    }
}
