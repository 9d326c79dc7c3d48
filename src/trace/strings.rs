//! The same walk, asked for constants: which model, which host, which setting.

use super::{Exit, Path, PathSeg, Queue, Scope, State, Tracer};
use crate::catalogue::Lang;
use crate::inventory::Confidence;
use crate::ir::{Call, Key, Sym, ValueId, ValueKind};
use crate::link::{Abs, ClassId, FileId, Gv};

/// A literal that a value may be, or the name of the setting that decides it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Constant {
    /// Holes of templates are `{}`, or `{NAME}` where a setting fills them.
    pub(crate) text: Sym,
    /// The environment variable or configuration key.
    pub(crate) setting: bool,
    /// One of several texts that a template makes: its parts may not belong together.
    pub(crate) composed: bool,
    /// A setting that the code goes on without: `os.getenv("X")`, and not `os.environ["X"]`.
    pub(crate) optional: bool,
    pub(crate) at: Gv,
}

impl Constant {
    pub(super) fn text(text: Sym, at: Gv) -> Constant {
        Constant { text, setting: false, composed: false, optional: false, at }
    }

    pub(super) fn setting(name: Sym, optional: bool, at: Gv) -> Constant {
        Constant { text: name, setting: true, composed: false, optional, at }
    }
}

/// The member of an HTTP client that stands for the base of its URLs.
pub(crate) const BASE_URL: &str = "<base url>";

/// Texts that are kept of one template, where its parts have several values.
const MOST_TEXTS: usize = 64;

/// `Model.BEST.value`: what the member of an enumeration was set to.
fn is_value_of_enum(path: &Path) -> bool {
    let names: Vec<&str> = path.names().map(|(name, _)| &**name).collect();
    path.segs().len() == 1 && names == ["value"]
}

