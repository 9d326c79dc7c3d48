//! Which row a constructor, function, method or member belongs to.

use std::borrow::Cow;
use std::hash::Hash;
use std::sync::RwLock;

use anyhow::{Result, bail};
use rustc_hash::{FxHashMap, FxHashSet};

use super::flow::FlowIndex;
use super::load::Catalogue;
use super::pattern::{PathGlob, root_and_name};
use super::providers::ProviderIndex;
use super::rows::{CatalogueFile, Lang};

/// Place of a row in [`Catalogue::types`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TypeIx(pub u32);
/// Place of a row in [`Catalogue::calls`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CallIx(pub u32);

/// Names too common to tell an SDK by.
const COMMON: &[&str] = &[
    "add",
    "answer",
    "append",
    "ask",
    "call",
    "chat",
    "classify",
    "complete",
    "completion",
    "connect",
    "create",
    "embed",
    "encode",
    "execute",
    "extract",
    "fit",
    "generate",
    "get",
    "index",
    "insert",
    "invoke",
    "load",
    "log",
    "parse",
    "predict",
    "prompt",
    "query",
    "rank",
    "rerank",
    "retrieve",
    "run",
    "score",
    "search",
    "send",
    "start",
    "stream",
    "summarize",
    "train",
    "transcribe",
    "update",
    "upload",
    "upsert",
    "write",
];

#[derive(Debug, Default)]
struct OfLang {
    /// A constructor's path, with the first argument that tells it from others.
    ctors: FxHashMap<String, Vec<(Option<String>, TypeIx)>>,
    ctor_globs: Vec<(PathGlob, TypeIx)>,
    /// By package and class; none where two types share both.
    ctor_names: FxHashMap<(String, String), Option<TypeIx>>,
    values: FxHashMap<String, TypeIx>,
    functions: FxHashMap<String, CallIx>,
    function_globs: Vec<(PathGlob, CallIx)>,
    function_names: FxHashMap<(String, String), Option<CallIx>>,
    alone: FxHashMap<String, CallIx>,
    made_by: FxHashMap<String, TypeIx>,
    /// Packages that any row speaks of; most paths of a program are of others.
    roots: FxHashSet<String>,
    /// What the package begins with, where a pattern leaves it open.
    open_roots: FxHashSet<String>,
    /// Answers given, since the same paths are asked for over and over.
    asked: Asked,
}

type Ctors = FxHashMap<(String, Option<String>), Option<TypeIx>>;

/// Answers of the look-ups by path.
#[derive(Debug, Default)]
struct Asked {
    ctors: RwLock<Ctors>,
    values: RwLock<FxHashMap<String, Option<TypeIx>>>,
    functions: RwLock<FxHashMap<String, Option<CallIx>>>,
}

/// The answer kept for a key, or else found and kept.
fn kept<K: Eq + Hash, T: Copy>(
    cache: &RwLock<FxHashMap<K, Option<T>>>,
    key: K,
    find: impl FnOnce() -> Option<T>,
) -> Option<T> {
    if let Some(known) = cache.read().ok().and_then(|c| c.get(&key).copied()) {
        return known;
    }
    let found = find();
    if let Ok(mut cache) = cache.write() {
        cache.insert(key, found);
    }
    found
}

/// The package of a path: `langchain_openai`, `@ai-sdk/openai`, `global`.
fn root(lang: Lang, path: &str) -> &str {
    match lang {
        Lang::Python => path.split(['.', '(']).next().unwrap_or(path),
        Lang::Js => {
            let module = path.split('#').next().unwrap_or(path);
            let slashes = if module.starts_with('@') { 2 } else { 1 };
            module.match_indices('/').nth(slashes - 1).map_or(module, |(i, _)| &module[..i])
        }
    }
}

impl OfLang {
    fn add_root(&mut self, lang: Lang, path: &str) {
        let root = root(lang, path);
        match root.split_once('*') {
            Some((head, _)) => self.open_roots.insert(head.to_owned()),
            None => self.roots.insert(root.to_owned()),
        };
    }

    /// Whether any row can speak of this path. A chain longer than any row's is none.
    fn knows(&self, lang: Lang, path: &str) -> bool {
        let root = root(lang, path);
        path.len() < 200
            && (self.roots.contains(root) || self.open_roots.iter().any(|head| root.starts_with(head.as_str())))
    }
}

#[derive(Debug, Default)]
struct OfType {
    methods: FxHashMap<String, CallIx>,
    same: FxHashSet<String>,
    /// Chain → type, and whether only the called member gives it.
    get: FxHashMap<String, (TypeIx, bool)>,
    prefixes: FxHashSet<String>,
}

