//! Lowers SQL files: the tables that `CREATE TABLE` and `ALTER TABLE … ADD` declare become classes. Whatever the dialect,
//! a column is a name and a type; all other statements, bodies of functions included, are passed over.

use std::collections::{BTreeMap, BTreeSet};

use super::builder::Builder;
use super::notes;
use crate::ir::{Class, ClassKind, FieldDecl, FileIr, FnIx, Language, Note, Span, TypeExpr};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// A bare word, or a number.
    Word,
    /// A name in quotes of its dialect: `"x"`, `` `x` ``, `[x]`.
    Quoted,
    /// A string, which is never a name.
    Text,
    Mark,
}

#[derive(Clone, Copy, Debug)]
struct Token<'s> {
    kind: Kind,
    /// Without the quotes.
    text: &'s str,
    start: usize,
    end: usize,
}

impl Token<'_> {
    fn is(&self, word: &str) -> bool {
        self.kind == Kind::Word && self.text.eq_ignore_ascii_case(word)
    }

    fn any(&self, words: &[&str]) -> bool {
        words.iter().any(|w| self.is(w))
    }

    fn mark(&self, mark: &str) -> bool {
        self.kind == Kind::Mark && self.text == mark
    }

    fn is_name(&self) -> bool {
        match self.kind {
            Kind::Quoted => true,
            Kind::Word => !self.text.starts_with(|c: char| c.is_ascii_digit()),
            Kind::Text | Kind::Mark => false,
        }
    }
}

pub(super) fn lower(path: &str, source: &str) -> FileIr {
    let mut builder = Builder::new(path, Language::Schema);
    let lines = Lines::of(source);
    let (tokens, comments) = tokens(source);
    for (start, end) in comments {
        if let Some(text) = notes::spoken(source[start..end].trim_start_matches('-')) {
            let span = lines.span(source, start, end);
            // A comment that stands alone is about the next line.
            let alone = source[..start].rsplit('\n').next().unwrap_or_default().trim().is_empty();
            let about = if alone { Span { line: span.line + 1, end_line: span.line + 1, ..span } } else { span };
            builder.file.notes.push(Note { span, about, text: text.into() });
        }
    }
    let mut tables: Vec<Class> = Vec::new();
    let mut enums: BTreeSet<String> = BTreeSet::new();
    for statement in tokens.split(|t| t.mark(";") || t.is("go")) {
        if let Some(name) = enumeration(statement) {
            enums.insert(name.to_ascii_lowercase());
        }
        let Some(table) = table(statement) else { continue };
        let at = tables.iter().position(|c| c.name.eq_ignore_ascii_case(table.name.text)).unwrap_or_else(|| {
            let end = statement.last().map_or(table.name.end, |t| t.end);
            tables.push(Class {
                name: builder.sym(table.name.text),
                kind: ClassKind::Schema,
                span: lines.span(source, statement[0].start, end),
                scope: FnIx(0),
                bases: Vec::new(),
                base_types: Vec::new(),
                fields: Vec::new(),
                methods: BTreeMap::new(),
                setters: BTreeMap::new(),
                decorators: Vec::new(),
                exported: true,
            });
            tables.len() - 1
        });
        for column in table.columns {
            if tables[at].fields.iter().any(|f| f.name.eq_ignore_ascii_case(column[0].text)) {
                continue;
            }
            let end = column.last().map_or(column[0].end, |t| t.end);
            let decl = FieldDecl {
                name: builder.sym(column[0].text),
                span: lines.span(source, column[0].start, end),
                ty: Some(type_of(&mut builder, &column[1..], &enums)),
                default: None,
            };
            tables[at].fields.push(decl);
        }
    }
    tables.into_iter().for_each(|class| {
        builder.add_class(class);
    });
    builder.finish()
}

struct Table<'t, 's> {
    name: Token<'s>,
    columns: Vec<&'t [Token<'s>]>,
}

