//! Keyed stores: what was set under a constant key is what a read of that key gives (`user_session.set("agent", a)`,
//! `st.session_state["history"]`).

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::{AttrStore, ClassId, FileId, FuncId, Gv, Program, Resolver, to_u32, together};
use crate::catalogue::StoreBy;
use crate::ir::{ArgRole, Call, ClassKind, Function, Seg, Spread, Sym, ValueId, ValueKind};
use crate::link::Abs;

/// A store of the catalogue, and a key.
type StoreKey = (usize, Sym);

#[derive(Default)]
pub(crate) struct Stores {
    sets: FxHashMap<StoreKey, Vec<Gv>>,
    gets: FxHashMap<Gv, StoreKey>,
}

impl Stores {
    /// The values set under the key that this call or read gets: those of the same file, or else of the same folder. None
    /// where nothing is seen to set it: a library, or another part of the program, did.
    #[must_use]
    pub(crate) fn stored(&self, program: &Program<'_>, gv: Gv) -> Option<Vec<Gv>> {
        let key = self.gets.get(&gv)?;
        let values = nearest(program, gv, self.sets.get(key)?);
        (!values.is_empty()).then_some(values)
    }
}

fn nearest(program: &Program<'_>, gv: Gv, all: &[Gv]) -> Vec<Gv> {
    let file = program.file_of(gv.func);
    let same: Vec<Gv> = all.iter().copied().filter(|v| program.file_of(v.func) == file).collect();
    if !same.is_empty() {
        return same;
    }
    let folder = |f: FileId| program.file(f).path.rsplit_once('/').map_or("", |(d, _)| d).to_owned();
    let here = folder(file);
    all.iter().copied().filter(|v| folder(program.file_of(v.func)) == here).collect()
}

/// The read of a store that a value is a later version of.
fn first_read(f: &Function, mut at: ValueId) -> ValueId {
    for _ in 0..24 {
        match f.kind_of(at) {
            ValueKind::AfterCall { base, .. } | ValueKind::Update { base, .. } | ValueKind::Typed(base, _) => {
                at = *base
            }
            ValueKind::Phi(options) if !options.is_empty() => at = options[0],
            _ => break,
        }
    }
    at
}

enum Access {
    Set(StoreKey, Gv),
    Get(StoreKey, Gv),
}

/// Find all accesses. Needs the calls' targets.
pub(super) fn find(program: &Program<'_>) -> Stores {
    let all: Vec<FuncId> = program.functions().collect();
    let found = in_groups(program, &all, accesses);
    let mut stores = Stores::default();
    let mut reading: FxHashSet<FuncId> = FxHashSet::default();
    for access in found.into_iter().flatten() {
        match access {
            Access::Set(key, value) => stores.sets.entry(key).or_default().push(value),
            Access::Get(key, read) => {
                reading.insert(read.func);
                stores.gets.insert(read, key);
            }
        }
    }
    // What is kept is a thing: to change it after it was read changes what the next one reads.
    for func in all.into_iter().filter(|f| reading.contains(f)) {
        let f = program.function(func);
        for (i, value) in f.values.iter().enumerate() {
            if let ValueKind::AfterCall { role: ArgRole::Receiver, call, .. } = &value.kind
                && let ValueKind::Call(c) = f.kind_of(*call)
                && let ValueKind::Field(_, method) = f.kind_of(c.callee)
                && program.catalogue.is_mutator(method)
            {
                let changed = ValueId(to_u32(i));
                if let Some(key) = stores.gets.get(&Gv { func, value: first_read(f, changed) }) {
                    stores.sets.entry(key.clone()).or_default().push(Gv { func, value: changed });
                }
            }
        }
    }
    stores
}

/// What is found in each function, in their order.
fn in_groups<'p, T: Send>(
    program: &'p Program<'_>,
    all: &[FuncId],
    find: impl Fn(&'p Program<'p>, FuncId, &mut Resolver<'p>) -> Vec<T> + Sync,
) -> Vec<Vec<T>> {
    let groups = all.par_chunks(together(all.len())).map(|funcs| {
        let mut resolver = Resolver::new(program, Some(&program.call_graph));
        funcs.iter().flat_map(|func| find(program, *func, &mut resolver)).collect()
    });
    groups.collect()
}

