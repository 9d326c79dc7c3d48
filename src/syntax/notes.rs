//! Comments that speak to towhom: `# towhom: ignore[rule] reason`. What they say is read later.

use tree_sitter::Node;

use super::Lines;
use crate::ir::{Note, Span};

const NAME: &str = "towhom:";

/// Every comment below `root` that begins with `towhom:`.
pub(super) fn find(root: Node<'_>, source: &str, lines: &Lines<'_>) -> Vec<Note> {
    let mut notes = Vec::new();
    // Almost no file has one, and a walk over the whole tree costs as much as lowering.
    if !source.contains(NAME) {
        return notes;
    }
    let rows: Vec<&str> = source.lines().collect();
    let mut cursor = root.walk();
    loop {
        let node = cursor.node();
        if node.kind() == "comment"
            && let Some(text) = source.get(node.byte_range()).and_then(spoken)
        {
            let span = lines.span(node);
            notes.push(Note { span, about: about(span, node, &rows), text: text.into() });
        }
        if cursor.goto_first_child() {
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return notes;
            }
        }
    }
}

/// What a comment says to towhom.
pub(super) fn spoken(comment: &str) -> Option<&str> {
    let inner = comment.trim().trim_start_matches(['#', '/', '*']).trim_start();
    let text = inner.strip_prefix(NAME)?;
    // One line: what follows in a block comment is for people.
    Some(text.lines().next().unwrap_or_default().trim().trim_end_matches("*/").trim_end())
}

/// The comment's own line, or the next line of code where nothing stands before it.
fn about(span: Span, node: Node<'_>, rows: &[&str]) -> Span {
    let start = node.start_position();
    let before = rows.get(start.row).and_then(|row| row.get(..start.column)).unwrap_or_default();
    // `{/* … */}` is how a comment stands alone in JSX.
    if !matches!(before.trim(), "" | "{") {
        return span;
    }
    let is_code = |row: &str| {
        let row = row.trim();
        !row.is_empty() && !row.starts_with('#') && !row.starts_with("//") && !row.starts_with("{/*")
    };
    let next = node.end_position().row + 1;
    let Some(row) = (next..rows.len()).find(|row| is_code(rows[*row])) else { return span };
    let line = u32::try_from(row + 1).unwrap_or(u32::MAX);
    Span { line, column: 1, end_line: line, end_column: 1 }
}

#[cfg(test)]
mod tests {
    use crate::syntax::{Grammar, lower, lower_prisma};

    fn notes(grammar: Grammar, source: &str) -> Vec<(u32, u32, String)> {
        let file = lower("a", source, grammar, &[]);
        file.notes.iter().map(|n| (n.span.line, n.about.line, n.text.to_string())).collect()
    }

    #[test]
    fn comments_and_not_strings() {
        let python = "# towhom: ignore[a] one\n# more about it\nask(x)\nask(y)  # towhom: ignore[b] two\n\
                      text = '# towhom: ignore[c] three'\n# to whom: not this\n";
        let expected = [(1, 3, "ignore[a] one".to_owned()), (4, 4, "ignore[b] two".to_owned())];
        assert_eq!(notes(Grammar::Python, python), expected);
    }

    #[test]
    fn every_kind_of_comment_in_typescript() {
        let source = "/* towhom: ignore[a] one */\nask(x); // towhom: ignore[b] two\n\
                      const page = <p>\n  {/* towhom: ignore[c] three */}\n  {ask(y)}\n</p>;\n";
        let expected = [
            (1, 2, "ignore[a] one".to_owned()),
            (2, 2, "ignore[b] two".to_owned()),
            (4, 5, "ignore[c] three".to_owned()),
        ];
        assert_eq!(notes(Grammar::Tsx, source), expected);
    }

    #[test]
    fn a_schema_has_them_too() {
        let file = lower_prisma("a.prisma", "model A {\n  email String // towhom: ignore[a] why\n}\n");
        assert_eq!(&*file.notes[0].text, "ignore[a] why");
        assert_eq!(file.notes[0].span.line, 2);
    }
}
