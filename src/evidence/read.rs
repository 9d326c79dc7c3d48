//! One file: which rows read it, and what they find. Values of secrets never leave this module.

use std::sync::Arc;

use super::rows::{FactRow, FileRow, Format, Rows, keys};
use super::tree::{Data, Hit, Node};
use super::{braces, dotenv, yaml};
use crate::catalogue::{Catalogue, glob, public_url};
use crate::inventory::{ConfigurationFact, Location};

/// Longer values are no names of models or hosts.
const LONGEST: usize = 160;

/// A fact, and whether it is one without being asked for: a variable whose name alone looks like a setting of a model
/// counts only if the code reads it.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) fact: ConfigurationFact,
    pub(super) certain: bool,
    /// A template (`.env.example`) suggests, a deployment decides.
    pub(super) template: bool,
}

pub(super) struct Reader<'a> {
    pub(super) rows: &'a Rows,
    pub(super) catalogue: &'a Catalogue,
}

impl Reader<'_> {
    /// What a file says, or why it could not be read.
    pub(super) fn read(&self, path: &Arc<str>, text: &str) -> Result<Vec<Found>, String> {
        let kinds: Vec<&FileRow> =
            self.rows.file.iter().filter(|row| named(row, path) && mentions(row, text)).collect();
        let mut found = Vec::new();
        let Some(first) = kinds.first() else { return Ok(found) };
        let documents = match first.format {
            Format::Yaml => match yaml::documents(text) {
                Ok(documents) => documents,
                // Templates of YAML (Helm, Jinja) are no YAML; where nothing but the ending fits, nothing is lost.
                Err(_) if text.contains("{{") || kinds.iter().all(|k| k.name.iter().any(|n| n == "*.yml")) => {
                    return Ok(found);
                }
                Err(reason) => return Err(reason),
            },
            Format::Env => vec![dotenv::parse(text)],
            Format::Braces => vec![braces::parse(text)],
        };
        for kind in kinds.iter().filter(|k| k.format == first.format) {
            for document in &documents {
                if kind.has.iter().all(|path| !document.find(&keys(path)).is_empty()) {
                    self.facts(kind, path, document, &mut found);
                }
            }
        }
        Ok(found)
    }

    fn facts(&self, kind: &FileRow, file: &Arc<str>, document: &Node, found: &mut Vec<Found>) {
        for row in self.rows.fact.iter().filter(|f| f.file.contains(&kind.id)) {
            for hit in document.find(&keys(&row.path)) {
                if !row.when.is_empty() && !holds(&row.when, &hit) {
                    continue;
                }
                let mut one = One { reader: self, kind, row, file, found };
                one.read(&hit);
            }
        }
    }
}

/// One row at one place.
struct One<'a> {
    reader: &'a Reader<'a>,
    kind: &'a FileRow,
    row: &'a FactRow,
    file: &'a Arc<str>,
    found: &'a mut Vec<Found>,
}

