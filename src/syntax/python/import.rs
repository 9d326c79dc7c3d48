//! Import statements.

use tree_sitter::Node;

use super::{Py, kid, kids_by_field};

impl Py<'_> {
    /// `import a.b`, `import a.b as c`.
    pub(super) fn import(&mut self, node: Node<'_>) {
        for name in kids_by_field(node, "name") {
            let (module, alias) = self.aliased(name);
            let span = self.span(name);
            match alias {
                Some(alias) => self.b.import(&alias, &module, None, span, false),
                None => {
                    // `import a.b` binds `a`; `b` is then an attribute of it.
                    let first = module.split('.').next().unwrap_or_default().to_owned();
                    self.b.import(&first, &first, None, span, false);
                }
            }
        }
    }

    /// `from m import n`, `from m import n as k`, `from m import *`.
    pub(super) fn import_from(&mut self, node: Node<'_>) {
        let Some(module) = node.child_by_field_name("module_name").map(|n| self.dotted(n)) else { return };
        for name in kids_by_field(node, "name") {
            let (name_in_module, alias) = self.aliased(name);
            let span = self.span(name);
            let local = alias.as_deref().unwrap_or(&name_in_module);
            self.b.import(local, &module, Some(&name_in_module), span, false);
        }
        let mut cursor = node.walk();
        if node.named_children(&mut cursor).any(|n| n.kind() == "wildcard_import") {
            let module = self.b.sym(&module);
            self.b.file.star_imports.push(module);
        }
    }

    fn aliased(&self, node: Node<'_>) -> (String, Option<String>) {
        if node.kind() != "aliased_import" {
            return (self.dotted(node), None);
        }
        let name = node.child_by_field_name("name").or_else(|| kid(node));
        let alias = node.child_by_field_name("alias").map(|n| self.text(n).to_owned());
        (name.map(|n| self.dotted(n)).unwrap_or_default(), alias)
    }

    /// A dotted name; spaces and line breaks within it do not count.
    pub(super) fn dotted(&self, node: Node<'_>) -> String {
        self.text(node).chars().filter(|c| !c.is_whitespace() && *c != '\\').collect()
    }
}
