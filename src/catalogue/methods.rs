//! What methods and functions do by their name alone (`queries/methods.toml`), and the questions that the linker and
//! the tracer ask of it and of the propagator rows.

use rustc_hash::FxHashSet;
use serde::Deserialize;

use super::{CallIx, Catalogue, Lang, TypeIx};

/// How data pass through a call whose code is not in the tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Passes {
    /// The result carries nothing of what went in.
    Nothing,
    /// The result is the receiver or the arguments, or a part or copy of them.
    Same,
    /// The result is text of everything that went in.
    Text,
    /// The result is the member of the receiver that the first argument names.
    Member,
}

/// A call that is seen through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrapper {
    /// Gives the function that it is given.
    Callable,
    /// Gives the function that it is given, with its first arguments.
    Partial,
    /// Gives what it is given.
    Value,
    /// Calls its n-th argument with the arguments after it, and gives the result.
    CallArgument(usize),
    /// Gives the default export of the module that its n-th argument loads.
    Default(usize),
}

/// Which arguments of a call declare a schema.
#[derive(Clone, Debug)]
pub struct SchemaCall {
    /// The place of the object with the fields.
    pub object: usize,
    /// The place of the table's name.
    pub name: Option<usize>,
    /// Keyword arguments are fields as well.
    pub keywords: bool,
    /// Only with a field that is made of one of these names.
    pub of: Vec<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Methods {
    same: FxHashSet<String>,
    first_only: FxHashSet<String>,
    text: FxHashSet<String>,
    asks: FxHashSet<String>,
    member: FxHashSet<String>,
    iteration: FxHashSet<String>,
    fold: FxHashSet<String>,
    keeps_elements: FxHashSet<String>,
    picks_one: FxHashSet<String>,
    takes_one: FxHashSet<String>,
    continuation: FxHashSet<String>,
    mutates_whole: FxHashSet<String>,
    common: FxHashSet<String>,
    collection: FxHashSet<String>,
    about_answers: FxHashSet<String>,
    answer_tag_members: FxHashSet<String>,
    answer_tags: FxHashSet<String>,
    embedders: Vec<String>,
    failure_options: FxHashSet<String>,
    counts: FxHashSet<String>,
    mappings: FxHashSet<String>,
    keys: FxHashSet<String>,
    values: FxHashSet<String>,
    entries: FxHashSet<String>,
    pairs: FxHashSet<String>,
    numbers: FxHashSet<String>,
    encodes: FxHashSet<String>,
    reorders: FxHashSet<String>,
    listens: FxHashSet<String>,
    emits: FxHashSet<String>,
    delays: FxHashSet<String>,
    empties: FxHashSet<String>,
    removes: FxHashSet<String>,
    replaces: FxHashSet<String>,
    row_readers: FxHashSet<String>,
    commits: FxHashSet<String>,
    state_graphs: FxHashSet<String>,
    state_parts: FxHashSet<String>,
    state_runs: FxHashSet<String>,
    state_sends: FxHashSet<String>,
    choices: FxHashSet<String>,
    technical: FxHashSet<String>,
    relations: FxHashSet<String>,
    record_bases: Vec<String>,
    enumerations: Vec<String>,
    setting_functions: FxHashSet<String>,
    setting_objects: Vec<String>,
    setting_classes: Vec<String>,
    field_functions: Vec<String>,
    text_functions: Vec<String>,
    setting_modules: Vec<String>,
    pub(super) header_arguments_python: Vec<String>,
    pub(super) header_arguments_js: Vec<String>,
    pub(super) url_operations: Vec<(String, String)>,
    pub(super) model_paths: Vec<String>,
    pub(super) common_paths: Vec<String>,
    pub(super) model_servers: Vec<String>,
    pub(super) model_operations: Vec<(String, String)>,
    pub(super) path_providers: Vec<(String, String)>,
}

impl Methods {
    pub(super) fn builtin() -> anyhow::Result<Self> {
        Ok(toml::from_str(include_str!("../../queries/methods.toml"))?)
    }
}

impl Catalogue {
    #[must_use]
    pub fn passes(&self, lang: Lang, name: &str, path: Option<&str>) -> Option<Passes> {
        let m = &self.methods;
        if self.passes_none(lang, path, &[name]) {
            return Some(Passes::Nothing);
        }
        if m.member.contains(name) {
            return Some(Passes::Member);
        }
        if m.same.contains(name) {
            return Some(Passes::Same);
        }
        m.text.contains(name).then_some(Passes::Text)
    }

