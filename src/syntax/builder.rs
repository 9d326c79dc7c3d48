//! Builds the SSA-like form of one file: what the front ends of all languages share.
//!
//! A front end walks its syntax tree in program order and calls [`Builder`] for values, names, branches and loops. The
//! scheme is that of on-the-fly SSA construction (Braun et al., CC 2013), made simpler by structured control flow: the
//! current version of each name lives in an environment that is forked and joined; a loop gives a name a phi only when
//! its body reads it.

mod change;
mod constants;
mod facts;
mod flow;
mod keys;
mod order;
mod parts;

pub(in crate::syntax) use facts::{Asked, Fact, ONE_OF, Test, has_calls, operator_of};
pub(in crate::syntax) use flow::unbracketed;
use std::collections::BTreeMap;
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::constant::Constant;
use crate::ir::{
    Arg, ArgRole, Call, CallKind, Class, ClassIx, FileIr, FnIx, FnKind, Function, Import, KEYS, Key, Language, Param,
    ParamKind, Seg, Span, Sym, TypeExpr, Value, ValueId, ValueKind,
};

/// Methods that give a member of what they are called on, which can be changed through it.
const GIVES_MEMBER: [&str; 2] = ["get", "setdefault"];
/// Calls in a chain, each on what the one before gives, that may change the first receiver.
const CHAIN: u32 = 6;
/// How the local names of modules begin that only types name.
const TYPE_IMPORT: &str = "import#";
/// Versions of one name that a handler may begin with.
const MOST_VERSIONS: usize = 16;
/// Calls in the body of a `try` that may have raised.
const MOST_RAISED: usize = 64;

/// The versions of the local names at one point. Dead after `return` and `raise`.
#[derive(Clone, Default)]
pub(super) struct Env {
    names: FxHashMap<Sym, ValueId>,
    dead: bool,
    /// What the conditions on the way here say.
    facts: Vec<Fact>,
    /// Since when no member of an object can have changed.
    moment: u32,
}

struct Loop {
    before: FxHashMap<Sym, ValueId>,
    phis: BTreeMap<Sym, ValueId>,
    /// What held at its head, whatever a round found.
    facts: Vec<Fact>,
}

/// The part of a function that a handler watches.
pub(super) struct Watched {
    before: Env,
    log: usize,
}

struct Frame {
    ix: FnIx,
    function: Function,
    env: Env,
    loops: Vec<Loop>,
    /// Names of enclosing scopes that this function assigns.
    outer: FxHashSet<Sym>,
    /// What block-scoped declarations shadow, innermost last.
    shadows: Vec<Vec<(Sym, Option<ValueId>)>>,
    /// Versions that a mutation replaced.
    superseded: FxHashSet<ValueId>,
    /// Every new version of a name, in order.
    log: Vec<(Sym, ValueId)>,
    /// What the `try` bodies around raise, innermost last.
    raised: Vec<Vec<ValueId>>,
    /// Names that functions inside of this one assign or change.
    captured: FxHashSet<Sym>,
    /// Versions that already take in what inner functions do.
    after_inner: FxHashSet<ValueId>,
    /// Names of enclosing functions whose values this one changes.
    changes: FxHashSet<Sym>,
    /// The versions of parameters and the receiver at each `return`.
    returned: BTreeMap<Sym, Vec<ValueId>>,
    /// Values that are the same whenever they are computed, beside literals.
    constants: FxHashMap<ValueId, Constant>,
    /// Values of names that are assigned once: `const x = …`.
    fixed: FxHashSet<ValueId>,
    /// Values that are one of two, and what each comes with.
    guarded: FxHashMap<ValueId, facts::Guarded>,
    /// What a variable is in place of another value, where that is known to be nothing.
    nothing: FxHashMap<ValueId, ValueId>,
    /// Of a module: names that its functions assign, wherever they stand.
    assigned: FxHashSet<Sym>,
    /// How often members of objects may have changed so far.
    moments: u32,
    /// The objects that a value was put into, and where.
    inside: FxHashMap<ValueId, Vec<(ValueId, Vec<Seg>)>>,
    /// Branches, loops and handlers around.
    within: u32,
    /// The elements that `yield` gave so far, if their number is known.
    given: Option<usize>,
    order: order::Order,
}

