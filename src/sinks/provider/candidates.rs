//! Where the code allows several recipients or models: each with the condition under which it is the one.

use super::{BY_CONFIG, Finding};
use crate::catalogue::TypeRow;
use crate::inventory::{Candidate, FurtherRecipient};
use crate::ir::{Branch, Call, FnKind, Function, Key, NO_OTHER_CASE, Span, ValueId, ValueKind};
use crate::link::{FuncId, Gv};
use crate::path::Path;
use crate::place;

/// A recipient, and what in the code makes it one: the call that makes its client, the model's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) provider: String,
    pub(super) model: Option<String>,
    pub(super) at: Option<Gv>,
    /// It keeps the data, and another runs the model.
    pub(super) store: bool,
}

impl Found {
    pub(super) fn new(provider: &str, at: Gv) -> Found {
        Found { provider: provider.to_owned(), model: None, at: Some(at), store: false }
    }
}

/// When a value is the one, in words, and whether that is so when nothing is set.
#[derive(Default)]
struct Condition {
    text: Option<String>,
    default: bool,
}

impl Finding<'_, '_> {
    /// One recipient, or the candidates among which configuration decides.
    pub(super) fn decide(&mut self, found: Vec<Found>) {
        let (stores, mut models): (Vec<Found>, Vec<Found>) =
            found.into_iter().partition(|f| f.store || self.is_store(&f.provider));
        if models.is_empty() {
            models = stores;
        } else {
            self.embeds = !stores.is_empty();
            for store in stores {
                if self.is_remote_store(&store.provider) {
                    self.also(&store.provider, "store");
                }
            }
        }
        let mut distinct: Vec<&str> = models.iter().map(|f| f.provider.as_str()).collect();
        distinct.sort_unstable();
        distinct.dedup();
        match distinct.as_slice() {
            [] => {}
            [one] => self.out.provider = (*one).to_owned(),
            _ => {
                self.out.provider = BY_CONFIG.into();
                // What is open is no candidate beside those that are known.
                for found in models.iter().filter(|f| f.provider != BY_CONFIG) {
                    self.candidate(&found.provider, found.model.as_deref(), found.at);
                }
            }
        }
    }

    pub(super) fn is_store(&self, provider: &str) -> bool {
        self.program.catalogue.is_store(provider)
    }

    /// Whether data leave to a store: one that runs within the program unless it is given a host does not count.
    fn is_remote_store(&self, provider: &str) -> bool {
        provider != "local" && (!self.program.catalogue.is_embedded(provider) || self.out.endpoint.is_some())
    }

    /// Whether a host only forwards to the SDK's own provider, recording what passes.
    pub(super) fn passes_on(&self, provider: &str) -> bool {
        self.program.catalogue.is_proxy(provider)
    }

    pub(super) fn also(&mut self, provider: &str, role: &str) {
        let further = FurtherRecipient { provider: provider.to_owned(), role: role.to_owned() };
        if !self.out.also.contains(&further) {
            self.out.also.push(further);
        }
    }

    pub(super) fn candidate(&mut self, provider: &str, model: Option<&str>, at: Option<Gv>) {
        let known = |c: &&mut Candidate| c.provider == provider && (c.model.as_deref() == model || model.is_none());
        if self.out.candidates.iter_mut().any(|c| known(&c)) {
            return;
        }
        let condition = at.map(|at| self.condition(at)).unwrap_or_default();
        self.out.candidates.push(Candidate {
            provider: provider.to_owned(),
            model: model.map(str::to_owned),
            condition: condition.text,
            default: condition.default,
            location: at.map(|at| place::of(self.program, at)),
        });
    }

    /// A host that is left out leaves the SDK's own: the provider is a candidate, and the one where nothing is set.
    pub(super) fn unless_set(&mut self, site: Gv, call: &Call, row: &TypeRow, whose: &str) {
        let hosts = self.constants(site, call, &row.base_url, 0);
        if hosts.is_empty() || !hosts.iter().all(|c| c.setting && c.optional) {
            return;
        }
        let mut names: Vec<&str> = hosts.iter().map(|c| &*c.text).collect();
        names.sort_unstable();
        names.dedup();
        let condition = Some(format!("{} not set", names.join(" and ")));
        if self.out.candidates.iter().any(|c| c.provider == whose && c.condition == condition) {
            return;
        }
        self.out.candidates.push(Candidate {
            provider: whose.to_owned(),
            model: self.out.model.clone(),
            condition,
            default: true,
            location: Some(place::of(self.program, site)),
        });
    }