#[derive(Debug)]
pub(super) struct Index {
    ids: FxHashMap<String, TypeIx>,
    langs: [OfLang; 2],
    types: Vec<OfType>,
    pub(super) providers: ProviderIndex,
    pub(super) flow: FlowIndex,
}

/// A member chain without the marks of its calls: `from().insert` and `from.insert` are one.
fn plain(chain: &str) -> Cow<'_, str> {
    if chain.contains("()") { Cow::Owned(chain.replace("()", "")) } else { Cow::Borrowed(chain) }
}

/// `boto3.client('bedrock-runtime')` → `boto3.client`, `bedrock-runtime`.
fn split_argument(ctor: &str) -> (String, Option<String>) {
    match ctor.find("('").zip(ctor.rfind("')")) {
        Some((open, close)) if close + 2 == ctor.len() && open + 2 <= close => {
            (ctor[..open].to_owned(), Some(ctor[open + 2..close].to_owned()))
        }
        _ => (ctor.to_owned(), None),
    }
}

fn add_name<T: Copy + PartialEq>(to: &mut FxHashMap<(String, String), Option<T>>, lang: Lang, path: &str, ix: T) {
    if let Some((root, name)) = root_and_name(lang, path) {
        let entry = to.entry((root.to_owned(), name.to_owned())).or_insert(Some(ix));
        if *entry != Some(ix) {
            *entry = None;
        }
    }
}

impl Index {
    pub(super) fn new(rows: &CatalogueFile) -> Result<Index> {
        let mut ids = FxHashMap::default();
        for (i, row) in (0..).zip(&rows.types) {
            if ids.insert(row.id.clone(), TypeIx(i)).is_some() {
                bail!("catalogue: two [[type]] rows have the id `{}`", row.id);
            }
        }
        let known = |what: &str, id: &str| match ids.get(id) {
            Some(ix) => Ok(*ix),
            None => bail!("catalogue: {what} names the type `{id}`, which no [[type]] row has"),
        };
        let mut langs = [OfLang::default(), OfLang::default()];
        let mut types: Vec<OfType> = rows.types.iter().map(|_| OfType::default()).collect();

        for (i, row) in (0..).zip(&rows.types) {
            let ix = TypeIx(i);
            let of = &mut langs[row.lang as usize];
            for path in row.ctor.iter().chain(&row.value) {
                of.add_root(row.lang, path);
            }
            for ctor in &row.ctor {
                if ctor.contains('*') {
                    of.ctor_globs.push((PathGlob::new(ctor), ix));
                    continue;
                }
                let (path, argument) = split_argument(ctor);
                if argument.is_none() {
                    add_name(&mut of.ctor_names, row.lang, &path, ix);
                }
                of.ctors.entry(path).or_default().push((argument, ix));
            }
            of.made_by.extend(row.made_by.iter().map(|method| (method.clone(), ix)));
            for value in &row.value {
                of.values.entry(value.clone()).or_insert(ix);
            }
            let here = &mut types[i as usize];
            here.same.extend(row.same.iter().map(|s| plain(s).into_owned()));
            for (chain, id) in &row.get {
                let to = known(&format!("type `{}`", row.id), id)?;
                here.get.insert(plain(chain).into_owned(), (to, true));
            }
        }

        for (i, row) in (0..).zip(&rows.calls) {
            let ix = CallIx(i);
            let what = || format!("call `{}`", row.id);
            let get = if row.get.is_empty() { None } else { Some(known(&what(), &row.get)?) };
            let owners: Vec<&String> = row.also.iter().chain((!row.on.is_empty()).then_some(&row.on)).collect();
            for id in owners {
                let of = &mut types[known(&what(), id)?.0 as usize];
                for chain in &row.chain {
                    let chain = plain(chain).into_owned();
                    if let Some(to) = get {
                        of.get.entry(chain.clone()).or_insert((to, true));
                    }
                    of.methods.entry(chain).or_insert(ix);
                }
            }
            let of = &mut langs[row.lang as usize];
            for function in &row.function {
                of.add_root(row.lang, function);
                if function.contains('*') {
                    of.function_globs.push((PathGlob::new(function), ix));
                } else {
                    add_name(&mut of.function_names, row.lang, function, ix);
                    of.functions.entry(function.clone()).or_insert(ix);
                }
            }
            if row.alone {
                for chain in row.chain.iter().map(|c| plain(c)).filter(|c| !COMMON.contains(&c.as_ref())) {
                    of.alone.entry(chain.into_owned()).or_insert(ix);
                }
            }
        }

        for of in &mut langs {
            of.ctor_globs.sort_by_key(|(g, _)| std::cmp::Reverse(g.literal()));
            of.function_globs.sort_by_key(|(g, _)| std::cmp::Reverse(g.literal()));
        }
        for of in &mut types {
            let OfType { methods, same, get, prefixes } = of;
            #[allow(clippy::iter_over_hash_type, reason = "filling a set; the order does not matter")]
            for chain in methods.keys().chain(same.iter()).chain(get.keys()) {
                prefixes.extend(chain.match_indices('.').map(|(end, _)| chain[..end].to_owned()));
            }
        }
        let providers = ProviderIndex::new(rows);
        let flow = FlowIndex::new(rows);
        Ok(Index { ids, langs, types, providers, flow })
    }
}

