//! What an object, a tuple or a module holds under a name, seen through literals, stores and the functions that make it.

use super::abs::Abs;
use super::resolve::{MOST, Resolver};
use super::{FuncId, Gv, ImportTarget, bind};
use crate::catalogue::{Lang, Wrapper};
use crate::ir::{CallKind, Key, Seg, Sym, ValueId, ValueKind};

/// How many values of an attribute, and callers of a function, are looked at.
const MOST_HELD: usize = 12;

impl Resolver<'_> {
    /// Values put under `name` in an object, seen through literals and stores; whether nothing else can be there.
    pub(crate) fn stored(&mut self, base: Gv, name: &Sym, depth: u32) -> (Vec<Gv>, bool) {
        if depth > 12 {
            return (Vec::new(), false);
        }
        let program = self.program;
        let at = |value| Gv { func: base.func, value };
        match program.kind(base) {
            ValueKind::Object(entries) => {
                let mut found = Vec::new();
                for (key, value) in entries.iter().rev() {
                    match key {
                        Key::Name(n) if n == name => {
                            found.push(at(*value));
                            return (found, true);
                        }
                        Key::Dynamic(_) => found.push(at(*value)),
                        Key::Spread => {
                            let (more, complete) = self.stored(at(*value), name, depth + 1);
                            found.extend(more);
                            if complete {
                                return (found, true);
                            }
                        }
                        Key::Name(_) => {}
                    }
                }
                (found, false)
            }
            ValueKind::List(items) => match name.parse::<usize>() {
                Ok(n) => (items.get(n).map(|(v, _)| at(*v)).into_iter().collect(), n < items.len()),
                Err(_) => (Vec::new(), false),
            },
            ValueKind::Update { base: inner, path, value, strong } => match path.as_slice() {
                [Seg::Field(n)] if n == name => {
                    let mut found = vec![at(*value)];
                    if !*strong {
                        found.extend(self.stored(at(*inner), name, depth + 1).0);
                    }
                    (found, *strong)
                }
                [Seg::Elem] => {
                    let (mut found, complete) = self.stored(at(*inner), name, depth + 1);
                    found.push(at(*value));
                    (found, complete)
                }
                _ => self.stored(at(*inner), name, depth + 1),
            },
            ValueKind::AfterCall { base: inner, .. } | ValueKind::Typed(inner, _) => {
                self.stored(at(*inner), name, depth + 1)
            }
            ValueKind::Phi(options) => {
                let mut all = (Vec::new(), true);
                for option in options {
                    let (found, complete) = self.stored(at(*option), name, depth + 1);
                    all.0.extend(found);
                    all.1 &= complete;
                }
                all
            }
            ValueKind::Free(variable) => {
                let mut found = Vec::new();
                let mut complete = true;
                for def in program.free(base.func, variable) {
                    let (more, c) = self.stored(def, name, depth + 1);
                    found.extend(more);
                    complete &= c;
                }
                if let Some(owner) = program.declaring(base.func, variable) {
                    for def in program.outer_defs.get(&(owner, variable.clone())).into_iter().flatten() {
                        match def.path.as_slice() {
                            [Seg::Field(n)] if n == name => found.push(def.value),
                            [] => found.extend(self.stored(def.value, name, depth + 1).0),
                            _ => {}
                        }
                    }
                }
                (found, complete)
            }
            // `client, model = connect()`
            ValueKind::Call(call) => {
                // `load().then((m) => ({ default: m.Panel }))`
                if let ValueKind::Field(_, method) = program.kind(at(call.callee))
                    && program.catalogue.is_continuation(method)
                    && let Some(then) = call.args.first()
                {
                    let mut found = Vec::new();
                    for abs in self.resolve(at(then.value)) {
                        if let Abs::Func(func, _) = abs {
                            found.extend(self.returned_part(func, name, depth).0);
                        }
                    }
                    return (found, false);
                }
                // `load().catch(() => null)`
                if let ValueKind::Field(promise, method) = program.kind(at(call.callee))
                    && program.lang(base.func) == Lang::Js
                    && matches!(&**method, "catch" | "finally")
                {
                    return (self.stored(at(*promise), name, depth + 1).0, false);
                }
                let callees = self.resolve(at(call.callee));
                let mut all = (Vec::new(), !callees.is_empty());
                for callee in callees {
                    if let Abs::Ext(path) = &callee
                        && let Some(Wrapper::Value) = program.catalogue.wrapper(program.lang(base.func), path)
                        && let Some(arg) = call.args.first()
                    {
                        // `const [sdk, client] = await Promise.all([load(), connect()])`
                        return self.stored(at(arg.value), name, depth + 1);
                    }
                    let Abs::Func(func, _) = callee else { return (all.0, false) };
                    let (found, complete) = self.returned_part(func, name, depth);
                    all.0.extend(found);
                    all.1 &= complete;
                }
                all
            }
            // Of other objects, callers' options within options, this would be a walk through the whole program.
            ValueKind::Field(owner, attribute) if matches!(program.kind(at(*owner)), ValueKind::This) => {
                let asked = (base, name.clone());
                if let Some(known) = self.held.get(&asked) {
                    return (known.clone(), false);
                }
                self.held.insert(asked.clone(), Vec::new());
                let held = self.attribute(at(*owner), attribute, depth + 1);
                let mut found: Vec<Gv> = held.into_iter().flat_map(|v| self.stored(v, name, depth + 1).0).collect();
                found.truncate(MOST_HELD);
                self.held.insert(asked, found.clone());
                (found, false)
            }
            ValueKind::Param(ix) => (self.given(base.func, *ix, name, depth), false),
            ValueKind::Import(ix) => {
                let file = program.file_of(base.func);
                let import = &program.file(file).imports[*ix as usize];
                match (program.import_target(file, *ix), &import.name) {
                    (ImportTarget::File(target), Some(n)) => {
                        let mut found = Vec::new();
                        for def in program.exported(*target, n) {
                            found.extend(self.stored(def, name, depth + 1).0);
                        }
                        (found, false)
                    }
                    _ => (Vec::new(), false),
                }
            }
            _ => (Vec::new(), false),
        }
    }

    /// What a function that loads a module loads: the module's default, or the function itself that it picks from it.
    pub(super) fn default_of(&mut self, loader: Gv) -> Vec<Abs> {
        let mut found = Vec::new();
        for abs in self.resolve(loader) {
            let Abs::Func(f, _) = abs else { continue };
            for value in self.program.function(f).returns.clone() {
                let value = Gv { func: f, value };
                found.extend(self.field_of(value, &Sym::from("default")));
                found.extend(self.resolve(value).into_iter().filter(|a| matches!(a, Abs::Func(..))));
            }
        }
        found
    }

    /// What a function of the tree gives under `name`, in the object or tuple that it makes.
    fn returned_part(&mut self, func: FuncId, name: &Sym, depth: u32) -> (Vec<Gv>, bool) {
        let asked = (func, name.clone());
        if let Some(known) = self.parts.get(&asked) {
            return known.clone();
        }
        self.parts.insert(asked.clone(), (Vec::new(), false));
        let returns = &self.program.function(func).returns;
        let mut all = (Vec::new(), !returns.is_empty());
        for value in returns.iter().take(MOST) {
            let (found, complete) = self.stored(Gv { func, value: *value }, name, depth + 1);
            all.0.extend(found);
            all.1 &= complete;
        }
        self.parts.insert(asked, all.clone());
        all
    }

    /// What is under an attribute: in the object that is written out, or by the stores of the class around
    /// (`this.loaded = load(); … const { model } = await this.loaded`).
    fn attribute(&mut self, owner: Gv, attribute: &Sym, depth: u32) -> Vec<Gv> {
        let program = self.program;
        let (mut found, _) = self.stored(owner, attribute, depth);
        if found.is_empty()
            && let Some(class) = self.resolve(owner).into_iter().find_map(|abs| match abs {
                Abs::Instance(class) => Some(class),
                _ => None,
            })
        {
            let stores = program.attr_stores.get(&(class, attribute.clone()));
            found.extend(stores.into_iter().flatten().filter(|s| s.rest.is_empty()).map(|s| s.value));
            if let Some((class, field)) = program.declared_field(class, attribute)
                && let Some(value) = program.class(class).fields[field].default
            {
                let func = program.func_id(program.class_file(class), program.class(class).scope);
                found.push(Gv { func, value });
            }
        }
        found.truncate(MOST_HELD);
        found
    }

    /// The values of a table of choices that is gone through: `for name, make in MAKERS.items()`, `Object.values(makers)`.
    pub(super) fn listed(&mut self, base: Gv) -> Vec<Abs> {
        let program = self.program;
        let at = |value| Gv { func: base.func, value };
        let ValueKind::Call(call) = program.kind(base) else { return Vec::new() };
        let ValueKind::Field(receiver, method) = program.kind(at(call.callee)) else { return Vec::new() };
        let of = match call.args.as_slice() {
            [] => at(*receiver),
            [arg] if matches!(program.kind(at(*receiver)), ValueKind::Free(name) if &**name == "Object") => {
                at(arg.value)
            }
            _ => return Vec::new(),
        };
        match &**method {
            "values" => self.element(of),
            "items" | "entries" => self.element(of).into_iter().map(|abs| Abs::Seq(Box::new(abs))).collect(),
            _ => Vec::new(),
        }
    }

    /// A parameter's default. `def run(task, agent=agent)` takes the variable around the function.
    pub(super) fn default(&mut self, func: FuncId, name: &Sym, default: ValueId) -> Vec<Abs> {
        let program = self.program;
        let value = Gv { func, value: default };
        match program.kind(value) {
            ValueKind::Free(variable) if variable == name => {
                let around = program.declaring(func, name).map(|owner| program.definitions(owner, name));
                around.unwrap_or_default().into_iter().flat_map(|v| self.resolve(v)).collect()
            }
            _ => self.resolve(value),
        }
    }

    /// What callers put under `name` in the object that they pass: `run({ model: openai("gpt-4o") })`,
    /// `<Form onSubmit={save} />`.
    fn given(&mut self, func: FuncId, ix: u32, name: &Sym, depth: u32) -> Vec<Gv> {
        let program = self.program;
        let Some(calls) = self.calls.filter(|_| self.callers && program.lang(func) == Lang::Js) else {
            return Vec::new();
        };
        let asked = (func, ix, name.clone());
        if let Some(known) = self.passed.get(&asked) {
            return known.clone();
        }
        self.passed.insert(asked.clone(), Vec::new());
        let in_test = program.in_test(func);
        let mut found = Vec::new();
        for site in calls.callers(func).iter().filter(|s| in_test || !program.in_test(s.call.func)).take(MOST_HELD) {
            let jsx = matches!(program.kind(site.call), ValueKind::Call(call) if call.kind == CallKind::Jsx);
            for bound in bind::bind(program, site, func, ix).into_iter().filter(|b| b.path.is_empty()) {
                let mut under = self.stored(bound.gv(site.call.func), name, depth + 1).0;
                // Which of the callers' functions runs is a matter of the call at hand; a component is used in few ways.
                under.retain(|gv| jsx || !matches!(program.kind(*gv), ValueKind::Func(_)));
                found.extend(under);
            }
        }
        found.truncate(MOST_HELD);
        self.passed.insert(asked, found.clone());
        found
    }
}
