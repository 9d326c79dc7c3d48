//! Strings: prefixes, escapes, f-strings, implicit concatenation.

use tree_sitter::Node;

use super::{Py, kids};
use crate::ir::{ValueId, ValueKind};

impl Py<'_> {
    /// `string` and `concatenated_string`.
    pub(super) fn string(&mut self, node: Node<'_>) -> ValueId {
        let mut parts = Vec::new();
        let mut text = String::new();
        if node.kind() == "string" {
            self.string_parts(node, &mut parts, &mut text);
        } else {
            for part in kids(node) {
                match part.kind() {
                    "string" => self.string_parts(part, &mut parts, &mut text),
                    _ => {
                        self.flush(node, &mut parts, &mut text);
                        let value = self.expr(part);
                        parts.push(value);
                    }
                }
            }
        }
        let span = self.span(node);
        if parts.is_empty() {
            return self.b.string(&text, span);
        }
        self.flush(node, &mut parts, &mut text);
        self.b.add(ValueKind::Concat(parts), span)
    }

    /// The text of a string literal; none if it has interpolations.
    pub(super) fn string_text(&mut self, node: Node<'_>) -> Option<String> {
        if node.kind() != "string" {
            return None;
        }
        let mut cursor = node.walk();
        if node.named_children(&mut cursor).any(|n| n.kind() == "interpolation") {
            return None;
        }
        let (mut parts, mut text) = (Vec::new(), String::new());
        self.string_parts(node, &mut parts, &mut text);
        Some(text)
    }

    fn flush(&mut self, node: Node<'_>, parts: &mut Vec<ValueId>, text: &mut String) {
        if !text.is_empty() {
            let span = self.span(node);
            parts.push(self.b.string(text, span));
            text.clear();
        }
    }

    fn string_parts(&mut self, node: Node<'_>, parts: &mut Vec<ValueId>, text: &mut String) {
        let (mut raw, mut format) = (false, false);
        let mut at = node.start_byte();
        let mut end = node.end_byte();
        let mut cursor = node.walk();
        for child in node.children(&mut cursor) {
            match child.kind() {
                "string_start" => {
                    let prefix = self.text(child);
                    raw = prefix.contains(['r', 'R']);
                    format = prefix.contains(['f', 'F', 't', 'T']);
                    at = child.end_byte();
                }
                "string_end" => end = child.start_byte(),
                "interpolation" => {
                    unescape(self.slice(at, child.start_byte()), raw, format, text);
                    at = child.end_byte();
                    self.flush(node, parts, text);
                    self.interpolation(child, parts);
                }
                _ => {}
            }
        }
        unescape(self.slice(at, end), raw, format, text);
    }

    /// `{x!r:>{width}}`; the format specification can hold expressions too.
    fn interpolation(&mut self, node: Node<'_>, parts: &mut Vec<ValueId>) {
        if let Some(expression) = node.child_by_field_name("expression") {
            let value = self.expr(expression);
            parts.push(value);
        }
        if let Some(specifier) = node.child_by_field_name("format_specifier") {
            for inner in kids(specifier) {
                if let Some(expression) = inner.child_by_field_name("expression") {
                    let value = self.expr(expression);
                    parts.push(value);
                }
            }
        }
    }
}

fn unescape(source: &str, raw: bool, format: bool, out: &mut String) {
    let mut rest = source;
    while let Some(at) = rest.find(['\\', '{', '}']) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        if rest.starts_with('\\') && !raw {
            rest = escape(rest, out);
        } else if format && (rest.starts_with("{{") || rest.starts_with("}}")) {
            out.push_str(&rest[..1]);
            rest = &rest[2..];
        } else {
            out.push_str(&rest[..1]);
            rest = &rest[1..];
        }
    }
    out.push_str(rest);
}

/// One escape sequence at the start of `rest`; gives what follows it.
fn escape<'a>(rest: &'a str, out: &mut String) -> &'a str {
    let body = &rest[1..];
    let Some(c) = body.chars().next() else {
        out.push('\\');
        return body;
    };
    let after = &body[c.len_utf8()..];
    let digits = |len: usize| after.get(..len).and_then(|d| u32::from_str_radix(d, 16).ok()).and_then(char::from_u32);
    let simple = match c {
        'n' => '\n',
        't' => '\t',
        'r' => '\r',
        '\\' | '\'' | '"' => c,
        '\n' => return after,
        '\r' => return after.strip_prefix('\n').unwrap_or(after),
        'a' => '\u{7}',
        'b' => '\u{8}',
        'f' => '\u{c}',
        'v' => '\u{b}',
        'x' | 'u' | 'U' => {
            let len = match c {
                'x' => 2,
                'u' => 4,
                _ => 8,
            };
            if let Some(decoded) = digits(len) {
                out.push(decoded);
                return &after[len..];
            }
            out.push('\\');
            c
        }
        '0'..='7' => {
            let len = body.bytes().take(3).take_while(|b| (b'0'..=b'7').contains(b)).count();
            let code = u32::from_str_radix(&body[..len], 8).ok().and_then(char::from_u32);
            out.push(code.unwrap_or('\u{fffd}'));
            return &body[len..];
        }
        _ => {
            out.push('\\');
            c
        }
    };
    out.push(simple);
    after
}
