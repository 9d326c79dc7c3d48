//! Annotations.

use tree_sitter::Node;

use super::{MAX_DEPTH, Py, kid, kids, kids_by_field, parse};
use crate::ir::{Sym, TypeExpr};

impl Py<'_> {
    pub(super) fn type_expr(&mut self, node: Node<'_>) -> TypeExpr {
        self.type_in(node, self.source)
    }

    pub(super) fn type_field(&mut self, node: Node<'_>, field: &str) -> Option<TypeExpr> {
        node.child_by_field_name(field).map(|t| self.type_expr(t))
    }

    /// `source` is what the node was parsed from: the file, or the text of a forward reference.
    fn type_in(&mut self, node: Node<'_>, source: &str) -> TypeExpr {
        if self.depth >= MAX_DEPTH {
            return TypeExpr::Unknown;
        }
        self.depth += 1;
        let ty = self.type_inner(node, source);
        self.depth -= 1;
        ty
    }

    fn type_inner(&mut self, node: Node<'_>, source: &str) -> TypeExpr {
        let text = source.get(node.byte_range()).unwrap_or("");
        match node.kind() {
            "type" | "parenthesized_expression" | "constrained_type" | "expression_statement" | "module" => {
                kid(node).map_or(TypeExpr::Unknown, |inner| self.type_in(inner, source))
            }
            "identifier" => self.named(text),
            "attribute" | "member_type" | "dotted_name" => self.dotted_type(text),
            "none" => self.named("None"),
            "string" => self.forward_reference(text),
            "union_type" => {
                let options = kids(node).into_iter().map(|n| self.type_in(n, source)).collect();
                union(options)
            }
            "binary_operator" => {
                let options = ["left", "right"]
                    .into_iter()
                    .filter_map(|side| node.child_by_field_name(side))
                    .map(|n| self.type_in(n, source))
                    .collect();
                union(options)
            }
            "generic_type" => {
                let all = kids(node);
                let Some((head, rest)) = all.split_first() else { return TypeExpr::Unknown };
                let args: Vec<Node<'_>> = rest.iter().flat_map(|n| kids(*n)).collect();
                self.generic(*head, &args, source)
            }
            "subscript" => {
                let Some(head) = node.child_by_field_name("value") else { return TypeExpr::Unknown };
                let args: Vec<Node<'_>> = kids_by_field(node, "subscript")
                    .into_iter()
                    .flat_map(|n| if n.kind() == "tuple" { kids(n) } else { vec![n] })
                    .collect();
                self.generic(head, &args, source)
            }
            _ => TypeExpr::Unknown,
        }
    }

    fn generic(&mut self, head: Node<'_>, args: &[Node<'_>], source: &str) -> TypeExpr {
        let TypeExpr::Name(name, _) = self.type_in(head, source) else { return TypeExpr::Unknown };
        match name.rsplit('.').next().unwrap_or_default() {
            "Literal" => {
                let options = args.iter().map(|n| self.literal_type(*n, source)).collect();
                union(options)
            }
            // These say how a value is kept, not what it is.
            "Annotated" | "Required" | "NotRequired" | "ReadOnly" | "Final" | "ClassVar" | "InitVar" => {
                args.first().map_or(TypeExpr::Unknown, |n| self.type_in(*n, source))
            }
            "Optional" => {
                let mut options: Vec<TypeExpr> = args.iter().map(|n| self.type_in(*n, source)).collect();
                options.push(self.named("None"));
                union(options)
            }
            "Union" => {
                let options = args.iter().map(|n| self.type_in(*n, source)).collect();
                union(options)
            }
            _ => {
                let args = args.iter().map(|n| self.type_in(*n, source)).collect();
                TypeExpr::Name(name, args)
            }
        }
    }

    fn literal_type(&mut self, node: Node<'_>, source: &str) -> TypeExpr {
        match node.kind() {
            "type" => kid(node).map_or(TypeExpr::Unknown, |inner| self.literal_type(inner, source)),
            "string" => {
                let text = unquote(source.get(node.byte_range()).unwrap_or(""));
                TypeExpr::Literal(self.b.sym(text))
            }
            _ => self.type_in(node, source),
        }
    }

    fn forward_reference(&mut self, literal: &str) -> TypeExpr {
        let text = unquote(literal).trim();
        if is_dotted(text) {
            return self.named(text);
        }
        parse(text).map_or(TypeExpr::Unknown, |tree| self.type_in(tree.root_node(), text))
    }

    fn dotted_type(&mut self, text: &str) -> TypeExpr {
        let name: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        if is_dotted(&name) { self.named(&name) } else { TypeExpr::Unknown }
    }

    fn named(&mut self, name: &str) -> TypeExpr {
        TypeExpr::Name(self.b.sym(name), Vec::new())
    }
}

/// The last part of a type's name: `models.User` is a `User`.
pub(super) fn last_name(ty: &TypeExpr) -> &str {
    match ty {
        TypeExpr::Name(name, _) => tail(name),
        _ => "",
    }
}

fn tail(name: &Sym) -> &str {
    name.rsplit('.').next().unwrap_or_default()
}

fn union(options: Vec<TypeExpr>) -> TypeExpr {
    let mut flat = Vec::new();
    for option in options {
        match option {
            TypeExpr::Union(inner) => flat.extend(inner),
            other => flat.push(other),
        }
    }
    if flat.len() == 1 { flat.swap_remove(0) } else { TypeExpr::Union(flat) }
}

fn is_dotted(text: &str) -> bool {
    !text.is_empty()
        && text.split('.').all(|part| {
            part.starts_with(|c: char| c.is_alphabetic() || c == '_')
                && part.chars().all(|c| c.is_alphanumeric() || c == '_')
        })
}

fn unquote(literal: &str) -> &str {
    let text = literal.trim_start_matches(|c: char| c.is_ascii_alphabetic());
    let quote = ["\"\"\"", "'''", "\"", "'"].into_iter().find(|q| text.starts_with(q)).unwrap_or("");
    let text = text.strip_prefix(quote).unwrap_or(text);
    text.strip_suffix(quote).unwrap_or(text)
}
