//! Syntax that the grammar lacks, blanked out before a second parse. Every replacement keeps length and line breaks.

use tree_sitter::Tree;

/// How far back the `<` of type arguments may lie.
const REACH: usize = 4096;

/// The source without the known unsupported forms, or none when there are none.
pub(super) fn blank_unsupported(source: &str) -> Option<String> {
    let mut bytes = source.as_bytes().to_vec();
    let mut changed = false;
    for (at, _) in source.match_indices('`') {
        if let Some(open) = type_arguments_before(&bytes, at) {
            blank(&mut bytes[open..at]);
            changed = true;
        }
    }
    for (at, word) in source.match_indices("export type") {
        let rest = at + word.len();
        let gap = source[rest..].len() - source[rest..].trim_start().len();
        if gap > 0 && source[rest + gap..].starts_with('*') || source[rest..].starts_with('*') {
            blank(&mut bytes[rest - "type".len()..rest]);
            changed = true;
        }
    }
    for (at, word) in source.match_indices("typeof import(") {
        let call = at + "typeof ".len();
        if let Some(close) = source[at + word.len()..].find([')', '\n']).map(|i| at + word.len() + i)
            && bytes[close] == b')'
        {
            // An identifier, so that what follows (`.default`, `["x"]`) still parses.
            bytes[call..=close].fill(b'_');
            changed = true;
        }
    }
    changed.then(|| String::from_utf8(bytes).ok()).flatten()
}

/// The source without the `&` that stand alone in the text of elements, as in `<p>Terms & conditions</p>`.
pub(super) fn blank_ampersands(source: &str, tree: &Tree) -> Option<String> {
    let mut bytes = source.as_bytes().to_vec();
    let mut changed = false;
    let mut open = vec![tree.root_node()];
    while let Some(node) = open.pop() {
        if node.is_error() {
            let alone = |at: usize| {
                bytes[at] == b'&' && at > 0 && bytes[at - 1] != b'&' && bytes.get(at + 1).is_some_and(|b| *b == b' ')
            };
            let found: Vec<usize> = node.byte_range().filter(|at| alone(*at)).collect();
            let in_element = node.parent().is_some_and(|p| p.kind().starts_with("jsx_"));
            if in_element && !found.is_empty() {
                found.into_iter().for_each(|at| bytes[at] = b' ');
                changed = true;
            }
        }
        if node.has_error() {
            let mut cursor = node.walk();
            open.extend(node.children(&mut cursor));
        }
    }
    changed.then(|| String::from_utf8(bytes).ok()).flatten()
}

/// For `` name<...>` `` with the backtick at `tick`: where the `<` is.
fn type_arguments_before(bytes: &[u8], tick: usize) -> Option<usize> {
    let last = tick.checked_sub(1)?;
    if bytes[last] != b'>' {
        return None;
    }
    let mut depth = 0usize;
    for at in (tick.saturating_sub(REACH)..tick).rev() {
        match bytes[at] {
            b'`' => return None,
            // The arrow of a function type is no bracket.
            b'>' if at > 0 && bytes[at - 1] == b'=' => {}
            b'>' => depth += 1,
            b'<' => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    let before = *bytes.get(at.checked_sub(1)?)?;
                    let named = before.is_ascii_alphanumeric() || matches!(before, b'_' | b'$') || before >= 0x80;
                    return named.then_some(at);
                }
            }
            _ => {}
        }
    }
    None
}

fn blank(bytes: &mut [u8]) {
    for byte in bytes {
        if !matches!(*byte, b'\n' | b'\r') {
            *byte = b' ';
        }
    }
}
