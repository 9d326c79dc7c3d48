//! YAML, and JSON as a part of it, by the events of `saphyr-parser`.

use std::collections::BTreeMap;

use saphyr_parser::{Event, Parser, Span};

use super::tree::{Data, Node};

/// Nodes of one file, aliases counted as what they stand for: a few lines of aliases could ask for more than there is
/// memory.
const MOST_NODES: usize = 200_000;

/// The documents of a file.
///
/// # Errors
/// With the line and the reason where the file is not YAML.
pub(super) fn documents(text: &str) -> Result<Vec<Node>, String> {
    let mut builder = Builder::default();
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|e| format!("line {}: {}", e.marker().line(), e.info()))?;
        builder.event(event, span)?;
    }
    Ok(builder.documents)
}

#[derive(Default)]
struct Builder {
    documents: Vec<Node>,
    /// What is open: the node, its anchor, and the key that waits for its value.
    open: Vec<(Node, usize, Option<String>)>,
    anchors: BTreeMap<usize, Node>,
    nodes: usize,
}

impl Builder {
    fn event(&mut self, event: Event<'_>, span: Span) -> Result<(), String> {
        let at = |data| Node { line: to_u32(span.start.line()), column: to_u32(span.start.col() + 1), data };
        match event {
            Event::Scalar(text, _, anchor, _) => self.value(at(Data::Text(text.into_owned())), anchor)?,
            Event::SequenceStart(anchor, _) => self.open.push((at(Data::List(Vec::new())), anchor, None)),
            Event::MappingStart(anchor, _) => self.open.push((at(Data::Map(Vec::new())), anchor, None)),
            Event::SequenceEnd | Event::MappingEnd => {
                if let Some((node, anchor, _)) = self.open.pop() {
                    self.value(node, anchor)?;
                }
            }
            Event::Alias(anchor) => {
                let node = self.anchors.get(&anchor).cloned().unwrap_or_default();
                self.nodes += size(&node);
                self.value(Node { line: to_u32(span.start.line()), ..node }, 0)?;
            }
            _ => {}
        }
        Ok(())
    }

    fn value(&mut self, node: Node, anchor: usize) -> Result<(), String> {
        self.nodes += 1;
        if self.nodes > MOST_NODES {
            return Err(format!("more than {MOST_NODES} values"));
        }
        if anchor > 0 {
            self.anchors.insert(anchor, node.clone());
        }
        let Some((parent, _, key)) = self.open.last_mut() else {
            self.documents.push(node);
            return Ok(());
        };
        match &mut parent.data {
            Data::List(items) => items.push(node),
            Data::Map(entries) => match key.take() {
                // `<<: *defaults`
                Some(key) if key == "<<" => entries.extend(node.entries().iter().cloned()),
                Some(key) => entries.push((key, node)),
                None => *key = Some(node.text().unwrap_or_default().to_owned()),
            },
            Data::Text(_) => {}
        }
        Ok(())
    }
}

fn size(node: &Node) -> usize {
    1 + node.items().iter().map(size).sum::<usize>() + node.entries().iter().map(|(_, n)| size(n)).sum::<usize>()
}

fn to_u32(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_lists_and_aliases() {
        let text = "base: &b\n  model: gpt-4o\nuse:\n  - <<: *b\n    region: eu\n  - {\"a\": 1}\n";
        let documents = documents(text).unwrap();
        let models: Vec<_> = documents[0].find(&["use", "model"]).iter().map(|h| h.node.text().unwrap()).collect();
        assert_eq!(models, ["gpt-4o"]);
        let region = &documents[0].find(&["use", "region"])[0];
        assert_eq!((region.node.text(), region.node.line), (Some("eu"), 5));
        assert_eq!(documents[0].find(&["**", "model"]).len(), 2);
    }

    #[test]
    fn a_bomb_and_a_broken_file_are_errors() {
        let mut text = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
        for n in 1..9 {
            let before = n - 1;
            text.push_str(&format!(
                "a{n}: &a{n} [*a{before}, *a{before}, *a{before}, *a{before}, *a{before}, *a{before}]\n"
            ));
        }
        assert!(documents(&text).unwrap_err().contains("more than"));
        assert!(documents("a: [1").unwrap_err().starts_with("line "));
    }
}
