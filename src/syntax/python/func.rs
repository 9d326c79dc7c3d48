//! Functions, lambdas, parameters.

use tree_sitter::Node;

use super::pattern::Bind;
use super::{Initializer, Py, kid, kids};
use crate::ir::{Arg, Call, CallKind, ClassIx, FnIx, FnKind, ParamKind, Spread, ValueId, ValueKind};

/// A lowered function and the value that its definition gives.
pub(super) struct Defined {
    pub(super) function: FnIx,
    pub(super) value: ValueId,
}

impl Py<'_> {
    /// `def`, with its decorators. The caller binds the name.
    pub(super) fn function(&mut self, node: Node<'_>, decorators: &[Node<'_>], class: Option<ClassIx>) -> Defined {
        let expressions: Vec<Node<'_>> = decorators.iter().filter_map(|d| kid(*d)).collect();
        let decorator_values: Vec<ValueId> = expressions.iter().map(|d| self.expr(*d)).collect();
        let decorated = |names: &[&str]| {
            decorators.iter().any(|d| {
                let text = self.text(*d).trim_start_matches('@').trim();
                let name = text.split('(').next().unwrap_or_default().trim();
                names.contains(&name.rsplit('.').next().unwrap_or_default())
            })
        };
        let name = node.child_by_field_name("name").map_or("", |n| self.text(n));
        let kind = match class {
            None => FnKind::Function,
            Some(_) if decorated(&["staticmethod"]) => FnKind::StaticMethod,
            Some(_)
                if decorated(&["classmethod"])
                    || matches!(name, "__init_subclass__" | "__class_getitem__" | "__new__") =>
            {
                FnKind::ClassMethod
            }
            Some(_) if decorated(&["property", "cached_property", "setter", "deleter"]) => FnKind::Property,
            Some(_) => FnKind::Method,
        };
        let is_abstract =
            decorated(&["abstractmethod"]) || node.child_by_field_name("body").is_some_and(|body| self.is_stub(body));
        let is_async = node.child(0).is_some_and(|c| c.kind() == "async");
        let span = self.span(node);
        let return_type = self.type_field(node, "return_type");

        let function = self.b.enter(name, kind, span, class);
        let building = self.b.function();
        building.is_async = is_async;
        building.is_abstract = is_abstract;
        building.return_type = return_type;
        building.decorators.clone_from(&decorator_values);
        let loops = std::mem::take(&mut self.loops);
        let initializer = self.initializer.take();
        if let Some(parameters) = node.child_by_field_name("parameters") {
            self.parameters(parameters);
        }
        if let Some(class) = class
            && name == "__init__"
            && let Some(first) = self.b.function().params.first()
        {
            self.initializer = Some(Initializer { class, function, instance: first.name.clone() });
        }
        if let Some(body) = node.child_by_field_name("body") {
            self.block(body);
        }
        self.initializer = initializer;
        self.loops = loops;
        self.b.leave();

        let mut value = self.b.add(ValueKind::Func(function), span);
        if !decorator_values.is_empty() {
            for (decorator, expression) in decorator_values.iter().zip(&expressions).rev() {
                let args = vec![Arg { name: None, value, spread: Spread::None }];
                let call = Call { callee: *decorator, args, kind: CallKind::Decorator };
                value = self.b.add(ValueKind::Call(Box::new(call)), self.span(*expression));
            }
            let kind = ValueKind::Decorated { func: function, decorators: decorator_values, call: value };
            value = self.b.add(kind, span);
        }
        Defined { function, value }
    }

    pub(super) fn lambda(&mut self, node: Node<'_>, name: &str) -> ValueId {
        let span = self.span(node);
        let function = self.b.enter(name, FnKind::Lambda, span, None);
        let loops = std::mem::take(&mut self.loops);
        if let Some(parameters) = node.child_by_field_name("parameters") {
            self.parameters(parameters);
        }
        if let Some(body) = node.child_by_field_name("body") {
            let value = self.expr(body);
            self.b.function().returns.push(value);
        }
        self.loops = loops;
        self.b.leave();
        self.b.add(ValueKind::Func(function), span)
    }

    fn parameters(&mut self, node: Node<'_>) {
        let all = kids(node);
        // Defaults do not see the parameters: lower them while no name is bound yet.
        let defaults: Vec<Option<ValueId>> =
            all.iter().map(|p| p.child_by_field_name("value").map(|v| self.expr(v))).collect();
        for default in defaults.iter().flatten() {
            self.b.holds_now(*default);
        }
        let mut kind = ParamKind::Positional;
        for (parameter, default) in all.into_iter().zip(defaults) {
            let span = self.span(parameter);
            let ty = self.type_field(parameter, "type");
            let target = match parameter.kind() {
                "identifier" | "tuple_pattern" | "list_splat_pattern" | "dictionary_splat_pattern" => parameter,
                "keyword_separator" => {
                    kind = ParamKind::KeywordOnly;
                    continue;
                }
                "default_parameter" | "typed_default_parameter" => match parameter.child_by_field_name("name") {
                    Some(name) => name,
                    None => continue,
                },
                "typed_parameter" => match kid(parameter) {
                    Some(name) => name,
                    None => continue,
                },
                _ => continue,
            };
            match target.kind() {
                "identifier" => {
                    self.b.param(self.text(target), kind, span, ty);
                }
                "list_splat_pattern" | "dictionary_splat_pattern" => {
                    let rest = target.kind() == "list_splat_pattern";
                    let name = kid(target).map_or("", |n| self.text(n));
                    self.b.param(name, if rest { ParamKind::Rest } else { ParamKind::Keywords }, span, ty);
                    if rest {
                        kind = ParamKind::KeywordOnly;
                    }
                }
                _ => {
                    let value = self.b.param("", kind, span, ty);
                    self.bind(target, value, Bind::Define);
                }
            }
            if let Some(last) = self.b.function().params.last_mut() {
                last.default = default;
            }
        }
    }

    /// Whether a body does nothing: a docstring, `pass`, `...`, `raise NotImplementedError`.
    fn is_stub(&self, body: Node<'_>) -> bool {
        let mut cursor = body.walk();
        body.named_children(&mut cursor).all(|statement| match statement.kind() {
            "comment" | "pass_statement" => true,
            "expression_statement" => kid(statement).is_some_and(|e| matches!(e.kind(), "string" | "ellipsis")),
            "raise_statement" => kid(statement).is_some_and(|e| self.text(e).starts_with("NotImplementedError")),
            _ => false,
        })
    }
}
