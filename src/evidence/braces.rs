//! Terraform and Bicep: languages of blocks in braces and assignments.
//!
//! Read tolerantly, line by line of tokens, and never evaluated: an expression stays as it is written. There is no crate
//! that reads Bicep, and one reader does for both.

use super::tree::{Data, Node};

/// The file as one mapping. `resource "t" "n" {}` and `resource n 't@version' = {}` are both `resource > t > n`.
pub(super) fn parse(text: &str) -> Node {
    let tokens = tokens(text);
    let mut at = 0;
    Node { line: 1, column: 1, data: Data::Map(block(&tokens, &mut at, 0)) }
}

/// Blocks within blocks that are read; deeper ones are skipped.
const DEEPEST: usize = 60;

#[derive(Clone, Debug, PartialEq)]
enum Kind {
    Word,
    /// A string, without its quotes.
    Text,
    Mark(char),
    NewLine,
}

struct Token<'a> {
    kind: Kind,
    text: &'a str,
    line: u32,
    column: u32,
}

fn tokens(source: &str) -> Vec<Token<'_>> {
    let bytes = source.as_bytes();
    let mut found = Vec::new();
    let (mut at, mut line, mut line_start) = (0, 1, 0);
    while at < bytes.len() {
        let begin = at;
        let column = u32::try_from(at - line_start + 1).unwrap_or(u32::MAX);
        let mut push = |kind, text| found.push(Token { kind, text, line, column });
        let rest = &source[at..];
        match bytes[at] {
            b'\n' => {
                push(Kind::NewLine, "");
                at += 1;
                line += 1;
                line_start = at;
            }
            b'#' => at += rest.find('\n').unwrap_or(rest.len()),
            b'/' if rest.starts_with("//") => at += rest.find('\n').unwrap_or(rest.len()),
            b'/' if rest.starts_with("/*") => {
                let end = rest.find("*/").map_or(rest.len(), |n| n + 2);
                line += lines(&rest[..end]);
                at += end;
            }
            b'<' if rest.starts_with("<<") => {
                // A text of several lines: nothing in it is asked for.
                let label: &str = rest[2..].trim_start_matches('-').split_whitespace().next().unwrap_or_default();
                let close = format!("\n{label}");
                let end = rest.match_indices('\n').map(|(n, _)| n).find(|n| {
                    let next = rest[n + 1..].trim_start();
                    !label.is_empty() && next.starts_with(&close[1..])
                });
                let end = end.unwrap_or(rest.len());
                push(Kind::Text, "");
                line += lines(&rest[..end]);
                at += end;
            }
            quote @ (b'"' | b'\'') => {
                let end = string_end(rest, quote);
                push(Kind::Text, rest.get(1..end).unwrap_or_default());
                line += lines(&rest[..end]);
                at += (end + 1).min(rest.len());
            }
            b if b.is_ascii_alphanumeric() || b"_-.$@/".contains(&b) => {
                let end = rest.find(|c: char| !(c.is_alphanumeric() || "_-.$@/".contains(c))).unwrap_or(rest.len());
                push(Kind::Word, &rest[..end]);
                at += end;
            }
            b' ' | b'\t' | b'\r' => at += 1,
            _ => {
                let c = rest.chars().next().unwrap_or(' ');
                push(Kind::Mark(c), "");
                at += c.len_utf8();
            }
        }
        debug_assert!(at > begin);
    }
    found
}

fn lines(text: &str) -> u32 {
    u32::try_from(text.matches('\n').count()).unwrap_or(u32::MAX)
}

/// Where a string's closing quote stands. `${…}` may hold quotes of its own.
fn string_end(rest: &str, quote: u8) -> usize {
    let bytes = rest.as_bytes();
    let (mut at, mut depth) = (1, 0u32);
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 1,
            b'$' if bytes.get(at + 1) == Some(&b'{') => {
                depth += 1;
                at += 1;
            }
            b'}' if depth > 0 => depth -= 1,
            b if b == quote && depth == 0 => return at,
            b'\n' if depth == 0 => return at,
            _ => {}
        }
        at += 1;
    }
    rest.len()
}

