//! Calls: into functions of the tree by their summaries, through those outside by what the catalogue says of them.

use super::{Carried, Exit, Note, Onward, Path, PathSeg, Queue, Scope, State, Tracer};
use crate::catalogue::Passes;
use crate::inventory::Confidence;
use crate::ir::{CONTENT, Call, CallKind, RAISED, Sym, ValueId, ValueKind};
use crate::link::{Abs, CallSite, ClassId, FuncId, Gv, bind, bind_field};

impl Tracer<'_> {
    pub(super) fn call(&mut self, state: &State, call: &Call, scope: Scope, queue: &mut Queue) {
        let program = self.program;
        let gv = state.gv;
        if self.constants {
            if self.setting(state, call, queue) {
                return;
            }
        } else {
            if self.shared.inputs.model_call(gv).is_some() {
                self.model_output(state, queue); // a model's answer is not what went in
                return;
            }
            if self.file_content(state, scope, queue) || self.call_input(state, scope, queue) {
                return;
            }
            if let Some(guard) = self.shared.inputs.safeguard(gv) {
                if guard.drop {
                    return;
                }
                let note = Note::Safeguard { kind: guard.kind.clone(), name: guard.name.clone() };
                let chain = self.link(gv, note, state.chain);
                let state = State { chain, guarded: state.guarded || guard.clears, ..state.clone() };
                self.arguments(&state, call, queue);
                if let ValueKind::Field(receiver, _) = self.program.kind(Gv { func: gv.func, value: call.callee })
                    && guard.receiver
                {
                    self.go(&state, Gv { func: gv.func, value: *receiver }, Path::whole(), Note::Value, queue);
                }
                return;
            }
        }
        if let Some(PathSeg::Field(name, _)) = state.path.first()
            && &**name == RAISED
        {
            self.raised(state, call, queue);
            return;
        }
        if self.is_super(gv) {
            self.own_receiver(state, scope, queue);
            return;
        }
        if call.kind == CallKind::Decorator {
            self.go(state, self.decorated_function(gv), state.path.clone(), Note::Value, queue);
            return;
        }
        let mut callees = self.callees_here(gv, call);
        if !self.constants && (!callees.is_empty() || !self.context.drops.is_empty()) {
            let inputs = self.shared.inputs;
            let known = !callees.is_empty();
            callees.retain(|callee| !inputs.drops(program, callee));
            if known && callees.is_empty() || self.drops_here(Gv { func: gv.func, value: call.callee }) {
                return;
            }
        }
        if callees.len() > 1 && self.stands_in(Gv { func: gv.func, value: call.callee }) {
            // What stands in for a package does what that does.
            callees.retain(|callee| !matches!(callee, Abs::Ext(_)));
        }
        if self.held_by(state, call, &callees, queue) {
            return;
        }
        // What nobody in the tree writes out is what it is declared to give.
        if !callees.is_empty() && callees.iter().all(|c| self.is_declared_only(c)) && self.begins(state, queue) {
            return;
        }
        let guess = self.calls.is_guess(gv);
        let state = &if guess { state.less(Confidence::Medium) } else { state.clone() };
        let mut outside = callees.is_empty();
        for callee in &callees {
            match callee {
                Abs::Func(func, _) if call.kind == CallKind::New => self.made_by_function(state, *func, scope, queue),
                Abs::Func(func, _) => self.inside(state, call, *func, scope, queue),
                Abs::Class(class) if self.is_called_on(gv, call, *class) => {
                    if !self.validated(state, call, *class, queue) {
                        outside = true;
                    }
                }
                Abs::Class(class) => self.construct(state, call, *class, scope, queue),
                Abs::Instance(class) => {
                    if let Some(func) = program.method(*class, "__call__") {
                        self.inside(state, call, func, scope, queue);
                    } else {
                        outside = true;
                    }
                }
                Abs::Ext(path) => match program.catalogue.wrapper(program.lang(gv.func), path) {
                    Some(_) if path.ends_with("Proxy") && self.proxied(state, call, queue) => {}
                    Some(wrapper) => self.wrapped(state, call, wrapper, queue),
                    None => outside = true,
                },
                _ => outside = true,
            }
        }
        if outside {
            self.external(state, call, scope, queue);
        }
        if !callees.iter().any(|c| matches!(c, Abs::Class(_))) && self.exact(gv).is_none() {
            self.loosely_stored(state, scope, queue);
        }
    }

    fn inside(&mut self, state: &State, call: &Call, func: FuncId, scope: Scope, queue: &mut Queue) {
        let f = self.program.function(func);
        let returns = f.returns.clone();
        let site = CallSite::direct(state.gv);
        let context = self.context_at(&site, func);
        let exits = self.summary(func, &returns, &state.path, context);
        let _ = (scope, call);
        self.apply_at(state, &site, func, &exits, queue);
    }

    /// Carry the answers of a callee's summary to the arguments of a call.
    pub(super) fn apply_at(&mut self, state: &State, site: &CallSite, func: FuncId, exits: &[Exit], queue: &mut Queue) {
        let program = self.program;
        let name = program.function(func).name.clone();
        let outer = self.link(site.call, Note::ReturnedBy(name.clone()), state.chain);
        for exit in exits {
            // Put under another key than the one that is asked for.
            let under = exit.end().under.filter(|via| via.of == func);
            let below = under.map(|via| self.under_key(via, site));
            let Some(below) = below.unwrap_or(Some(None)) else { continue };
            let at_call;
            let told;
            let (state, exit) = match under {
                Some(_) => {
                    at_call = State { via: below, ..state.clone() };
                    told = exit.without_key();
                    (&at_call, &told)
                }
                None => (state, exit),
            };
            // The same may come out for many paths that were asked for, and what a call does not decide out of many calls.
            if let Some((to, path, end)) = exit.open_end(func)
                && !queue.carried.insert(Carried {
                    call: match to {
                        Onward::Value(gv)
                            if !self.is_of_a_making(gv)
                                && !path.is_keyed()
                                && !matches!(program.kind(gv), ValueKind::Free(_)) =>
                        {
                            gv
                        }
                        _ => site.call,
                    },
                    to,
                    path: path.clone(),
                    guarded: state.guarded || end.guarded,
                    via: state.via,
                    confidence: state.confidence.min(end.confidence),
                })
            {
                continue;
            }
            match exit {
                Exit::Param { index, path, end } => {
                    let path = self.with_key_of(path, site, func);
                    let inner = State { path: path.clone(), ..self.resume(state, *end, outer) };
                    if self.is_receiver(func, *index) && !self.calls.shape(site.call).is_some_and(|s| s.unbound) {
                        if !self.at_receiver(&inner, site, func, queue)
                            && let Some(class) = program.class_of(func)
                            && let Some(PathSeg::Field(field, _)) = path.first()
                        {
                            let field = field.clone();
                            self.attribute(&inner, class, &field, Scope::Top, queue);
                        }
                        continue;
                    }
                    let given = bind(program, site, func, *index);
                    if given.is_empty() {
                        self.default_of(&inner, func, *index, queue);
                    }
                    for bound in given {
                        self.bound(&inner, site.call, &bound, &Note::PassedTo(name.clone()), queue);
                    }
                }
                Exit::Elsewhere { gv, path, end } => {
                    // A captured parameter: what it was where the function was made.
                    let path = self.with_key_of(path, site, func);
                    let inner = State { path, ..self.resume(state, *end, outer) };
                    if self.free_at_call(&inner, *gv, site.call, queue) {
                        continue;
                    }
                    if let ValueKind::Param(ix) = program.kind(*gv)
                        && let ValueKind::Call(call) = program.kind(site.call)
                        && let Some(made) = self.made_by(Gv { func: site.call.func, value: call.callee }, gv.func, 8)
                    {
                        let given = bind(program, &made, gv.func, *ix);
                        if given.is_empty() {
                            self.default_of(&inner, gv.func, *ix, queue);
                        }
                        let note = Note::PassedTo(program.function(gv.func).name.clone());
                        for bound in given {
                            self.bound(&inner, made.call, &bound, &note, queue);
                        }
                        continue;
                    }
                    if self.of_same_making(&inner, site, *gv, queue) {
                        continue;
                    }
                    // `var self = this`: the object that the method is called on.
                    if matches!(program.kind(*gv), ValueKind::This)
                        && let ValueKind::Call(call) = program.kind(site.call)
                        && let ValueKind::Field(base, _) = program.kind(Gv { func: site.call.func, value: call.callee })
                        && let base = (Gv { func: site.call.func, value: *base })
                        && self.made_with(base, gv.func)
                    {
                        queue.push(State { gv: base, ..inner });
                        continue;
                    }
                    queue.push(State { gv: *gv, ..inner });
                }
                other => self.pass_on(state, other, outer, queue),
            }
        }
    }

    /// Answers that no argument of a call stands for.
    pub(super) fn apply_without_call(&mut self, state: &State, exits: &[Exit], queue: &mut Queue) {
        for exit in exits {
            self.pass_on(state, exit, state.chain, queue);
        }
    }

    pub(super) fn pass_on(&mut self, state: &State, exit: &Exit, outer: Option<u32>, queue: &mut Queue) {
        // What comes out of a callee costs as much as a step: it may be much, and come out at many calls.
        if self.budget == 0 {
            self.cut = true;
            return;
        }
        self.budget -= 1;
        match exit {
            Exit::Source { origin, begins, end, .. } => {
                let at = state.gv.func;
                if !queue.passed.insert((origin.clone(), state.guarded || end.guarded, *begins, at)) {
                    return;
                }
                let inner = self.resume(state, *end, outer);
                queue.exits.push(Exit::Source { origin: origin.clone(), at, begins: *begins, end: inner.end() });
            }
            Exit::Text { constant, end } => {
                let inner = self.resume(state, *end, outer);
                queue.exits.push(Exit::Text { constant: constant.clone(), end: inner.end() });
            }
            Exit::Elsewhere { gv, path, end } => {
                let inner = self.resume(state, *end, outer);
                queue.push(State { gv: *gv, path: path.clone(), ..inner });
            }
            Exit::Param { .. } => {}
        }
    }

    // ---- constructors ----------------------------------------------------------------------------------------------

    fn construct(&mut self, state: &State, call: &Call, class: ClassId, scope: Scope, queue: &mut Queue) {
        let program = self.program;
        let gv = state.gv;
        if program.external_base_paths(class).iter().any(|base| program.catalogue.is_enumeration(base)) {
            // One of the members, which are constants.
            return;
        }
        let Some(PathSeg::Field(name, _)) = state.path.first() else {
            if self.element_of(state, class, queue) {
                return;
            }
            if state.path.is_whole()
                && let Some(init) = program.constructor(class)
                && self.exception_text(state, class, init, queue)
            {
                return;
            }
            if state.path.is_whole() && program.constructor(class).is_none() {
                // But the members that are left out.
                let fields = &program.class(class).fields;
                let kept = |(i, arg): &(usize, &crate::ir::Arg)| {
                    let name = arg.name.as_ref().or_else(|| fields.get(*i).map(|f| &f.name));
                    name.is_none_or(|name| state.path.of_member(name).is_some())
                };
                let args = call.args.iter().enumerate().filter(kept).map(|(_, arg)| arg.clone()).collect();
                let call = Call { args, ..call.clone() };
                self.arguments(&State { path: Path::whole(), ..state.clone() }, &call, queue);
                return;
            }
            self.arguments(&State { path: Path::whole(), ..state.clone() }, call, queue);
            return;
        };
        let name = name.clone();
        let rest = state.path.rest();
        if let Some(init) = program.constructor(class) {
            let f = program.function(init);
            let this = f.params.first().filter(|_| program.takes_receiver(init)).map_or("this", |p| &*p.name);
            let Some(last) = f.exit.get(this).copied() else {
                self.initial(state, call, class, scope, queue);
                return;
            };
            let site = CallSite::direct(gv);
            let context = self.context_at(&site, init);
            let exits = self.summary(init, &[last], &state.path, context);
            let outer = self.link(gv, Note::Built, state.chain);
            for exit in exits.iter() {
                match exit {
                    Exit::Param { index, path, end } if self.is_receiver(init, *index) => {
                        let inner = State { path: path.clone(), ..self.resume(state, *end, outer) };
                        self.initial(&inner, call, class, scope, queue);
                    }
                    other => self.apply_at(state, &site, init, std::slice::from_ref(other), queue),
                }
            }
            return;
        }
        if let Some(new) = program.method(class, "__new__") {
            self.inside(state, call, new, scope, queue);
            return;
        }
        // A named tuple by its place.
        let named = name.parse::<usize>().ok().and_then(|n| program.class(class).fields.get(n)).map(|f| f.name.clone());
        let by_name;
        let (state, name) = match named {
            Some(name) => {
                by_name = State { path: rest.prefixed(PathSeg::Field(name.clone(), None)), ..state.clone() };
                (&by_name, name)
            }
            None => (state, name),
        };
        if self.after_init(state, call, class, queue) {
            return;
        }
        if let Some(bound) = bind_field(program, call, class, &name, gv) {
            if self.is_row(bound.gv(gv.func), 6) {
                self.begins_as(state, class, queue);
            }
            self.bound(&State { path: rest, ..state.clone() }, gv, &bound, &Note::Built, queue);
            return;
        }
        self.initial(state, call, class, scope, queue);
    }

    /// The function under its decorators.
    fn decorated_function(&self, gv: Gv) -> Gv {
        let mut at = gv;
        while let ValueKind::Call(call) = self.program.kind(at)
            && call.kind == CallKind::Decorator
            && let Some(arg) = call.args.first()
        {
            at = Gv { func: at.func, value: arg.value };
        }
        at
    }

    // ---- outside the tree ------------------------------------------------------------------------------------------

    fn external(&mut self, state: &State, call: &Call, scope: Scope, queue: &mut Queue) {
        let program = self.program;
        let gv = state.gv;
        let at = |value: ValueId| Gv { func: gv.func, value };
        let callee = at(call.callee);
        let held = self.outside_here(callee);
        let (receiver, name): (Option<Gv>, Sym) = match program.kind(callee) {
            // A library's function that the caller gave.
            _ if let Some(path) = &held => (None, Sym::from(path.rsplit(['.', '#']).next().unwrap_or_default())),
            ValueKind::Field(base, name) => (Some(at(*base)), name.clone()),
            ValueKind::Free(name) => (None, name.clone()),
            ValueKind::Import(_) => (None, program.imported_name(callee).unwrap_or_else(|| Sym::from(""))),
            // A value that holds a function: `handlers[kind](x)`, `props.onChange(x)`.
            _ => (None, Sym::from("")),
        };
        if matches!(state.path.first(), Some(PathSeg::Field(asked, _)) if &**asked == CONTENT) {
            self.path_made(state, call, receiver, queue);
            return;
        }
        if self.stored_under_key(state, call, receiver, &name, queue)
            || !self.constants && (self.component_state(state, call, &name, queue) || self.answered(state, queue))
        {
            return;
        }
        if !self.constants
            && (&*name == "getattr"
                && program.lang(gv.func) == crate::catalogue::Lang::Python
                && self.got_attribute(state, call, scope, queue)
                || self.made_text(state, call, &name, queue)
                || self.builtin(state, call, receiver, &name, queue)
                || self.collection(state, call, receiver, &name, queue))
        {
            return;
        }
        let path = held.or_else(|| self.external_path(callee));
        let passes = program.catalogue.passes(program.lang(gv.func), &name, path.as_deref());
        if passes == Some(Passes::Nothing) {
            return;
        }
        if let Some(receiver) = receiver
            && let Some(place) = self.taken(receiver, call)
        {
            let place = PathSeg::Field(Sym::from(place.to_string()), Some(gv));
            self.go(state, receiver, state.path.prefixed(place), Note::Value, queue);
            return;
        }
        if let Some(receiver) = receiver
            && passes == Some(Passes::Member)
        {
            // `Visit.get(id)`: a record, not a member.
            let of_class = self.resolver.resolve(receiver).iter().any(|abs| matches!(abs, Abs::Class(_)));
            if of_class && self.begins(state, queue) {
                return;
            }
            // `d.get("k", default)`
            let seg = match call.args.first().map(|a| program.kind(at(a.value))) {
                Some(ValueKind::Str(key)) => PathSeg::Field(key.clone(), Some(gv)),
                Some(_) => {
                    let path = self.member_under(&state.path, at(call.args[0].value), scope);
                    self.go(state, receiver, path, Note::Value, queue);
                    if let Some(default) = call.args.get(1) {
                        self.go(state, at(default.value), state.path.clone(), Note::Value, queue);
                    }
                    return;
                }
                None => PathSeg::Elem,
            };
            let note = match &seg {
                PathSeg::Field(key, _) => Note::Read(key.clone()),
                _ => Note::Value,
            };
            let chain = self.link(gv, note, state.chain);
            queue.push(State { gv: receiver, path: state.path.prefixed(seg), chain, ..state.clone() });
            if let Some(default) = call.args.get(1) {
                self.go(state, at(default.value), state.path.clone(), Note::Value, queue);
            }
            return;
        }
        if !self.constants && self.applies_drop(call, gv, &name)
            || self.callback_result(state, call, receiver, &name, queue)
        {
            return;
        }
        if self.constants {
            // `JSON.stringify({ model: "gpt-4o" })`: the text has the members of what it was made of.
            if !state.path.is_whole()
                && program.catalogue.encodes(&name)
                && let Some(arg) = call.args.first()
            {
                self.go(state, at(arg.value), state.path.clone(), Note::Value, queue);
                return;
            }
            // The constant of a connection is its URL.
            if let Some(path) = self.external_path(callee)
                && program.catalogue.is_connection(program.lang(gv.func), &path)
            {
                self.arguments(state, call, queue);
                return;
            }
            if matches!(passes, Some(Passes::Same)) {
                self.same(state, call, receiver, &name, queue);
            }
            return;
        }
        if self.projected(state, call, queue) {
            return;
        }
        // Rows of a class: what the database or a decoder gives. The arguments only select them.
        if passes != Some(Passes::Same) && self.begins(state, queue) {
            return;
        }
        if passes == Some(Passes::Same) {
            let state = &mut state.clone();
            self.tell(state, false, queue);
            self.same(state, call, receiver, &name, queue);
            return;
        }
        // The callee may be a function that came in through a parameter or an object.
        if let Some(ValueKind::Param(_) | ValueKind::Call(_) | ValueKind::Elem(_) | ValueKind::Index(..)) =
            Some(program.kind(callee))
        {
            self.go(state, callee, state.path.prefixed(PathSeg::Ret), Note::Value, queue);
        } else if let Some(receiver) = receiver
            && self.calls.callees(gv).iter().all(|c| matches!(c, Abs::Ext(_)))
            && !self.is_service(receiver)
        {
            let path = state.path.prefixed(PathSeg::Ret).prefixed(PathSeg::Field(name.clone(), None));
            self.go(&state.less(Confidence::Medium), receiver, path, Note::Value, queue);
        }
        // What a member of an unknown result fails with is nothing of what was given.
        if state.path.is_failure() {
            return;
        }
        let known = passes == Some(Passes::Text);
        if known && matches!(state.path.first(), Some(PathSeg::Field(n, _)) if &**n == crate::ir::KEYS) {
            return;
        }
        // A text has no members: what is asked of it is asked of what was decoded.
        if known
            && call.args.is_empty()
            && let (Some(receiver), Some(PathSeg::Field(asked, _))) = (receiver, state.path.first())
            && asked.parse::<i64>().is_err()
            && &**asked != crate::ir::KEYS
        {
            self.go(state, receiver, state.path.clone(), Note::Text, queue);
            return;
        }
        let less = if known { state.clone() } else { state.less(Confidence::Medium) };
        let note = if known { Note::Text } else { Note::Through(name.clone()) };
        let chain = self.link(gv, note, less.chain);
        let less = State { chain, ..less };
        if self.keyword_asked(&less, call, queue) {
            return;
        }
        let whole = if known { Path::whole() } else { state.path.of_unknown() };
        if !program.catalogue.asks(&name) {
            self.arguments_at(&less, call, &whole, queue);
        }
        if let Some(receiver) = receiver
            && (!self.is_service(receiver) || known && self.holds_text(receiver))
            // A method of a base outside the tree: not all that the object holds.
            && !matches!(program.kind(receiver), ValueKind::This)
            && !(matches!(program.kind(receiver), ValueKind::Param(0)) && program.takes_receiver(receiver.func))
        {
            self.go(&less, receiver, whole, Note::Value, queue);
        }
        let _ = scope;
    }
}
