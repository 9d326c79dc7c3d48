//! The words of a document in one language: `queries/wording/<language>.toml`, and how a statement becomes text with them.
//!
//! A text holds `{name}` for what is put in, and `{name:one file|# files}` where a number decides, which `#` stands for.

use std::collections::BTreeMap;

use anyhow::{Context, bail};

use super::model::{Arg, Say};
use crate::inventory::Location;

/// Language and its file. A third language is one more line and one more file with the same keys.
pub const LANGUAGES: &[(&str, &str)] =
    &[("en", include_str!("../../queries/wording/en.toml")), ("fr", include_str!("../../queries/wording/fr.toml"))];

/// A piece of a sentence. Only [`Inline::Text`] is ours; everything else may come from scanned code and is to be escaped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Inline {
    Text(String),
    Code(String),
    Plain(String),
    Ref(String),
    Refs(Vec<String>),
    Link(String),
    Place(Location),
    Places(Vec<Location>),
}

#[derive(Clone, Debug)]
pub struct Wording {
    pub language: String,
    texts: BTreeMap<String, String>,
}

impl Wording {
    /// # Errors
    /// If there is no such language, or its file has a mistake.
    pub fn load(language: &str) -> anyhow::Result<Wording> {
        let Some((_, file)) = LANGUAGES.iter().find(|(id, _)| *id == language) else {
            let known: Vec<&str> = LANGUAGES.iter().map(|(id, _)| *id).collect();
            bail!("there is no wording in `{language}`; there is: {}", known.join(", "));
        };
        let table: toml::Table = toml::from_str(file).with_context(|| format!("queries/wording/{language}.toml"))?;
        let mut texts = BTreeMap::new();
        flatten("", &table, &mut texts);
        Ok(Wording { language: language.to_owned(), texts })
    }

    #[must_use]
    pub fn has(&self, key: &str) -> bool {
        self.texts.contains_key(key)
    }

    /// A text without placeholders; the key itself where there is none, which a test does not let happen.
    #[must_use]
    pub fn text<'a>(&'a self, key: &'a str) -> &'a str {
        self.texts.get(key).map_or(key, String::as_str)
    }

    #[must_use]
    pub fn say(&self, say: &Say) -> Vec<Inline> {
        let mut out = Vec::new();
        self.fill(self.text(&say.key), &say.args, &mut out);
        out
    }

    /// Without markup: code as it stands, places as `file:line`.
    #[must_use]
    pub fn plain(&self, say: &Say) -> String {
        self.say(say)
            .into_iter()
            .map(|inline| match inline {
                Inline::Text(t) | Inline::Plain(t) | Inline::Ref(t) | Inline::Link(t) | Inline::Code(t) => t,
                Inline::Place(at) => format!("{}:{}", at.file, at.line),
                Inline::Refs(all) => runs(&all).map(|r| r.as_str().to_owned()).collect(),
                Inline::Places(all) => {
                    all.iter().map(|at| format!("{}:{}", at.file, at.line)).collect::<Vec<_>>().join(", ")
                }
            })
            .collect()
    }

