//! Functions and classes that are kept somewhere and called by a name made at run time: registries, tables of listeners,
//! `getattr(self, "on_" + name)`.

use super::abs::Abs;
use super::resolve::{MOST, Resolver};
use super::{ClassId, FuncId, Gv, bind};
use crate::catalogue::Lang;
use crate::ir::{ArgRole, Call, Key, Seg, Spread, Sym, ValueId, ValueKind};

fn is_code(abs: &Abs) -> bool {
    matches!(abs, Abs::Func(..) | Abs::Class(_))
}

impl<'p> Resolver<'p> {
    /// Functions and classes put anywhere into the attribute that a value is a part of: `self.handlers[event].append(f)`;
    /// with a key only those that may be under it.
    pub(super) fn kept_functions(&mut self, base: Gv, key: Option<&Sym>) -> Vec<Abs> {
        self.kept(base, key, is_code)
    }

    /// Instances of the tree's classes that are put into the list that an attribute holds.
    pub(super) fn kept_instances(&mut self, base: Gv) -> Vec<Abs> {
        self.kept(base, None, |abs| matches!(abs, Abs::Instance(_)))
    }

    fn kept(&mut self, base: Gv, key: Option<&Sym>, wanted: fn(&Abs) -> bool) -> Vec<Abs> {
        let program = self.program;
        let at = |value| Gv { func: base.func, value };
        let mut here = base;
        for _ in 0..8 {
            match program.kind(here) {
                ValueKind::Field(receiver, name) => {
                    let classes: Vec<ClassId> = self
                        .resolve(at(*receiver))
                        .into_iter()
                        .filter_map(|abs| match abs {
                            Abs::Instance(c) | Abs::Class(c) => Some(c),
                            _ => None,
                        })
                        .collect();
                    let mut found = Vec::new();
                    for class in classes {
                        for owner in program.lineage(class) {
                            let stores = program.attr_stores.get(&(owner, name.clone()));
                            let of_class = program.class_stores(owner, name);
                            for store in stores.into_iter().flatten().chain(of_class).take(MOST) {
                                let under = match (key, store.rest.first()) {
                                    (Some(key), Some(Seg::Field(name))) => name == key,
                                    _ => true,
                                };
                                if under {
                                    found.extend(self.put_in(store.value, key, wanted));
                                }
                            }
                        }
                    }
                    if !found.is_empty() {
                        return found;
                    }
                    here = at(*receiver);
                }
                ValueKind::Index(inner, _)
                | ValueKind::Elem(inner)
                | ValueKind::AfterCall { base: inner, .. }
                | ValueKind::Update { base: inner, .. }
                | ValueKind::Typed(inner, _) => here = at(*inner),
                ValueKind::Phi(options) if !options.is_empty() => here = at(options[0]),
                ValueKind::Call(call) => match program.kind(at(call.callee)) {
                    ValueKind::Field(inner, _) => here = at(*inner),
                    _ => return Vec::new(),
                },
                _ => return Vec::new(),
            }
        }
        Vec::new()
    }

    /// The functions that a store or a mutating call puts in.
    fn put_in(&mut self, value: Gv, key: Option<&Sym>, wanted: fn(&Abs) -> bool) -> Vec<Abs> {
        let program = self.program;
        let at = |v| Gv { func: value.func, value: v };
        let mut found = Vec::new();
        let mut here = value;
        for _ in 0..8 {
            match program.kind(here) {
                ValueKind::AfterCall { base, call, .. } => {
                    // Under a key stands what was put there, not what an object's method was given.
                    if let ValueKind::Call(c) = program.kind(at(*call))
                        && key.is_none()
                    {
                        for arg in &c.args {
                            found.extend(self.resolve(at(arg.value)).into_iter().filter(wanted));
                        }
                    }
                    here = at(*base);
                }
                ValueKind::Update { base, path, .. } if matches!((key, path.first()), (Some(key), Some(Seg::Field(name))) if name != key) =>
                {
                    here = at(*base);
                }
                ValueKind::Update { base, value, .. } => {
                    found.extend(self.resolve(at(*value)).into_iter().filter(wanted));
                    here = at(*base);
                }
                _ => break,
            }
        }
        found.extend(self.resolve(here).into_iter().filter(wanted));
        found
    }

