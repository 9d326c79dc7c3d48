//! Functions of Python's own library of which the name says which part of what they are given comes back.

use super::{Note, Path, PathSeg, Queue, Scope, State, Tracer};
use crate::ir::{ArgRole, Call, KEYS, Key, Spread, Sym, ValueId, ValueKind};
use crate::link::{Abs, Gv};

/// Elements of tuples of an iterable's elements.
const TUPLES: [&str; 5] = ["pairwise", "batched", "combinations", "permutations", "combinations_with_replacement"];
/// Functions of `re` whose first argument is the expression, and the second the text.
const SEARCHES: [&str; 6] = ["match", "search", "fullmatch", "findall", "finditer", "split"];
/// Names that a `getattr` may ask for, as many as are looked at.
const MOST_NAMES: usize = 24;

fn field(name: &str) -> PathSeg {
    PathSeg::Field(Sym::from(name), None)
}

impl Tracer<'_> {
    /// False where the call is none of them.
    pub(super) fn python_library(
        &mut self,
        state: &State,
        call: &Call,
        receiver: Option<Gv>,
        name: &str,
        queue: &mut Queue,
    ) -> bool {
        let at = |value: ValueId| Gv { func: state.gv.func, value };
        let plain = |n: usize| {
            let arg = call.args.get(n).filter(|a| a.name.is_none() && a.spread == Spread::None);
            arg.map(|a| at(a.value))
        };
        let of_module = receiver.is_none_or(|r| self.is_module(r));
        match (name, receiver) {
            ("next" | "anext", None) => {
                let Some(of) = plain(0) else { return false };
                let place = match self.nth_of_generator(of) {
                    Some(n) => field(&n.to_string()),
                    None => PathSeg::Iter,
                };
                self.go(state, of, state.path.prefixed(place), Note::Value, queue);
                if let Some(default) = plain(1) {
                    self.go(state, default, state.path.clone(), Note::Value, queue);
                }
                true
            }
            ("max" | "min", None) => {
                let one = call.args.iter().filter(|a| a.name.is_none()).count() == 1;
                for arg in &call.args {
                    let path = match (arg.name.as_deref(), arg.spread) {
                        (None, Spread::None) if one => state.path.prefixed(PathSeg::Iter),
                        (None, Spread::None) | (Some("default"), _) => state.path.clone(),
                        (None, _) => state.path.prefixed(PathSeg::Elem),
                        _ => continue,
                    };
                    self.go(state, at(arg.value), path, Note::Value, queue);
                }
                true
            }
            ("popitem", Some(receiver)) => {
                let rest = if state.path.is_whole() { Path::whole() } else { state.path.rest() };
                let place = match state.path.first() {
                    Some(PathSeg::Field(n, _)) => n.parse::<u8>().ok(),
                    _ => None,
                };
                if place != Some(1) {
                    self.go(state, receiver, rest.prefixed(field(KEYS)), Note::Value, queue);
                }
                if place != Some(0) {
                    self.go(state, receiver, rest.prefixed(PathSeg::Elem), Note::Value, queue);
                }
                true
            }
            ("fromkeys", Some(_)) => {
                let rest = if state.path.is_whole() { Path::whole() } else { state.path.rest() };
                let of_keys = match state.path.first() {
                    None => None,
                    Some(PathSeg::Iter) => Some(true),
                    Some(PathSeg::Field(n, _)) => Some(&**n == KEYS),
                    Some(_) => Some(false),
                };
                if let Some(keys) = plain(0).filter(|_| of_keys != Some(false)) {
                    self.go(state, keys, rest.prefixed(PathSeg::Iter), Note::Value, queue);
                }
                if let Some(value) = plain(1).filter(|_| of_keys != Some(true)) {
                    self.go(state, value, rest, Note::Put, queue);
                }
                true
            }
            ("getenv", Some(module)) if of_module => {
                let Some(ValueKind::Str(key)) = plain(0).map(|k| self.program.kind(k)) else { return false };
                let path = state.path.prefixed(field(key)).prefixed(field("environ"));
                self.go(state, module, path, Note::Value, queue);
                if let Some(default) = plain(1) {
                    self.go(state, default, state.path.clone(), Note::Value, queue);
                }
                true
            }
            ("format", Some(template)) => match self.constant_text(template, 4) {
                Some(template) => self.formatted(state, call, &template, queue),
                None => false,
            },
            ("format_map", Some(template)) => {
                let (Some(template), Some(mapping)) = (self.constant_text(template, 4), plain(0)) else { return false };
                for (name, below) in holes(&template) {
                    let path = Path::of(below).prefixed(field(&name));
                    self.go(state, mapping, path, Note::Text, queue);
                }
                true
            }
            (_, Some(module)) if SEARCHES.contains(&name) && self.is_module(module) => {
                let callee = at(call.callee);
                let of_re = self.external_path(callee).is_some_and(|p| p.starts_with("re.") || p.starts_with("regex."));
                let text = plain(1)
                    .or_else(|| call.args.iter().find(|a| a.name.as_deref() == Some("string")).map(|a| at(a.value)));
                let Some(text) = text.filter(|_| of_re) else { return false };
                self.go(state, text, Path::whole(), Note::Text, queue);
                true
            }
            ("find" | "index", Some(receiver)) => state.path.is_whole() && self.gives_place(call, receiver, name),
            // What was counted are the keys.
            ("total", Some(receiver)) => call.args.is_empty() && self.is_mapping(receiver, 12),
            // `type("T", (), {"name": x})`: a class, whose members its instances have.
            ("type", None) if call.args.len() == 3 => {
                let members = at(call.args[2].value);
                let path = match state.path.first() {
                    Some(PathSeg::Ret) => state.path.rest(),
                    _ => state.path.clone(),
                };
                if matches!(path.first(), Some(PathSeg::Field(..))) {
                    self.go(state, members, path, Note::Value, queue);
                }
                true
            }
            _ if of_module && TUPLES.contains(&name) => {
                let Some(of) = plain(0) else { return false };
                let path = state.path.rest().rest().prefixed(PathSeg::Iter);
                self.go(state, of, path, Note::Value, queue);
                true
            }
            _ if of_module && is_exception(name) => self.of_exception(state, call, queue),
            _ => false,
        }
    }

    /// `text.find("a")`, `xs.index(x)`: a place. Collections of documents and pages have such methods too.
    fn gives_place(&mut self, call: &Call, receiver: Gv, name: &str) -> bool {
        if call.args.is_empty() || call.args.iter().any(|a| a.name.is_some() || a.spread != Spread::None) {
            return false;
        }
        if name == "index" || self.shared.inputs.user(receiver).is_some() {
            return true;
        }
        let looked_for = self.program.kind(Gv { func: receiver.func, value: call.args[0].value });
        let text = matches!(looked_for, ValueKind::Str(_) | ValueKind::Concat(_));
        let known = self.resolver.resolve(receiver);
        text && !known.iter().any(|abs| match abs {
            Abs::Ext(path) => path.contains('('),
            _ => true,
        })
    }

    /// Members of an exception of the library: what it was made with.
    fn of_exception(&mut self, state: &State, call: &Call, queue: &mut Queue) -> bool {
        let Some(PathSeg::Field(name, _)) = state.path.first() else { return false };
        let rest = state.path.rest();
        let place = match (&**name, rest.first()) {
            ("value" | "code", _) => return self.nth_argument(state, call, 0, &rest, queue),
            ("args", Some(PathSeg::Field(n, _))) => n.parse::<usize>().ok(),
            ("args", _) => None,
            (name, _) => return name.starts_with("__"),
        };
        let rest = if rest.is_whole() { rest } else { rest.rest() };
        match place {
            Some(n) => self.nth_argument(state, call, n, &rest, queue),
            None => {
                for arg in &call.args {
                    self.go(state, Gv { func: state.gv.func, value: arg.value }, rest.clone(), Note::Built, queue);
                }
                true
            }
        }
    }

    fn nth_argument(&mut self, state: &State, call: &Call, n: usize, path: &Path, queue: &mut Queue) -> bool {
        if call.args.iter().any(|a| a.spread != Spread::None) {
            return false;
        }
        if let Some(arg) = call.args.get(n) {
            self.go(state, Gv { func: state.gv.func, value: arg.value }, path.clone(), Note::Built, queue);
        }
        true
    }

    /// How many elements of a generator were taken before the one that `next(it)` gives here.
    fn nth_of_generator(&self, it: Gv) -> Option<usize> {
        let program = self.program;
        let (mut at, mut taken) = (it, 0);
        for _ in 0..64 {
            match program.kind(at) {
                ValueKind::Typed(inner, _) => at.value = *inner,
                ValueKind::AfterCall { base, call, role: ArgRole::Arg(0) } => {
                    let ValueKind::Call(call) = program.kind(Gv { func: at.func, value: *call }) else { return None };
                    let callee = program.kind(Gv { func: at.func, value: call.callee });
                    if !matches!(callee, ValueKind::Free(name) if matches!(&**name, "next" | "anext")) {
                        return None;
                    }
                    taken += 1;
                    at.value = *base;
                }
                ValueKind::Call(_) => {
                    let mut all = self.calls.functions(at).peekable();
                    let known = all.peek().is_some() && all.all(|f| program.function(f).is_generator);
                    return known.then_some(taken);
                }
                _ => return None,
            }
        }
        None
    }

    /// A text that is written out, here or as a constant of a module.
    pub(super) fn constant_text(&self, gv: Gv, depth: u32) -> Option<Sym> {
        let depth = depth.checked_sub(1)?;
        let program = self.program;
        match program.kind(gv) {
            ValueKind::Str(text) => Some(text.clone()),
            ValueKind::Typed(inner, _) => self.constant_text(Gv { func: gv.func, value: *inner }, depth),
            ValueKind::Free(name) => match program.free(gv.func, name).as_slice() {
                [one] if *one != gv => self.constant_text(*one, depth),
                _ => None,
            },
            ValueKind::Import(_) => match program.imported(gv).as_slice() {
                [one] if *one != gv => self.constant_text(*one, depth),
                _ => None,
            },
            _ => None,
        }
    }

    /// `"{name}: {0}".format(x, name=y)`: the arguments that the template has a place for.
    fn formatted(&mut self, state: &State, call: &Call, template: &str, queue: &mut Queue) -> bool {
        let at = |value: ValueId| Gv { func: state.gv.func, value };
        let spread = call.args.iter().position(|a| a.spread == Spread::Positional).unwrap_or(usize::MAX);
        let mut done: Vec<(Gv, Path)> = Vec::new();
        for (name, below) in holes(template) {
            let path = Path::of(below);
            for (i, arg) in call.args.iter().enumerate() {
                let path = match (arg.spread, &arg.name) {
                    (Spread::Keywords, _) => path.prefixed(field(&name)),
                    (Spread::Positional, _) if name.parse::<usize>().is_ok() => path.prefixed(PathSeg::Elem),
                    (_, Some(given)) if **given == *name => path.clone(),
                    (_, None) if i > spread || name.parse() == Ok(i) => path.clone(),
                    _ => continue,
                };
                if !done.contains(&(at(arg.value), path.clone())) {
                    done.push((at(arg.value), path));
                }
            }
        }
        for (value, path) in done {
            if !path.is_whole() || !self.as_text(state, value, super::protocol::TEXT, queue) {
                self.go(state, value, path, Note::Text, queue);
            }
        }
        true
    }

    /// `getattr(o, key, default)`.
    pub(super) fn got_attribute(&mut self, state: &State, call: &Call, scope: Scope, queue: &mut Queue) -> bool {
        let at = |value: ValueId| Gv { func: state.gv.func, value };
        let [object, key, default @ ..] = call.args.as_slice() else { return false };
        let names = self.resolver.texts(at(key.value), 6).filter(|names| names.len() <= MOST_NAMES);
        let paths = match names {
            Some(names) => names.iter().map(|name| state.path.prefixed(field(name))).collect(),
            None => vec![self.member_under(&state.path, at(key.value), scope)],
        };
        for path in paths {
            self.go(state, at(object.value), path, Note::Value, queue);
        }
        if let Some(default) = default.first() {
            self.go(state, at(default.value), state.path.clone(), Note::Value, queue);
        }
        true
    }

    /// `dict(zip(["a", "b"], values))["b"]`, by the place of the key. False where the keys are not written out.
    pub(super) fn zipped_under(&mut self, state: &State, of: Gv, queue: &mut Queue) -> bool {
        let program = self.program;
        let at = |value: ValueId| Gv { func: of.func, value };
        let (Some(PathSeg::Field(asked, _)), ValueKind::Call(zip)) = (state.path.first(), program.kind(of)) else {
            return false;
        };
        let ([keys, values], ValueKind::Free(name)) = (zip.args.as_slice(), program.kind(at(zip.callee))) else {
            return false;
        };
        let ValueKind::List(items) = program.kind(program.first_version(at(keys.value))) else { return false };
        let texts: Option<Vec<&Sym>> = items
            .iter()
            .map(|(item, spread)| match program.kind(at(*item)) {
                ValueKind::Str(text) if !spread => Some(text),
                _ => None,
            })
            .collect();
        let Some(texts) = texts.filter(|_| &**name == "zip" && **asked != *KEYS) else { return false };
        for (n, _) in texts.iter().enumerate().filter(|(_, text)| **text == asked) {
            let path = state.path.rest().prefixed(field(&n.to_string()));
            self.go(state, at(values.value), path, Note::Value, queue);
        }
        true
    }

    /// Whether an object that was written out has a member already.
    pub(super) fn has_member(&self, object: Gv, name: &str) -> bool {
        let mut at = object;
        for _ in 0..12 {
            match self.program.kind(at) {
                ValueKind::AfterCall { base, role: ArgRole::Arg(_), .. } | ValueKind::Typed(base, _) => {
                    at.value = *base;
                }
                ValueKind::Update { base, path, .. } => {
                    if matches!(path.as_slice(), [crate::ir::Seg::Field(n)] if **n == *name) {
                        return true;
                    }
                    at.value = *base;
                }
                ValueKind::Object(entries) => {
                    return entries.iter().any(|(key, _)| matches!(key, Key::Name(n) if **n == *name));
                }
                _ => return false,
            }
        }
        false
    }

    /// What a library's function does that a parameter holds in the context at hand: its path.
    pub(super) fn outside_here(&self, gv: Gv) -> Option<Sym> {
        if self.context.outside.is_empty() {
            return None;
        }
        let param = self.param_behind(gv, 6)?;
        self.context.outside.iter().find(|(p, _)| *p == param).map(|(_, path)| path.clone())
    }

    /// The one function of a library that a value is.
    pub(super) fn library_function(&mut self, gv: Gv) -> Option<Sym> {
        if let Some(path) = self.outside_here(gv) {
            return Some(path);
        }
        match self.resolver.resolve(gv).as_slice() {
            [Abs::Ext(path)] if !path.contains('(') => Some(path.clone()),
            _ => None,
        }
    }
}

