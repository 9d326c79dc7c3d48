//! Makes text from scanned code safe to show, and measures it.

use std::borrow::Cow;
use std::fmt::Write as _;

use crate::inventory::{Diagnostic, Location};

/// One line of text with nothing in it that a terminal or a browser would act on: white space is a single blank, and
/// control characters, invisible ones and those that turn the direction of writing show as `\u{1b}`.
#[must_use]
pub fn clean(text: &str) -> Cow<'_, str> {
    if !text.contains(|c: char| hidden(c) || c.is_whitespace() && c != ' ') {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut blank = false;
    for c in text.chars() {
        if c.is_whitespace() {
            if !blank {
                out.push(' ');
            }
        } else if hidden(c) {
            let _ = write!(out, "\\u{{{:x}}}", c as u32);
        } else {
            out.push(c);
        }
        blank = c.is_whitespace();
    }
    Cow::Owned(out)
}

/// Characters that are not seen but act: controls, zero-width ones, direction marks, tags.
fn hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// Text in XML and HTML, in quoted attributes too.
#[must_use]
pub fn escape(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len());
    for c in clean(raw).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

/// Text for a SARIF message: cleaned, and with what Markdown or SARIF's own link syntax would read as markup escaped.
///
/// `_` and `#` stay: within a line they are no markup between letters, and identifiers are full of them. A backslash is
/// doubled only where it would escape what follows, so that `\n` of a snippet reads as written.
#[must_use]
pub fn markdown(text: &str) -> String {
    let text = clean(text);
    let mut out = String::with_capacity(text.len() + 8);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let escape = match c {
            '\\' => chars.peek().is_none_or(char::is_ascii_punctuation),
            _ => matches!(c, '`' | '*' | '[' | ']' | '<' | '>' | '~'),
        };
        if escape {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// A path of the scanned folder, from the root of the repository that the folder is in.
#[must_use]
pub fn joined(prefix: Option<&str>, path: &str) -> String {
    match prefix.map(|p| p.trim_start_matches("./").trim_matches('/')).filter(|p| !p.is_empty() && *p != ".") {
        Some(prefix) => format!("{prefix}/{path}"),
        None => path.to_owned(),
    }
}

/// Whether a remark is about a comment by which somebody wanted to accept a finding.
#[must_use]
pub fn is_about_suppression(remark: &Diagnostic) -> bool {
    matches!(remark.kind.as_str(), "bad-suppression" | "unused-suppression")
}

/// A path as a URI reference: percent-encoded, except for the slashes.
#[must_use]
pub fn uri(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for &byte in path.as_bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            out.push(byte as char);
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

/// Help text without its Markdown: for readers that show plain text.
#[must_use]
pub fn plain(markdown: &str) -> String {
    let lines = markdown.trim().lines().map(|line| line.trim_start_matches('#').trim_start().replace(['*', '`'], ""));
    lines.collect::<Vec<_>>().join("\n")
}

/// `app/models.py:19`; in a notebook `analysis.ipynb cell 3:2`.
#[must_use]
pub fn place(location: &Location) -> String {
    let file = clean(&location.file);
    match location.cell {
        Some(cell) => format!("{file} cell {}:{}", cell.number, cell.line),
        None => format!("{file}:{}", location.line),
    }
}

/// How many columns a terminal needs for it. Wide East Asian characters count two; the rest one.
#[must_use]
pub fn width(text: &str) -> usize {
    text.chars()
        .map(|c| match c as u32 {
            0x0300..=0x036f => 0,
            0x1100..=0x115f | 0x2e80..=0xa4cf | 0xac00..=0xd7a3 | 0xf900..=0xfaff | 0xfe30..=0xfe6f => 2,
            0xff00..=0xff60 | 0xffe0..=0xffe6 | 0x1f300..=0x1faff | 0x20000..=0x3fffd => 2,
            _ => 1,
        })
        .sum()
}

/// Cut to `columns`, with `…` where something is missing.
#[must_use]
pub fn shorten(text: &str, columns: usize) -> Cow<'_, str> {
    if width(text) <= columns {
        return Cow::Borrowed(text);
    }
    let mut out = String::new();
    let mut used = 1;
    for c in text.chars() {
        used += width(c.encode_utf8(&mut [0; 4]));
        if used > columns {
            break;
        }
        out.push(c);
    }
    out.truncate(out.trim_end().len());
    out.push('…');
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_show_instead_of_acting() {
        assert_eq!(clean("a\u{1b}[31mred"), "a\\u{1b}[31mred");
        assert_eq!(clean("one\r\n\t two"), "one two");
        assert_eq!(clean("user\u{202e}liame"), "user\\u{202e}liame");
        assert!(matches!(clean("Ticket.customer_email"), Cow::Borrowed(_)));
        assert_eq!(clean("naïve Größe 名前"), "naïve Größe 名前");
    }

    #[test]
    fn markup_from_code_is_escaped() {
        assert_eq!(markdown("[click](https://example.org)"), "\\[click\\](https://example.org)");
        assert_eq!(markdown("<img src=x> *b* `c`"), "\\<img src=x\\> \\*b\\* \\`c\\`");
        assert_eq!(markdown("Ticket.customer_email"), "Ticket.customer_email");
        assert_eq!(markdown("f\"a\\n\" \\] \\"), "f\"a\\n\" \\\\\\] \\\\");
    }

    #[test]
    fn paths_become_uris() {
        assert_eq!(uri("app/(main)/[id]/page.tsx"), "app/%28main%29/%5Bid%5D/page.tsx");
        assert_eq!(uri("a b/ü:%.py"), "a%20b/%C3%BC%3A%25.py");
    }

    #[test]
    fn help_without_markup() {
        assert_eq!(plain("## What\n\nSee **docs** and `x`.\n"), "What\n\nSee docs and x.");
    }

    #[test]
    fn cut_text_says_so() {
        assert_eq!(shorten("abcdef", 6), "abcdef");
        assert_eq!(shorten("abcdef", 4), "abc…");
        assert_eq!(shorten("名前名前", 5), "名前…");
    }
}