    /// `getattr(o, "name")`, `getattr(o, "on_" + name)`. None where the call is none, or nothing says the name.
    pub(super) fn got_by_name(&mut self, gv: Gv, call: &Call) -> Option<Vec<Abs>> {
        let program = self.program;
        let at = |value| Gv { func: gv.func, value };
        let ValueKind::Free(name) = program.kind(at(call.callee)) else { return None };
        let [object, key, default @ ..] = call.args.as_slice() else { return None };
        if &**name != "getattr" || program.lang(gv.func) != Lang::Python || object.spread != Spread::None {
            return None;
        }
        let mut found = match self.texts(at(key.value), 6) {
            Some(names) => names.iter().take(MOST).flat_map(|name| self.field(at(object.value), name)).collect(),
            None => self.named_alike(at(object.value), at(key.value)),
        };
        found.retain(is_code);
        if found.is_empty() {
            return None;
        }
        for other in default.iter().take(1) {
            found.extend(self.resolve(at(other.value)).into_iter().filter(is_code));
        }
        Some(found)
    }

    /// The methods of an object whose names begin and end as a key that is put together does.
    pub(super) fn named_alike(&mut self, base: Gv, key: Gv) -> Vec<Abs> {
        let program = self.program;
        let Some((first, last)) = self.ends(key) else { return Vec::new() };
        let (first, last) = (&*first, &*last);
        if first.is_empty() && last.is_empty() {
            return Vec::new();
        }
        let mut found = Vec::new();
        for abs in self.resolve(base) {
            let (Abs::Instance(class) | Abs::Class(class)) = abs else { continue };
            let below = program.descendants(class).into_iter().skip(1);
            for owner in program.lineage(class).into_iter().chain(below).take(MOST) {
                for (name, ix) in &program.class(owner).methods {
                    if name.len() > first.len() + last.len() && name.starts_with(first) && name.ends_with(last) {
                        found.push(Abs::Func(program.func_id(program.class_file(owner), *ix), Some(base)));
                    }
                }
            }
        }
        found
    }

    /// How a text begins and ends that is put together: `"on_" + name`, `f"{name}_done"`, `"visit_%s" % name`,
    /// `"visit_{}".format(name)`.
    fn ends(&mut self, key: Gv) -> Option<(String, String)> {
        let program = self.program;
        let at = |value| Gv { func: key.func, value };
        let cut = |template: &str, open: &str, close: &str| {
            let (first, rest) = template.split_once(open)?;
            let last = rest.rsplit_once(close).map_or(rest, |(_, last)| last);
            Some((first.to_owned(), last.to_owned()))
        };
        match program.kind(key) {
            ValueKind::Typed(inner, _) => self.ends(at(*inner)),
            ValueKind::Concat(parts) => {
                let first = parts.first().and_then(|v| self.text(at(*v), 4)).unwrap_or_else(|| Sym::from(""));
                if parts.len() == 2 && first.contains("%s") {
                    return cut(&first, "%s", "%s");
                }
                let last = parts.last().filter(|_| parts.len() > 1).and_then(|v| self.text(at(*v), 4));
                Some((first.to_string(), last.map_or_else(String::new, |l| l.to_string())))
            }
            ValueKind::Call(call) => match program.kind(at(call.callee)) {
                ValueKind::Field(template, name) if &**name == "format" => {
                    let template = self.text(at(*template), 4)?;
                    cut(&template, "{", "}")
                }
                _ => None,
            },
            _ => None,
        }
    }

