//! Names and paths as the catalogue writes them: globs, suffixes, the parts of an import path.

use rustc_hash::FxHashMap;

use super::rows::Lang;

/// Whether `text` fits `pattern`, where `*` stands for any text that holds no byte of `stop`.
pub(crate) fn glob(pattern: &str, text: &str, stop: &[u8]) -> bool {
    let (p, t) = (pattern.as_bytes(), text.as_bytes());
    let (mut i, mut j) = (0, 0);
    // Where the last star stands, and how much of the text it has taken.
    let mut star: Option<(usize, usize)> = None;
    while j < t.len() {
        if i < p.len() && p[i] == b'*' {
            star = Some((i, j));
            i += 1;
        } else if i < p.len() && p[i] == t[j] {
            i += 1;
            j += 1;
        } else if let Some((at, taken)) = star.filter(|(_, taken)| !stop.contains(&t[*taken])) {
            star = Some((at, taken + 1));
            i = at + 1;
            j = taken + 1;
        } else {
            return false;
        }
    }
    p[i..].iter().all(|c| *c == b'*')
}

/// A path pattern. `*` stands for (part of) one name; a `*` that is the whole last name also spans further modules before
/// a name that begins in upper case, so `langchain.llms.*` fits `langchain.llms.openai.OpenAI` but no function.
#[derive(Clone, Debug)]
pub(super) struct PathGlob {
    pattern: String,
    /// What every match begins with.
    head: String,
    /// With a whole last `*`: what stands before it.
    open: Option<String>,
}

impl PathGlob {
    pub(super) fn new(pattern: &str) -> PathGlob {
        let head = pattern.split('*').next().unwrap_or_default().to_owned();
        let open = [".*", "#*"].iter().find_map(|end| pattern.strip_suffix(end).map(|p| format!("{p}{}", &end[..1])));
        PathGlob { pattern: pattern.to_owned(), head, open }
    }

    /// How much of the pattern is literal: the more, the closer the match.
    pub(super) fn literal(&self) -> usize {
        self.pattern.len() - self.pattern.matches('*').count()
    }

    pub(super) fn fits(&self, path: &str) -> bool {
        if !path.starts_with(&self.head) {
            return false;
        }
        let Some(open) = &self.open else {
            return glob(&self.pattern, path, b".#()/");
        };
        let last = path.rsplit(['.', '#']).next().unwrap_or_default();
        if !last.starts_with(|c: char| c.is_ascii_uppercase()) || path.contains('(') {
            return false;
        }
        if open.contains('*') {
            glob(&self.pattern, path, b".#()/")
        } else {
            path.len() > open.len() && path.starts_with(open.as_str())
        }
    }
}

/// Finds rows by the path or the trailing names of what is called or read.
#[derive(Debug, Default)]
pub(super) struct PathIndex {
    exact: FxHashMap<String, u32>,
    globs: Vec<(PathGlob, u32)>,
    /// By last name: the names before it, last first.
    suffixes: FxHashMap<String, Vec<(Vec<String>, u32)>>,
}

impl PathIndex {
    /// Adds a pattern: an import path, or a suffix that begins with `.`. Earlier ones win.
    pub(super) fn add(&mut self, pattern: &str, row: u32) {
        let pattern = pattern.strip_prefix("global#").unwrap_or(pattern);
        if let Some(suffix) = pattern.strip_prefix('.') {
            let mut names: Vec<String> = suffix.split('.').rev().map(|n| n.trim_end_matches("()").to_owned()).collect();
            let last = names.remove(0);
            self.suffixes.entry(last).or_default().push((names, row));
        } else if pattern.contains('*') {
            self.globs.push((PathGlob::new(pattern), row));
        } else {
            self.exact.entry(pattern.to_owned()).or_insert(row);
        }
    }

    pub(super) fn finish(&mut self) {
        self.globs.sort_by_key(|(g, _)| std::cmp::Reverse(g.literal()));
    }

    /// The row whose path this is.
    #[must_use]
    pub(super) fn by_path(&self, path: &str) -> Option<u32> {
        let path = path.strip_prefix("global#").unwrap_or(path);
        self.exact.get(path).copied().or_else(|| self.globs.iter().find(|(g, _)| g.fits(path)).map(|(_, row)| *row))
    }

    /// Every row with a suffix of these names, the longest suffix first. A suffix of one name wants another before it,
    /// since `.get` is a member.
    #[must_use]
    pub(super) fn by_names(&self, names: &[&str]) -> Vec<u32> {
        self.ending(names, 1)
    }

    /// As [`Self::by_names`], for names that are known to be of a member, wherever they begin.
    fn ending(&self, names: &[&str], least: usize) -> Vec<u32> {
        let Some((last, before)) = names.split_last() else {
            return Vec::new();
        };
        let Some(rows) = self.suffixes.get(*last) else {
            return Vec::new();
        };
        let mut hits: Vec<(usize, u32)> = rows
            .iter()
            .filter(|(pattern, _)| {
                before.len() >= pattern.len().max(least)
                    && pattern.iter().zip(before.iter().rev()).all(|(p, n)| p == "*" || p == n.trim_end_matches("()"))
            })
            .map(|(pattern, row)| (pattern.len(), *row))
            .collect();
        hits.sort_by_key(|(len, _)| std::cmp::Reverse(*len));
        hits.into_iter().map(|(_, row)| row).collect()
    }

    /// The first by path or, without asking for a receiver's name, by suffix.
    #[must_use]
    pub(super) fn member(&self, path: Option<&str>, names: &[&str]) -> Option<u32> {
        path.and_then(|p| self.by_path(p)).or_else(|| self.ending(names, 0).first().copied())
    }

    /// The first of [`Self::by_path`] and [`Self::by_names`].
    #[must_use]
    pub(super) fn find(&self, path: Option<&str>, names: &[&str]) -> Option<u32> {
        path.and_then(|p| self.by_path(p)).or_else(|| self.by_names(names).first().copied())
    }
}

/// The package and the class (with what follows it) of an import path: re-exports keep them, whatever module they stand
/// in. Only names that tell enough: a class, or a function of several words.
pub(super) fn root_and_name(lang: Lang, path: &str) -> Option<(&str, &str)> {
    if path.contains(['(', '*']) {
        return None;
    }
    let telling = |name: &str| {
        name.starts_with(|c: char| c.is_ascii_uppercase())
            || name.contains('_')
            || (lang == Lang::Js && name.chars().any(|c| c.is_ascii_uppercase()))
    };
    match lang {
        Lang::Js => {
            let (module, name) = path.split_once('#')?;
            let slashes = if module.starts_with('@') { 2 } else { 1 };
            let end = module.match_indices('/').nth(slashes - 1).map_or(module.len(), |(i, _)| i);
            telling(name).then_some((&module[..end], name))
        }
        Lang::Python => {
            // `google` and `azure` are shared by many packages: theirs begins one name later.
            let dots = if path.starts_with("google.") || path.starts_with("azure.") { 2 } else { 1 };
            let end = path.match_indices('.').nth(dots - 1).map(|(i, _)| i)?;
            let mut from = end + 1;
            for part in path[end + 1..].split('.') {
                let rest = &path[from..];
                if part.starts_with(|c: char| c.is_ascii_uppercase()) || part.len() == rest.len() {
                    return telling(part).then_some((&path[..end], rest));
                }
                from += part.len() + 1;
            }
            None
        }
    }
}
