//! Python to the program representation. One pass over the syntax tree, in the order in which the program runs.

mod access;
mod branches;
mod class;
mod conditions;
mod expr;
mod func;
mod import;
mod known;
mod leave;
mod literal;
mod pattern;
mod raising;
mod stmt;
#[cfg(test)]
mod tests;
mod types;

use rustc_hash::FxHashMap;
use tree_sitter::{Node, Parser, Tree};

use super::builder::{Builder, Env};
use super::{Lines, notes};
use crate::ir::{ClassIx, FileIr, FnIx, Language, Span, Sym, ValueId, ValueKind};

/// Nesting beyond this is not written by people; what is deeper becomes [`ValueKind::Unknown`].
const MAX_DEPTH: u32 = 400;

pub(super) fn lower(path: &str, source: &str, watch: &[String]) -> FileIr {
    let mut builder = Builder::new(path, Language::Python);
    builder.watch(watch);
    let Some(tree) = parse(source) else { return builder.finish() };
    let mut py = Py {
        source,
        lines: Lines::new(source),
        b: builder,
        depth: 0,
        loops: Vec::new(),
        handling: Vec::new(),
        class_scopes: Vec::new(),
        initializer: None,
    };
    let root = tree.root_node();
    py.b.function().span = py.span(root);
    py.errors(root);
    py.b.file.notes = notes::find(root, source, &py.lines);
    py.note_constants(root);
    py.block(root);
    py.b.finish()
}

fn parse(source: &str) -> Option<Tree> {
    let mut parser = Parser::new();
    parser.set_language(&tree_sitter_python::LANGUAGE.into()).ok()?;
    parser.parse(source, None)
}

struct Py<'s> {
    source: &'s str,
    lines: Lines<'s>,
    b: Builder,
    depth: u32,
    /// Environments at `break` and `continue`, for each loop around.
    loops: Vec<Exits>,
    /// The exceptions of the handlers around.
    handling: Vec<ValueId>,
    /// Names of the class bodies around. They are no variables: methods do not see them.
    class_scopes: Vec<ClassScope>,
    /// The `__init__` being lowered, whose stores to the instance declare fields.
    initializer: Option<Initializer>,
}

#[derive(Default)]
struct Exits {
    breaks: Vec<Env>,
    continues: Vec<Env>,
}

struct ClassScope {
    /// The function the class body is lowered in; in any other the names are not visible.
    function: FnIx,
    names: FxHashMap<Sym, ValueId>,
}

struct Initializer {
    class: ClassIx,
    function: FnIx,
    /// The name of the first parameter.
    instance: Sym,
}

impl<'s> Py<'s> {
    fn span(&self, node: Node<'_>) -> Span {
        self.lines.span(node)
    }

    fn text(&self, node: Node<'_>) -> &'s str {
        self.slice(node.start_byte(), node.end_byte())
    }

    fn slice(&self, start: usize, end: usize) -> &'s str {
        self.source.get(start..end).unwrap_or("")
    }

    fn unknown(&mut self, operands: Vec<ValueId>, node: Node<'_>) -> ValueId {
        let span = self.span(node);
        self.b.add(ValueKind::Unknown(operands), span)
    }

    fn errors(&mut self, root: Node<'_>) {
        let mut cursor = root.walk();
        loop {
            let node = cursor.node();
            if node.is_error() || node.is_missing() {
                let span = self.span(node);
                self.b.file.errors.push(span);
            }
            // One span for each broken place is enough: do not look inside of it.
            if node.has_error() && !node.is_error() && cursor.goto_first_child() {
                continue;
            }
            while !cursor.goto_next_sibling() {
                if !cursor.goto_parent() {
                    return;
                }
            }
        }
    }
}

/// The named children but for comments.
fn kids(node: Node<'_>) -> Vec<Node<'_>> {
    let mut cursor = node.walk();
    node.named_children(&mut cursor).filter(|n| !matches!(n.kind(), "comment" | "line_continuation")).collect()
}

fn kid(node: Node<'_>) -> Option<Node<'_>> {
    let mut cursor = node.walk();
    node.named_children(&mut cursor).find(|n| !matches!(n.kind(), "comment" | "line_continuation"))
}

fn kids_by_field<'t>(node: Node<'t>, field: &str) -> Vec<Node<'t>> {
    let mut cursor = node.walk();
    node.children_by_field_name(field, &mut cursor).filter(Node::is_named).collect()
}