/// `CREATE … TABLE [IF NOT EXISTS] a.b ( … )` and `ALTER TABLE a.b ADD [COLUMN] c …, ADD …`.
fn table<'t, 's>(statement: &'t [Token<'s>]) -> Option<Table<'t, 's>> {
    let first = statement.first()?;
    let at = statement.iter().take(6).position(|t| t.is("table"))?;
    let mut rest = &statement[at + 1..];
    while rest.first().is_some_and(|t| t.any(&["if", "not", "exists", "only"])) && !rest.get(1)?.mark("(") {
        rest = &rest[1..];
    }
    let mut name = *rest.first().filter(|t| t.is_name())?;
    rest = &rest[1..];
    while let [dot, part, after @ ..] = rest
        && dot.mark(".")
        && part.is_name()
    {
        name = *part;
        rest = after;
    }
    if first.is("create") {
        let inside = within(rest.first().filter(|t| t.mark("(")).map(|_| rest)?);
        let columns = parts(inside).into_iter().filter(|p| is_column(p)).collect();
        return Some(Table { name, columns });
    }
    if !first.is("alter") {
        return None;
    }
    let mut columns = Vec::new();
    for part in parts(rest) {
        let [add, column @ ..] = part else { continue };
        if !add.is("add") {
            continue;
        }
        let skip = column.iter().take_while(|t| t.any(&["column", "if", "not", "exists"])).count();
        columns.push(&column[skip..]);
    }
    columns.retain(|c| is_column(c));
    (!columns.is_empty()).then_some(Table { name, columns })
}

/// `CREATE TYPE a.b AS ENUM (…)`.
fn enumeration<'s>(statement: &[Token<'s>]) -> Option<&'s str> {
    let [create, ty, rest @ ..] = statement else { return None };
    let at = rest.iter().position(|t| t.is("as"))?;
    let named = create.is("create") && ty.is("type") && rest.get(at + 1).is_some_and(|t| t.is("enum"));
    named.then(|| rest[..at].last().map(|t| t.text)).flatten()
}

/// What stands between the first bracket and the one that closes it.
fn within<'t, 's>(tokens: &'t [Token<'s>]) -> &'t [Token<'s>] {
    let mut depth = 0_usize;
    for (i, token) in tokens.iter().enumerate() {
        if token.mark("(") {
            depth += 1;
        } else if token.mark(")") {
            depth = depth.saturating_sub(1);
            if depth == 0 {
                return &tokens[1..i];
            }
        }
    }
    tokens.get(1..).unwrap_or_default()
}

/// Divided at the commas that stand in no brackets.
fn parts<'t, 's>(tokens: &'t [Token<'s>]) -> Vec<&'t [Token<'s>]> {
    let mut depth = 0_usize;
    let parts = tokens.split(|token| {
        if token.mark("(") {
            depth += 1;
        } else if token.mark(")") {
            depth = depth.saturating_sub(1);
        }
        depth == 0 && token.mark(",")
    });
    parts.filter(|p| !p.is_empty()).collect()
}

