//! Where a walk ends: declared personal fields, inputs of the program, reads by name.

use std::rc::Rc;

use super::declared::{KEYS_AND_TOKENS, Tellings};
use super::{End, Exit, Note, PathSeg, Queue, Scope, State, Tracer};
use crate::inputs::Input;
use crate::inventory::{Confidence, Location, Safeguard, Step};
use crate::ir::{Call, Sym, TypeExpr, ValueKind};
use crate::link::{Abs, FuncId, Gv};
use crate::personal::{Classified, Strength};
use crate::place;

/// A source of personal data.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Origin {
    pub(crate) location: Location,
    pub(crate) label: String,
    pub(crate) category: String,
    pub(crate) special: bool,
    pub(crate) kind: String,
    /// Part of an object that goes as a whole.
    pub(crate) whole: bool,
    /// Declared by a class whose objects are kept in a database.
    pub(crate) record: bool,
}

/// A source, and the way from it to the value that was asked for.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub(crate) origin: Origin,
    pub(crate) steps: Vec<Step>,
    pub(crate) safeguards: Vec<Safeguard>,
    pub(crate) confidence: Confidence,
    /// The function in which the walk up from the call met the data: another one is another way of the same data.
    pub(crate) at: FuncId,
    /// The data enter where the way begins; else they are met on their way, as what a value is declared to be.
    pub(crate) begins: bool,
    /// The functions that it leads through, from the source on.
    pub(crate) on: Vec<FuncId>,
}

/// Categories of values that a person can be found again by, even hashed.
const IDENTIFYING: &[&str] =
    &["email", "name", "phone", "postal_address", "national_id", "ip_address", "online_identifier", "financial"];

/// Whether what enters may bring files, of which the program is given the paths.
fn brings_files(input: &Input) -> bool {
    matches!(input.kind.as_str(), "chat_message" | "file_upload" | "form")
}