/// The places where a path can be cut into a value and a chain on it, the longest value first. Dots in a JS module name
/// are no places.
fn cuts(lang: Lang, path: &str) -> impl Iterator<Item = (&str, &str)> {
    let from = if lang == Lang::Js { path.find('#').unwrap_or(path.len()) } else { 0 };
    path[from..].rmatch_indices('.').map(move |(i, _)| (&path[..from + i], &path[from + i + 1..]))
}

impl Catalogue {
    /// The type that a call of `path` gives. Paths are of external values, with `()` where one is called on the way:
    /// `openai.OpenAI`, `lancedb.connect().open_table`, `@ai-sdk/openai#createOpenAI`; `first_arg` is the text of a
    /// constant first argument (`boto3.client("bedrock-runtime")`).
    #[must_use]
    pub fn type_by_ctor(&self, lang: Lang, path: &str, first_arg: Option<&str>) -> Option<TypeIx> {
        let of = &self.index.langs[lang as usize];
        if !of.knows(lang, path) {
            return None;
        }
        kept(&of.asked.ctors, (path.to_owned(), first_arg.map(str::to_owned)), || {
            self.find_type_by_ctor(lang, path, first_arg)
        })
    }

    fn find_type_by_ctor(&self, lang: Lang, path: &str, first_arg: Option<&str>) -> Option<TypeIx> {
        let of = &self.index.langs[lang as usize];
        if let Some(rows) = of.ctors.get(path) {
            let fits =
                |(argument, _): &&(Option<String>, TypeIx)| argument.as_deref().is_none_or(|a| Some(a) == first_arg);
            if let Some((_, ix)) = rows.iter().find(fits) {
                return Some(*ix);
            }
        }
        if let Some(ix) = of.values.get(path).and_then(|value| self.member(*value, "__call__", true)) {
            return Some(ix);
        }
        for (base, chain) in cuts(lang, path) {
            if let Some(ix) = self.type_by_value(lang, base).and_then(|value| self.member(value, chain, true)) {
                return Some(ix);
            }
            if let Some(ix) = self.class(lang, base).and_then(|class| self.on_class(class, chain)).and_then(|(_, t)| t)
            {
                return Some(ix);
            }
        }
        self.class(lang, path)
    }

    /// The type of an external value that is not called last: a module, a default instance, `X()`, `X().member`.
    #[must_use]
    pub fn type_by_value(&self, lang: Lang, path: &str) -> Option<TypeIx> {
        let of = &self.index.langs[lang as usize];
        if !of.knows(lang, path) {
            return None;
        }
        kept(&of.asked.values, path.to_owned(), || self.find_type_by_value(lang, path))
    }

    fn find_type_by_value(&self, lang: Lang, path: &str) -> Option<TypeIx> {
        if let Some(ctor) = path.strip_suffix("()") {
            return self.type_by_ctor(lang, ctor, None);
        }
        if let Some(ix) = self.index.langs[lang as usize].values.get(path) {
            return Some(*ix);
        }
        cuts(lang, path).find_map(|(base, chain)| self.member(self.type_by_value(lang, base)?, chain, false))
    }

    /// The type whose constructor is named by this path, by patterns and re-exports too.
    fn class(&self, lang: Lang, path: &str) -> Option<TypeIx> {
        let of = &self.index.langs[lang as usize];
        if let Some((None, ix)) = of.ctors.get(path).and_then(|rows| rows.first()) {
            return Some(*ix);
        }
        if path.contains('(') {
            return None;
        }
        let by_glob = || of.ctor_globs.iter().find(|(g, _)| g.fits(path)).map(|(_, ix)| *ix);
        let by_name = || {
            let (root, name) = root_and_name(lang, path)?;
            *of.ctor_names.get(&(root.to_owned(), name.to_owned()))?
        };
        by_glob().or_else(by_name)
    }

