//! Lowers TypeScript and JavaScript, with or without JSX.

mod branches;
mod class;
mod conditions;
#[cfg(test)]
mod dump;
mod expr;
mod function;
mod jsx;
mod known;
mod modules;
mod operators;
mod patterns;
mod repair;
mod stmt;
#[cfg(test)]
mod tests;
mod types;

use rustc_hash::FxHashMap;
use tree_sitter::{Node, Parser, Tree};

use self::function::ConstructorFields;
use super::builder::{Builder, Env};
use super::constant::Constant;
use super::{Lines, notes};
use crate::ir::{ClassIx, FileIr, Language, Span, Sym, TypeExpr, ValueId, ValueKind};

/// How deep expressions, statements, types and patterns may nest; what is deeper becomes an unknown value.
const MAX_DEPTH: u32 = 400;

pub(super) fn lower(path: &str, source: &str, tsx: bool, watch: &[String]) -> FileIr {
    let Some(tree) = parse(source, tsx) else {
        return Builder::new(path, Language::TypeScript).finish();
    };
    let mut lowerer = Lowerer {
        b: Builder::new(path, Language::TypeScript),
        source,
        lines: Lines::new(source),
        depth: 0,
        hint: None,
        field_of: None,
        constructor: None,
        finished_constructor: None,
        declared: vec![FxHashMap::default()],
        namespaces: Vec::new(),
        targets: Vec::new(),
        own_constants: Vec::new(),
        label: None,
    };
    lowerer.b.watch(watch);
    let root = tree.root_node();
    lowerer.record_errors(root);
    lowerer.b.file.notes = notes::find(root, source, &lowerer.lines);
    lowerer.b.function().span = lowerer.lines.span(root);
    let statements = kids(root);
    lowerer.b.file.directives = lowerer.directives(&statements);
    lowerer.note_constants(&statements);
    lowerer.statements(&statements);
    lowerer.b.finish()
}

/// Parses; where that fails on syntax that the grammar is known to lack, once more with it blanked out. The blanked
/// text has the same offsets, so node positions hold for the original source.
fn parse(source: &str, tsx: bool) -> Option<Tree> {
    let language = if tsx { tree_sitter_typescript::LANGUAGE_TSX } else { tree_sitter_typescript::LANGUAGE_TYPESCRIPT };
    let mut parser = Parser::new();
    parser.set_language(&language.into()).ok()?;
    let mut tree = parser.parse(source, None)?;
    if !tree.root_node().has_error() {
        return Some(tree);
    }
    let repaired = repair::blank_unsupported(source);
    if let Some(again) = repaired.as_ref().and_then(|text| parser.parse(text, None)) {
        tree = again;
    }
    let text = repaired.as_deref().unwrap_or(source);
    if tsx
        && let Some(repaired) = repair::blank_ampersands(text, &tree)
        && let Some(again) = parser.parse(&repaired, None)
    {
        return Some(again);
    }
    Some(tree)
}

struct Lowerer<'s> {
    b: Builder,
    source: &'s str,
    lines: Lines<'s>,
    depth: u32,
    /// The name that the place gives to an anonymous function or class, taken by the next expression.
    hint: Option<Sym>,
    /// The class whose field initialiser is being lowered: there `this` is the instance, not that of the scope.
    field_of: Option<ClassIx>,
    /// What the constructor being lowered says of the fields of its class, and what the last one said.
    constructor: Option<ConstructorFields>,
    finished_constructor: Option<ConstructorFields>,
    /// Declared types of variables, one map for each function: a later assignment has that type too.
    declared: Vec<FxHashMap<Sym, TypeExpr>>,
    /// What `break` and `continue` around may leave, innermost last.
    targets: Vec<Target>,
    /// Read-only fields with a constant, of the classes around.
    own_constants: Vec<Vec<(Sym, Constant)>>,
    /// The label of the statement that comes next.
    label: Option<Sym>,
    /// The exported names of the namespaces around, innermost last.
    namespaces: Vec<Vec<Sym>>,
}

/// A statement that `break` or `continue` can leave, and the environments in which they do.
#[derive(Default)]
struct Target {
    label: Option<Sym>,
    is_loop: bool,
    /// A labelled block, which only a `break` with its label leaves.
    is_block: bool,
    breaks: Vec<Env>,
    continues: Vec<Env>,
}

