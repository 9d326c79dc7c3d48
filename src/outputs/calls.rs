//! Calls that the answer goes into, and calls of what holds it.

use super::Walk;
use super::kept;
use super::part::Part;
use crate::catalogue::{OutputRow, Passes};
use crate::ir::{ArgRole, Call, CallKind, Key, Seg, Spread, ValueId, ValueKind};
use crate::link::{Abs, CallSite, FuncId, Gv, bind};

impl Walk<'_, '_> {
    pub(super) fn call(&mut self, gv: Gv, user: Gv, call: &Call, sink: Gv) {
        let program = self.shared.program;
        let catalogue = program.catalogue;
        let lang = program.lang(user.func);
        let argument = call.args.iter().any(|a| a.value == gv.value);
        if let Some(sdk) = self.shared.sinks.get(&user) {
            if argument {
                let label = if user == sink { "the next step of the same call" } else { "another model call" };
                self.record("fed_to_model", user, label);
                if self.shared.sinks.get(&sink).is_some_and(|own| own != sdk) {
                    self.record("sent", user, "to another provider's model");
                }
            } else if call.callee != gv.value {
                self.push(user);
            }
            return;
        }
        let names = crate::sinks::names(program, Gv { func: user.func, value: call.callee });
        let words: Vec<&str> = names.iter().map(|n| &**n).collect();
        let path = program.call_graph.paths(user).next().cloned();
        let mut put_away = false;
        let inside: Vec<FuncId> = program.call_graph.functions(user).collect();
        if inside.is_empty() {
            let rows = catalogue.outputs_by_call(lang, path.as_deref(), &words);
            if let Some(row) = rows.into_iter().find(|r| self.fits(r, user, call, gv)) {
                self.record(&row.usage, user, words.last().copied().unwrap_or_default());
                put_away = row.usage == "stored";
            }
        }
        if argument
            && let ValueKind::Field(table, method) = program.kind(Gv { func: user.func, value: call.callee })
            && catalogue.passes(lang, method, None) == Some(Passes::Member)
            && self.is_table(Gv { func: user.func, value: *table })
        {
            self.record("decision", user, "the answer chooses from a fixed table");
        }
        if call.callee == gv.value {
            self.method(user, call, words.last().copied().unwrap_or_default(), inside.is_empty());
            return;
        }
        if call.kind == CallKind::Jsx {
            self.record("returned_to_user", user, "rendered");
        }
        for func in &inside {
            let site = CallSite::direct(user);
            for ix in 0..program.function(*func).params.len() {
                let ix = u32::try_from(ix).unwrap_or(0);
                if bind(program, &site, *func, ix).iter().any(|b| b.value == gv.value) {
                    let param = program.function(*func).params[ix as usize].value;
                    let (context, returned) = self.entered.enter(self.here, user, *func);
                    self.push_in(Gv { func: *func, value: param }, context, self.part.clone());
                    for part in returned {
                        self.push_part(user, Some(part));
                    }
                }
            }
        }
        if program.call_graph.callees(user).iter().any(|abs| matches!(abs, Abs::Class(_))) {
            self.made(gv, user, call, !inside.is_empty());
            return;
        }
        if !inside.is_empty() || !argument {
            return;
        }
        self.callbacks(user, call);
        let name = words.last().copied().unwrap_or_default();
        if let ValueKind::Field(receiver, _) = program.kind(Gv { func: user.func, value: call.callee }) {
            self.through_writer(Gv { func: user.func, value: *receiver });
        }
        // What a store is given does not come out of the client.
        if catalogue.is_mutator(name) && !put_away {
            if let ValueKind::Field(receiver, _) = program.kind(Gv { func: user.func, value: call.callee })
                && let Some(label) =
                    kept::kept_in(program, &mut self.resolver, Gv { func: user.func, value: *receiver })
            {
                self.record("stored", user, label);
            }
            let part = match catalogue.mutates_whole(name) {
                true => self.part.moved(),
                false => self.part.under(&[Seg::Elem]),
            };
            let f = program.function(user.func);
            for after in &self.users_of(user.func)[user.value.0 as usize] {
                if matches!(f.kind_of(*after), ValueKind::AfterCall { call, role: ArgRole::Receiver, .. } if *call == user.value)
                {
                    self.push_part(Gv { func: user.func, value: *after }, Some(part.clone()));
                }
            }
        }
        let passes = catalogue.passes(lang, name, path.as_deref());
        // What an unknown function finds by a vector is none of it.
        if passes != Some(Passes::Nothing) && !(self.of_vectors && passes.is_none()) {
            self.push(user);
        }
    }