    /// Whether a method of this name never gives back what it is called on.
    #[must_use]
    pub fn passes_nothing(&self, name: &str) -> bool {
        self.passes_none(Lang::Python, None, &[name]) || self.passes_none(Lang::Js, None, &[name])
    }

    #[must_use]
    pub fn wrapper(&self, lang: Lang, path: &str) -> Option<Wrapper> {
        if self.function(lang, path).is_some_and(|row| self.call_row(row).same_type) {
            return Some(Wrapper::Callable);
        }
        let names: Vec<&str> = names_of(path);
        let row = self.transparent_by(lang, Some(path), &names)?;
        Some(match row.kind.as_str() {
            "callable" => Wrapper::Callable,
            "partial" => Wrapper::Partial,
            "call_argument" | "result" => Wrapper::CallArgument(row.arg as usize),
            "default" => Wrapper::Default(row.arg as usize),
            _ => Wrapper::Value,
        })
    }

    /// By the callee as written: `z.object`, `pgTable`.
    #[must_use]
    pub fn schema(&self, lang: Lang, callee: &str) -> Option<SchemaCall> {
        let names = names_of(callee);
        let row = self.schema_by(lang, Some(callee), &names)?;
        Some(SchemaCall {
            object: row.fields as usize,
            name: row.name.map(|n| n as usize),
            keywords: row.keywords,
            of: row.of.clone(),
        })
    }

    #[must_use]
    pub fn is_mutator(&self, name: &str) -> bool {
        self.mutates_receiver(Lang::Python, &[name]) || self.mutates_receiver(Lang::Js, &[name])
    }

    #[must_use]
    pub fn puts_into_first(&self, path: &str) -> bool {
        self.mutates_first(Lang::Js, path) || self.mutates_first(Lang::Python, path)
    }

    #[must_use]
    pub fn mutates_whole(&self, name: &str) -> bool {
        self.methods.mutates_whole.contains(name)
    }

    /// Whether only what a function of this name works on comes back: its receiver, or else its first argument.
    #[must_use]
    pub fn first_only(&self, name: &str) -> bool {
        self.methods.first_only.contains(name)
    }

    /// Whether a member of an answer says how it came about, and not what it says.
    #[must_use]
    pub fn is_about_answer(&self, name: &str) -> bool {
        self.methods.about_answers.contains(name)
    }

    /// Whether a member of this name says what kind of a part of an answer it is in.
    #[must_use]
    pub fn is_answer_tag_member(&self, name: &str) -> bool {
        self.methods.answer_tag_members.contains(name)
    }

    /// Whether a call of this name gives vectors.
    #[must_use]
    pub fn embeds(&self, name: &str) -> bool {
        self.methods.embedders.iter().any(|part| name.to_ascii_lowercase().contains(part.as_str()))
    }

    /// Whether this text names a kind of parts of answers in the protocol of an SDK.
    #[must_use]
    pub fn is_answer_tag(&self, text: &str) -> bool {
        self.methods.answer_tags.contains(text)
    }

    /// Whether the function under this option of a call is told of a failure.
    #[must_use]
    pub fn is_failure_option(&self, name: &str) -> bool {
        self.methods.failure_options.contains(name)
    }

    #[must_use]
    pub fn is_iteration(&self, name: &str) -> bool {
        self.methods.iteration.contains(name)
    }

    #[must_use]
    pub fn is_fold(&self, name: &str) -> bool {
        self.methods.fold.contains(name)
    }

    #[must_use]
    pub fn is_continuation(&self, name: &str) -> bool {
        self.methods.continuation.contains(name)
    }

    #[must_use]
    pub fn keeps_elements(&self, name: &str) -> bool {
        self.methods.keeps_elements.contains(name)
    }

    #[must_use]
    pub fn picks_one(&self, name: &str) -> bool {
        self.methods.picks_one.contains(name)
    }

    /// Whether a method of this name gives one element of the collection it is called on.
    #[must_use]
    pub fn takes_one(&self, name: &str) -> bool {
        self.methods.takes_one.contains(name)
    }

    /// Whether a call of this name makes a graph of functions that share a state of the class it is given.
    #[must_use]
    pub fn shares_state(&self, name: &str) -> bool {
        self.methods.state_graphs.contains(name)
    }