/// The entries up to the closing brace.
fn block(tokens: &[Token<'_>], at: &mut usize, depth: usize) -> Vec<(String, Node)> {
    let mut entries: Vec<(String, Node)> = Vec::new();
    while let Some(token) = tokens.get(*at) {
        match token.kind {
            Kind::Mark('}') => break,
            Kind::Word | Kind::Text => entry(tokens, at, depth, &mut entries),
            _ => *at += 1,
        }
    }
    *at += 1;
    entries
}

/// `key = value`, `key: value`, `name "label" … {`, `resource name 'type' = {`.
fn entry(tokens: &[Token<'_>], at: &mut usize, depth: usize, entries: &mut Vec<(String, Node)>) {
    let first = &tokens[*at];
    let mut names: Vec<String> = Vec::new();
    while let Some(token) = tokens.get(*at) {
        match token.kind {
            Kind::Word | Kind::Text => names.push(token.text.to_owned()),
            Kind::Mark('=' | ':') => {
                *at += 1;
                let value = value(tokens, at, depth + 1);
                put(entries, bicep(names), value);
                return;
            }
            Kind::Mark('{') => {
                *at += 1;
                let data = Data::Map(inner(tokens, at, depth + 1));
                put(entries, names, Node { line: first.line, column: first.column, data });
                return;
            }
            _ => {
                // `param location string`, a function call: nothing is assigned.
                *at += 1;
                return;
            }
        }
        *at += 1;
    }
}

fn inner(tokens: &[Token<'_>], at: &mut usize, depth: usize) -> Vec<(String, Node)> {
    if depth > DEEPEST {
        // The end of the block is found without reading it.
        let mut open = 1;
        while let Some(token) = tokens.get(*at) {
            match token.kind {
                Kind::Mark('{') => open += 1,
                Kind::Mark('}') => open -= 1,
                _ => {}
            }
            *at += 1;
            if open == 0 {
                break;
            }
        }
        return Vec::new();
    }
    block(tokens, at, depth)
}

/// `resource account 'Microsoft.CognitiveServices/accounts@2024-10-01'` → resource, type, name; `param x string` → x.
fn bicep(names: Vec<String>) -> Vec<String> {
    match names.as_slice() {
        [kind, name, of, ..] if kind == "resource" || kind == "module" => {
            let of = of.split('@').next().unwrap_or(of);
            vec![kind.clone(), of.to_owned(), name.clone()]
        }
        [kind, name, ..] if kind == "param" || kind == "var" => vec![kind.clone(), name.clone()],
        _ => names,
    }
}

fn put(entries: &mut Vec<(String, Node)>, names: Vec<String>, value: Node) {
    let mut names = names.into_iter();
    let Some(first) = names.next() else { return };
    let (line, column) = (value.line, value.column);
    let wrap = |node, name: String| Node { line, column, data: Data::Map(vec![(name, node)]) };
    let value = names.rev().fold(value, wrap);
    entries.push((first, value));
}

fn value(tokens: &[Token<'_>], at: &mut usize, depth: usize) -> Node {
    while tokens.get(*at).is_some_and(|t| t.kind == Kind::NewLine) {
        *at += 1;
    }
    let Some(first) = tokens.get(*at) else { return Node::default() };
    let data = match first.kind {
        Kind::Mark('{') => {
            *at += 1;
            Data::Map(inner(tokens, at, depth))
        }
        Kind::Mark('[') if depth <= DEEPEST => {
            *at += 1;
            let mut items = Vec::new();
            while let Some(token) = tokens.get(*at) {
                match token.kind {
                    Kind::Mark(']') => {
                        *at += 1;
                        break;
                    }
                    Kind::Mark('}') => break,
                    Kind::Mark(',') | Kind::NewLine => *at += 1,
                    _ => {
                        let before = *at;
                        items.push(value(tokens, at, depth + 1));
                        *at = (*at).max(before + 1);
                    }
                }
            }
            Data::List(items)
        }
        // One word or string; of an expression, its first part, marked as such.
        Kind::Word | Kind::Text => {
            *at += 1;
            let whole = tokens.get(*at).is_none_or(|t| matches!(t.kind, Kind::NewLine | Kind::Mark(',' | '}' | ']')));
            let text = if whole { first.text.to_owned() } else { format!("${{{}}}", first.text) };
            if !whole {
                while tokens.get(*at).is_some_and(|t| !matches!(t.kind, Kind::NewLine | Kind::Mark('}' | ']'))) {
                    *at += 1;
                }
            }
            Data::Text(if first.kind == Kind::Word && is_reference(&text) { format!("${{{text}}}") } else { text })
        }
        _ => {
            *at += 1;
            Data::default()
        }
    };
    Node { line: first.line, column: first.column, data }
}

/// `var.location`, `local.model`, `location`: a name, not a value.
fn is_reference(word: &str) -> bool {
    let number = word.starts_with(|c: char| c.is_ascii_digit());
    !number && !word.starts_with('$') && !matches!(word, "true" | "false" | "null")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(node: &Node, path: &[&str]) -> Vec<(String, u32)> {
        node.find(path).iter().map(|h| (h.node.text().unwrap_or("?").to_owned(), h.node.line)).collect()
    }

    #[test]
    fn terraform() {
        let text = "# comment\nresource \"azurerm_cognitive_deployment\" \"chat\" {\n  name = \"chat\"\n  model {\n    name    = \"gpt-4o\"\n    version = \"2024-08-06\" // why\n  }\n  sku { name = \"GlobalStandard\" }\n  tags = { a = 1, b = [\"x\", \"y\"] }\n  account = azurerm_cognitive_account.main.id\n}\nvariable \"region\" {\n  default = \"eu-central-1\"\n}\n";
        let tree = parse(text);
        let deployment = ["resource", "azurerm_cognitive_deployment", "*"];
        let below = |keys: &[&'static str]| texts(&tree, &[&deployment[..], keys].concat());
        assert_eq!(below(&["model", "name"]), [("gpt-4o".to_owned(), 5)]);
        assert_eq!(below(&["sku", "name"]), [("GlobalStandard".to_owned(), 8)]);
        assert_eq!(below(&["account"]), [("${azurerm_cognitive_account.main.id}".to_owned(), 10)]);
        assert_eq!(texts(&tree, &["variable", "region", "default"]), [("eu-central-1".to_owned(), 13)]);
    }

    #[test]
    fn bicep_resources() {
        let text = "param location string = 'swedencentral'\nresource chat 'Microsoft.CognitiveServices/accounts/deployments@2024-10-01' = {\n  parent: account\n  sku: {\n    name: 'DataZoneStandard'\n    capacity: 10\n  }\n  properties: {\n    model: { name: 'gpt-4o' }\n  }\n}\n";
        let tree = parse(text);
        let of = ["resource", "Microsoft.CognitiveServices/accounts/deployments", "*"];
        let below = |keys: &[&'static str]| texts(&tree, &[&of[..], keys].concat());
        assert_eq!(below(&["sku", "name"]), [("DataZoneStandard".to_owned(), 5)]);
        assert_eq!(below(&["properties", "model", "name"]), [("gpt-4o".to_owned(), 9)]);
        assert_eq!(texts(&tree, &["param", "location"]), [("swedencentral".to_owned(), 1)]);
    }

    #[test]
    fn hostile_text_ends() {
        parse(&"{".repeat(100_000));
        parse(&"a=[".repeat(100_000));
        parse("a = \"${\"${\"");
        parse("x = <<EOT\nnever closed");
        parse("}}}]])= : = é");
    }
}