impl Tracer<'_> {
    /// The literals that a value may be, nearest first.
    pub(crate) fn constants(&mut self, gv: Gv, path: Path) -> Vec<Constant> {
        let before = std::mem::replace(&mut self.constants, true);
        let outer = std::mem::take(&mut self.context);
        std::mem::swap(&mut self.summaries, &mut self.other_summaries);
        let found = self.constants_within(gv, path);
        std::mem::swap(&mut self.summaries, &mut self.other_summaries);
        self.context = outer;
        self.constants = before;
        found
    }

    fn constants_within(&mut self, gv: Gv, path: Path) -> Vec<Constant> {
        let start = State {
            gv,
            path,
            chain: None,
            confidence: Confidence::High,
            guarded: false,
            declared: false,
            via: None,
            told: None,
        };
        let mut found = Vec::new();
        for exit in self.explore(vec![start], Scope::Top) {
            if let Exit::Text { constant, .. } = exit
                && !found.contains(&constant)
            {
                found.push(constant);
            }
        }
        found
    }

    pub(super) fn literal(&mut self, state: &State, text: &Sym, queue: &mut Queue) {
        if self.constants && (state.path.is_whole() || is_value_of_enum(&state.path)) {
            let constant = Constant::text(text.clone(), state.gv);
            queue.exits.push(Exit::Text { constant, end: state.end() });
        }
    }

    /// A template: its literal parts, with what its holes are where that is one constant.
    pub(super) fn template(&mut self, state: &State, parts: &[ValueId], queue: &mut Queue) {
        if !state.path.is_whole() || self.depth > 6 {
            return;
        }
        // Each text so far, with the place of the part that makes it this one.
        let mut texts = vec![(String::new(), state.gv)];
        for part in parts {
            let gv = Gv { func: state.gv.func, value: *part };
            if let ValueKind::Str(s) = self.program.kind(gv) {
                texts.iter_mut().for_each(|(text, _)| text.push_str(s));
                continue;
            }
            self.depth += 1;
            let mut inner = self.constants_within(gv, Path::whole());
            self.depth -= 1;
            let setting = inner.iter().find(|c| c.setting).map(|c| c.text.clone());
            inner.retain(|c| !c.setting);
            match inner.as_slice() {
                // A hole that a setting fills has its name.
                [] if setting.is_some() => {
                    let hole = format!("{{{}}}", setting.as_deref().unwrap_or_default());
                    texts.iter_mut().for_each(|(text, _)| text.push_str(&hole));
                }
                [one] => texts.iter_mut().for_each(|(text, _)| text.push_str(&one.text)),
                [] => texts.iter_mut().for_each(|(text, _)| text.push_str("{}")),
                many if many.len() * texts.len() > MOST_TEXTS => {
                    texts.iter_mut().for_each(|(text, _)| text.push_str("{}"));
                }
                many => {
                    let with = |c: &Constant, (text, at): &(String, Gv)| {
                        let at = if *at == state.gv { c.at } else { *at };
                        (format!("{text}{}", c.text), at)
                    };
                    texts = many.iter().flat_map(|c| texts.iter().map(|t| with(c, t)).collect::<Vec<_>>()).collect();
                }
            }
        }
        let composed = texts.len() > 1;
        for (text, at) in texts {
            let constant = Constant { composed, ..Constant::text(Sym::from(text), at) };
            queue.exits.push(Exit::Text { constant, end: state.end() });
        }
    }

    /// `os.getenv("X", default)`: the setting, and its default. The same of an environment that a schema has read.
    pub(super) fn setting(&mut self, state: &State, call: &Call, queue: &mut Queue) -> bool {
        if self.environment_schema(state, call, queue) {
            return true;
        }
        let callee = Gv { func: state.gv.func, value: call.callee };
        let Some(path) = self.external_path(callee) else { return false };
        if let Some((name, _)) = state.path.names().next()
            && &**name == BASE_URL
            && self.base_url(state, &path, call, queue)
        {
            return true;
        }
        if self.field_default(state, &path, call, queue) {
            return true;
        }
        if self.program.catalogue.gives_text(&path)
            && let Some(arg) = call.args.first()
        {
            self.go(state, Gv { func: state.gv.func, value: arg.value }, state.path.clone(), super::Note::Value, queue);
            return true;
        }
        if !self.program.catalogue.reads_setting(&path) {
            return false;
        }
        let at = |value: ValueId| Gv { func: state.gv.func, value };
        if let Some(arg) = call.args.first()
            && let ValueKind::Str(name) = self.program.kind(at(arg.value))
        {
            let constant = Constant::setting(name.clone(), call.args.len() == 1, state.gv);
            queue.exits.push(Exit::Text { constant, end: state.end() });
        }
        for arg in call.args.iter().skip(1) {
            self.go(state, at(arg.value), state.path.clone(), super::Note::Value, queue);
        }
        true
    }

    /// What a client of plain HTTP is given as the base of its URLs.
    fn base_url(&mut self, state: &State, path: &str, call: &Call, queue: &mut Queue) -> bool {
        let catalogue = self.program.catalogue;
        let names: Vec<&str> = catalogue.base_url_arguments(self.program.lang(state.gv.func), path).collect();
        let at = |value: ValueId| Gv { func: state.gv.func, value };
        for name in &names {
            if let Some(arg) = call.args.iter().find(|a| a.name.as_deref() == Some(name)) {
                self.go(state, at(arg.value), Path::whole(), super::Note::Value, queue);
            } else if let Some(options) = call.args.first().filter(|a| a.name.is_none()) {
                let member = Path::of(vec![PathSeg::Field(Sym::from(*name), None)]);
                self.go(state, at(options.value), member, super::Note::Value, queue);
            }
        }
        !names.is_empty()
    }

    /// `process.env.X`, `os.environ["X"]`.
    pub(super) fn setting_read(&mut self, state: &State, queue: &mut Queue) -> bool {
        for abs in self.resolver.resolve(state.gv) {
            if let Abs::Ext(path) = abs
                && let Some(name) = self.program.catalogue.setting_name(&path)
            {
                // What Python does not find under a key, it raises.
                let optional = self.program.lang(state.gv.func) == Lang::Js;
                let constant = Constant::setting(Sym::from(name), optional, state.gv);
                queue.exits.push(Exit::Text { constant, end: state.end() });
                self.module_setting(name, &path, state, queue);
                // A member that is made of it may have a default there.
                if self.is_read_here(state.gv, name) {
                    return true;
                }
                break;
            }
        }
        self.settings_class(state, queue);
        false
    }

    /// Whether a value is the read of a setting itself, and no member that was set to it.
    fn is_read_here(&mut self, gv: Gv, name: &str) -> bool {
        let ValueKind::Field(base, field) = self.program.kind(gv) else { return false };
        let of = Gv { func: gv.func, value: *base };
        &**field == name && self.resolver.resolve(of).iter().any(|abs| matches!(abs, Abs::Ext(_)))
    }

    /// A settings module gives its names their values: `settings.OPENAI_MODEL` is that of `settings.py`.
    fn module_setting(&mut self, name: &str, path: &str, state: &State, queue: &mut Queue) {
        if !self.program.catalogue.is_settings_module(path) {
            return;
        }
        let name = Sym::from(name);
        for file in self.settings_modules() {
            for gv in self.program.exported(file, &name) {
                self.go(state, gv, state.path.clone(), super::Note::Value, queue);
            }
        }
    }

    /// A field of a class that is filled from the environment: its name is that of the setting, its default the value
    /// when nothing is set. The walk goes on to the default.
    fn settings_class(&mut self, state: &State, queue: &mut Queue) {
        let ValueKind::Field(base, name) = self.program.kind(state.gv) else { return };
        let base = Gv { func: state.gv.func, value: *base };
        for abs in self.resolver.resolve(base) {
            if let Abs::Instance(class) = abs
                && let Some(prefix) = self.settings_prefix(class)
                && let Some(field) = self.program.class(class).fields.iter().find(|f| f.name == *name)
            {
                let text = Sym::from(format!("{prefix}{name}").to_uppercase());
                let scope = self.program.func_id(self.program.class_file(class), self.program.class(class).scope);
                let kind = field.default.map(|value| self.program.kind(Gv { func: scope, value }));
                let constant = Constant::setting(text, matches!(kind, Some(ValueKind::Null)), state.gv);
                queue.exits.push(Exit::Text { constant, end: state.end() });
            }
        }
    }

    fn settings_modules(&self) -> Vec<FileId> {
        let is = |path: &str| path.ends_with("settings.py") || path.contains("settings/") && path.ends_with(".py");
        (0..).zip(&self.program.files).filter(|(_, f)| is(&f.path)).map(|(i, _)| FileId(i)).collect()
    }

    /// What stands before the names of a settings class in the environment; none where the class is no such class.
    fn settings_prefix(&self, class: ClassId) -> Option<String> {
        let (program, lineage) = (self.program, self.program.lineage(class));
        let is_setting = |c: &ClassId| {
            program.external_base_paths(*c).iter().any(|p| program.catalogue.is_setting_class(p.trim_end_matches("()")))
        };
        if !lineage.iter().any(is_setting) {
            return None;
        }
        let config = |c: &ClassId| {
            let field = program.class(*c).fields.iter().find(|f| &*f.name == "model_config")?;
            let scope = program.func_id(program.class_file(*c), program.class(*c).scope);
            let at = Gv { func: scope, value: field.default? };
            let given = match program.kind(at) {
                ValueKind::Call(call) => call.args.iter().find(|a| a.name.as_deref() == Some("env_prefix"))?.value,
                ValueKind::Object(entries) => {
                    let is_prefix = |k: &Key| matches!(k, Key::Name(name) if &**name == "env_prefix");
                    entries.iter().find(|(k, _)| is_prefix(k))?.1
                }
                _ => return None,
            };
            match program.kind(Gv { func: at.func, value: given }) {
                ValueKind::Str(prefix) => Some(prefix.to_string()),
                _ => None,
            }
        };
        Some(lineage.iter().find_map(config).unwrap_or_default())
    }
}