fn accesses<'p>(program: &'p Program<'p>, func: FuncId, resolver: &mut Resolver<'p>) -> Vec<Access> {
    let f = program.function(func);
    let catalogue = program.catalogue;
    let lang = program.lang(func);
    let mut found = Vec::new();
    let mut object = |base: ValueId| {
        // Only what comes from an import can be a store object.
        let rooted = matches!(root_kind(f, base), ValueKind::Import(_) | ValueKind::Free(_));
        let paths = if rooted { resolver.resolve(Gv { func, value: base }) } else { Vec::new() };
        paths.into_iter().find_map(|abs| match abs {
            Abs::Ext(path) => catalogue.store_by(lang, StoreBy::Object, Some(&path), &[]),
            _ => None,
        })
    };
    for (i, value) in f.values.iter().enumerate() {
        let gv = Gv { func, value: ValueId(to_u32(i)) };
        match &value.kind {
            ValueKind::Call(call) => {
                for callee in program.call_graph.callees(gv) {
                    let Abs::Ext(path) = callee else { continue };
                    if let Some(store) = catalogue.store_by(lang, StoreBy::Set, Some(path), &[]) {
                        let row = &catalogue.stores[store];
                        if let (Some(key), Some(arg)) =
                            (constant(f, call, row.key as usize), call.args.get(row.value as usize))
                        {
                            found.push(Access::Set((store, key), Gv { func, value: arg.value }));
                        }
                    } else if let Some(store) = catalogue.store_by(lang, StoreBy::Get, Some(path), &[])
                        && let Some(key) = constant(f, call, catalogue.stores[store].key as usize)
                    {
                        found.push(Access::Get((store, key), gv));
                    }
                }
            }
            ValueKind::Update { base, path, value, .. } => {
                if let [Seg::Field(key)] = path.as_slice()
                    && let Some(store) = object(*base)
                {
                    found.push(Access::Set((store, key.clone()), Gv { func, value: *value }));
                } else if let [Seg::Field(inner), Seg::Field(key)] = path.as_slice()
                    && let ValueKind::Import(_) = root_kind(f, *base)
                {
                    // `st.session_state.messages = x`, kept as a store to a part of the module.
                    let words = [&**inner];
                    if let Some(store) = catalogue.store_by(lang, StoreBy::Object, None, &words) {
                        found.push(Access::Set((store, key.clone()), Gv { func, value: *value }));
                    }
                }
            }
            ValueKind::Field(base, key) => {
                if let Some(store) = object(*base) {
                    found.push(Access::Get((store, key.clone()), gv));
                }
            }
            _ => {}
        }
    }
    found
}

fn root_kind(f: &Function, mut at: ValueId) -> &ValueKind {
    for _ in 0..12 {
        match f.kind_of(at) {
            ValueKind::Field(base, _) | ValueKind::AfterCall { base, .. } | ValueKind::Update { base, .. } => {
                at = *base
            }
            _ => break,
        }
    }
    f.kind_of(at)
}

fn constant(f: &Function, call: &Call, n: usize) -> Option<Sym> {
    let arg = call.args.get(n).filter(|a| a.spread == Spread::None)?;
    match f.kind_of(arg.value) {
        ValueKind::Str(s) => Some(s.clone()),
        _ => None,
    }
}

/// Stores to the attributes of an object that a parameter brings or a function gives, by the object's class: whoever
/// has the same object may read them.
pub(super) fn loose(program: &Program<'_>) -> FxHashMap<(ClassId, Sym), Vec<AttrStore>> {
    let all: Vec<FuncId> = program.functions().collect();
    let found = in_groups(program, &all, loose_in);
    let mut stores: FxHashMap<(ClassId, Sym), Vec<AttrStore>> = FxHashMap::default();
    for (key, store) in found.into_iter().flatten() {
        stores.entry(key).or_default().push(store);
    }
    stores
}

fn loose_in<'p>(
    program: &'p Program<'p>,
    func: FuncId,
    resolver: &mut Resolver<'p>,
) -> Vec<((ClassId, Sym), AttrStore)> {
    let f = program.function(func);
    let mut found = Vec::new();
    if program.in_test(func) {
        return found;
    }
    for value in &f.values {
        let ValueKind::Update { base, path, value: stored, .. } = &value.kind else { continue };
        let [Seg::Field(name), rest @ ..] = path.as_slice() else { continue };
        let root = Gv { func, value: first_read(f, *base) };
        let comes_in = match program.kind(root) {
            ValueKind::Param(0) if program.takes_receiver(func) => false,
            ValueKind::Param(_) => true,
            ValueKind::Call(_) => !matches!(program.call_graph.callees(root), [Abs::Class(_), ..]),
            _ => false,
        };
        if !comes_in || program.only_read(Gv { func, value: *stored }) {
            continue;
        }
        for abs in resolver.resolve(root) {
            if let Abs::Instance(class) = abs
                && program.class(class).kind == ClassKind::Class
                && !program.is_record(class)
            {
                let store = AttrStore { value: Gv { func, value: *stored }, rest: rest.to_vec() };
                found.push(((class, name.clone()), store));
            }
        }
    }
    found
}