/// The classes of exceptions of the library by their names.
pub(super) fn is_exception(name: &str) -> bool {
    name.starts_with(char::is_uppercase)
        && ["Error", "Exception", "Warning", "Exit", "Interrupt", "StopIteration"].iter().any(|end| name.ends_with(end))
}

/// The places of a format text that arguments fill: the number or name of the argument, and what of it is asked for.
fn holes(template: &str) -> Vec<(String, Vec<PathSeg>)> {
    let mut found = Vec::new();
    let mut next = 0;
    let mut rest = template;
    while let Some(open) = rest.find(['{', '}']) {
        let doubled = rest[open..].starts_with("{{") || rest[open..].starts_with("}}");
        if doubled || rest[open..].starts_with('}') {
            rest = &rest[open + if doubled { 2 } else { 1 }..];
            continue;
        }
        rest = &rest[open + 1..];
        let end = rest.find(['}', ':', '!', '{']).unwrap_or(rest.len());
        let written = rest[..end].trim();
        // What is nested in a specification is found in turn.
        rest = &rest[end..];
        let (name, below) = match written.find(['.', '[']) {
            Some(n) => written.split_at(n),
            None => (written, ""),
        };
        let name = if name.is_empty() {
            next += 1;
            (next - 1).to_string()
        } else {
            name.to_owned()
        };
        let below = below.split(['.', '[', ']']).filter(|part| !part.is_empty()).map(field).collect();
        found.push((name, below));
    }
    found
}