impl One<'_> {
    fn read(&mut self, hit: &Hit<'_>) {
        let name = hit.keys.join(".");
        match self.row.kind.as_str() {
            "variable" => self.variable(hit.keys.last().copied().unwrap_or_default(), hit.node),
            "variables" => self.variables(hit.node),
            "service" => self.service(&name, hit.node),
            "mcp_server" => self.mcp_server(hit.keys.last().copied().unwrap_or_default(), hit.node),
            _ => {
                let scalars: Vec<&Node> = match &hit.node.data {
                    Data::List(items) => items.iter().collect(),
                    _ => vec![hit.node],
                };
                for node in scalars {
                    if let Some(text) = node.text().filter(|t| self.row.fits.is_empty() || glob(&self.row.fits, t, b""))
                    {
                        self.value(&name, node, text);
                    }
                }
            }
        }
    }

    fn value(&mut self, name: &str, node: &Node, text: &str) {
        let kind = self.row.kind.clone();
        let provider = self.provider(&kind, text);
        // An action pinned by its hash is still that action.
        let text = if kind == "workflow" { text.split('@').next().unwrap_or(text) } else { text };
        self.push(node, &kind, name, shown(text), provider, true);
    }

    fn provider(&self, kind: &str, text: &str) -> Option<String> {
        if !self.row.provider.is_empty() {
            return Some(self.row.provider.clone());
        }
        let catalogue = self.reader.catalogue;
        let table = Some(self.row.table.as_str()).filter(|t| !t.is_empty());
        match kind {
            "model" => catalogue.model_provider(table, text).map(|m| m.provider),
            "endpoint" => catalogue.host(text).map(|h| h.provider.clone()),
            _ => None,
        }
    }

    /// `environment:` as a mapping, as a list of `NAME=value`, or of names and values.
    fn variables(&mut self, node: &Node) {
        for (name, value) in node.entries() {
            self.variable(name, value);
        }
        for item in node.items() {
            match item.text().map(|t| t.split_once('=').unwrap_or((t, ""))) {
                Some((name, value)) => {
                    let data = Data::Text(value.to_owned());
                    self.variable(name, &Node { data, ..item.clone() });
                }
                None => {
                    if let Some(name) = item.get("name").and_then(Node::text) {
                        let value = item
                            .get("value")
                            .cloned()
                            .unwrap_or_else(|| Node { data: Data::default(), ..item.clone() });
                        self.variable(name, &value);
                    }
                }
            }
        }
    }

    fn variable(&mut self, name: &str, node: &Node) {
        let catalogue = self.reader.catalogue;
        let known = catalogue.variable(name);
        let kind = self.kind_of(name);
        let Some(text) = node.text() else { return };
        // `${LLM_MODEL:-gpt-4o}`: the default.
        let text = default_of(text);
        if kind == Some("credential") || known.is_some_and(|k| k.role == "key") {
            if let Some(known) = known {
                self.push(node, "credential", name, None, provider_of(&known.provider), true);
            }
            return;
        }
        let kind = match (known.map(|k| k.role.as_str()), kind) {
            (Some("base_url"), _) => "endpoint",
            (Some("region"), _) => "region",
            (Some(_), _) => "setting",
            (None, Some(kind)) => kind,
            (None, None) if matches!(text, "true" | "false" | "0" | "1") => "setting",
            _ => return,
        };
        let provider = match kind {
            "model" => catalogue.model_provider(text.contains('/').then_some("litellm"), text).map(|m| m.provider),
            "endpoint" => catalogue.host(text).map(|h| h.provider.clone()).filter(|_| !text.is_empty()),
            "provider" => catalogue.provider_name(text).map(|_| text.to_owned()),
            _ => None,
        };
        let provider = provider.or_else(|| known.and_then(|k| provider_of(&k.provider)));
        let certain = known.is_some() || (provider.is_some() && kind == "model");
        self.push(node, kind, name, shown(text), provider, certain);
    }

    /// What a variable is about, by the end of its name.
    fn kind_of(&self, name: &str) -> Option<&'static str> {
        let name = name.to_ascii_uppercase();
        let variables = &self.reader.rows.variables;
        let is_secret =
            |word: &String| name == *word || name.ends_with(&format!("_{word}")) || name.contains(&format!("{word}_"));
        if variables.secret.iter().any(is_secret) {
            return Some("credential");
        }
        let kinds = [
            ("model", &variables.model),
            ("endpoint", &variables.endpoint),
            ("region", &variables.region),
            ("provider", &variables.provider),
        ];
        let ends = |end: &String| name.ends_with(end.as_str()) || end.strip_prefix('_') == Some(name.as_str());
        kinds.into_iter().find(|(_, all)| all.iter().any(ends)).map(|(kind, _)| kind)
    }

    fn service(&mut self, name: &str, node: &Node) {
        let Some(image) = node.get("image").and_then(Node::text) else { return };
        let image_name = image.split(['@', ':']).next().unwrap_or(image);
        let row = self.reader.rows.image.iter().find(|row| glob(&row.pattern, image_name, b""));
        let uses_models = node.get("environment").is_some_and(|env| self.has_credential(env));
        if row.is_some() || (uses_models && node.get("build").is_none()) {
            let at = node.get("image").unwrap_or(node);
            self.push(at, "service", name, shown(image), row.map(|r| r.provider.clone()), true);
        }
    }

    /// Whether a service is given the key of a model provider.
    fn has_credential(&self, env: &Node) -> bool {
        let names = env.entries().iter().map(|(name, _)| name.as_str());
        let listed = env.items().iter().filter_map(Node::text).map(|t| t.split('=').next().unwrap_or(t));
        names.chain(listed).any(|name| self.reader.catalogue.variable(name).is_some_and(|v| v.role == "key"))
    }

    /// Command or address, without arguments that may hold secrets: the package's name says enough.
    fn mcp_server(&mut self, name: &str, node: &Node) {
        let url = node.get("url").or_else(|| node.get("serverUrl")).and_then(Node::text);
        let (value, provider) = match url {
            Some(url) => (shown(url), self.reader.catalogue.host(url).map(|h| h.provider.clone())),
            None => {
                let command = node.get("command").and_then(Node::text).unwrap_or_default();
                // Some write the arguments behind it; they may hold a token.
                let command = command.split_whitespace().next().unwrap_or_default();
                let args: Vec<&str> =
                    node.get("args").map_or(&[][..], Node::items).iter().filter_map(Node::text).collect();
                let text = [Some(command), package(&args).and_then(|p| p.split(['=', '?']).next())];
                (shown(&text.into_iter().flatten().collect::<Vec<_>>().join(" ")), None)
            }
        };
        self.push(node, "mcp_server", name, value, provider, true);
    }

    fn push(
        &mut self,
        node: &Node,
        kind: &str,
        name: &str,
        value: Option<String>,
        provider: Option<String>,
        certain: bool,
    ) {
        let location = Location {
            file: self.file.clone(),
            line: node.line,
            column: node.column,
            end_line: node.line,
            end_column: node.column,
            cell: None,
        };
        let fact = ConfigurationFact {
            location,
            kind: kind.to_owned(),
            name: name.to_owned(),
            value,
            provider,
            source: self.kind.id.clone(),
        };
        self.found.push(Found { fact, certain, template: self.kind.format == Format::Env });
    }
}