/// A variable that a value is, or is a part of.
struct Place {
    /// Its current version.
    root: ValueId,
    /// From it to the value.
    path: Vec<Seg>,
    /// The value was read from an earlier version.
    stale: bool,
}

pub(super) struct Builder {
    pub(super) file: FileIr,
    frames: Vec<Frame>,
    interned: FxHashSet<Sym>,
    /// Names whose every read gets a value of its own.
    watched: FxHashSet<Sym>,
    /// Names of the module that are always the same.
    module_constants: FxHashMap<Sym, Constant>,
    /// Functions of which every way ends in an exception: of the module by name, any by place.
    module_never: FxHashSet<Sym>,
    never: FxHashSet<FnIx>,
}

impl Builder {
    pub(super) fn new(path: &str, language: Language) -> Self {
        let mut builder = Builder {
            file: FileIr {
                path: Arc::from(path),
                language,
                functions: Vec::new(),
                classes: Vec::new(),
                imports: Vec::new(),
                exports: Vec::new(),
                star_imports: Vec::new(),
                directives: Vec::new(),
                errors: Vec::new(),
                notes: Vec::new(),
                cells: Vec::new(),
            },
            frames: Vec::new(),
            interned: FxHashSet::default(),
            watched: FxHashSet::default(),
            module_constants: FxHashMap::default(),
            module_never: FxHashSet::default(),
            never: FxHashSet::default(),
        };
        builder.enter("<module>", FnKind::Module, Span::default(), None);
        builder
    }

    /// Give every read of these names a value of its own.
    pub(super) fn watch(&mut self, names: &[String]) {
        self.watched = names.iter().map(|n| Sym::from(n.as_str())).collect();
    }

    pub(super) fn finish(mut self) -> FileIr {
        while !self.frames.is_empty() {
            self.leave();
        }
        self.file
    }

    pub(super) fn sym(&mut self, text: &str) -> Sym {
        if let Some(found) = self.interned.get(text) {
            return found.clone();
        }
        let made: Sym = Arc::from(text);
        self.interned.insert(made.clone());
        made
    }

    // ---- functions -------------------------------------------------------------------------------------------------

    /// Begin a function; everything until [`Self::leave`] goes into it.
    pub(super) fn enter(&mut self, name: &str, kind: FnKind, span: Span, class: Option<ClassIx>) -> FnIx {
        let ix = FnIx(u32::try_from(self.file.functions.len()).unwrap_or(u32::MAX));
        let function = Function {
            name: self.sym(name),
            kind,
            span,
            parent: self.frames.last().map(|f| f.ix),
            class,
            params: Vec::new(),
            returns: Vec::new(),
            raises: Vec::new(),
            caught: Vec::new(),
            operators: BTreeMap::new(),
            named_reads: Vec::new(),
            return_type: None,
            is_async: false,
            is_generator: false,
            decorators: Vec::new(),
            values: Vec::new(),
            locals: BTreeMap::new(),
            exit: BTreeMap::new(),
            outer_writes: Vec::new(),
            branches: Vec::new(),
            only_when: BTreeMap::new(),
            iterations: Vec::new(),
            versions: BTreeMap::new(),
            held: BTreeMap::new(),
            blocks: Vec::new(),
            directives: Vec::new(),
            is_abstract: false,
        };
        self.file.functions.push(function.clone()); // keeps the index; replaced by `leave`
        self.frames.push(Frame {
            ix,
            function,
            env: Env::default(),
            loops: Vec::new(),
            outer: FxHashSet::default(),
            shadows: Vec::new(),
            superseded: FxHashSet::default(),
            log: Vec::new(),
            raised: Vec::new(),
            captured: FxHashSet::default(),
            after_inner: FxHashSet::default(),
            changes: FxHashSet::default(),
            returned: BTreeMap::new(),
            constants: FxHashMap::default(),
            fixed: FxHashSet::default(),
            guarded: FxHashMap::default(),
            nothing: FxHashMap::default(),
            assigned: FxHashSet::default(),
            moments: 0,
            inside: FxHashMap::default(),
            within: 0,
            given: Some(0),
            order: order::Order::default(),
        });
        ix
    }

