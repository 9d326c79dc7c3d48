//! `.env` files and their templates: `NAME=value`, one a line.

use super::tree::{Data, Node};

/// The file as one mapping.
pub(super) fn parse(text: &str) -> Node {
    let mut entries = Vec::new();
    for (n, line) in (1..).zip(text.lines()) {
        let line = line.trim();
        let line = line.strip_prefix("export ").unwrap_or(line);
        let Some((name, value)) = line.split_once('=').filter(|_| !line.starts_with('#')) else { continue };
        let name = name.trim();
        if name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
            continue;
        }
        let node = Node { line: n, column: 1, data: Data::Text(unquoted(value).to_owned()) };
        entries.push((name.to_owned(), node));
    }
    Node { line: 1, column: 1, data: Data::Map(entries) }
}

/// The value without its quotes, or without the comment behind it.
fn unquoted(value: &str) -> &str {
    let value = value.trim();
    for quote in ['"', '\''] {
        if let Some(rest) = value.strip_prefix(quote) {
            return rest.split(quote).next().unwrap_or(rest);
        }
    }
    value.split(" #").next().unwrap_or(value).trim()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_values() {
        let tree = parse(
            "# MODEL=x\nexport MODEL=\"gpt-4o\" # the chat model\nHOST = https://x.example # ours\n\nnot a line\nEMPTY=\n",
        );
        let all: Vec<_> = tree.entries().iter().map(|(k, n)| (k.as_str(), n.text().unwrap(), n.line)).collect();
        assert_eq!(all, [("MODEL", "gpt-4o", 2), ("HOST", "https://x.example", 3), ("EMPTY", "", 6)]);
    }
}
