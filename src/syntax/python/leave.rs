//! Where a path ends: exceptions, and calls that never come back.

use tree_sitter::Node;

use super::{Py, kids};
use crate::ir::{Seg, ValueId, ValueKind};

impl Py<'_> {
    /// `raise`, `raise e`, `raise e from cause`
    pub(super) fn raise(&mut self, node: Node<'_>) {
        let mut values: Vec<ValueId> = kids(node).into_iter().map(|n| self.expr(n)).collect();
        if values.is_empty() {
            values.extend(self.handling.last());
        }
        let Some(mut thrown) = values.first().copied() else { return };
        if let Some(cause) = values.get(1) {
            let path = vec![Seg::Field(self.b.sym("__cause__"))];
            let kind = ValueKind::Update { base: thrown, path, value: *cause, strong: true };
            let span = self.span(node);
            thrown = self.b.add(kind, span);
        }
        self.b.raise(thrown);
    }

    /// A call that never comes back: `sys.exit()`, and a function of the file that only raises.
    pub(super) fn ends_here(&self, call: Node<'_>) -> bool {
        let name = call.child_by_field_name("function").map_or("", |f| self.text(f));
        let head = name.split('.').next().unwrap_or_default();
        self.is_exit(call) && (head == name) != self.b.is_known(head) || self.b.never_returns(name)
    }

    /// A call that ends the program, if its name stands for what it mostly does.
    pub(super) fn is_exit(&self, call: Node<'_>) -> bool {
        let name = call.child_by_field_name("function").map_or("", |f| self.text(f));
        matches!(name, "sys.exit" | "os._exit" | "os.abort" | "exit" | "quit")
    }
}
