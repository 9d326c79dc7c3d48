//! JSX: an element is a call of its component with one object of props.

use tree_sitter::Node;

use super::{Lowerer, field, first_kid, kids};
use crate::ir::{Arg, CallKind, Key, Span, Spread, ValueId, ValueKind};

impl Lowerer<'_> {
    pub(super) fn jsx(&mut self, node: Node<'_>, span: Span) -> ValueId {
        let tag = match node.kind() {
            "jsx_element" => field(node, "open_tag").unwrap_or(node),
            _ => node,
        };
        let Some(name) = field(tag, "name") else {
            let children = self.jsx_children(node);
            return self.b.add(ValueKind::List(children), span);
        };
        let mut props: Vec<(Key, ValueId)> = Vec::new();
        let mut cursor = tag.walk();
        let attributes: Vec<Node<'_>> = tag.children_by_field_name("attribute", &mut cursor).collect();
        for attribute in attributes {
            self.jsx_attribute(attribute, &mut props);
        }
        let children = if node.kind() == "jsx_element" { self.jsx_children(node) } else { Vec::new() };
        if !children.is_empty() {
            let children = self.b.add(ValueKind::List(children), span);
            props.push((Key::Name(self.b.sym("children")), children));
        }
        let component = self.jsx_component(name);
        let props = self.b.add(ValueKind::Object(props), span);
        let args = vec![Arg { name: None, value: props, spread: Spread::None }];
        self.b.call(component, args, CallKind::Jsx, span)
    }

    fn jsx_component(&mut self, name: Node<'_>) -> ValueId {
        let text = self.text(name);
        let span = self.span(name);
        match name.kind() {
            "identifier" if !text.starts_with(|c: char| c.is_lowercase()) => self.b.read(text, span),
            "member_expression" => self.expr(name),
            _ => self.b.string(text, span),
        }
    }

    fn jsx_attribute(&mut self, attribute: Node<'_>, props: &mut Vec<(Key, ValueId)>) {
        let span = self.span(attribute);
        let parts = kids(attribute);
        if attribute.kind() == "jsx_expression" {
            for part in parts {
                let value = self.expr(part);
                if part.kind() == "spread_element" {
                    props.push((Key::Spread, value));
                }
            }
            return;
        }
        let Some(name) = parts.first().map(|n| self.text(*n)) else {
            return;
        };
        let value = match parts.get(1) {
            Some(value) => self.expr_named(name, *value),
            None => self.b.add(ValueKind::Bool(true), span),
        };
        props.push((Key::Name(self.b.sym(name)), value));
    }

    fn jsx_children(&mut self, node: Node<'_>) -> Vec<(ValueId, bool)> {
        let mut children = Vec::new();
        for child in kids(node) {
            match child.kind() {
                "jsx_opening_element" | "jsx_closing_element" => {}
                "jsx_text" | "html_character_reference" => {
                    let text = self.text(child).trim();
                    if !text.is_empty() {
                        let span = self.span(child);
                        children.push((self.b.string(text, span), false));
                    }
                }
                "jsx_expression" => {
                    if let Some(inner) = first_kid(child) {
                        children.push((self.expr(inner), inner.kind() == "spread_element"));
                    }
                }
                _ => children.push((self.expr(child), false)),
            }
        }
        children
    }
}