    /// A method of what holds the answer: `answer.result()`, `rows.forEach(row => save(row))`.
    fn method(&mut self, user: Gv, call: &Call, name: &str, of_library: bool) {
        let catalogue = self.shared.program.catalogue;
        if catalogue.is_iteration(name) || catalogue.is_continuation(name) {
            let given = if catalogue.is_continuation(name) { self.part.clone() } else { self.part.element() };
            let place = usize::from(catalogue.is_fold(name));
            let taken = call.args.iter().filter(|arg| self.gives_parameter(user, arg.value, place, &given)).count();
            // What comes out is what the function gives.
            if taken > 0 && !catalogue.keeps_elements(name) {
                return;
            }
        }
        if self.part.is_whole() {
            self.push(user);
        } else if !of_library {
            // What the object holds is read by its methods.
        } else if catalogue.keeps_elements(name) && !catalogue.picks_one(name) {
            self.push_part(user, Some(self.part.moved()));
        } else if catalogue.passes(self.shared.program.lang(user.func), name, None) == Some(Passes::Member) {
            let key = call.args.first().map(|arg| self.shared.program.kind(Gv { func: user.func, value: arg.value }));
            let part = match key {
                Some(ValueKind::Str(key)) => self.part.member(key),
                _ => Some(self.part.element()),
            };
            self.push_part(user, part);
        } else {
            self.push(user);
        }
    }

    /// Go on in a function that is handed to a call of `user`'s function, at one of its parameters.
    fn gives_parameter(&mut self, user: Gv, value: ValueId, place: usize, part: &Part) -> bool {
        let program = self.shared.program;
        let ValueKind::Func(ix) = program.kind(program.origin(Gv { func: user.func, value })) else { return false };
        let func = program.func_id(program.file_of(user.func), *ix);
        if let Some(param) = program.function(func).params.get(place) {
            self.push_part(Gv { func, value: param.value }, Some(part.clone()));
        }
        true
    }

    /// An object made with the answer: under the name that it is given by, where the class says no more.
    fn made(&mut self, gv: Gv, user: Gv, call: &Call, has_constructor: bool) {
        for arg in call.args.iter().filter(|arg| arg.value == gv.value) {
            match &arg.name {
                Some(name) if !has_constructor => {
                    self.push_part(user, Some(self.part.under(&[Seg::Field(name.clone())])));
                }
                None if arg.spread != Spread::None => self.push_same(user),
                _ => self.push(user),
            }
        }
    }

    /// Functions handed to the call get the answer as their parameters.
    pub(super) fn callbacks(&mut self, user: Gv, call: &Call) {
        for arg in &call.args {
            self.callback_in(Gv { func: user.func, value: arg.value }, 3);
        }
    }

    fn callback_in(&mut self, gv: Gv, depth: u32) {
        let program = self.shared.program;
        let at = |value| Gv { func: gv.func, value };
        match program.kind(gv) {
            ValueKind::Func(ix) => {
                let func = program.func_id(program.file_of(gv.func), *ix);
                for param in &program.function(func).params {
                    self.push(Gv { func, value: param.value });
                }
            }
            ValueKind::Object(entries) if depth > 0 => {
                let told = |key: &Key| !matches!(key, Key::Name(n) if program.catalogue.is_failure_option(n));
                for (_, value) in entries.iter().filter(|(key, _)| told(key)) {
                    self.callback_in(at(*value), depth - 1);
                }
            }
            ValueKind::Call(call) if depth > 0 => {
                for arg in &call.args {
                    self.callback_in(at(arg.value), depth - 1);
                }
            }
            _ => {}
        }
    }

    pub(super) fn fits(&self, row: &OutputRow, user: Gv, call: &Call, gv: Gv) -> bool {
        let program = self.shared.program;
        let file = program.file(program.file_of(user.func));
        // The client may be made in another file of one's own.
        let from = |module: &str| row.with_import.iter().any(|p| module.starts_with(p.as_str()));
        let imported = row.with_import.is_empty()
            || file.imports.iter().any(|i| from(&i.module))
            || program.call_graph.paths(user).any(|path| from(path))
            || program.call_graph.callees(user).iter().any(|callee| match callee {
                Abs::Typed { site: Some(made), .. } => program.call_graph.paths(*made).any(|path| from(path)),
                _ => false,
            });
        if !imported {
            return false;
        }
        if row.args.is_empty() {
            return true;
        }
        let picked = row.args.iter().flat_map(|p| crate::sinks::args::pick(program, user, call, p, 0));
        picked.into_iter().any(|(v, _)| v == gv)
    }
}
