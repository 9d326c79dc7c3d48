//! Members, places and slices whose key stands in the code.

use tree_sitter::Node;

use super::{Py, kids};
use crate::ir::ValueId;
use crate::syntax::constant::Constant;

impl Py<'_> {
    /// The place that a key is which is computed from constants: `xs[i + 1]`, `xs[i]`, `row[PREFIX + "_id"]`.
    pub(super) fn computed_place(&mut self, key: Node<'_>) -> Option<String> {
        if matches!(key.kind(), "string" | "integer" | "slice") {
            return None;
        }
        match self.known(key, 6)? {
            Constant::Num(n) if n.fract() == 0.0 && n.abs() < 1e6 => Some(format!("{n:.0}")),
            Constant::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The places of `xs[n:m]` and `xs[n:m:step]`, where `xs` was written out as a list.
    pub(super) fn slice_items(&mut self, slice: Node<'_>, base: ValueId) -> Option<Vec<String>> {
        let parts: Vec<&str> = self.text(slice).split(':').map(str::trim).collect();
        let number = |n: usize, default: Option<usize>| match parts.get(n) {
            None | Some(&"") => default,
            Some(text) => text.parse::<usize>().ok(),
        };
        let (start, step) = (number(0, Some(0))?, number(2, Some(1))?.max(1));
        let end = match number(1, None) {
            Some(end) => end,
            // With a step the length has to be known.
            None if step > 1 && parts[1].is_empty() => self.b.length_of_list(base)?,
            None => return None,
        };
        let most = start + 8 * step;
        (end <= most && self.b.is_list(base)).then(|| (start..end).step_by(step).map(|i| i.to_string()).collect())
    }

    /// The indices that `xs[n:]` leaves out.
    pub(super) fn slice_start(&mut self, slice: Node<'_>) -> Vec<crate::ir::Sym> {
        let Some((start, end)) = self.text(slice).trim().split_once(':') else { return Vec::new() };
        // `xs[n:m]`: what is after it is not said. With a step, places change.
        if end.contains(':') {
            return Vec::new();
        }
        match start.trim().parse::<usize>() {
            Ok(n) if n <= 8 => (0..n).map(|i| self.b.sym(&i.to_string())).collect(),
            _ => Vec::new(),
        }
    }

    pub(super) fn is_call_of(&self, node: Option<Node<'_>>, name: &str) -> bool {
        let Some(node) = node.filter(|n| n.kind() == "call") else { return false };
        let function = node.child_by_field_name("function");
        function.is_some_and(|f| self.text(f) == name) && !self.b.is_bound(name)
    }

    /// `vars(o)`: what is stored there are the attributes of `o`. `eval("name")`: the variable.
    pub(super) fn named_by_text(&mut self, node: Node<'_>) -> Option<ValueId> {
        let args = kids(node.child_by_field_name("arguments").filter(|l| l.kind() == "argument_list")?);
        let [arg] = args.as_slice() else { return None };
        if self.is_call_of(Some(node), "vars") && arg.kind() != "list_splat" {
            return Some(self.expr(*arg));
        }
        if !self.is_call_of(Some(node), "eval") {
            return None;
        }
        let name = self.string_text(*arg)?;
        let span = self.span(node);
        let plain = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_');
        (plain && !name.starts_with(|c: char| c.is_ascii_digit())).then(|| self.b.read(&name, span))
    }

    /// `getattr(x, "name")`, `getattr(x, "name", default)`: a member like any other.
    pub(super) fn constant_getattr(&mut self, node: Node<'_>) -> Option<ValueId> {
        let function = node.child_by_field_name("function").filter(|f| self.text(*f) == "getattr")?;
        let list = node.child_by_field_name("arguments").filter(|l| l.kind() == "argument_list")?;
        let args = kids(list);
        let (object, key, default) = match args.as_slice() {
            [object, key] => (*object, *key, None),
            [object, key, default] => (*object, *key, Some(*default)),
            _ => return None,
        };
        if key.kind() != "string" || self.b.is_bound(self.text(function)) {
            return None;
        }
        let name = self.string_text(key)?;
        let object = self.expr(object);
        let span = self.span(node);
        let member = self.b.field(object, &name, span);
        let Some(default) = default else { return Some(member) };
        let default = self.expr(default);
        Some(self.b.either(vec![member, default], span))
    }
}