    pub(super) fn leave(&mut self) -> FnIx {
        let Some(mut frame) = self.frames.pop() else { return FnIx(0) };
        // What this function does to names around it, as the functions around it see it.
        let mut names = frame.changes;
        names.extend(frame.function.outer_writes.iter().map(|(n, _)| n.clone()));
        names.extend(frame.captured.iter().filter(|n| !frame.function.locals.contains_key(*n)).cloned());
        if let Some(outer) = self.frames.last_mut() {
            outer.captured.extend(names);
            outer.order.read_inside.extend(frame.order.read_outside(&frame.function));
        }
        frame.function.versions = frame.order.versions(&frame.captured);
        let f = &frame.function;
        if frame.env.dead && f.returns.is_empty() && !f.raises.is_empty() && !f.is_async && f.decorators.is_empty() {
            self.never.insert(frame.ix);
        }
        frame.function.exit = frame.env.names.into_iter().collect();
        for (name, mut values) in frame.returned {
            if !frame.env.dead
                && let Some(last) = frame.function.exit.get(&name)
                && !values.contains(last)
            {
                values.push(*last);
            }
            let value = match values.as_slice() {
                [one] => *one,
                _ => {
                    let id = ValueId(u32::try_from(frame.function.values.len()).unwrap_or(u32::MAX));
                    frame.function.values.push(Value { kind: ValueKind::Phi(values), span: frame.function.span });
                    id
                }
            };
            frame.function.exit.insert(name, value);
        }
        self.file.functions[frame.ix.0 as usize] = frame.function;
        frame.ix
    }

    /// Add a parameter; a name binds it. A destructured parameter has an empty name and is taken apart by the caller.
    pub(super) fn param(&mut self, name: &str, kind: ParamKind, span: Span, ty: Option<TypeExpr>) -> ValueId {
        let index = u32::try_from(self.function().params.len()).unwrap_or(u32::MAX);
        let value = self.add(ValueKind::Param(index), span);
        let name = self.sym(name);
        self.function().params.push(Param {
            name: name.clone(),
            span,
            kind,
            ty,
            default: None,
            value,
            decorators: Vec::new(),
        });
        if !name.is_empty() {
            self.define(&name, value);
        }
        value
    }

    /// `arguments`: the parameters as a list, or all that a function without parameters is given.
    pub(super) fn all_arguments(&mut self, span: Span) -> ValueId {
        let params: Vec<ValueId> = self.function().params.iter().map(|p| p.value).collect();
        if params.is_empty() {
            return self.param("arguments", ParamKind::Rest, span, None);
        }
        self.add(ValueKind::List(params.into_iter().map(|v| (v, false)).collect()), span)
    }

    /// The function being built.
    pub(super) fn function(&mut self) -> &mut Function {
        &mut self.frame().function
    }

    pub(super) fn current(&self) -> FnIx {
        self.frames.last().map_or(FnIx(0), |f| f.ix)
    }

    pub(super) fn add_class(&mut self, class: Class) -> ClassIx {
        let ix = ClassIx(u32::try_from(self.file.classes.len()).unwrap_or(u32::MAX));
        self.file.classes.push(class);
        ix
    }

    // ---- values ----------------------------------------------------------------------------------------------------

    pub(super) fn add(&mut self, kind: ValueKind, span: Span) -> ValueId {
        let values = &mut self.function().values;
        let id = ValueId(u32::try_from(values.len()).unwrap_or(u32::MAX));
        let mut inside: Vec<(ValueId, Vec<Seg>)> = Vec::new();
        match &kind {
            ValueKind::Object(entries) => {
                for (key, value) in entries {
                    if let Key::Name(name) = key {
                        inside.push((*value, vec![Seg::Field(name.clone())]));
                    }
                }
            }
            ValueKind::List(items) => {
                for (i, (value, spread)) in items.iter().enumerate() {
                    if !spread {
                        inside.push((*value, vec![Seg::Field(Arc::from(i.to_string()))]));
                    }
                }
            }
            ValueKind::Update { path, value, .. } => inside.push((*value, path.clone())),
            _ => {}
        }
        values.push(Value { kind, span });
        if !inside.is_empty() {
            let frame = self.frame();
            for (value, path) in inside {
                // Only what a name holds can be changed by that name.
                if frame.env.names.values().any(|v| *v == value) {
                    frame.inside.entry(value).or_default().push((id, path));
                }
            }
        }
        id
    }