    /// All the constant texts that a value may be: a literal, either of several, an element of a list or table of them. None
    /// where it may be another.
    pub(crate) fn texts(&mut self, gv: Gv, depth: u32) -> Option<Vec<Sym>> {
        let depth = depth.checked_sub(1)?;
        let program = self.program;
        let at = |value| Gv { func: gv.func, value };
        let mut found = Vec::new();
        match program.kind(gv) {
            ValueKind::Phi(options) => {
                for option in options {
                    match program.kind(at(*option)) {
                        ValueKind::Null | ValueKind::Captured(_) => {}
                        _ => found.extend(self.texts(at(*option), depth)?),
                    }
                }
            }
            ValueKind::Elem(table) => found = self.texts_in(at(*table), true, depth)?,
            ValueKind::Index(table, _) => found = self.texts_in(at(*table), false, depth)?,
            // `for name, x in TABLE.items()`
            ValueKind::Field(pair, n) if let ("0" | "1", ValueKind::Elem(items)) = (&**n, program.kind(at(*pair))) => {
                let ValueKind::Call(call) = program.kind(at(*items)) else { return None };
                let ValueKind::Field(table, method) = program.kind(at(call.callee)) else { return None };
                if &**method != "items" {
                    return None;
                }
                found = self.texts_in(at(*table), &**n == "0", depth)?;
            }
            ValueKind::Call(call) => {
                let ValueKind::Field(table, method) = program.kind(at(call.callee)) else { return None };
                match (&**method, call.args.as_slice()) {
                    ("get", [_]) => found = self.texts_in(at(*table), false, depth)?,
                    ("get", [_, default]) => {
                        found = self.texts_in(at(*table), false, depth)?;
                        if !matches!(program.kind(at(default.value)), ValueKind::Null) {
                            found.extend(self.texts(at(default.value), depth)?);
                        }
                    }
                    _ => return None,
                }
            }
            // What is given by those who call the function.
            ValueKind::Param(ix) if program.lang(gv.func) == Lang::Python => {
                let sites = self.calls.map_or(&[][..], |calls| calls.callers(gv.func));
                if sites.is_empty() || sites.len() > MOST {
                    return None;
                }
                for site in sites {
                    let bounds = bind(program, site, gv.func, *ix);
                    let [bound] = bounds.as_slice() else { return None };
                    if !bound.path.is_empty() || bound.of.is_some() {
                        return None;
                    }
                    found.extend(self.texts(bound.gv(site.call.func), depth.min(3))?);
                }
            }
            ValueKind::Free(name) => match program.free(gv.func, name).as_slice() {
                [one] if *one != gv => found = self.texts(*one, depth)?,
                _ => return None,
            },
            // `TABLE["key"]`
            ValueKind::Field(table, key) if self.table(at(*table)).is_some() => {
                let (of, entries) = self.table(at(*table))?;
                let under = entries.iter().find(|(k, _)| matches!(k, Key::Name(name) if name == key))?;
                found = self.texts(Gv { func: of, value: under.1 }, depth)?;
            }
            _ => found.push(self.text(gv, depth)?),
        }
        found.sort();
        found.dedup();
        (!found.is_empty()).then_some(found)
    }

    /// A mapping that a module writes out, and its only value under that name.
    fn table(&self, gv: Gv) -> Option<(FuncId, &'p [(Key, ValueId)])> {
        let program = self.program;
        let made = match program.kind(gv) {
            ValueKind::Free(name) => match program.free(gv.func, name).as_slice() {
                [one] => *one,
                _ => return None,
            },
            _ => gv,
        };
        match program.kind(made) {
            ValueKind::Object(entries) => Some((made.func, entries)),
            _ => None,
        }
    }

    /// The texts in a list or table that was written out: its keys, or what stands under them.
    fn texts_in(&mut self, table: Gv, keys: bool, depth: u32) -> Option<Vec<Sym>> {
        let depth = depth.checked_sub(1)?;
        let program = self.program;
        let at = |value| Gv { func: table.func, value };
        match program.kind(table) {
            ValueKind::Typed(inner, _) | ValueKind::AfterCall { base: inner, role: ArgRole::Arg(_), .. } => {
                self.texts_in(at(*inner), keys, depth)
            }
            ValueKind::List(items) => {
                let text = |item: &(crate::ir::ValueId, bool)| match program.kind(at(item.0)) {
                    ValueKind::Str(text) if !item.1 => Some(text.clone()),
                    _ => None,
                };
                items.iter().map(text).collect()
            }
            ValueKind::Object(entries) => entries
                .iter()
                .map(|(key, value)| match (key, program.kind(at(*value))) {
                    (Key::Name(name), _) if keys => Some(name.clone()),
                    (Key::Name(_), ValueKind::Str(text)) => Some(text.clone()),
                    _ => None,
                })
                .collect(),
            ValueKind::Free(name) => match program.free(table.func, name).as_slice() {
                [one] if *one != table => self.texts_in(*one, keys, depth),
                _ => None,
            },
            ValueKind::Import(_) => match program.imported(table).as_slice() {
                [one] if *one != table => self.texts_in(*one, keys, depth),
                _ => None,
            },
            ValueKind::Field(base, name) => {
                let [Abs::Instance(class) | Abs::Class(class)] = *self.resolve(at(*base)).as_slice() else {
                    return None;
                };
                let (owner, i) = program.declared_field(class, name)?;
                let value = program.class(owner).fields[i].default?;
                let func = program.func_id(program.class_file(owner), program.class(owner).scope);
                self.texts_in(Gv { func, value }, keys, depth)
            }
            _ => None,
        }
    }