impl Tracer<'_> {
    // ---- inputs ----------------------------------------------------------------------------------------------------

    fn input(&mut self, state: &State, input: &Input, queue: &mut Queue) {
        // The declared fields that were met on the way say more.
        if !input.covers(&state.path) || state.declared {
            return;
        }
        let location = place::of(self.program, state.gv);
        self.named_or(state, Some(input), &location, queue);
    }

    /// A read of the path's last name that personal data are known by, or else the input as a whole.
    fn named_or(&mut self, state: &State, input: Option<&Input>, location: &Location, queue: &mut Queue) {
        if state.path.is_failure() {
            return;
        }
        if state.path.is_content_of_file() {
            if let Some(input) = input.filter(|i| brings_files(i)) {
                let read = state.path.names().rev().nth(1).and_then(|(_, read)| read);
                let origin = Origin {
                    location: read.map_or_else(|| location.clone(), |gv| place::of(self.program, gv)),
                    label: "uploaded file".into(),
                    category: input.category.clone(),
                    special: self.shared.fields.personal.category_is_special(&input.category),
                    kind: "file_upload".into(),
                    whole: false,
                    record: false,
                };
                let end = state.less(Confidence::Medium.min(input.confidence)).end();
                queue.exits.push(Exit::Source { origin: Rc::new(origin), at: state.gv.func, begins: true, end });
            }
            return;
        }
        // `.join()` of what is asked for is how it is read, not a field of it.
        let method = |name: &str| !input.is_some_and(|i| i.member(name));
        let segs = state.path.segs();
        let lang = self.program.lang(state.gv.func);
        let reads = |seg: &PathSeg| match seg {
            PathSeg::Field(name, _) => self.program.catalogue.passes(lang, name, None).is_some(),
            _ => false,
        };
        let called = |i: usize| matches!(segs.get(i + 1), Some(PathSeg::Ret)) && (i > 0 || reads(&segs[i]));
        let named: Vec<(Sym, Option<Gv>)> = segs
            .iter()
            .enumerate()
            .filter_map(|(i, seg)| match seg {
                PathSeg::Field(n, g) if !(called(i) && method(n)) => Some((n.clone(), *g)),
                _ => None,
            })
            .collect();
        let last = named.iter().rev().find(|(n, _)| n.parse::<i64>().is_err());
        if let Some((name, read)) = last
            && !input.is_some_and(|i| i.member(name))
        {
            // `rows[0].name`, `row._mapping.name`: of the row.
            let says = |n: &Sym| n.parse::<i64>().is_err() && !n.starts_with(['<', '_']);
            let owner = named.iter().rev().skip_while(|(n, _)| n != name).skip(1).find(|(n, _)| says(n));
            let owner = owner.map(|(n, _)| n.to_string()).or_else(|| self.variable(state.gv));
            let owner = owner.as_deref().or(input.map(|i| i.label.as_str()));
            let personal = &self.shared.fields.personal;
            // In what a person sends, `messages`, `question`, `text` are theirs, whatever the variable is called.
            let sent = |_: &Input| personal.classify_key(name, Some("message"));
            let Some(hit) = personal.classify_key(name, owner).or_else(|| input.and_then(sent)) else {
                // What a person sends in, under a name that says nothing: it is theirs all the same.
                if let Some(input) = input
                    && input.confidence > Confidence::Low
                    && !self.program.catalogue.is_technical(name)
                {
                    let at = read.map_or_else(|| location.clone(), |gv| place::of(self.program, gv));
                    let origin = Origin {
                        location: at,
                        // `<key>`, `_mapping`: how it is read, no name of what is read.
                        label: match name.starts_with(['<', '_']) {
                            true => input.label.clone(),
                            false => format!("{}: {name}", input.label),
                        },
                        category: input.category.clone(),
                        special: self.shared.fields.personal.category_is_special(&input.category),
                        kind: input.kind.clone(),
                        whole: false,
                        record: false,
                    };
                    let state = state.less(Confidence::Medium.min(input.confidence));
                    queue.exits.push(Exit::Source {
                        origin: Rc::new(origin),
                        at: state.gv.func,
                        begins: true,
                        end: state.end(),
                    });
                }
                return;
            };
            let enough = match input {
                Some(_) => true,
                None => hit.strength != Strength::Weak,
            };
            if !enough {
                return;
            }
            let at = read.map_or_else(|| location.clone(), |gv| place::of(self.program, gv));
            let origin = Origin {
                location: at,
                label: owner.map_or_else(|| name.to_string(), |o| format!("{o}.{name}")),
                category: hit.category,
                special: hit.special,
                kind: input.map_or("read", |i| i.kind.as_str()).into(),
                whole: false,
                record: false,
            };
            let state = if input.is_some() { state.clone() } else { state.less(Confidence::Medium) };
            queue.exits.push(Exit::Source {
                origin: Rc::new(origin),
                at: state.gv.func,
                begins: true,
                end: state.end(),
            });
            return;
        }
        let Some(input) = input else { return };
        if state.declared {
            return; // the declared fields that were met on the way say more
        }
        let named = if input.category == "other" { self.named_parameter(state) } else { None };
        let category = named.as_ref().map_or_else(|| input.category.clone(), |hit| hit.category.clone());
        let origin = Origin {
            location: location.clone(),
            label: input.label.clone(),
            special: self.shared.fields.personal.category_is_special(&category),
            category,
            kind: input.kind.clone(),
            whole: false,
            record: false,
        };
        let state = state.less(input.confidence);
        queue.exits.push(Exit::Source { origin: Rc::new(origin), at: state.gv.func, begins: true, end: state.end() });
    }

    /// What the parameter of a handler is by its name and those beside it, asked for as a whole: `def sms(From, Body)`.
    fn named_parameter(&self, state: &State) -> Option<Classified> {
        if !state.path.is_whole() {
            return None;
        }
        let ValueKind::Param(ix) = self.program.kind(state.gv) else { return None };
        let params = &self.program.function(state.gv.func).params;
        let name = &params.get(*ix as usize)?.name;
        let names: Vec<&str> = params.iter().map(|p| &*p.name).filter(|n| !n.is_empty()).collect();
        self.shared.fields.personal.classify_parameter(name, &names)
    }

    /// The name of the parameter or variable that a value is read from.
    fn variable(&self, gv: Gv) -> Option<String> {
        match self.program.kind(gv) {
            ValueKind::Param(ix) => {
                let name = &self.program.function(gv.func).params.get(*ix as usize)?.name;
                (!name.is_empty()).then(|| name.to_string())
            }
            ValueKind::Free(name) => Some(name.to_string()),
            _ => {
                let f = self.program.function(gv.func);
                f.locals.iter().find(|(_, values)| values.contains(&gv.value)).map(|(n, _)| n.to_string())
            }
        }
    }

    /// A model's answer that is handed on to a model: the words of one, made from what it was given.
    pub(super) fn model_output(&mut self, state: &State, queue: &mut Queue) {
        let Some((category, label)) = self.shared.inputs.model_call(state.gv) else { return };
        let origin = Origin {
            location: place::of(self.program, state.gv),
            label: label.to_owned(),
            category: category.to_owned(),
            special: false,
            kind: "model_output".into(),
            whole: false,
            record: false,
        };
        let state = state.less(Confidence::Medium);
        queue.exits.push(Exit::Source { origin: Rc::new(origin), at: state.gv.func, begins: true, end: state.end() });
    }

    /// A value that the user's own rows name.
    pub(super) fn user_source(&mut self, state: &State, queue: &mut Queue) -> bool {
        let Some(input) = self.shared.inputs.user(state.gv) else { return false };
        if state.path.is_failure() {
            return true; // what it fails with is none of what it gives
        }
        let input = input.clone();
        self.defined_source(state, &input, queue);
        true
    }

    /// What a function that is handed over gives, where the user's rows name it.
    pub(super) fn handed_source(&mut self, state: &State, value: Gv, queue: &mut Queue) -> bool {
        let inputs = self.shared.inputs;
        let Some(input) = inputs.given_by(self.program, &mut self.resolver, value) else { return false };
        self.defined_source(&State { gv: value, ..state.clone() }, input, queue);
        true
    }

    fn defined_source(&mut self, state: &State, input: &crate::inputs::Input, queue: &mut Queue) {
        let origin = Origin {
            location: place::of(self.program, state.gv),
            label: input.label.clone(),
            category: input.category.clone(),
            special: self.shared.fields.personal.category_is_special(&input.category),
            kind: "user_defined".into(),
            whole: false,
            record: false,
        };
        queue.exits.push(Exit::Source { origin: Rc::new(origin), at: state.gv.func, begins: true, end: state.end() });
    }

    pub(super) fn call_input(&mut self, state: &State, scope: Scope, queue: &mut Queue) -> bool {
        let Some(input) = self.shared.inputs.call(state.gv) else { return false };
        let input = input.clone();
        let _ = scope;
        if !self.begins(state, queue) {
            self.input(state, &input, queue);
        }
        self.file_of_a_user(state, &input, queue);
        // Of a store that is read, the arguments are the key; of a decoder, the receiver is the data.
        !input.passes
    }

    pub(super) fn read_input(&mut self, state: &State, queue: &mut Queue) -> bool {
        if let Some(values) = self.program.stores.stored(self.program, state.gv) {
            for gv in values {
                self.go(&state.less(Confidence::Medium), gv, state.path.clone(), Note::Value, queue);
            }
            return true;
        }
        if self.constants {
            return self.setting_read(state, queue);
        }
        let Some(input) = self.shared.inputs.read(state.gv) else { return false };
        let input = input.clone();
        self.input(state, &input, queue);
        true
    }

    /// Whether the parameter is an entry into the program; if so, what is asked of it is reported.
    pub(super) fn entry_param(&mut self, state: &State, ix: u32, queue: &mut Queue) -> bool {
        let Some(input) = self.shared.inputs.param(state.gv.func, ix) else { return false };
        if self.constants {
            return true;
        }
        let func = state.gv.func;
        if input.by_type
            && !self.shared.inputs.entries.contains_key(&func)
            && self.calls.callers(func).iter().any(|site| !self.program.in_test(site.call.func))
        {
            return false;
        }
        let input = input.clone();
        if input.covers(&state.path) {
            // A declared field says more than "request body".
            let mut probe = Queue::default();
            let fresh = State { told: None, ..state.clone() };
            let typed = self.typed(&fresh, &mut probe) || self.typed_member(&fresh, &mut probe);
            if !typed || probe.exits.is_empty() && self.is_free_text(state) {
                self.input(state, &input, queue);
            }
        }
        true
    }

    /// Whether what is asked for is a declared field that takes any text: whoever sends it may write what they like.
    pub(super) fn is_free_text(&mut self, state: &State) -> bool {
        let [PathSeg::Field(name, _)] = state.path.segs() else { return false };
        let name = name.clone();
        let program = self.program;
        self.types.resolve(state.gv).iter().any(|abs| {
            let Abs::Instance(class) = abs else { return false };
            let Some((owner, i)) = program.declared_field(*class, &name) else { return false };
            let text = |ty: &TypeExpr| matches!(ty, TypeExpr::Name(n, _) if matches!(&**n, "str" | "string"));
            match &program.class(owner).fields[i].ty {
                Some(TypeExpr::Union(types)) => types.iter().any(text),
                Some(ty) => text(ty),
                None => self.is_text_schema(owner, i),
            }
        })
    }

    /// Whether the member of a parameter that is asked for has a declared type that knows the rest of the path.
    fn typed_member(&mut self, state: &State, queue: &mut Queue) -> bool {
        let Some(PathSeg::Field(name, _)) = state.path.first() else { return false };
        let (name, rest) = (name.clone(), state.path.segs()[1..].to_vec());
        let mut known = false;
        for abs in self.types.field_of(state.gv, &name) {
            known |= self.typed_as(state, &abs, &rest, queue, &mut Tellings::default());
        }
        known
    }

    /// A parameter whose default value is a dependency: `db = Depends(get_db)` is what that function gives.
    pub(super) fn injected(&mut self, state: &State, scope: Scope, ix: u32, queue: &mut Queue) -> bool {
        let program = self.program;
        let Some(default) = program.function(state.gv.func).params.get(ix as usize).and_then(|p| p.default) else {
            return false;
        };
        let gv = Gv { func: state.gv.func, value: default };
        let ValueKind::Call(call) = program.kind(gv) else { return false };
        let callee = Gv { func: gv.func, value: call.callee };
        let _ = (scope, queue);
        self.external_path(callee).is_some_and(|p| program.catalogue.wrapper(program.lang(gv.func), &p).is_some())
    }

    /// The walk ends at a value of which nothing more is known: only what it is called can say what it is.
    pub(super) fn open_end(&mut self, state: &State, queue: &mut Queue) {
        let location = place::of(self.program, state.gv);
        self.named_or(state, None, &location, queue);
    }

    /// A name that nothing in the tree defines: `process.env`, `window`, `fetch`.
    pub(super) fn external_name(&mut self, _state: &State, name: &Sym, queue: &mut Queue) {
        if self.constants && self.program.catalogue.setting_name(&format!("{name}.x")).is_some() {
            return;
        }
        let _ = queue;
    }

    /// `session.get("history")`: what was set under the same key.
    pub(super) fn stored_under_key(
        &mut self,
        state: &State,
        call: &Call,
        receiver: Option<Gv>,
        name: &Sym,
        queue: &mut Queue,
    ) -> bool {
        let Some(values) = self.program.stores.stored(self.program, state.gv) else { return false };
        for gv in values {
            self.go(&state.less(Confidence::Medium), gv, state.path.clone(), Note::Value, queue);
        }
        let _ = (call, receiver, name);
        true
    }

    /// Whether what comes out of a way still says something of the person. A key or an id opens the way to something else
    /// behind a call that is not known; and what was written is not told by its hash.
    pub(super) fn still_said(&self, end: End, found: &Found) -> bool {
        let origin = &found.origin;
        let name = origin.label.rsplit(['.', ' ']).next().unwrap_or_default();
        let handle = origin.category == KEYS_AND_TOKENS
            || origin.category == "online_identifier" && self.program.catalogue.is_technical(name);
        if handle && self.passes_unknown(end) {
            return false;
        }
        let hashed = found.safeguards.iter().any(|s| s.kind == "hashing");
        !hashed || IDENTIFYING.contains(&origin.category.as_str())
    }

    /// Whether the data come out of a function in the options of a call that nothing is known of: what is made there is
    /// a widget, an editor, a handler, and not what the function gives.
    pub(super) fn given_by_a_handler(&self, end: End) -> bool {
        let steps = self.steps(end.chain);
        let handler = steps.iter().position(|s| matches!(s.note, Note::ToolResult(_)));
        handler.is_some_and(|at| steps[at..].iter().any(|s| matches!(s.note, Note::Through(_))))
    }

    /// Whether the way leads through a call outside the tree that nothing is known of. What is given to a tool is not
    /// given to the maker of the tool.
    fn passes_unknown(&self, end: End) -> bool {
        let steps = self.steps(end.chain);
        let tool = steps.iter().rposition(|s| matches!(s.note, Note::ToolResult(_)));
        let before = &steps[..tool.unwrap_or(steps.len())];
        before.iter().any(|s| matches!(s.note, Note::Through(_)))
    }

    // ---- the finished flow -----------------------------------------------------------------------------------------

    pub(super) fn found(&self, origin: &Origin, at: FuncId, end: End) -> Found {
        let mut steps: Vec<Step> = Vec::new();
        let mut safeguards = Vec::new();
        let mut on = Vec::new();
        for link in self.steps(end.chain) {
            on.push(link.at.func);
            // Where versions of a variable meet, nothing happens to it.
            let meets = matches!(self.program.kind(link.at), ValueKind::Phi(_) | ValueKind::AfterCall { .. });
            if meets && link.note == Note::Value && !steps.is_empty() {
                continue;
            }
            let location = place::of(self.program, link.at);
            if let Note::Safeguard { kind, name } = &link.note {
                safeguards.push(Safeguard {
                    kind: kind.to_string(),
                    location: location.clone(),
                    name: name.to_string(),
                });
            }
            let label = label(&link.note);
            match steps.last_mut() {
                // One step a line: the one that says most.
                Some(last) if last.location.file == location.file && last.location.line == location.line => {
                    if last.label == "value" && label != "value" {
                        last.label = label;
                    }
                }
                _ => steps.push(Step { location, label }),
            }
        }
        safeguards.sort();
        safeguards.dedup();
        on.dedup();
        let origin = if self.is_picture(origin, at, end) {
            Origin { category: "photo".into(), ..origin.clone() }
        } else {
            origin.clone()
        };
        Found { origin, steps, safeguards, confidence: end.confidence, at, begins: true, on }
    }
}

fn label(note: &Note) -> String {
    match note {
        Note::Read(name) => format!("read {name}"),
        Note::Text => "put into text".into(),
        Note::PassedTo(name) if name.is_empty() => "passed to a function".into(),
        Note::PassedTo(name) => format!("passed to {name}"),
        Note::ReturnedBy(name) if name.is_empty() => "returned by a function".into(),
        Note::ReturnedBy(name) => format!("returned by {name}"),
        Note::Through(name) if name.is_empty() => "through a call".into(),
        Note::Through(name) => format!("through {name}"),
        Note::Put => "put into an object".into(),
        Note::Built => "given to a constructor".into(),
        Note::Value => "value".into(),
        Note::ToolResult(name) => format!("result of {name}, which the model can call"),
        Note::Safeguard { kind, name } => format!("{kind} by {name}"),
    }
}
