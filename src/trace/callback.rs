//! Functions as values: callbacks that libraries call, functions in objects, tools that a model calls.

use super::{Exit, Note, Path, PathSeg, Queue, Scope, State, Tracer};
use crate::inventory::Confidence;
use crate::ir::{Call, KEYS, RAISED, Sym, ValueId, ValueKind};
use crate::link::{Abs, CallSite, FuncId, Gv};

impl Tracer<'_> {
    /// A function that is itself the value asked for: what it returns, when it is called or given to a model as a tool.
    pub(super) fn function_value(&mut self, state: &State, scope: Scope, queue: &mut Queue) {
        let program = self.program;
        let func = match program.kind(state.gv) {
            ValueKind::Func(ix) | ValueKind::Decorated { func: ix, .. } => {
                program.func_id(program.file_of(state.gv.func), *ix)
            }
            _ => return,
        };
        let (path, note) = match state.path.first() {
            Some(PathSeg::Ret) => (state.path.rest(), Note::Value),
            None if !self.constants => (Path::whole(), Note::ToolResult(program.function(func).name.clone())),
            // `f.note`, which is put there somewhere.
            Some(PathSeg::Field(..)) => {
                if let Some(owner) = program.parent(func) {
                    let name = program.function(func).name.clone();
                    self.outer(state, owner, &name, scope, queue);
                }
                return;
            }
            _ => return,
        };
        let chain = self.link(state.gv, note, state.chain);
        let state = State { chain, ..state.clone() };
        let returns = program.function(func).returns.clone();
        let context = self.context.clone();
        let exits = self.summary(func, &returns, &path, context);
        self.unbound(&state, func, &exits, scope, queue);
    }

    /// Carry on the answers of a function whose call is not at hand: its parameters go to whoever calls it.
    pub(super) fn unbound(&mut self, state: &State, func: FuncId, exits: &[Exit], scope: Scope, queue: &mut Queue) {
        self.apply_without_call(state, exits, queue);
        for exit in exits {
            if let Exit::Param { index, path, end } = exit
                && let Some(param) = self.program.function(func).params.get(*index as usize)
            {
                let chain = self.splice(end.chain, state.chain);
                let gv = Gv { func, value: param.value };
                let state = State {
                    chain,
                    confidence: state.confidence.min(end.confidence),
                    guarded: state.guarded || end.guarded,
                    ..state.clone()
                };
                self.elsewhere(&state, gv, path.clone(), scope, queue);
            }
        }
    }

    /// A parameter of a function that was handed to a function outside the tree. False where nothing says what it gets.
    pub(super) fn callback_param(&mut self, state: &State, site: CallSite, ix: u32, queue: &mut Queue) -> bool {
        let program = self.program;
        let Some(n) = site.callback() else { return false };
        let ValueKind::Call(call) = program.kind(site.call) else { return false };
        let at = |value: ValueId| Gv { func: site.call.func, value };
        let (receiver, name) = match program.kind(at(call.callee)) {
            ValueKind::Field(base, name) => (Some(at(*base)), name.clone()),
            ValueKind::Free(name) => (None, name.clone()),
            _ => (None, Sym::from("")),
        };
        let chain = self.link(site.call, Note::PassedTo(name.clone()), state.chain);
        let state = State { chain, ..state.clone() };
        if let Some(receiver) = receiver
            && self.value_of_entry(&state, receiver, ix, queue)
        {
            return true;
        }
        let (gv, path) = if &*name == "from" && n == 1 {
            // `Array.from(xs, f)`
            match call.args.first() {
                Some(of) if ix == 0 => (at(of.value), state.path.prefixed(PathSeg::Elem)),
                _ => return true,
            }
        } else if receiver.is_none()
            && call.args.get(n as usize).is_some_and(|a| a.name.as_deref() == Some("key"))
            && let Some(of) = call.args.first()
        {
            // `sorted(xs, key=f)`
            (at(of.value), state.path.prefixed(PathSeg::Elem))
        } else if program.catalogue.is_iteration(&name) {
            let element = if program.catalogue.is_fold(&name) { 1 } else { 0 };
            match receiver {
                // `xs.map(x => …)`
                Some(receiver)
                    if call.args.len() <= 2
                        && n == 0
                        && (call.args.len() == 1 || program.lang(site.call.func) == crate::catalogue::Lang::Js) =>
                {
                    if ix == element + 1 {
                        // The index, or the key of a map.
                        let keys = PathSeg::Field(Sym::from(KEYS), None);
                        self.go(&state, receiver, state.path.prefixed(keys), Note::Value, queue);
                        return true;
                    }
                    if ix == element + 2 {
                        self.go(&state, receiver, state.path.clone(), Note::Value, queue);
                        return true;
                    }
                    if ix != element
                        && let Some(initial) = call.args.get(1)
                    {
                        self.go(&state, at(initial.value), state.path.clone(), Note::Value, queue);
                        return true;
                    }
                    (receiver, state.path.prefixed(PathSeg::Elem))
                }
                // `starmap(f, pairs)`
                _ if &*name == "starmap" => match call.args.get(n as usize + 1) {
                    Some(arg) => {
                        let place = PathSeg::Field(Sym::from(ix.to_string()), None);
                        (at(arg.value), state.path.prefixed(place).prefixed(PathSeg::Elem))
                    }
                    None => return false,
                },
                // `reduce(f, xs, initial)`
                _ if element == 1 => match (ix, call.args.get(n as usize + 1), call.args.get(n as usize + 2)) {
                    (0, _, Some(initial)) => (at(initial.value), state.path.clone()),
                    // The first element, and then what the function gave.
                    (0, Some(xs), None)
                        if matches!(program.kind(program.first_version(at(xs.value))), ValueKind::List(_)) =>
                    {
                        (at(xs.value), state.path.prefixed(PathSeg::Field(Sym::from("0"), None)))
                    }
                    (0 | 1, Some(xs), _) => (at(xs.value), state.path.prefixed(PathSeg::Elem)),
                    _ => return false,
                },
                // `map(f, xs)`
                _ => match call.args.get(n as usize + 1 + ix as usize) {
                    Some(arg) => (at(arg.value), state.path.prefixed(PathSeg::Elem)),
                    None => return false,
                },
            }
        } else if program.catalogue.is_continuation(&name)
            && let Some(receiver) = receiver
            && ix == 0
        {
            if n == 0 && self.is_rejected(receiver) {
                return true;
            }
            if n == 1 {
                // `promise.then(f, failed)`
                (receiver, state.path.prefixed(PathSeg::Field(Sym::from(RAISED), None)))
            } else {
                (receiver, state.path.clone())
            }
        } else if &*name == "Proxy" && n == 1 {
            return self.set_through_proxy(&state, site.call, state.gv.func, ix, queue);
        } else if &*name == "catch"
            && let Some(receiver) = receiver
        {
            (receiver, state.path.prefixed(PathSeg::Field(Sym::from(RAISED), None)))
        } else if program.catalogue.listens(&name)
            && let Some(ValueKind::Str(event)) = call.args.first().map(|a| program.kind(at(a.value)))
        {
            return self.emitted(&state, site.call, event, ix, queue);
        } else if matches!(&*name, "replace" | "replaceAll" | "sub")
            && let Some(of) = receiver.filter(|r| !self.is_module(*r)).or_else(|| call.args.get(2).map(|a| at(a.value)))
        {
            // `text.replace(/a/g, found => …)`, `re.sub(pattern, f, text)`
            (of, Path::whole())
        } else {
            // `setTimeout(f, 10, x)`
            let delay = usize::from(program.catalogue.delays(&name));
            match call.args.get(n as usize + 1 + delay + ix as usize) {
                Some(arg) if !matches!(program.kind(at(arg.value)), ValueKind::Func(_)) => {
                    (at(arg.value), state.path.clone())
                }
                _ => return false,
            }
        };
        self.go(&state.less(Confidence::Medium), gv, path, Note::Value, queue);
        true
    }

    /// What a listener gets: the arguments after the event's name, where the same file emits it.
    pub(super) fn emitted(&mut self, state: &State, listener: Gv, event: &Sym, ix: u32, queue: &mut Queue) -> bool {
        let program = self.program;
        let mut found = false;
        for func in program.functions_of(program.file_of(listener.func)) {
            let f = program.function(func);
            for value in &f.values {
                let ValueKind::Call(call) = &value.kind else { continue };
                if let ValueKind::Field(_, name) = f.kind_of(call.callee)
                    && program.catalogue.emits(name)
                    && let Some(first) = call.args.first()
                    && let ValueKind::Call(made) = f.kind_of(first.value)
                    && made.args.first().is_some_and(|a| matches!(f.kind_of(a.value), ValueKind::Str(s) if s == event))
                    && ix == 0
                {
                    // `dispatchEvent(new CustomEvent("name", { detail }))`
                    found = true;
                    let gv = Gv { func, value: first.value };
                    self.go(&state.less(Confidence::Medium), gv, state.path.clone(), Note::Value, queue);
                } else if let ValueKind::Field(_, name) = f.kind_of(call.callee)
                    && program.catalogue.emits(name)
                    && let Some(first) = call.args.first()
                    && matches!(f.kind_of(first.value), ValueKind::Str(s) if s == event)
                    && let Some(arg) = call.args.get(ix as usize + 1)
                {
                    found = true;
                    let gv = Gv { func, value: arg.value };
                    self.go(&state.less(Confidence::Medium), gv, state.path.clone(), Note::Value, queue);
                }
            }
        }
        found
    }

    /// What a generator is sent: `made.send(x)`, `made.next(x)` in the same file.
    pub(super) fn sent(&mut self, state: &State, scope: Scope, queue: &mut Queue) {
        let program = self.program;
        let generator = state.gv.func;
        for func in program.functions_of(program.file_of(generator)) {
            let f = program.function(func);
            for value in &f.values {
                let ValueKind::Call(call) = &value.kind else { continue };
                let ValueKind::Field(base, name) = f.kind_of(call.callee) else { continue };
                let Some(arg) = call.args.first().filter(|_| matches!(&**name, "send" | "asend" | "next")) else {
                    continue;
                };
                let mut made = vec![program.first_version(Gv { func, value: *base })];
                if let ValueKind::Free(name) = program.kind(made[0]) {
                    made = program.free(func, name).into_iter().map(|v| program.first_version(v)).collect();
                }
                if made.iter().any(|made| self.calls.functions(*made).any(|f| f == generator)) {
                    let gv = Gv { func, value: arg.value };
                    self.elsewhere(state, gv, state.path.clone(), scope, queue);
                }
            }
        }
    }

    /// `self.make()` of a function that an attribute holds, and that may be several: the one of the instance at hand.
    pub(super) fn held_by(&mut self, state: &State, call: &Call, callees: &[Abs], queue: &mut Queue) -> bool {
        let program = self.program;
        let callee = Gv { func: state.gv.func, value: call.callee };
        let ValueKind::Field(base, name) = program.kind(callee) else { return false };
        let base = Gv { func: state.gv.func, value: *base };
        let plain = |c: &Abs| matches!(c, Abs::Func(f, _) if program.class_of(*f).is_none());
        let held = call.args.is_empty() && callees.len() > 1 && callees.iter().all(plain);
        if !held || self.exact(base).is_none() {
            return false;
        }
        let path = state.path.prefixed(PathSeg::Ret).prefixed(PathSeg::Field(name.clone(), None));
        self.go(state, base, path, Note::Value, queue);
        true
    }

    /// `map(scrub, xs)`, `xs.map(scrub)`, `text.then(scrub)`, `partial(scrub)`, with a function of the user's whose results
    /// are no personal data any more.
    pub(super) fn applies_drop(&mut self, call: &Call, gv: Gv, name: &Sym) -> bool {
        let program = self.program;
        let catalogue = program.catalogue;
        let applies = catalogue.is_iteration(name) && !catalogue.keeps_elements(name)
            || catalogue.is_continuation(name)
            || matches!(&**name, "call" | "apply" | "bind" | "partial" | "submit" | "to_thread" | "run_in_executor");
        if !applies {
            return false;
        }
        let callee = Gv { func: gv.func, value: call.callee };
        let of = match program.kind(callee) {
            // `scrub.call(null, x)`
            ValueKind::Field(base, _) => Some(Gv { func: gv.func, value: *base }),
            _ => None,
        };
        let handed = call.args.iter().take(2).map(|a| Gv { func: gv.func, value: a.value });
        let inputs = self.shared.inputs;
        of.into_iter().chain(handed).any(|value| inputs.drops_by(program, &mut self.resolver, value))
    }

    /// `xs.map(f)`, `xs.filter(p)`, `promise.then(f)`: what comes back of a call that was given a function.
    pub(super) fn callback_result(
        &mut self,
        state: &State,
        call: &Call,
        receiver: Option<Gv>,
        name: &Sym,
        queue: &mut Queue,
    ) -> bool {
        let program = self.program;
        let catalogue = program.catalogue;
        let iterates = catalogue.is_iteration(name) || &**name == "from" && call.args.len() == 2;
        if !iterates && !catalogue.is_continuation(name) {
            return false;
        }
        let at = |value: ValueId| Gv { func: state.gv.func, value };
        if catalogue.keeps_elements(name) {
            // filter, find, sort: the elements themselves
            // Of `itertools.takewhile(f, xs)` the module is no data.
            let receiver = receiver.filter(|r| !self.is_module(*r));
            // `fnmatch.filter(names, "*.txt")`
            let pattern = call.args.get(1).is_some_and(|a| matches!(program.kind(at(a.value)), ValueKind::Str(_)));
            let source = receiver.or_else(|| call.args.get(usize::from(!pattern)).map(|a| at(a.value)));
            if let Some(source) = source {
                let path =
                    if catalogue.picks_one(name) { state.path.prefixed(PathSeg::Elem) } else { state.path.clone() };
                self.go(state, source, path, Note::Value, queue);
            }
            return true;
        }
        // `map(itemgetter("k"), xs)`
        if name.as_ref() == "map"
            && let [getter, of] = call.args.as_slice()
            && let Some(key) = self.getter_key(at(getter.value))
        {
            let inner = if state.path.is_whole() { Path::whole() } else { state.path.rest() };
            let path = inner.prefixed(PathSeg::Field(key, None)).prefixed(PathSeg::Iter);
            self.go(state, at(of.value), path, Note::Value, queue);
            return true;
        }
        // `xs.map(load)`, with a function that the user's rows name.
        if !self.constants
            && let Some(arg) = call.args.first()
            && !matches!(program.kind(at(arg.value)), ValueKind::Func(_))
            && self.handed_source(state, at(arg.value), queue)
        {
            return true;
        }
        // `xs.map(Number)`: what the library's function gives is nothing of what it is given.
        let lang = program.lang(state.gv.func);
        for arg in call.args.iter().take(1) {
            let value = at(arg.value);
            if let Some(path) = self.outside_here(value) {
                if catalogue.passes(lang, &path, Some(&path)) == Some(crate::catalogue::Passes::Nothing) {
                    return true;
                }
                return false;
            }
            if matches!(program.kind(value), ValueKind::Free(_) | ValueKind::Import(_) | ValueKind::Field(..))
                && let [Abs::Ext(path)] = self.resolver.resolve(value).as_slice()
                && catalogue.passes(lang, path, Some(path)) == Some(crate::catalogue::Passes::Nothing)
            {
                return true;
            }
        }
        let Some(n) = call
            .args
            .iter()
            .position(|a| self.resolver.resolve(at(a.value)).iter().any(|abs| matches!(abs, Abs::Func(..))))
        else {
            return false;
        };
        // Of a promise that fails only the second function is called.
        let n = match receiver {
            Some(receiver) if !iterates && n == 0 && call.args.len() > 1 && self.is_rejected(receiver) => 1,
            _ => n,
        };
        // One element of the result is one result of the function; `then` and `reduce` give it as it is.
        let path = match state.path.first() {
            Some(PathSeg::Elem | PathSeg::Iter) if iterates && !catalogue.is_fold(name) => state.path.rest(),
            Some(PathSeg::Field(i, _)) if iterates && i.parse::<i64>().is_ok() => state.path.rest(),
            _ => state.path.clone(),
        };
        for func in self.functions_of(at(call.args[n].value)) {
            let returns = program.function(func).returns.clone();
            let site = CallSite::passed(state.gv, n);
            let context = self.context_at(&site, func);
            let exits = self.summary(func, &returns, &path, context);
            self.apply_without_call(state, &exits, queue);
            for exit in exits.iter() {
                if let Exit::Param { index, path, end } = exit {
                    let chain = self.splice(end.chain, state.chain);
                    let inner = State {
                        path: path.clone(),
                        chain,
                        confidence: state.confidence.min(end.confidence),
                        guarded: state.guarded || end.guarded,
                        ..state.clone()
                    };
                    self.callback_param(&inner, site, *index, queue);
                }
            }
        }
        true
    }
}