    /// A class method: the call, and the type of what it gives.
    fn on_class(&self, class: TypeIx, chain: &str) -> Option<(CallIx, Option<TypeIx>)> {
        let of = &self.index.types[class.0 as usize];
        let call = *of.methods.get(chain)?;
        self.calls[call.0 as usize].class_method.then(|| (call, of.get.get(chain).map(|(t, _)| *t)))
    }

    #[must_use]
    pub fn type_by_id(&self, id: &str) -> Option<TypeIx> {
        self.index.ids.get(id).copied()
    }

    #[must_use]
    pub fn type_row(&self, ix: TypeIx) -> &super::rows::TypeRow {
        &self.types[ix.0 as usize]
    }

    #[must_use]
    pub fn call_row(&self, ix: CallIx) -> &super::rows::CallRow {
        &self.calls[ix.0 as usize]
    }

    /// The row of a function or constructor, or of a method on an external value: `litellm.acompletion`,
    /// `ai#generateText`, `openai.chat.completions.create`, `langchain_chroma.Chroma.from_documents`.
    #[must_use]
    pub fn function(&self, lang: Lang, path: &str) -> Option<CallIx> {
        let of = &self.index.langs[lang as usize];
        if !of.knows(lang, path) {
            return None;
        }
        kept(&of.asked.functions, path.to_owned(), || self.find_function(lang, path))
    }

    fn find_function(&self, lang: Lang, path: &str) -> Option<CallIx> {
        let of = &self.index.langs[lang as usize];
        if let Some(ix) = of.functions.get(path) {
            return Some(*ix);
        }
        if let Some((_, ix)) = of.function_globs.iter().find(|(g, _)| g.fits(path)) {
            return Some(*ix);
        }
        if let Some((root, name)) = root_and_name(lang, path)
            && let Some(Some(ix)) = of.function_names.get(&(root.to_owned(), name.to_owned()))
        {
            return Some(*ix);
        }
        cuts(lang, path).find_map(|(base, chain)| {
            let on_value = || self.method(self.type_by_value(lang, base)?, chain);
            on_value().or_else(|| Some(self.on_class(self.class(lang, base)?, chain)?.0))
        })
    }

    /// The row of a method chain on a value of this type; `__call__` for calling the value itself.
    #[must_use]
    pub fn method(&self, ty: TypeIx, chain: &str) -> Option<CallIx> {
        let of = &self.index.types[ty.0 as usize];
        let chain = plain(chain);
        if let Some(row) = of.methods.get(chain.as_ref()) {
            return Some(*row);
        }
        // `client.beta.messages.with_raw_response.create`: members that give the client again do not matter.
        let kept: Vec<&str> = chain.split('.').filter(|name| !of.same.contains(*name)).collect();
        of.methods.get(kept.join(".").as_str()).copied()
    }

    /// The type of a member chain: the same type for `same` members, another for what `get` names.
    #[must_use]
    pub fn member(&self, ty: TypeIx, chain: &str, called: bool) -> Option<TypeIx> {
        let of = &self.index.types[ty.0 as usize];
        let chain = plain(chain);
        match of.get.get(chain.as_ref()) {
            Some((to, must_call)) if called || !must_call => Some(*to),
            _ => of.same.contains(chain.as_ref()).then_some(ty),
        }
    }

    /// The type of what a method gives that only values of one type have, whatever it is called on.
    #[must_use]
    pub fn type_by_method(&self, lang: Lang, name: &str) -> Option<TypeIx> {
        self.index.langs[lang as usize].made_by.get(name).copied()
    }

    /// Whether some longer chain of this type begins with this one.
    #[must_use]
    pub fn is_prefix(&self, ty: TypeIx, chain: &str) -> bool {
        self.index.types[ty.0 as usize].prefixes.contains(plain(chain).as_ref())
    }

    /// The row of a chain that tells enough without its receiver's type: the longest that ends the given names.
    #[must_use]
    pub fn alone(&self, lang: Lang, chain: &[&str]) -> Option<CallIx> {
        let of = &self.index.langs[lang as usize];
        (0..chain.len()).find_map(|from| of.alone.get(plain(&chain[from..].join(".")).as_ref()).copied())
    }
}
