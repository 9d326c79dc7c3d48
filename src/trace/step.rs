//! One step of the walk, by the kind of value.

use super::protocol::{STRING, TEXT};
use super::sequence::{is_tail, rest_of};
use super::{Exit, Note, Path, PathSeg, Queue, Scope, State, Tracer};
use crate::inventory::Confidence;
use crate::ir::{FINAL, FnKind, KEYS, Key, ParamKind, RAISED, Seg, Sym, TypeExpr, ValueId, ValueKind};
use crate::link::{FuncId, Gv, bind};
use crate::path::Overlap;

impl Tracer<'_> {
    pub(super) fn step(&mut self, state: &State, scope: Scope, queue: &mut Queue) {
        let program = self.program;
        let gv = state.gv;
        let at = |value: ValueId| Gv { func: gv.func, value };
        if !self.constants && self.user_source(state, queue) {
            return;
        }
        if matches!(state.path.first(), Some(PathSeg::Field(name, _)) if &**name == RAISED)
            && self.kept_apart(state, queue)
        {
            return;
        }
        match program.kind(gv) {
            ValueKind::Str(text) => self.literal(state, text, queue),
            ValueKind::Num(text) => {
                if self.constants {
                    self.literal(state, text, queue);
                }
            }
            ValueKind::Bool(b) => {
                if self.constants {
                    self.literal(state, &Sym::from(if *b { "true" } else { "false" }), queue);
                }
            }
            ValueKind::Null | ValueKind::Opaque(_) => {}
            ValueKind::Class(ix) => {
                let class = program.class_id(program.file_of(gv.func), *ix);
                self.class_member(state, class, scope, queue);
            }
            ValueKind::Param(ix) => self.param(state, *ix, scope, queue),
            ValueKind::This => self.receiver(state, scope, queue),
            ValueKind::Captured(name) => self.captured_in_order(state, name, scope, queue),
            ValueKind::Free(_) if !self.constants && self.read_input(state, queue) => {}
            ValueKind::Free(name) => self.free(state, name, scope, queue),
            ValueKind::Import(_) => self.import(state, scope, queue),
            ValueKind::Field(base, name) => {
                if self.read_input(state, queue) {
                    return;
                }
                if &**name == "__dict__" {
                    self.go(state, at(*base), state.path.clone(), Note::Value, queue);
                    return;
                }
                if program.lang(gv.func) == crate::catalogue::Lang::Js
                    && program.catalogue.is_count(name)
                    && !matches!(program.kind(at(*base)), ValueKind::Object(_))
                {
                    return;
                }
                if program.lang(gv.func) == crate::catalogue::Lang::Js && self.is_number_of(at(*base), name) {
                    return;
                }
                if program.lang(gv.func) == crate::catalogue::Lang::Js
                    && &**name == "value"
                    && let Some(of) = self.iterated(at(*base))
                {
                    self.go(state, of, state.path.prefixed(PathSeg::Iter), Note::Value, queue);
                    return;
                }
                let mut state = state.clone();
                self.tell_kind(&mut state, queue);
                if self.got(&state, at(*base), name, queue) {
                    return;
                }
                let place = self.place_from_start(at(*base), name);
                let path = state.path.prefixed(PathSeg::Field(place.unwrap_or_else(|| name.clone()), Some(gv)));
                let chain = self.link(gv, Note::Read(name.clone()), state.chain);
                queue.push(State { gv: at(*base), path, chain, ..state });
            }
            ValueKind::Index(base, key) => {
                if self.read_input(state, queue) {
                    return;
                }
                let path = match self.same_key(state, at(*key)) {
                    Some(name) => state.path.prefixed(PathSeg::Field(name, Some(gv))),
                    None => self.member_under(&state.path, at(*key), scope),
                };
                self.go(state, at(*base), path, Note::Value, queue);
            }
            ValueKind::Elem(base) => {
                let mut state = state.clone();
                self.tell(&mut state, false, queue);
                self.go(&state, at(*base), state.path.prefixed(PathSeg::Iter), Note::Value, queue);
            }
            ValueKind::Rest(base, names) if self.rest_of_list(state, at(*base), names, queue) => {}
            ValueKind::Rest(base, names) => {
                if let Some(PathSeg::Field(name, _)) = state.path.first()
                    && names.contains(name)
                    && !is_tail(names)
                {
                    return;
                }
                self.go(state, at(*base), rest_of(&state.path, names), Note::Value, queue);
            }
            ValueKind::Call(call) => self.call(state, call, scope, queue),
            ValueKind::Concat(parts) => {
                if self.constants {
                    self.template(state, parts, queue);
                    return;
                }
                if state.path.is_content_of_file()
                    || parts.len() == 2 && self.operated(state, parts, program.operator(gv, "__add__"), queue)
                    || self.joined_lists(state, parts, queue)
                {
                    return;
                }
                if let [template, mapping] = parts.as_slice()
                    && let ValueKind::Str(template) = program.kind(at(*template))
                    && template.contains("%(")
                    && self.is_mapping(at(*mapping), 12)
                {
                    // `"%(name)s" % {…}`: the members that the text names.
                    for name in template.split("%(").skip(1).filter_map(|rest| rest.split_once(')')) {
                        let path = Path::of(vec![PathSeg::Field(Sym::from(name.0), Some(gv))]);
                        self.go(state, at(*mapping), path, Note::Text, queue);
                    }
                    return;
                }
                // `"%s" % x` asks for other methods than a template with `x` in it.
                let percent = matches!(parts.as_slice(), [t, _]
                    if matches!(program.kind(at(*t)), ValueKind::Str(t) if t.contains("%s")));
                let methods = if percent { STRING } else { TEXT };
                for part in parts {
                    if !self.as_text(state, at(*part), methods, queue) {
                        self.go(state, at(*part), Path::whole(), Note::Text, queue);
                    }
                }
            }
            ValueKind::Object(entries) => self.object(state, entries, queue),
            ValueKind::List(items) => self.list(state, items, queue),
            ValueKind::Phi(options) => {
                let gone = usize::from(self.is_written_over(gv, options));
                let left = options.iter().skip(gone).filter(|o| !self.is_ruled_out(gv, **o)).copied();
                for option in left.collect::<Vec<_>>() {
                    self.go(state, at(option), state.path.clone(), Note::Value, queue);
                }
            }
            ValueKind::Update { base, path, value, strong } => {
                self.update(state, at(*base), path, at(*value), *strong, queue);
            }
            ValueKind::Delete { base, path } => {
                if !state.path.deleted_by(path) {
                    self.go(state, at(*base), state.path.leaving_out(path), Note::Value, queue);
                }
            }
            ValueKind::AfterCall { base, call, role } => self.after_call(state, at(*base), at(*call), *role, queue),
            ValueKind::Typed(value, TypeExpr::Entered) => self.entered(state, at(*value), queue),
            ValueKind::Typed(value, _) if self.is_ruled_out(gv, *value) => {}
            ValueKind::Typed(value, _) => {
                let mut state = state.clone();
                self.tell_kind(&mut state, queue);
                self.go(&state, at(*value), state.path.clone(), Note::Value, queue);
            }
            ValueKind::Func(_) | ValueKind::Decorated { .. } => self.function_value(state, scope, queue),
            ValueKind::Unknown(parts) => self.operands(state, parts, queue),
        }
    }

    fn object(&mut self, state: &State, entries: &[(Key, ValueId)], queue: &mut Queue) {
        let at = |value: ValueId| Gv { func: state.gv.func, value };
        match state.path.first() {
            None | Some(PathSeg::Ret) => {
                for (i, (key, value)) in entries.iter().enumerate() {
                    let path = match key {
                        Key::Name(name) => state.path.of_member(name),
                        // But what entries behind it put in its place.
                        Key::Spread => {
                            Some(entries[i + 1..].iter().fold(state.path.clone(), |path, (key, _)| match key {
                                Key::Name(name) => path.leaving_out(&[Seg::Field(name.clone())]),
                                _ => path,
                            }))
                        }
                        Key::Dynamic(key) => {
                            self.go(state, at(*key), Path::whole(), Note::Put, queue);
                            Some(Path::whole())
                        }
                    };
                    if let Some(path) = path {
                        let path = if state.path.is_whole() { path } else { Path::whole() };
                        self.go(state, at(*value), path, Note::Put, queue);
                    }
                }
            }
            Some(PathSeg::Iter) if self.program.lang(state.gv.func) == crate::catalogue::Lang::Python => {
                self.keys(state, entries, queue);
            }
            Some(PathSeg::Field(name, _)) if &**name == KEYS => self.keys(state, entries, queue),
            Some(PathSeg::Elem | PathSeg::Iter) => {
                let rest = state.path.rest();
                for (key, value) in entries.iter().filter(|(key, _)| !matches!(key, Key::Name(n) if &**n == FINAL)) {
                    let path = if *key == Key::Spread { state.path.clone() } else { rest.clone() };
                    self.go(state, at(*value), path, Note::Put, queue);
                }
            }
            Some(PathSeg::Field(name, _)) => {
                // The last entry of a name wins, and hides what is spread before it.
                let asked = state.path.first().cloned();
                let state = &mut state.clone();
                for (key, value) in entries.iter().rev() {
                    match key {
                        Key::Name(n) if n == name => {
                            self.go(state, at(*value), state.path.rest(), Note::Put, queue);
                            return;
                        }
                        Key::Name(_) => {}
                        Key::Dynamic(key) => {
                            let key = self.key(at(*key));
                            if let Some(put) = self.put_under(state, &key, asked.as_ref()) {
                                self.go(&put, at(*value), state.path.rest(), Note::Put, queue);
                            }
                            *state = self.left_by(state, &key, asked.as_ref());
                        }
                        Key::Spread => {
                            self.go(state, at(*value), state.path.clone(), Note::Put, queue);
                            if self.surely_has(at(*value), name) {
                                return;
                            }
                        }
                    }
                }
            }
        }
    }

    /// Whether an object that is written out has a member of this name, whatever was done to it since.
    fn surely_has(&self, gv: Gv, name: &Sym) -> bool {
        match self.program.kind(self.program.origin(gv)) {
            ValueKind::Object(entries) => entries.iter().any(|(key, _)| matches!(key, Key::Name(n) if n == name)),
            _ => false,
        }
    }

    /// Whether a value is a part of another that calls outside of the tree were given, and that none of them changed.
    fn is_left(&mut self, value: Gv) -> bool {
        let program = self.program;
        let mut at = value;
        for _ in 0..8 {
            match program.kind(at) {
                ValueKind::AfterCall { base, call, role: crate::ir::ArgRole::Arg(_) } => {
                    let call = Gv { func: at.func, value: *call };
                    if self.calls.functions(call).next().is_some() || self.mutates_first(call) {
                        return false;
                    }
                    at = Gv { func: at.func, value: *base };
                }
                ValueKind::Index(..) | ValueKind::Elem(_) => return at != value,
                _ => return false,
            }
        }
        false
    }

    /// The keys of an object that are not constant.
    fn keys(&mut self, state: &State, entries: &[(Key, ValueId)], queue: &mut Queue) {
        let at = |value: ValueId| Gv { func: state.gv.func, value };
        for (key, value) in entries {
            match key {
                Key::Name(_) => {}
                Key::Dynamic(key) => self.go(state, at(*key), state.path.rest(), Note::Value, queue),
                Key::Spread => self.go(state, at(*value), state.path.clone(), Note::Value, queue),
            }
        }
    }

    fn update(&mut self, state: &State, base: Gv, path: &[Seg], value: Gv, strong: bool, queue: &mut Queue) {
        match state.path.overlap(path) {
            // `list.length = 0`
            _ if matches!(path, [Seg::Field(name)] if &**name == "length")
                && self.program.lang(base.func) == crate::catalogue::Lang::Js
                && matches!(self.program.kind(value), ValueKind::Num(n) if &**n == "0") => {}
            Overlap::Covers(..) if matches!(path, [Seg::Field(name)] if self.only_sets(base, name)) => {}
            // What a call was given of it, and left as it was, is as new as the rest.
            Overlap::Covers(..)
                if matches!(path, [Seg::Field(name)] if self.is_read_back(value, name))
                    && self.program.only_read(value) =>
            {
                self.go(state, base, state.path.clone(), Note::Value, queue);
            }
            // What a setter stored is read by the getter.
            Overlap::Covers(rest, true)
                if !matches!(path, [Seg::Field(name)] if self.is_read_back(value, name))
                    && self.by_accessors(state, base, path, &rest, queue) => {}
            Overlap::Apart => {
                if !self.set(state, base, path, value, queue) {
                    self.go(state, base, state.path.clone(), Note::Value, queue);
                }
            }
            Overlap::Inside => {
                if let Some(inside) = state.path.inside(path) {
                    self.go(state, value, inside, Note::Put, queue);
                }
                let rest = if strong { state.path.leaving_out(path) } else { state.path.clone() };
                self.go(state, base, rest, Note::Value, queue);
            }
            // Under which key a setting was put is unknown: it is not the one that is asked for.
            Overlap::Covers(..)
                if self.constants
                    && matches!(path, [Seg::Elem, ..])
                    && matches!(state.path.first(), Some(PathSeg::Field(..))) =>
            {
                self.go(state, base, state.path.clone(), Note::Value, queue);
            }
            // What a call was given of it, and left as it was.
            Overlap::Covers(..) if !strong && path.last() == Some(&Seg::Elem) && self.is_left(value) => {
                self.go(state, base, state.path.clone(), Note::Value, queue);
            }
            // What a loop did with what an object gives is no attribute of the object.
            Overlap::Covers(..) if matches!(path, [Seg::Elem, ..]) && self.is_attribute_of(base, &state.path) => {
                self.go(state, base, state.path.clone(), Note::Value, queue);
            }
            // What a loop over a mapping did with a key is nothing of its values.
            Overlap::Covers(..) if matches!(path, [Seg::Elem, ..]) && self.is_key_of(value, base) => {
                self.go(state, base, state.path.clone(), Note::Value, queue);
            }
            Overlap::Covers(..)
                if state.path.first() == Some(&PathSeg::Iter)
                    && matches!(path, [Seg::Elem | Seg::Field(_)])
                    && self.is_mapping(base, 12) =>
            {
                // Iterating over a mapping gives its keys.
                self.go(state, base, state.path.clone(), Note::Value, queue);
            }
            Overlap::Covers(rest, sure) => {
                // The last key of the store, and what is asked for in its place.
                let asked = state.path.segs().get(path.len() - 1).filter(|_| path.last() == Some(&Seg::Elem)).cloned();
                let key = if asked.is_some() { self.key_of_store(state.gv) } else { crate::path::Key::Open };
                if let Some(put) = self.put_under(state, &key, asked.as_ref()) {
                    self.go(&put, value, rest, Note::Put, queue);
                }
                if !(strong && sure) {
                    let left = if path.len() == 1 { self.left_by(state, &key, asked.as_ref()) } else { state.clone() };
                    self.go(&left, base, state.path.clone(), Note::Value, queue);
                }
            }
        }
    }

    // ---- parameters and receivers ----------------------------------------------------------------------------------

    fn param(&mut self, state: &State, ix: u32, scope: Scope, queue: &mut Queue) {
        let program = self.program;
        if ix == 0 && program.takes_receiver(state.gv.func) {
            self.receiver(state, scope, queue);
            return;
        }
        if ix == 0 && self.form_field(state, queue) {
            return;
        }
        let injected = self.injected(state, scope, ix, queue);
        let state = &mut state.clone();
        if !injected {
            let enters = self.shared.inputs.param(state.gv.func, ix).is_some();
            self.tell(state, enters, queue);
            let entry = self.entry_param(state, ix, queue);
            self.clients(state, scope, queue);
            let called = self.shared.inputs.param(state.gv.func, ix).is_some_and(|input| input.called);
            if entry && !self.constants && !called {
                // The data enter the program here; what callers pass in tests or scripts is beside the point.
                return;
            }
        }
        match scope {
            Scope::Summary(func) if func == state.gv.func => {
                queue.exits.push(Exit::Param { index: ix, path: state.path.clone(), end: state.end() });
            }
            Scope::Summary(_) => {
                let end = state.end();
                queue.exits.push(Exit::Elsewhere { gv: state.gv, path: state.path.clone(), end });
            }
            Scope::Top => self.callers(state, ix, scope, queue),
        }
    }

    /// From a parameter to the arguments at every call.
    fn callers(&mut self, state: &State, ix: u32, scope: Scope, queue: &mut Queue) {
        let program = self.program;
        let func = state.gv.func;
        let sites = self.calls.callers(func);
        let mut reached = false;
        for site in sites {
            if program.in_test(site.call.func) && !program.in_test(func) {
                continue;
            }
            if !self.gives(state, site) {
                continue;
            }
            let mut state = if self.calls.is_guess(site.call) { state.less(Confidence::Medium) } else { state.clone() };
            state.via = match state.via.filter(|via| via.of == func) {
                Some(via @ super::Via { holds: super::Holds::Key(_) | super::Holds::Other(_), .. }) => {
                    self.under_key(via, site).flatten()
                }
                _ => self.held(site, func),
            };
            let name = program.function(func).name.clone();
            state.path = self.with_key_of(&state.path, site, func);
            let given = bind(program, site, func, ix);
            if given.is_empty() {
                self.default_of(&state, func, ix, queue);
            }
            reached |= !given.is_empty();
            for bound in given {
                self.bound(&state, site.call, &bound, &Note::PassedTo(name.clone()), queue);
            }
        }
        for site in self.calls.callbacks(func) {
            reached |= self.callback_param(state, *site, ix, queue);
        }
        reached |= self.assigned(state, func, queue);
        reached |= self.shared_state(state, ix, scope, queue);
        if !reached {
            self.default_of(state, func, ix, queue);
            self.shared_instance(state, scope, queue);
            self.loosely_stored(state, scope, queue);
            if !self.constants && !state.declared && !self.is_handed_on(func, ix) {
                self.open_end(state, queue);
            }
        }
    }

    /// `*args` and `**kwargs` of a function within another: a decorator's, which hands on what it is given.
    fn is_handed_on(&self, func: FuncId, ix: u32) -> bool {
        let of = self.program.function(func).params.get(ix as usize).map(|p| p.kind);
        matches!(of, Some(ParamKind::Rest | ParamKind::Keywords))
            && self.program.parent(func).is_some_and(|f| self.program.function(f).kind != FnKind::Module)
    }

    /// Go on at a bound argument in the caller.
    pub(super) fn bound(
        &mut self,
        state: &State,
        call: Gv,
        bound: &crate::link::Bound,
        note: &Note,
        queue: &mut Queue,
    ) {
        let path = match &bound.of {
            None => state.path.under(&bound.path),
            // `args[-1]`
            Some(Seg::Field(place))
                if let (Some(PathSeg::Field(asked, _)), Some(count)) = (state.path.first(), bound.count)
                    && let Some(back) = asked.strip_prefix('-').and_then(|n| n.parse::<usize>().ok())
                    && place.parse() != Ok(count.wrapping_sub(back)) =>
            {
                return;
            }
            Some(of) => match state.path.overlap(std::slice::from_ref(of)) {
                Overlap::Apart => return,
                Overlap::Inside => Path::whole().under(&bound.path),
                Overlap::Covers(rest, _) => rest.under(&bound.path),
            },
        };
        let chain = self.link(call, note.clone(), state.chain);
        let gv = bound.gv(call.func);
        queue.push(State { gv, path, chain, ..state.clone() });
    }
}