    /// Whether a method of this name is given a function that works on the state of such a graph.
    #[must_use]
    pub fn adds_to_graph(&self, name: &str) -> bool {
        self.methods.state_parts.contains(name)
    }

    /// Whether a function of this name hands a part of such a graph a state of its own.
    #[must_use]
    pub fn sends_state(&self, name: &str) -> bool {
        self.methods.state_sends.contains(name)
    }

    /// Whether a method of this name runs such a graph and gives its state.
    #[must_use]
    pub fn runs_state(&self, name: &str) -> bool {
        self.methods.state_runs.contains(name)
    }

    /// Whether a method of this name is given a function that says which part of a graph runs next.
    #[must_use]
    pub fn chooses_next(&self, name: &str) -> bool {
        self.methods.choices.contains(name)
    }

    /// Whether a call of this name keeps what was put into objects before.
    #[must_use]
    pub fn commits(&self, name: &str) -> bool {
        self.methods.commits.contains(name)
    }

    /// Whether a method of this name says nothing of the class it belongs to.
    #[must_use]
    pub fn is_common_method(&self, name: &str) -> bool {
        self.methods.common.contains(name) || self.methods.collection.contains(name)
    }

    #[must_use]
    pub fn is_collection_method(&self, name: &str) -> bool {
        self.methods.collection.contains(name)
    }

    /// Whether a function of this name gives keys, values or entries of a mapping.
    #[must_use]
    pub fn gives_parts(&self, name: &str) -> bool {
        self.gives_keys(name) || self.gives_values(name) || self.methods.entries.contains(name)
    }

    #[must_use]
    pub fn gives_keys(&self, name: &str) -> bool {
        self.methods.keys.contains(name)
    }

    #[must_use]
    pub fn gives_values(&self, name: &str) -> bool {
        self.methods.values.contains(name)
    }

    /// Whether a function of this name gives tuples of the elements of its arguments.
    #[must_use]
    pub fn pairs_up(&self, name: &str) -> bool {
        self.methods.pairs.contains(name) || self.numbers(name)
    }

    /// Whether the first part of such a tuple is a number.
    #[must_use]
    pub fn numbers(&self, name: &str) -> bool {
        self.methods.numbers.contains(name)
    }

    /// Whether a function of this name makes text of which the members can be had again.
    #[must_use]
    pub fn encodes(&self, name: &str) -> bool {
        self.methods.encodes.contains(name)
    }

    /// Whether a method of this name has a function called when an event is emitted.
    #[must_use]
    pub fn listens(&self, name: &str) -> bool {
        self.methods.listens.contains(name)
    }

    #[must_use]
    pub fn emits(&self, name: &str) -> bool {
        self.methods.emits.contains(name)
    }

    /// Whether the argument after the function is a time, and those after that are what the function gets.
    #[must_use]
    pub fn delays(&self, name: &str) -> bool {
        self.methods.delays.contains(name)
    }

    /// Whether elements are not where they were after a function of this name.
    #[must_use]
    pub fn reorders(&self, name: &str) -> bool {
        self.methods.reorders.contains(name)
    }

    /// Whether a member of this name is a number that says nothing of the data.
    #[must_use]
    pub fn is_count(&self, name: &str) -> bool {
        self.methods.counts.contains(name)
    }

    /// Whether the arguments of a function of this name only say what to look for.
    #[must_use]
    pub fn asks(&self, name: &str) -> bool {
        self.methods.asks.contains(name)
    }

    /// Whether the instances of classes with this base are constants.
    #[must_use]
    pub fn is_enumeration(&self, base: &str) -> bool {
        self.methods
            .enumerations
            .iter()
            .any(|e| base == e || base.ends_with(e) && base[..base.len() - e.len()].ends_with('.'))
    }

    /// Whether a function of this name makes a mapping.
    #[must_use]
    pub fn is_mapping(&self, name: &str) -> bool {
        self.methods.mappings.contains(name)
    }

    /// Whether a method of this name, given nothing, removes all members.
    #[must_use]
    pub fn empties(&self, name: &str) -> bool {
        self.methods.empties.contains(name)
    }

    /// Whether a method of this name removes the member that its first argument names.
    #[must_use]
    pub fn removes(&self, name: &str) -> bool {
        self.methods.removes.contains(name)
    }