    pub(super) fn string(&mut self, text: &str, span: Span) -> ValueId {
        let text = self.sym(text);
        self.add(ValueKind::Str(text), span)
    }

    pub(super) fn field(&mut self, base: ValueId, name: &str, span: Span) -> ValueId {
        if name == "__dict__" && self.file.language == Language::Python {
            return base;
        }
        let name = self.sym(name);
        self.add(ValueKind::Field(base, name), span)
    }

    /// `a or b`, `a ?? b`, `c ? a : b`.
    pub(super) fn either(&mut self, options: Vec<ValueId>, span: Span) -> ValueId {
        match options.as_slice() {
            [one] => *one,
            _ => self.add(ValueKind::Phi(options), span),
        }
    }

    pub(super) fn kind(&self, id: ValueId) -> &ValueKind {
        let frame = self.frames.last().expect("the module frame lasts until finish");
        &frame.function.values[id.0 as usize].kind
    }

    /// A value of this or an enclosing function.
    pub(super) fn kind_in(&self, function: FnIx, id: ValueId) -> Option<&ValueKind> {
        let frame = self.frames.iter().find(|f| f.ix == function)?;
        frame.function.values.get(id.0 as usize).map(|v| &v.kind)
    }

    /// A call, and the new versions of the variables that it was given and may change.
    pub(super) fn call(&mut self, callee: ValueId, args: Vec<Arg>, kind: CallKind, span: Span) -> ValueId {
        let receiver = match self.kind(callee) {
            ValueKind::Field(base, _) => Some(*base),
            _ => None,
        };
        let given: Vec<(ArgRole, ValueId)> = receiver
            .map(|r| (ArgRole::Receiver, r))
            .into_iter()
            .chain(args.iter().enumerate().map(|(i, a)| (ArgRole::Arg(u32::try_from(i).unwrap_or(u32::MAX)), a.value)))
            .collect();
        for (_, value) in &given {
            self.note_change(*value);
        }
        let call = self.add(ValueKind::Call(Box::new(Call { callee, args, kind })), span);
        self.moment_passes();
        if let Some(raised) = self.frame().raised.last_mut() {
            raised.push(call);
        }
        for (role, value) in given {
            self.after_call(value, call, role, span);
        }
        if let Some(instance) = self.super_instance(callee) {
            self.after_call(instance, call, ArgRole::Receiver, span);
        }
        if let Some(first) = self.chained(callee) {
            self.after_call(first, call, ArgRole::Receiver, span);
        }
        self.after_inner(span);
        call
    }

    /// The receiver of the first call of a chain, which the later ones change too if each gives its receiver back:
    /// `o.set("a").set(x)`.
    fn chained(&self, callee: ValueId) -> Option<ValueId> {
        let ValueKind::Field(base, _) = self.kind(callee) else { return None };
        if self.file.language != Language::TypeScript {
            return None;
        }
        let mut at = *base;
        for depth in 0..CHAIN {
            if depth > 0 && self.held(at).is_some() {
                return Some(at);
            }
            let ValueKind::Call(call) = self.kind(at) else { return None };
            match self.kind(call.callee) {
                ValueKind::Field(base, name) if !GIVES_MEMBER.contains(&&**name) => at = *base,
                _ => return None,
            }
        }
        None
    }

    /// The instance that `super(…)`, `super.m()` or `super().m()` works on.
    fn super_instance(&self, callee: ValueId) -> Option<ValueId> {
        let mut at = callee;
        if let ValueKind::Field(base, _) = self.kind(at) {
            at = *base;
            if let ValueKind::Call(call) = self.kind(at) {
                at = call.callee;
            }
        }
        let ValueKind::Free(name) = self.kind(at) else { return None };
        if &**name != "super" {
            return None;
        }
        let frame = self.frames.last()?;
        let name: &str = match frame.function.params.first() {
            Some(first) if self.file.language == Language::Python => &first.name,
            _ => "this",
        };
        frame.env.names.get(name).copied()
    }