/// The first argument that is no flag, nor what a `--flag` takes, which may be a secret.
fn package<'a>(args: &[&'a str]) -> Option<&'a str> {
    let taken = |n: usize| n > 0 && args[n - 1].starts_with("--") && !args[n].contains(['/', '@']);
    (0..args.len()).find(|n| !args[*n].starts_with('-') && !taken(*n)).map(|n| args[n])
}

fn provider_of(id: &str) -> Option<String> {
    (!id.is_empty() && !id.starts_with("by-")).then(|| id.to_owned())
}

fn named(row: &FileRow, path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    row.name.iter().any(|n| glob(n, name, b"")) || row.path.iter().any(|p| glob(p, path, b""))
}

/// Whether the last keys that a file must have occur in it at all: most files need no parser.
fn mentions(row: &FileRow, text: &str) -> bool {
    row.has.iter().all(|path| keys(path).last().is_none_or(|key| *key == "*" || text.contains(key)))
}

/// `key=glob` of one of the mappings on the way.
fn holds(when: &str, hit: &Hit<'_>) -> bool {
    let Some((key, pattern)) = when.split_once('=') else { return false };
    let fits = |node: &&Node| node.get(key).and_then(Node::text).is_some_and(|t| glob(pattern, t, b""));
    hit.on_the_way.iter().any(fits)
}

/// `${NAME:-default}` and `${NAME-default}` → default; another reference stays as it is.
fn default_of(text: &str) -> &str {
    let inner = text.strip_prefix("${").and_then(|t| t.strip_suffix('}'));
    match inner.and_then(|t| t.split_once('-')) {
        Some((name, default)) if !name.contains([' ', '.', '(']) => default,
        _ => text,
    }
}

/// A value that may be shown: short, of one word or two, a URL without user and query. Else none.
fn shown(text: &str) -> Option<String> {
    let text = text.trim();
    // `npx package` is the longest of words.
    let one_thing = (1..=2).contains(&text.split_whitespace().count()) && text.len() <= LONGEST;
    (one_thing && !text.starts_with("${") && !looks_secret(text)).then(|| public_url(text))
}

/// Keys have prefixes of their own, or are long and without meaning: letters of both cases with digits between.
fn looks_secret(text: &str) -> bool {
    let prefixed = ["sk-", "pk-", "hf_", "ghp_", "github_pat_", "xox", "AKIA", "AIza", "gsk_", "r8_", "lsv2_", "eyJ"];
    if prefixed.iter().any(|p| text.starts_with(p)) {
        return true;
    }
    let token = text.split(['/', ':', '.', '-', '_', '@', ' ', '=']).max_by_key(|t| t.len()).unwrap_or_default();
    let has = |f: fn(&char) -> bool| token.chars().any(|c| f(&c));
    token.len() >= 24 && has(char::is_ascii_digit) && has(char::is_ascii_alphabetic)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_not_shown() {
        for secret in ["sk-proj-abc", "9f8e7d6c5b4a39281706f5e4d3c2b1a0", "two words and more words"] {
            assert_eq!(shown(secret), None, "{secret}");
        }
        assert_eq!(shown("https://user:pass@llm.example/v1?key=1").as_deref(), Some("https://llm.example/v1"));
        assert_eq!(
            shown("anthropic.claude-3-5-sonnet-20240620-v1:0").as_deref(),
            Some("anthropic.claude-3-5-sonnet-20240620-v1:0")
        );
    }

    #[test]
    fn only_the_authority_of_a_url_has_a_user() {
        assert_eq!(shown("https://npm.example/@acme/mcp").as_deref(), Some("https://npm.example/@acme/mcp"));
    }

    #[test]
    fn defaults_of_references() {
        assert_eq!(default_of("${LLM_MODEL:-gpt-4o}"), "gpt-4o");
        assert_eq!(default_of("${LLM_MODEL}"), "${LLM_MODEL}");
        assert_eq!(default_of("${{ secrets.X }}"), "${{ secrets.X }}");
    }
}
