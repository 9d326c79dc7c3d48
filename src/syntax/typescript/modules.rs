//! Imports, exports, namespaces and ambient declarations.

use tree_sitter::Node;

use super::{Lowerer, field, first_kid, has_token, kids};
use crate::ir::{Export, FnIx, Key, Sym, ValueId, ValueKind};

impl Lowerer<'_> {
    // ---- imports ---------------------------------------------------------------------------------------------------

    pub(super) fn import_statement(&mut self, node: Node<'_>) {
        let module = field(node, "source").map(|n| self.string_text(n));
        let type_only = has_token(node, "type") || has_token(node, "typeof");
        for clause in kids(node) {
            match (clause.kind(), &module) {
                ("import_clause", Some(module)) => self.import_clause(clause, module, type_only),
                ("import_require_clause", _) => {
                    let Some(source) = field(clause, "source").map(|n| self.string_text(n)) else {
                        continue;
                    };
                    let Some(local) = first_kid(clause) else {
                        continue;
                    };
                    let span = self.span(clause);
                    self.b.import(self.text(local), &source, None, span, type_only);
                }
                _ => {}
            }
        }
    }

    fn import_clause(&mut self, clause: Node<'_>, module: &str, type_only: bool) {
        for part in kids(clause) {
            let span = self.span(part);
            match part.kind() {
                "identifier" => self.b.import(self.text(part), module, Some("default"), span, type_only),
                "namespace_import" => {
                    if let Some(local) = first_kid(part) {
                        self.b.import(self.text(local), module, None, span, type_only);
                    }
                }
                "named_imports" => {
                    for specifier in kids(part).into_iter().filter(|n| n.kind() == "import_specifier") {
                        let Some(name) = field(specifier, "name") else {
                            continue;
                        };
                        let imported = self.module_name(name);
                        let local = field(specifier, "alias").map_or(&*imported, |n| self.text(n)).to_owned();
                        let type_only = type_only || has_token(specifier, "type") || has_token(specifier, "typeof");
                        let span = self.span(specifier);
                        self.b.import(&local, module, Some(&imported), span, type_only);
                    }
                }
                _ => {}
            }
        }
    }

    /// `import A = B.C`
    pub(super) fn import_alias(&mut self, node: Node<'_>) {
        let parts = kids(node);
        let [name, target] = parts.as_slice() else {
            return;
        };
        let dotted = self.dotted(*target);
        let span = self.span(*target);
        let mut steps = dotted.split('.');
        let mut value = self.b.read(steps.next().unwrap_or_default(), span);
        for step in steps {
            value = self.b.field(value, step, span);
        }
        self.b.declare(self.text(*name), value);
    }

    /// A name in an import or export list, where it may be a string.
    fn module_name(&mut self, node: Node<'_>) -> Sym {
        let name = if node.kind() == "string" { self.string_text(node) } else { self.text(node).to_owned() };
        self.b.sym(&name)
    }

    // ---- exports ---------------------------------------------------------------------------------------------------

    pub(super) fn export_statement(&mut self, node: Node<'_>) {
        let decorators = self.decorators_of(node);
        let is_default = has_token(node, "default");
        if let Some(declaration) = field(node, "declaration") {
            if !self.declaration(declaration, decorators, true) {
                self.statement(declaration);
            }
            let mut names = Vec::new();
            self.declared_names(declaration, &mut names);
            for local in names {
                let exported = if is_default { self.b.sym("default") } else { local.clone() };
                self.export_local(exported, local);
            }
            return;
        }
        if let Some(value) = field(node, "value") {
            self.export_default(value);
            return;
        }
        let module = field(node, "source").map(|n| self.string_text(n));
        for part in kids(node) {
            match part.kind() {
                "export_clause" => self.export_clause(part, module.as_deref()),
                "namespace_export" => {
                    let (Some(module), Some(name)) = (&module, first_kid(part)) else {
                        continue;
                    };
                    let export =
                        Export::From { exported: self.module_name(name), module: self.b.sym(module), name: None };
                    self.b.file.exports.push(export);
                }
                "decorator" | "string" => {}
                _ if has_token(node, "=") => self.export_default(part),
                _ => {}
            }
        }
        if let Some(module) = module
            && has_token(node, "*")
        {
            let module = self.b.sym(&module);
            self.b.file.star_imports.push(module);
        }
    }

    fn export_default(&mut self, value: Node<'_>) {
        let exported = self.b.sym("default");
        if value.kind() == "identifier" {
            let local = self.sym_of(value);
            self.export_local(exported, local);
            return;
        }
        let value = self.expr_named("default", value);
        self.export_value(exported, value);
    }

    fn export_clause(&mut self, clause: Node<'_>, module: Option<&str>) {
        for specifier in kids(clause).into_iter().filter(|n| n.kind() == "export_specifier") {
            let Some(name) = field(specifier, "name").map(|n| self.module_name(n)) else {
                continue;
            };
            let exported = match field(specifier, "alias") {
                Some(alias) => self.module_name(alias),
                None => name.clone(),
            };
            match module {
                Some(module) => {
                    let module = self.b.sym(module);
                    self.b.file.exports.push(Export::From { exported, module, name: Some(name) });
                }
                None => self.export_local(exported, name),
            }
        }
    }

    fn export_local(&mut self, exported: Sym, local: Sym) {
        if let Some(names) = self.namespaces.last_mut() {
            names.push(local);
        } else if self.b.current() == FnIx(0) {
            self.b.file.exports.push(Export::Local { exported, local });
        }
    }

    fn export_value(&mut self, exported: Sym, value: ValueId) {
        if self.b.current() == FnIx(0) && self.namespaces.is_empty() {
            self.b.file.exports.push(Export::Value { exported, value });
        }
    }

    /// `module.exports = v`, `module.exports.x = v`, `exports.x = v`.
    pub(super) fn common_js_export(&mut self, target: Node<'_>, value: ValueId) {
        if target.kind() != "member_expression" || self.b.current() != FnIx(0) {
            return;
        }
        let (Some(object), Some(property)) = (field(target, "object"), field(target, "property")) else {
            return;
        };
        let (object, name) = (self.text(object), self.text(property));
        if object == "module" && name == "exports" {
            let exported = self.b.sym("default");
            self.export_value(exported, value);
            if let ValueKind::Object(entries) = self.b.kind(value) {
                for (key, value) in entries.clone() {
                    if let Key::Name(name) = key {
                        self.export_value(name, value);
                    }
                }
            }
        } else if object == "exports" || object == "module.exports" {
            let exported = self.b.sym(name);
            self.export_value(exported, value);
        }
    }

    /// The names that a declaration puts into its scope.
    fn declared_names(&mut self, node: Node<'_>, names: &mut Vec<Sym>) {
        match node.kind() {
            "lexical_declaration" | "variable_declaration" => {
                for target in kids(node).into_iter().filter_map(|n| field(n, "name")) {
                    self.pattern_names(target, names);
                }
            }
            "ambient_declaration" => {
                if let Some(inner) = first_kid(node) {
                    self.declared_names(inner, names);
                }
            }
            "import_alias" => names.extend(first_kid(node).map(|n| self.sym_of(n))),
            _ => names.extend(field(node, "name").map(|n| self.sym_of(n))),
        }
    }

    // ---- namespaces ------------------------------------------------------------------------------------------------

    /// `namespace X { export … }`: an object of what it exports. A module by string augments another file: only its
    /// types are of interest.
    pub(super) fn namespace(&mut self, node: Node<'_>) {
        self.namespaces.push(Vec::new());
        if let Some(body) = field(node, "body") {
            self.block(body);
        }
        let exported = self.namespaces.pop().unwrap_or_default();
        let Some(name) = field(node, "name").filter(|n| n.kind() == "identifier") else {
            return;
        };
        let span = self.span(node);
        let mut entries = Vec::new();
        for local in exported {
            if self.b.is_bound(&local) {
                let value = self.b.read(&local, span);
                entries.push((Key::Name(local), value));
            }
        }
        let value = self.b.add(ValueKind::Object(entries), span);
        self.b.declare(self.text(name), value);
    }

    /// `declare …`
    pub(super) fn ambient(&mut self, node: Node<'_>, exported: bool) {
        for inner in kids(node) {
            match inner.kind() {
                "statement_block" => {
                    // `declare global { … }`
                    self.namespaces.push(Vec::new());
                    self.block(inner);
                    self.namespaces.pop();
                }
                "lexical_declaration" | "variable_declaration" => self.ambient_variables(inner),
                "property_identifier" => {}
                _ => {
                    self.declaration(inner, Vec::new(), exported);
                }
            }
        }
    }

    fn ambient_variables(&mut self, node: Node<'_>) {
        for declarator in kids(node) {
            let Some(name) = field(declarator, "name") else {
                continue;
            };
            let span = self.span(declarator);
            let mut value = self.unknown(Vec::new(), declarator);
            if let Some(ty) = self.annotation(declarator, "type") {
                value = self.typed(value, ty, span);
            }
            self.b.declare(self.text(name), value);
        }
    }
}