    // ---- names -----------------------------------------------------------------------------------------------------

    /// Read a name: its current version, or a free name.
    pub(super) fn read(&mut self, name: &str, span: Span) -> ValueId {
        let name = self.sym(name);
        let value = match self.lookup(&name, span) {
            Some(value) if self.watched.contains(&name) => self.add(ValueKind::Typed(value, TypeExpr::Unknown), span),
            Some(value) => return value,
            None => self.add(ValueKind::Free(name.clone()), span),
        };
        if self.watched.contains(&name) {
            self.function().named_reads.push((name, value));
        }
        value
    }

    /// Read a name of the module, whatever the function here calls so.
    pub(super) fn read_global(&mut self, name: &str, span: Span) -> ValueId {
        if self.current() == FnIx(0) {
            return self.read(name, span);
        }
        let name = self.sym(name);
        self.add(ValueKind::Free(name), span)
    }

    /// Whether a value is, or is a part of, what a name here holds.
    pub(super) fn can_change(&self, value: ValueId) -> bool {
        !self.places(value).is_empty()
    }

    /// Whether the current function has a version of this name here.
    pub(super) fn is_bound(&self, name: &str) -> bool {
        self.frames.last().is_some_and(|f| f.env.names.contains_key(name))
    }

    fn lookup(&mut self, name: &Sym, span: Span) -> Option<ValueId> {
        let mut current = *self.frame().env.names.get(name)?;
        for depth in 0..self.frame().loops.len() {
            let frame = self.frame();
            let l = &frame.loops[depth];
            if l.before.get(name) != Some(&current) {
                continue;
            }
            // Another branch of the body may have made the phi; this branch was forked before it did.
            let phi = l.phis.get(name).copied().unwrap_or_else(|| {
                let id = ValueId(u32::try_from(frame.function.values.len()).unwrap_or(u32::MAX));
                frame.function.values.push(Value { kind: ValueKind::Phi(vec![current]), span });
                id
            });
            for inner in &mut frame.loops[depth + 1..] {
                if inner.before.get(name) == Some(&current) {
                    inner.before.insert(name.clone(), phi);
                }
            }
            frame.loops[depth].phis.insert(name.clone(), phi);
            frame.env.names.insert(name.clone(), phi);
            current = phi;
            self.version(name, phi, false);
        }
        Some(current)
    }

    /// Assign a name in the current function.
    pub(super) fn define(&mut self, name: &str, value: ValueId) {
        let name = self.sym(name);
        let frame = self.frame();
        let outer = frame.outer.contains(&name);
        if outer {
            frame.function.outer_writes.push((name.clone(), value));
        } else {
            frame.function.locals.entry(name.clone()).or_default().push(value);
        }
        if !frame.raised.is_empty() {
            frame.log.push((name.clone(), value));
        }
        frame.env.names.insert(name.clone(), value);
        if !outer {
            self.version(&name, value, true);
        }
    }

    /// Assign a name that belongs to an enclosing scope.
    pub(super) fn define_outer(&mut self, name: &str, value: ValueId) {
        let name = self.sym(name);
        self.frame().outer.insert(name.clone());
        self.define(&name, value);
    }

    /// `global x`, `nonlocal x`.
    pub(super) fn declare_outer(&mut self, name: &str) {
        let name = self.sym(name);
        self.frame().outer.insert(name);
    }

    pub(super) fn push_scope(&mut self) {
        self.frame().shadows.push(Vec::new());
    }

    /// Declare a block-scoped name: what it shadows comes back with [`Self::pop_scope`].
    pub(super) fn declare(&mut self, name: &str, value: ValueId) {
        let sym = self.sym(name);
        let frame = self.frame();
        let before = frame.env.names.get(&sym).copied();
        if let Some(scope) = frame.shadows.last_mut()
            && !scope.iter().any(|(n, _)| *n == sym)
        {
            scope.push((sym.clone(), before));
        }
        let was_outer = frame.outer.remove(&sym);
        self.define(name, value);
        if was_outer {
            self.frame().outer.insert(sym);
        }
    }