    fn fill(&self, template: &str, args: &[(&'static str, Arg)], out: &mut Vec<Inline>) {
        let mut rest = template;
        while let Some((before, after)) = rest.split_once('{') {
            push(out, before);
            let Some((inside, tail)) = after.split_once('}') else {
                push(out, after);
                return;
            };
            rest = tail;
            let (name, forms) = inside.split_once(':').map_or((inside, None), |(n, f)| (n, Some(f)));
            match args.iter().find(|(n, _)| *n == name) {
                Some((_, Arg::Number(n))) => {
                    let forms = forms.unwrap_or("#|#");
                    let (one, many) = forms.split_once('|').unwrap_or((forms, forms));
                    let single = *n == 1 || (*n == 0 && self.text("meta.zero") == "one");
                    push(out, &(if single { one } else { many }).replace('#', &n.to_string()));
                }
                Some((_, arg)) => self.arg(arg, out),
                None => push(out, &format!("{{{inside}}}")),
            }
        }
        push(out, rest);
    }

    fn arg(&self, arg: &Arg, out: &mut Vec<Inline>) {
        match arg {
            Arg::Code(text) => out.push(Inline::Code(text.clone())),
            Arg::Plain(text) => out.push(Inline::Plain(text.clone())),
            Arg::Number(n) => push(out, &n.to_string()),
            Arg::Say(say) => self.fill(self.text(&say.key), &say.args, out),
            Arg::Term(table, id) => match self.texts.get(&format!("{table}.{id}")) {
                Some(text) => push(out, text),
                None => out.push(Inline::Code(id.clone())),
            },
            Arg::List(args) => {
                for (n, arg) in args.iter().enumerate() {
                    let last = n + 1 == args.len();
                    if n > 0 {
                        push(out, if last { self.text("list.and") } else { ", " });
                    }
                    self.arg(arg, out);
                }
            }
            Arg::Ref(id) => out.push(Inline::Ref(id.clone())),
            Arg::Link(url) => out.push(Inline::Link(url.clone())),
            Arg::Refs(all) => out.push(Inline::Refs(all.clone())),
            Arg::Places(places) => out.push(Inline::Places(places.clone())),
            Arg::At(code, place) => {
                out.push(Inline::Code(code.clone()));
                push(out, " (");
                out.push(Inline::Place(place.clone()));
                push(out, ")");
            }
        }
    }
}

/// A piece of a list of references.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Run<'a> {
    /// One that is shown.
    Ref(&'a str),
    /// One that stands between two that are shown.
    Between(&'a str),
    /// A comma, or the sign of a range.
    Text(&'static str),
}

impl<'a> Run<'a> {
    fn as_str(self) -> &'a str {
        match self {
            Run::Ref(text) => text,
            Run::Between(_) => "",
            Run::Text(text) => text,
        }
    }
}

/// `D1, D2, D3, D7` as `D1–D3, D7`; `A1.Q2, A2.Q2, A3.Q2` as `A1.Q2–A3.Q2`. Two that follow on each other stay two.
pub(crate) fn runs(all: &[String]) -> impl Iterator<Item = Run<'_>> {
    let mut out = Vec::new();
    let mut at = 0;
    while at < all.len() {
        let long = |by: fn(&str, &str) -> bool| all[at..].windows(2).take_while(|w| by(&w[0], &w[1])).count() + 1;
        let n = long(follows_at_end).max(long(follows_at_start));
        if at > 0 {
            out.push(Run::Text(", "));
        }
        out.push(Run::Ref(&all[at]));
        if n > 2 {
            out.extend(all[at + 1..at + n - 1].iter().map(|r| Run::Between(r)));
            out.extend([Run::Text("–"), Run::Ref(&all[at + n - 1])]);
        }
        at += if n > 2 { n } else { 1 };
    }
    out.into_iter()
}

/// `R1.Q1` and `R1.Q2`.
fn follows_at_end(a: &str, b: &str) -> bool {
    let split = |text: &str| -> Option<(String, usize)> {
        let head = text.trim_end_matches(|c: char| c.is_ascii_digit());
        Some((head.to_owned(), text[head.len()..].parse().ok()?))
    };
    matches!((split(a), split(b)), (Some((x, n)), Some((y, m))) if x == y && m == n + 1)
}

/// `A1.Q2` and `A2.Q2`.
fn follows_at_start(a: &str, b: &str) -> bool {
    let split = |text: &str| -> Option<(char, usize, String)> {
        let (number, rest) = text.get(1..)?.split_once('.')?;
        Some((text.chars().next()?, number.parse().ok()?, rest.to_owned()))
    };
    matches!((split(a), split(b)), (Some((x, n, r)), Some((y, m, s))) if x == y && r == s && m == n + 1)
}

fn push(out: &mut Vec<Inline>, text: &str) {
    if text.is_empty() {
        return;
    }
    if let Some(Inline::Text(last)) = out.last_mut() {
        last.push_str(text);
    } else {
        out.push(Inline::Text(text.to_owned()));
    }
}

fn flatten(prefix: &str, table: &toml::Table, texts: &mut BTreeMap<String, String>) {
    for (key, value) in table {
        let key = if prefix.is_empty() { key.clone() } else { format!("{prefix}.{key}") };
        match value {
            toml::Value::String(text) => {
                texts.insert(key, text.trim_end_matches('\n').to_owned());
            }
            toml::Value::Table(inner) => flatten(&key, inner, texts),
            other => {
                texts.insert(key, other.to_string());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// The placeholders of a text, without the forms of a plural.
    fn holes(text: &str) -> BTreeSet<String> {
        text.split('{')
            .skip(1)
            .filter_map(|part| part.split_once('}'))
            .map(|(inside, _)| inside.split(':').next().unwrap_or(inside).to_owned())
            .collect()
    }

    #[test]
    fn every_language_says_the_same() {
        let all: Vec<Wording> = LANGUAGES.iter().map(|(id, _)| Wording::load(id).unwrap()).collect();
        let first = &all[0];
        for other in &all[1..] {
            let keys = |w: &Wording| w.texts.keys().cloned().collect::<BTreeSet<_>>();
            let missing: Vec<_> = keys(first).symmetric_difference(&keys(other)).cloned().collect();
            assert!(missing.is_empty(), "only in one of {} and {}: {missing:?}", first.language, other.language);
            for (key, text) in &first.texts {
                assert_eq!(holes(text), holes(&other.texts[key]), "{key} in {}", other.language);
                assert!(!other.texts[key].is_empty(), "{key} in {}", other.language);
            }
        }
    }

    #[test]
    fn numbers_choose_the_form() {
        let wording = Wording {
            language: "en".into(),
            texts: BTreeMap::from([
                ("list.and".into(), " and ".into()),
                ("files".into(), "{n:one file|# files} of {names}".into()),
            ]),
        };
        let say = |n: usize| {
            let names = ["a", "b", "c"].map(|n| Arg::Code(n.into())).to_vec();
            wording.plain(&Say::new("files").number("n", n).with("names", Arg::List(names)))
        };
        assert_eq!(say(1), "one file of a, b and c");
        assert_eq!(say(0), "0 files of a, b and c");
    }

    #[test]
    fn references_that_follow_are_a_range() {
        let shown = |all: &[&str]| -> String {
            let all: Vec<String> = all.iter().map(|r| (*r).to_owned()).collect();
            runs(&all).map(|r| r.as_str().to_owned()).collect()
        };
        assert_eq!(shown(&["D1", "D2", "D3", "D7", "D8"]), "D1–D3, D7, D8");
        assert_eq!(shown(&["A1.Q2", "A2.Q2", "A3.Q2", "A3.Q3"]), "A1.Q2–A3.Q2, A3.Q3");
        assert_eq!(shown(&["R1.Q1", "R1.Q2", "R1.Q3"]), "R1.Q1–R1.Q3");
        assert_eq!(shown(&[]), "");
    }

    #[test]
    fn an_unknown_language_names_the_known() {
        let error = Wording::load("xx").unwrap_err().to_string();
        assert!(error.contains("`xx`") && error.contains("en"), "{error}");
    }
}