    /// The functions and classes in the list that a function of the tree gives.
    pub(super) fn given_elements(&mut self, call: Gv) -> Vec<Abs> {
        let program = self.program;
        let ValueKind::Call(c) = program.kind(call) else { return Vec::new() };
        let mut found = Vec::new();
        for abs in self.resolve(Gv { func: call.func, value: c.callee }) {
            let Abs::Func(func, _) = abs else { continue };
            if self.open.insert(call) {
                for value in program.function(func).returns.iter().take(4) {
                    found.extend(self.element(Gv { func, value: *value }).into_iter().filter(is_code));
                }
                self.open.remove(&call);
            }
        }
        found
    }

    /// The functions that `@f.register` adds to a function that one of these is, which is chosen by the type of its argument.
    pub(super) fn registered(&mut self, callees: &mut Vec<Abs>) {
        let program = self.program;
        let mut more = Vec::new();
        for callee in callees.iter() {
            let Abs::Func(func, receiver) = callee else { continue };
            let f = program.function(*func);
            let Some(parent) = program.parent(*func).filter(|_| !f.decorators.is_empty()) else { continue };
            let chosen = f.decorators.iter().any(|d| {
                self.resolve(Gv { func: parent, value: *d }).iter().any(|abs| {
                    matches!(abs, Abs::Ext(path) if matches!(&**path, "functools.singledispatch" | "functools.singledispatchmethod"))
                })
            });
            if !chosen {
                continue;
            }
            let around = program.function(parent);
            for other in program.functions_of(program.file_of(*func)).filter(|o| program.parent(*o) == Some(parent)) {
                let registers = program.function(other).decorators.iter().any(|d| {
                    let callee = match around.kind_of(*d) {
                        ValueKind::Call(call) => around.kind_of(call.callee),
                        kind => kind,
                    };
                    let ValueKind::Field(base, name) = callee else { return false };
                    let base = program.first_version(Gv { func: parent, value: *base });
                    &**name == "register"
                        && match program.kind(base) {
                            ValueKind::Decorated { func: of, .. } => {
                                program.func_id(program.file_of(*func), *of) == *func
                            }
                            _ => false,
                        }
                });
                if registers && other != *func {
                    more.push(Abs::Func(other, *receiver));
                }
            }
        }
        more.retain(|abs| !callees.contains(abs));
        callees.extend(more);
    }

    /// A constant text: a literal, a variable that only ever holds one, an attribute that a class declares as one.
    fn text(&mut self, gv: Gv, depth: u32) -> Option<Sym> {
        let depth = depth.checked_sub(1)?;
        let program = self.program;
        match program.kind(gv) {
            ValueKind::Str(text) => Some(text.clone()),
            ValueKind::Typed(inner, _) => self.text(Gv { func: gv.func, value: *inner }, depth),
            ValueKind::Free(name) => match program.free(gv.func, name).as_slice() {
                [one] if *one != gv => self.text(*one, depth),
                _ => None,
            },
            ValueKind::Field(base, name) => {
                let base = Gv { func: gv.func, value: *base };
                let [Abs::Instance(class) | Abs::Class(class)] = *self.resolve(base).as_slice() else { return None };
                let (owner, i) = program.declared_field(class, name)?;
                let default = program.class(owner).fields[i].default?;
                let scope = program.func_id(program.class_file(owner), program.class(owner).scope);
                self.text(Gv { func: scope, value: default }, depth)
            }
            _ => None,
        }
    }
}