    pub(super) fn pop_scope(&mut self) {
        let frame = self.frame();
        for (name, before) in frame.shadows.pop().unwrap_or_default().into_iter().rev() {
            // A name that shadows nothing stays readable: `exit` and closures want it.
            if let Some(value) = before {
                frame.env.names.insert(name, value);
            }
        }
    }

    /// As [`Self::pop_scope`], and names that shadowed nothing are not readable after it either.
    pub(super) fn pop_scope_forgetting(&mut self) {
        let fresh: Vec<Sym> = self.frame().shadows.last().map_or_else(Vec::new, |scope| {
            scope.iter().filter(|(_, before)| before.is_none()).map(|(n, _)| n.clone()).collect()
        });
        self.pop_scope();
        for name in fresh {
            self.frame().env.names.remove(&name);
        }
    }

    /// `base.path = value` on the value of an expression: the variable behind it gets a new version.
    /// With `strong` false the old content stays beside the new (`append`, unknown key).
    pub(super) fn store(&mut self, base: ValueId, seg: Seg, value: ValueId, strong: bool, span: Span) {
        self.note_change(base);
        self.moment_passes();
        for chosen in self.chosen(base) {
            let path = vec![seg.clone()];
            let next = self.add(ValueKind::Update { base: chosen, path, value, strong: false }, span);
            self.rebind(chosen, next);
        }
        let places = self.places(base);
        if places.is_empty() {
            // Not behind a local: keep the fact, since attribute stores are looked up by class and module.
            self.add(ValueKind::Update { base, path: vec![seg.clone()], value, strong }, span);
        }
        for Place { root, mut path, .. } in places {
            let strong = strong && !path.contains(&Seg::Elem) && seg != Seg::Elem;
            path.push(seg.clone());
            let next = self.add(ValueKind::Update { base: root, path, value, strong }, span);
            self.rebind(root, next);
        }
    }

    /// `base[key] = …`: the key is one of the keys from now on.
    pub(super) fn store_key(&mut self, base: ValueId, key: ValueId, span: Span) {
        if matches!(self.kind(key), ValueKind::Num(_) | ValueKind::Opaque(_)) {
            return;
        }
        let keys = self.sym(KEYS);
        self.store(base, Seg::Field(keys), key, false, span);
    }

    /// `del base.seg`.
    pub(super) fn delete(&mut self, base: ValueId, seg: Seg, span: Span) {
        self.moment_passes();
        for Place { root, mut path, .. } in self.places(base) {
            path.push(seg.clone());
            let next = self.add(ValueKind::Delete { base: root, path }, span);
            self.rebind(root, next);
        }
    }

    /// A module that only a type names: `typeof import("sdk")`. Gives the name that it is known by in this file.
    pub(super) fn import_type(&mut self, module: &str, span: Span) -> String {
        let known = |i: &&Import| i.name.is_none() && i.local.starts_with(TYPE_IMPORT) && *i.module == *module;
        if let Some(import) = self.file.imports.iter().find(known) {
            return import.local.to_string();
        }
        let local = format!("{TYPE_IMPORT}{}", self.file.imports.len());
        let import = Import { local: self.sym(&local), module: self.sym(module), name: None, span, type_only: true };
        self.file.imports.push(import);
        local
    }

    pub(super) fn import(&mut self, local: &str, module: &str, name: Option<&str>, span: Span, type_only: bool) {
        let import = Import {
            local: self.sym(local),
            module: self.sym(module),
            name: name.map(|n| self.sym(n)),
            span,
            type_only,
        };
        let ix = u32::try_from(self.file.imports.len()).unwrap_or(u32::MAX);
        self.file.imports.push(import);
        let value = self.add(ValueKind::Import(ix), span);
        self.define(local, value);
    }

    fn frame_ref(&self) -> &Frame {
        self.frames.last().expect("the module frame lasts until finish")
    }

    fn frame(&mut self) -> &mut Frame {
        self.frames.last_mut().expect("the module frame lasts until finish")
    }
}
