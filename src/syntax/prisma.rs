//! Lowers `schema.prisma`: models, views and composite types to classes, line by line. A schema has no code.

use std::collections::BTreeMap;

use super::builder::Builder;
use super::notes;
use crate::ir::{Class, ClassKind, FieldDecl, FileIr, FnIx, Language, Note, Span, TypeExpr};

pub(super) fn lower(path: &str, source: &str) -> FileIr {
    let mut builder = Builder::new(path, Language::Schema);
    let mut open: Option<Class> = None;
    // Depth of braces in a block that is none of ours: `generator`, `datasource`.
    let mut other = 0_u32;
    for (row, line) in source.lines().enumerate() {
        let code = code_of(line);
        if let Some(comment) = line.get(code.len()..).filter(|c| !c.is_empty())
            && let Some(text) = notes::spoken(comment)
        {
            let whole = span(row, line, line.trim_end());
            builder.file.notes.push(Note { span: whole, about: whole, text: text.into() });
        }
        let mut words = code.split_whitespace();
        let Some(first) = words.next() else { continue };
        if other > 0 {
            other = other.saturating_add(count(code, '{')).saturating_sub(count(code, '}'));
            continue;
        }
        let Some(class) = &mut open else {
            let kind = match first {
                "model" | "view" | "type" => ClassKind::Schema,
                "enum" => ClassKind::Enum,
                _ => {
                    other = count(code, '{').saturating_sub(count(code, '}'));
                    continue;
                }
            };
            let name = words.next().unwrap_or_default().trim_end_matches('{');
            let class = Class {
                name: builder.sym(name),
                kind,
                span: span(row, line, code.trim_end()),
                scope: FnIx(0),
                bases: Vec::new(),
                base_types: Vec::new(),
                fields: Vec::new(),
                methods: BTreeMap::new(),
                setters: BTreeMap::new(),
                decorators: Vec::new(),
                exported: true,
            };
            if let Some(body) = code.split_once('{').and_then(|(_, rest)| rest.split_once('}')) {
                // `enum Role { USER ADMIN }` is not what the formatter leaves, but is read all the same.
                let mut class = class;
                if kind == ClassKind::Enum {
                    class.fields.extend(body.0.split_whitespace().map(|v| FieldDecl {
                        name: builder.sym(v),
                        span: class.span,
                        ty: None,
                        default: None,
                    }));
                }
                builder.add_class(class);
            } else {
                open = Some(class);
            }
            continue;
        };
        if first.starts_with('}') {
            let end = span(row, line, code.trim_end());
            class.span.end_line = end.end_line;
            class.span.end_column = end.end_column;
            builder.add_class(open.take().expect("matched above"));
            continue;
        }
        if first.starts_with('@') || !first.starts_with(|c: char| c.is_alphabetic() || c == '_') {
            continue;
        }
        let ty = match (class.kind, words.next()) {
            (ClassKind::Enum, _) => None,
            // A field without a type is a line being typed.
            (_, None) => continue,
            (_, Some(ty)) => Some(type_of(&mut builder, ty)),
        };
        let decl = FieldDecl { name: builder.sym(first), span: span(row, line, code.trim_end()), ty, default: None };
        class.fields.push(decl);
    }
    if let Some(class) = open {
        builder.file.errors.push(class.span);
        builder.add_class(class);
    }
    builder.finish()
}

/// `String`, `String?`, `Post[]`.
fn type_of(builder: &mut Builder, text: &str) -> TypeExpr {
    if text.starts_with("Unsupported") {
        return TypeExpr::Unknown;
    }
    let text = text.trim_end_matches('?');
    match text.strip_suffix("[]") {
        Some(element) => TypeExpr::Name(builder.sym("Array"), vec![TypeExpr::Name(builder.sym(element), Vec::new())]),
        None => TypeExpr::Name(builder.sym(text), Vec::new()),
    }
}

/// The line without its comment. `//` in a string is none.
fn code_of(line: &str) -> &str {
    let mut quoted = false;
    let mut escaped = false;
    for (at, c) in line.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '/' if !quoted && line[at..].starts_with("//") => return &line[..at],
            _ => {}
        }
    }
    line
}

fn count(text: &str, wanted: char) -> u32 {
    u32::try_from(text.matches(wanted).count()).unwrap_or(u32::MAX)
}

/// From the first letter of a line to the end of its code.
fn span(row: usize, line: &str, code: &str) -> Span {
    let column = |bytes: usize| {
        let units = line.get(..bytes).unwrap_or_default().encode_utf16().count();
        u32::try_from(units + 1).unwrap_or(u32::MAX)
    };
    let row = u32::try_from(row + 1).unwrap_or(u32::MAX);
    let indent = line.len() - line.trim_start().len();
    Span { line: row, column: column(indent), end_line: row, end_column: column(code.len()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCHEMA: &str = r#"generator client {
  provider = "prisma-client-js"
}

/// A person.
model User {
  id      Int     @id @default(autoincrement())
  email   String? @unique @map("e-mail//x") // the login
  posts   Post[]
  shape   Unsupported("circle")

  @@map("users")
}

enum Role {
  ADMIN
  USER @map("user")
}
type Address { }
enum Two { A B }
"#;

    #[test]
    fn models_and_enums() {
        let file = lower("prisma/schema.prisma", SCHEMA);
        let names: Vec<_> = file.classes.iter().map(|c| (&*c.name, c.kind, c.fields.len())).collect();
        assert_eq!(
            names,
            [
                ("User", ClassKind::Schema, 4),
                ("Role", ClassKind::Enum, 2),
                ("Address", ClassKind::Schema, 0),
                ("Two", ClassKind::Enum, 2),
            ]
        );
        let user = &file.classes[0];
        assert_eq!(user.span, Span { line: 6, column: 1, end_line: 13, end_column: 2 });
        let name = |n: &str| TypeExpr::Name(n.into(), Vec::new());
        let types: Vec<_> = user.fields.iter().map(|f| (&*f.name, f.ty.clone().unwrap())).collect();
        assert_eq!(types[1], ("email", name("String")));
        assert_eq!(types[2], ("posts", TypeExpr::Name("Array".into(), vec![name("Post")])));
        assert_eq!(types[3], ("shape", TypeExpr::Unknown));
        assert_eq!(user.fields[1].span, Span { line: 8, column: 3, end_line: 8, end_column: 44 });
        assert_eq!(file.language, Language::Schema);
        assert!(file.errors.is_empty());
    }

    #[test]
    fn an_open_block_is_kept_and_said() {
        let file = lower("a.prisma", "model A {\n  email String\n");
        assert_eq!((file.classes.len(), file.errors.len()), (1, 1));
        assert_eq!(&*file.classes[0].fields[0].name, "email");
        assert!(lower("b.prisma", "}\n{ {{\n").classes.is_empty());
    }
}