impl<'s> Lowerer<'s> {
    fn text(&self, node: Node<'_>) -> &'s str {
        self.source.get(node.byte_range()).unwrap_or("")
    }

    fn sym_of(&mut self, node: Node<'_>) -> Sym {
        let text = self.text(node);
        self.b.sym(text)
    }

    fn span(&self, node: Node<'_>) -> Span {
        self.lines.span(node)
    }

    /// Runs `lower` one level deeper, or gives none when that is too deep.
    fn deeper<T>(&mut self, lower: impl FnOnce(&mut Self) -> T) -> Option<T> {
        if self.depth >= MAX_DEPTH {
            return None;
        }
        self.depth += 1;
        let result = lower(self);
        self.depth -= 1;
        Some(result)
    }

    fn unknown(&mut self, operands: Vec<ValueId>, node: Node<'_>) -> ValueId {
        let span = self.span(node);
        self.b.add(ValueKind::Unknown(operands), span)
    }

    /// Notes every place the parser skipped or made up. Walks only into nodes that hold one.
    fn record_errors(&mut self, root: Node<'_>) {
        if !root.has_error() {
            return;
        }
        let mut cursor = root.walk();
        loop {
            let node = cursor.node();
            if node.is_error() || node.is_missing() {
                let span = self.span(node);
                self.b.file.errors.push(span);
            }
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

    /// The directives (`"use server"`) that a body begins with.
    fn directives(&mut self, statements: &[Node<'_>]) -> Vec<Sym> {
        let mut found = Vec::new();
        for statement in statements {
            if statement.kind() == "hash_bang_line" {
                continue;
            }
            let Some(text) = (statement.kind() == "expression_statement")
                .then(|| statement.named_child(0))
                .flatten()
                .filter(|n| n.kind() == "string")
                .map(|n| self.string_text(n))
            else {
                break;
            };
            found.push(self.b.sym(&text));
        }
        found
    }

    /// The content of a string literal or of a string or template part.
    fn string_text(&self, node: Node<'_>) -> String {
        let text = self.text(node);
        match node.kind() {
            "string" => {
                let inner = text.get(1..text.len().saturating_sub(1)).unwrap_or("");
                if inner.contains('\\') { unescape(inner) } else { inner.to_owned() }
            }
            "escape_sequence" => unescape(text),
            _ => text.to_owned(),
        }
    }

    /// A property key that is known: identifiers, strings, numbers, and computed constant strings.
    fn key_name(&self, node: Node<'_>) -> Option<String> {
        match node.kind() {
            "string" => Some(self.string_text(node)),
            "computed_property_name" => {
                node.named_child(0).filter(|n| n.kind() == "string").map(|n| self.string_text(n))
            }
            _ => Some(self.text(node).to_owned()),
        }
    }
}

/// The named children without comments.
fn kids<'t>(node: Node<'t>) -> Vec<Node<'t>> {
    let mut cursor = node.walk();
    node.named_children(&mut cursor).filter(|n| !is_comment(*n)).collect()
}

fn first_kid<'t>(node: Node<'t>) -> Option<Node<'t>> {
    let mut cursor = node.walk();
    node.named_children(&mut cursor).find(|n| !is_comment(*n))
}

fn is_comment(node: Node<'_>) -> bool {
    node.is_extra() && !node.is_error()
}

fn field<'t>(node: Node<'t>, name: &str) -> Option<Node<'t>> {
    node.child_by_field_name(name)
}

/// Whether a keyword or sign such as `async`, `static`, `*` is among the direct children.
fn has_token(node: Node<'_>, token: &str) -> bool {
    let mut cursor = node.walk();
    node.children(&mut cursor).any(|n| !n.is_named() && n.kind() == token)
}

/// Resolves the escapes of a string literal.
fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        let code = |digits: &str| u32::from_str_radix(digits, 16).ok().and_then(char::from_u32);
        match rest.next() {
            Some('n') => out.push('\n'),
            Some('t') => out.push('\t'),
            Some('r') => out.push('\r'),
            Some('0') => out.push('\0'),
            Some('b') => out.push('\u{8}'),
            Some('f') => out.push('\u{c}'),
            Some('v') => out.push('\u{b}'),
            Some('\n') | None => {}
            Some('u') if rest.peek() == Some(&'{') => {
                rest.next();
                let digits: String = rest.by_ref().take_while(|c| *c != '}').collect();
                out.extend(code(&digits));
            }
            Some(kind @ ('u' | 'x')) => {
                let digits: String = rest.by_ref().take(if kind == 'u' { 4 } else { 2 }).collect();
                out.push(code(&digits).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            Some(other) => out.push(other),
        }
    }
    out
}