    /// Under which condition the program comes to a value: the nearest branch or the key of a table of choices.
    fn condition(&mut self, at: Gv) -> Condition {
        let f = self.program.function(at.func);
        let span = f.value(at.value).span;
        if let Some(branch) = innermost(f, |b| within(span, b.holds)) {
            let default = branch.text.as_ref() == NO_OTHER_CASE || self.holds_by_default(at.func, branch);
            return Condition { text: Some(branch.text.to_string()), default };
        }
        if let Some(branch) =
            innermost(f, |b| within(span, b.span) && b.holds != Span::default() && after(span, b.holds))
        {
            let text = if chained(f, branch) { "otherwise".to_owned() } else { format!("not ({})", branch.text) };
            return Condition { text: Some(text), default: true };
        }
        // What a lambda in a table gives is chosen as the lambda is.
        let key = key_of(f, at.value).or_else(|| {
            let (parent, value) = self.lambda(at.func)?;
            key_of(self.program.function(parent), value)
        });
        key.map_or_else(Condition::default, |key| Condition { text: Some(format!("key \"{key}\"")), default: false })
    }

    /// Whether the condition compares a setting with its own default: `provider == "openai"` after
    /// `provider = os.getenv("PROVIDER", "openai")`.
    fn holds_by_default(&mut self, func: FuncId, branch: &Branch) -> bool {
        let f = self.program.function(func);
        let ValueKind::Opaque(parts) = f.kind_of(branch.cond) else { return false };
        let text = |v: &ValueId| match f.kind_of(*v) {
            ValueKind::Str(s) => Some(s.clone()),
            _ => None,
        };
        let (Some(wanted), Some(asked)) = (parts.iter().find_map(text), parts.iter().find(|v| text(v).is_none()))
        else {
            return false;
        };
        let constants = self.tracer.constants(Gv { func, value: *asked }, Path::whole());
        constants.iter().find(|c| !c.setting).is_some_and(|c| c.text == wanted)
    }

    /// The function that a lambda stands in, and its value there.
    fn lambda(&self, func: FuncId) -> Option<(FuncId, ValueId)> {
        let f = self.program.function(func);
        if f.kind != FnKind::Lambda {
            return None;
        }
        let parent = self.program.parent(func)?;
        let file = self.program.file_of(func);
        let values = &self.program.function(parent).values;
        let is_this = |kind: &ValueKind| matches!(kind, ValueKind::Func(ix) if self.program.func_id(file, *ix) == func);
        let at = values.iter().position(|v| is_this(&v.kind))?;
        Some((parent, ValueId(u32::try_from(at).ok()?)))
    }
}

fn within(inner: Span, outer: Span) -> bool {
    (outer.line, outer.column) <= (inner.line, inner.column)
        && (inner.end_line, inner.end_column) <= (outer.end_line, outer.end_column)
}

fn after(span: Span, before: Span) -> bool {
    (span.line, span.column) >= (before.end_line, before.end_column)
}

/// The smallest branch that fits.
fn innermost(f: &Function, fits: impl Fn(&Branch) -> bool) -> Option<&Branch> {
    let size = |s: Span| (s.end_line - s.line, s.end_column);
    f.branches.iter().filter(|b| !b.text.is_empty() && fits(b)).min_by_key(|b| size(b.holds))
}

/// Whether the statement has several conditions: `if … elif …`.
fn chained(f: &Function, branch: &Branch) -> bool {
    f.branches.iter().filter(|b| b.span == branch.span).count() > 1
}

/// The key under which a table of choices keeps a value: `{"openai": OpenAI(), "groq": Groq()}`. A table is kept under a
/// name; the options of one call are none.
fn key_of(f: &Function, value: ValueId) -> Option<String> {
    f.values.iter().enumerate().find_map(|(i, v)| {
        let ValueKind::Object(entries) = &v.kind else { return None };
        let this = ValueId(u32::try_from(i).ok()?);
        if entries.len() < 2 || !f.locals.values().any(|versions| versions.contains(&this)) {
            return None;
        }
        entries.iter().find_map(|(key, v)| match key {
            Key::Name(name) if *v == value => Some(name.to_string()),
            _ => None,
        })
    })
}