/// Whether a part of the list is a column, and no constraint or index.
fn is_column(part: &[Token<'_>]) -> bool {
    let (Some(first), Some(second)) = (part.first(), part.get(1)) else { return false };
    if !first.is_name() || !second.is_name() {
        return false;
    }
    if first.kind == Kind::Quoted {
        return true;
    }
    const CONSTRAINTS: &[&str] = &[
        "constraint",
        "primary",
        "foreign",
        "unique",
        "check",
        "exclude",
        "like",
        "fulltext",
        "spatial",
        "period",
        "partition",
    ];
    // `KEY by_name (name)` is an index; `key varchar(20)` and `index int` are columns.
    let indexed = first.any(&["key", "index"])
        && part.get(2).is_some_and(|t| t.mark("("))
        && part.get(3).is_some_and(Token::is_name);
    !first.any(CONSTRAINTS) && !indexed
}

/// `varchar(20)`, `text[]`, `public.mood`, `enum('a', 'b')`: by the last part of the type's name.
fn type_of(builder: &mut Builder, tokens: &[Token<'_>], enums: &BTreeSet<String>) -> TypeExpr {
    let mut at = 0;
    while tokens.get(at + 1).is_some_and(|t| t.mark(".")) && tokens.get(at + 2).is_some_and(Token::is_name) {
        at += 2;
    }
    let Some(first) = tokens.get(at) else { return TypeExpr::Unknown };
    let name = first.text.to_ascii_lowercase();
    let name = if enums.contains(&name) { "enum".to_owned() } else { name };
    let element = TypeExpr::Name(builder.sym(&name), Vec::new());
    let rest = &tokens[at + 1..];
    let list = rest.first().is_some_and(|t| t.is("array"))
        || rest.iter().take(4).any(|t| t.kind == Kind::Quoted && t.text.bytes().all(|b| b.is_ascii_digit()));
    if list { TypeExpr::Name(builder.sym("Array"), vec![element]) } else { element }
}

/// Words, names, strings and marks; and where comments begin and end.
fn tokens(source: &str) -> (Vec<Token<'_>>, Vec<(usize, usize)>) {
    let bytes = source.as_bytes();
    let mut found = Vec::new();
    let mut comments = Vec::new();
    let mut at = 0;
    let until = |from: usize, end: &str| source[from..].find(end).map_or(source.len(), |n| from + n);
    while at < source.len() {
        let c = source[at..].chars().next().unwrap_or(' ');
        let start = at;
        let mut push = |kind, from: usize, to: usize, end: usize| {
            found.push(Token { kind, text: &source[from..to], start, end });
            end
        };
        at = match c {
            '-' if bytes.get(at + 1) == Some(&b'-') => {
                let end = until(at, "\n");
                comments.push((at, end));
                end
            }
            '/' if bytes.get(at + 1) == Some(&b'*') => {
                let end = until(at + 2, "*/");
                comments.push((at, end));
                (end + 2).min(source.len())
            }
            '\'' => {
                let end = closing(bytes, at, b'\'');
                push(Kind::Text, at, end, end)
            }
            '"' | '`' => {
                let end = closing(bytes, at, c as u8);
                push(Kind::Quoted, at + 1, (end - 1).max(at + 1), end)
            }
            '[' => {
                let end = until(at, "]");
                push(Kind::Quoted, at + 1, end.max(at + 1), (end + 1).min(source.len()))
            }
            // `$$ … $$`, `$body$ … $body$`: the text of a function.
            '$' => match dollar(source, at) {
                Some(tag) => {
                    let end = until(at + tag.len(), tag) + tag.len();
                    let end = end.min(source.len());
                    push(Kind::Text, at, end, end)
                }
                None => at + 1,
            },
            _ if c.is_alphanumeric() || c == '_' => {
                let word = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
                let end = source[at..].find(|c| !word(c)).map_or(source.len(), |n| at + n);
                push(Kind::Word, at, end, end)
            }
            _ if c.is_whitespace() => at + c.len_utf8(),
            _ => push(Kind::Mark, at, at + c.len_utf8(), at + c.len_utf8()),
        };
    }
    (found, comments)
}

/// Where a quoted text ends; a doubled quote is one of the text.
fn closing(bytes: &[u8], open: usize, quote: u8) -> usize {
    let mut at = open + 1;
    while at < bytes.len() {
        if bytes[at] == quote {
            if bytes.get(at + 1) != Some(&quote) {
                return at + 1;
            }
            at += 1;
        } else if bytes[at] == b'\\' && quote == b'\'' && matches!(bytes.get(at + 1), Some(b'\'' | b'\\')) {
            at += 1;
        }
        at += 1;
    }
    bytes.len()
}

fn dollar(source: &str, at: usize) -> Option<&str> {
    let end = source[at + 1..].find('$')? + at + 1;
    let name = &source[at + 1..end];
    name.chars().all(|c| c.is_alphanumeric() || c == '_').then(|| &source[at..=end])
}

/// Where lines begin.
struct Lines(Vec<usize>);

impl Lines {
    fn of(source: &str) -> Lines {
        Lines(std::iter::once(0).chain(source.match_indices('\n').map(|(at, _)| at + 1)).collect())
    }

    fn span(&self, source: &str, start: usize, end: usize) -> Span {
        let place = |at: usize| {
            let row = self.0.partition_point(|begin| *begin <= at) - 1;
            let units = source.get(self.0[row]..at).unwrap_or_default().encode_utf16().count();
            (u32::try_from(row + 1).unwrap_or(u32::MAX), u32::try_from(units + 1).unwrap_or(u32::MAX))
        };
        let (line, column) = place(start);
        let (end_line, end_column) = place(end);
        Span { line, column, end_line, end_column }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `table: column type, …` for each class.
    fn read(source: &str) -> Vec<String> {
        let file = lower("db/schema.sql", source);
        let field = |f: &FieldDecl| match &f.ty {
            Some(TypeExpr::Name(name, args)) => {
                let name = match args.first() {
                    Some(TypeExpr::Name(element, _)) => format!("{element}[]"),
                    _ => name.to_string(),
                };
                format!("{} {name}", f.name)
            }
            _ => f.name.to_string(),
        };
        file.classes
            .iter()
            .map(|c| format!("{}: {}", c.name, c.fields.iter().map(field).collect::<Vec<_>>().join(", ")))
            .collect()
    }

    #[test]
    fn tables_and_their_columns() {
        let source = r#"
-- towhom: ignore[field] the demo's own people
CREATE TYPE public.app_role AS ENUM ('admin', 'user');
create table if not exists public."Profiles" (
  id uuid not null default gen_random_uuid(),
  first_name text null, -- as people call them; really
  role app_role,
  tags text[] not null default '{}'::text[],
  amount numeric(10, 2) check (amount > 0 and amount < 9),
  key varchar(20),
  comment text default 'a, b); create table no (x int)',
  constraint profiles_pkey primary key (id),
  unique (first_name),
  foreign key (id) references auth.users (id) on delete cascade
) tablespace pg_default;
ALTER TABLE ONLY public.profiles ADD COLUMN IF NOT EXISTS phone varchar(20), ADD CONSTRAINT c CHECK (true), ADD birthday date;
ALTER TABLE other ENABLE ROW LEVEL SECURITY;
"#;
        assert_eq!(
            read(source),
            [
                "Profiles: id uuid, first_name text, role enum, tags text[], amount numeric, key varchar, comment text, phone varchar, birthday date"
            ]
        );
        let file = lower("a.sql", source);
        assert_eq!(file.classes[0].fields[1].span, Span { line: 6, column: 3, end_line: 6, end_column: 23 });
        assert_eq!((&*file.notes[0].text, file.notes[0].about.line), ("ignore[field] the demo's own people", 3));
    }

    #[test]
    fn dialects() {
        assert_eq!(
            read(
                "CREATE TABLE `users` (\n `id` int(11) NOT NULL,\n `email` varchar(255),\n `sex` enum('f','m'),\n PRIMARY KEY (`id`),\n KEY `by_email` (`email`)\n) ENGINE=InnoDB;"
            ),
            ["users: id int, email varchar, sex enum"]
        );
        assert_eq!(
            read(
                "CREATE TABLE [dbo].[Person] ([Id] INT IDENTITY(1,1), [Full Name] NVARCHAR(50))\nGO\nCREATE TABLE b (c int)\nGO"
            ),
            ["Person: Id int, Full Name nvarchar", "b: c int"]
        );
        assert_eq!(read("CREATE TEMP TABLE t AS SELECT email FROM users;"), Vec::<String>::new());
        assert_eq!(
            read(
                "CREATE FUNCTION f() RETURNS void AS $body$ BEGIN CREATE TABLE x (email text); END $body$ LANGUAGE plpgsql;"
            ),
            Vec::<String>::new()
        );
        assert_eq!(read("INSERT INTO users VALUES ('a''b; CREATE TABLE y (email text)');"), Vec::<String>::new());
    }

    #[test]
    fn broken_files_end() {
        for source in [
            "CREATE TABLE",
            "create table a (",
            "create table a (b",
            "'",
            "\"",
            "[",
            "$$",
            "/*",
            "é$é",
            "alter table a add",
        ] {
            read(source);
        }
        assert_eq!(read("create table a (email text, "), ["a: email text"]);
    }
}
