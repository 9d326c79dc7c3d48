//! Functions, methods and their parameters.

use rustc_hash::FxHashMap;
use tree_sitter::Node;

use super::patterns::Bind;
use super::{Lowerer, field, first_kid, kids};
use crate::ir::{ClassIx, FieldDecl, FnIx, FnKind, ParamKind, Seg, Span, Sym, TypeExpr, ValueId, ValueKind};

/// What a constructor says of the fields of its class.
pub(super) struct ConstructorFields {
    pub(super) function: FnIx,
    /// Parameter properties.
    pub(super) declared: Vec<FieldDecl>,
    /// `this.x = v`
    pub(super) assigned: Vec<(Sym, Span)>,
}

impl Lowerer<'_> {
    /// Any form of function with parameters, with a body or without one.
    pub(super) fn function(
        &mut self,
        node: Node<'_>,
        name: &str,
        kind: FnKind,
        class: Option<ClassIx>,
        decorators: Vec<ValueId>,
    ) -> FnIx {
        let is_arrow = node.kind() == "arrow_function";
        let params = field(node, "parameters").map(kids).unwrap_or_default();
        let param_decorators: Vec<Vec<ValueId>> = params.iter().map(|p| self.decorators_of(*p)).collect();
        // An arrow function in a field initialiser has the instance as `this`.
        let outer_field = self.field_of.take();
        let field_of = outer_field.filter(|_| is_arrow);
        self.hint = None;
        let span = self.span(node);
        let ix = self.b.enter(name, kind, span, class.or(field_of));
        self.declared.push(FxHashMap::default());
        let is_constructor = class.is_some() && kind == FnKind::Method && name == "constructor";
        let outer_constructor = is_constructor.then(|| {
            self.constructor.replace(ConstructorFields { function: ix, declared: Vec::new(), assigned: Vec::new() })
        });

        if !is_arrow || class.is_some() || field_of.is_some() {
            // In a static method it is the class.
            let of =
                class.filter(|_| kind == FnKind::StaticMethod).map(|c| self.b.file.classes[c.0 as usize].name.clone());
            let this = match of.filter(|name| !name.is_empty()) {
                Some(name) => self.b.read(&name, span),
                None => self.b.add(ValueKind::This, span),
            };
            self.b.define("this", this);
        }
        let return_type = self.annotation(node, "return_type");
        let function = self.b.function();
        function.return_type = return_type;
        function.decorators = decorators;
        function.is_async = is_async(node);
        if node.kind() == "function_expression"
            && let Some(own) = field(node, "name")
        {
            // A function expression sees itself under its own name.
            let own_name = self.text(own);
            let own_span = self.span(own);
            let itself = self.b.add(ValueKind::Func(ix), own_span);
            self.b.define(own_name, itself);
        }
        match field(node, "parameter") {
            Some(single) => {
                let (name, single_span) = (self.text(single), self.span(single));
                self.b.param(name, ParamKind::Positional, single_span, None);
            }
            None => self.params(&params, param_decorators),
        }
        let targets = std::mem::take(&mut self.targets);
        self.body(node);
        self.targets = targets;

        self.declared.pop();
        self.b.leave();
        self.field_of = outer_field;
        if let Some(outer) = outer_constructor {
            self.finished_constructor = std::mem::replace(&mut self.constructor, outer);
        }
        ix
    }

    fn body(&mut self, node: Node<'_>) {
        let Some(body) = field(node, "body") else {
            self.b.function().is_abstract = true;
            return;
        };
        if body.kind() == "statement_block" {
            let statements = kids(body);
            let directives = self.directives(&statements);
            self.b.function().directives = directives;
            self.statements(&statements);
        } else {
            let value = self.expr(body);
            self.b.function().returns.push(value);
        }
    }

    fn params(&mut self, params: &[Node<'_>], mut decorators: Vec<Vec<ValueId>>) {
        let mut properties: Vec<(Sym, Span)> = Vec::new();
        for (param, decorators) in params.iter().zip(decorators.iter_mut()) {
            if matches!(param.kind(), "required_parameter" | "optional_parameter") {
                self.param(*param, std::mem::take(decorators), &mut properties);
            }
        }
        for (name, span) in properties {
            let value = self.b.read(&name, span);
            let this = self.b.read("this", span);
            self.b.store(this, Seg::Field(name), value, true, span);
        }
    }

    fn param(&mut self, node: Node<'_>, decorators: Vec<ValueId>, properties: &mut Vec<(Sym, Span)>) {
        let Some(target) = field(node, "pattern").or_else(|| field(node, "name")) else {
            return;
        };
        let ty = self.annotation(node, "type");
        let span = self.span(node);
        if target.kind() == "this" {
            // Not a parameter, but the type of `this`.
            if let Some(ty) = ty {
                let this = self.b.read("this", span);
                let this = self.typed(this, ty, span);
                self.b.define("this", this);
            }
            return;
        }
        let (target, kind) = match target.kind() {
            "rest_pattern" => (first_kid(target).unwrap_or(target), ParamKind::Rest),
            _ => (target, ParamKind::Positional),
        };
        let name = if target.kind() == "identifier" { self.text(target) } else { "" };
        self.declare_type(target, ty.as_ref());
        let value = self.b.param(name, kind, span, ty.clone());
        let bound = value;
        if let Some(default) = field(node, "value") {
            let default = self.expr_for(target, default);
            if let Some(param) = self.b.function().params.last_mut() {
                param.default = Some(default);
            }
        }
        if let Some(param) = self.b.function().params.last_mut() {
            param.decorators = decorators;
        }
        if name.is_empty() {
            self.bind(target, bound, Bind::Function);
        }
        if !name.is_empty() && is_property(node) {
            let name = self.b.sym(name);
            properties.push((name.clone(), span));
            self.constructor_property(name, span, ty);
        }
    }

    fn constructor_property(&mut self, name: Sym, span: Span, ty: Option<TypeExpr>) {
        if let Some(constructor) = &mut self.constructor {
            constructor.declared.push(FieldDecl { name, span, ty, default: None });
        }
    }

    /// The values of the decorators in the `decorator` fields of a node.
    pub(super) fn decorators_of(&mut self, node: Node<'_>) -> Vec<ValueId> {
        let mut cursor = node.walk();
        let found: Vec<Node<'_>> = node.children_by_field_name("decorator", &mut cursor).collect();
        found.into_iter().filter_map(first_kid).map(|n| self.expr(n)).collect()
    }
}

/// Modifiers stand before the parameters; looking no further keeps this off the body.
fn is_async(node: Node<'_>) -> bool {
    let mut cursor = node.walk();
    node.children(&mut cursor)
        .take_while(|n| !matches!(n.kind(), "formal_parameters" | "statement_block" | "=>"))
        .any(|n| n.kind() == "async")
}

/// A constructor parameter that declares a field.
fn is_property(node: Node<'_>) -> bool {
    let mut cursor = node.walk();
    node.children(&mut cursor).any(|n| matches!(n.kind(), "accessibility_modifier" | "override_modifier" | "readonly"))
}