impl Tracer<'_> {
    /// A buffer that is written to through something else: `print(x, file=buffer)`, `csv.writer(buffer)`, `json.dump(x,
    /// buffer)`.
    pub(super) fn written_through(&mut self, state: &State, call: Gv, c: &Call, n: u32, queue: &mut Queue) {
        let program = self.program;
        let at = |value: ValueId| Gv { func: call.func, value };
        let Some(given) = c.args.get(n as usize) else { return };
        let prints = matches!(program.kind(at(c.callee)), ValueKind::Free(name) if &**name == "print");
        if prints {
            if given.name.as_deref() == Some("file") {
                for arg in c.args.iter().filter(|a| a.name.is_none()) {
                    self.go(state, at(arg.value), Path::whole(), Note::Text, queue);
                }
            }
            return;
        }
        let Some(path) = self.external_path(at(c.callee)) else { return };
        let Some(row) = program.catalogue.file(program.lang(call.func), Some(&path), &[]) else { return };
        let is = |spec: &str, n: usize| {
            let name = c.args.get(n).and_then(|a| a.name.as_deref());
            spec.split('|').any(|s| match s.strip_prefix('#') {
                Some(place) => name.is_none() && place.parse() == Ok(n),
                None => name == Some(s),
            })
        };
        if !is(&row.handle, n as usize) {
            return;
        }
        for (i, arg) in c.args.iter().enumerate() {
            if !row.data.is_empty() && is(&row.data, i) {
                self.go(state, at(arg.value), state.path.clone(), Note::Put, queue);
            }
        }
        if !row.gives {
            return;
        }
        // What the writer's own methods are given.
        for value in &program.function(call.func).values {
            let ValueKind::Call(inner) = &value.kind else { continue };
            if let ValueKind::Field(writer, method) = program.kind(at(inner.callee))
                && program.first_version(at(*writer)) == call
                && method.starts_with("write")
            {
                for arg in &inner.args {
                    self.go(state, at(arg.value), Path::whole(), Note::Put, queue);
                }
            }
        }
    }

    /// The text of an exception of the tree is what its constructor hands on to the library's. False where it hands on
    /// nothing by itself.
    pub(super) fn exception_text(
        &mut self,
        state: &State,
        class: crate::link::ClassId,
        init: crate::link::FuncId,
        queue: &mut Queue,
    ) -> bool {
        let program = self.program;
        let lineage = program.lineage(class);
        let mut bases = lineage.iter().flat_map(|c| program.external_base_paths(*c).iter());
        if !bases.any(|path| is_exception(path.rsplit(['.', '#']).next().unwrap_or_default())) {
            return false;
        }
        let f = program.function(init);
        let mut shown = Vec::new();
        let mut found = false;
        for value in &f.values {
            let ValueKind::Call(call) = &value.kind else { continue };
            let ValueKind::Field(base, name) = f.kind_of(call.callee) else { continue };
            if &**name == "__init__" && self.is_super(Gv { func: init, value: *base }) {
                found = true;
                shown.extend(call.args.iter().map(|a| a.value));
            }
        }
        if found && !shown.is_empty() {
            let site = crate::link::CallSite::direct(state.gv);
            let context = self.context_at(&site, init);
            let exits = self.summary(init, &shown, &Path::whole(), context);
            self.apply_at(state, &site, init, &exits, queue);
        }
        found
    }
}