    /// Whether a method of this name puts its second argument in the place of the member that its first names.
    #[must_use]
    pub fn replaces(&self, name: &str) -> bool {
        self.methods.replaces.contains(name)
    }

    #[must_use]
    pub fn is_row_reader(&self, name: &str) -> bool {
        self.methods.row_readers.contains(name)
    }

    /// Whether a base class makes records of a database.
    #[must_use]
    pub fn is_record_base(&self, path: &str) -> bool {
        self.methods.record_bases.iter().any(|base| path.trim_end_matches("()").ends_with(base.as_str()))
    }

    /// Whether a field made by a call of this name leads to other records.
    #[must_use]
    pub fn is_relation(&self, name: &str) -> bool {
        self.methods.relations.contains(name)
    }

    /// Whether a name is that of a setting or handle: `selectedChatModel`, `thread_id`.
    #[must_use]
    pub fn is_technical(&self, name: &str) -> bool {
        let start = name.rfind(['_', '-']).map_or(0, |i| i + 1);
        let last = &name[start..];
        let hump = last.rfind(|c: char| c.is_ascii_uppercase()).unwrap_or(0);
        let last = if last.chars().all(|c| !c.is_ascii_lowercase()) { last } else { &last[hump..] };
        let first = name.split(|c: char| c == '_' || c.is_ascii_uppercase()).next().unwrap_or_default();
        self.methods.technical.contains(last.to_ascii_lowercase().as_str())
            || matches!(first, "is" | "has" | "should" | "enable" | "use" | "max" | "min" | "num" | "on")
    }

    /// Whether a call of this function reads an environment variable.
    #[must_use]
    pub fn reads_setting(&self, path: &str) -> bool {
        self.methods.setting_functions.contains(path)
    }

    /// Whether a function declares a field of a class, with its default: `pydantic.Field`.
    #[must_use]
    pub fn declares_field(&self, path: &str) -> bool {
        self.methods.field_functions.iter().any(|f| f == path)
    }

    /// The environment variable that a read of this path is: `process.env.MODEL` → `MODEL`.
    #[must_use]
    pub fn setting_name<'a>(&self, path: &'a str) -> Option<&'a str> {
        self.methods
            .setting_objects
            .iter()
            .find_map(|object| path.strip_prefix(object.as_str()))
            .filter(|name| !name.is_empty() && !name.contains(['.', '(']))
    }

    /// Whether a function gives its argument as text: `str(url)`.
    #[must_use]
    pub fn gives_text(&self, path: &str) -> bool {
        self.methods.text_functions.iter().any(|f| f == path)
    }

    /// Whether a base class fills its fields from the environment.
    #[must_use]
    pub fn is_setting_class(&self, path: &str) -> bool {
        self.methods.setting_classes.iter().any(|c| c == path)
    }

    /// Whether a path is read from the framework's settings object, whose values stand in a module `settings`.
    #[must_use]
    pub fn is_settings_module(&self, path: &str) -> bool {
        self.methods.setting_modules.iter().any(|m| path.starts_with(m.as_str()))
    }

    /// Whether a path is the environment as a whole: `process.env`.
    #[must_use]
    pub fn is_environment(&self, path: &str) -> bool {
        self.methods.setting_objects.iter().any(|o| o.strip_suffix('.') == Some(path))
    }

    /// The type of what a call row's result is.
    #[must_use]
    pub fn result_type(&self, call: CallIx) -> Option<TypeIx> {
        self.result_type_of(self.call_row(call))
    }

    /// The same, of a row.
    #[must_use]
    pub fn result_type_of(&self, row: &super::CallRow) -> Option<TypeIx> {
        if row.get.is_empty() { None } else { self.type_by_id(&row.get) }
    }

    /// The type of `value | other`, where the type's values can be piped.
    #[must_use]
    pub fn pipe(&self, ty: TypeIx) -> Option<TypeIx> {
        self.member(ty, "pipe", true)
    }
}

/// The names of a path, without call brackets: `a#b.c().d` → `a#b`… the last ones matter for suffix patterns.
fn names_of(path: &str) -> Vec<&str> {
    let path = path.rsplit_once('#').map_or(path, |(_, names)| names);
    path.split('.').map(|n| n.trim_end_matches("()")).filter(|n| !n.is_empty()).collect()
}
