//! Which row of the catalogue a call is, whether the row sends anything or not.

use crate::catalogue::{CallIx, CallRow, Lang, TypeIx, Wrapper, glob};
use crate::config::Config;
use crate::inventory::Confidence;
use crate::ir::{Call, CallKind, Key, Seg, Spread, Sym, ValueId, ValueKind};
use crate::link::{Abs, FuncId, Gv, Program};
use crate::path::Path;

use super::{Finder, Row, Sent, Sink, Told, args};

/// The type of a receiver, and where it was made.
pub(super) type Receiver = (TypeIx, Option<Gv>);

/// A call and the row it is.
pub(super) struct Matched {
    pub(super) row: CallIx,
    pub(super) ty: Option<Receiver>,
    /// How many arguments belong to a wrapper.
    pub(super) skip: usize,
    pub(super) confidence: Confidence,
}

/// Every call that a row of the catalogue speaks of, with the row, in the order of files.
pub(crate) fn recognised(program: &Program<'_>, config: &Config) -> Vec<(Gv, CallIx)> {
    let told = Told::default();
    let mut finder = Finder::new(program, config, &told);
    let mut found = Vec::new();
    for func in program.functions() {
        for (i, value) in program.function(func).values.iter().enumerate() {
            let gv = Gv { func, value: ValueId(u32::try_from(i).unwrap_or(u32::MAX)) };
            let ValueKind::Call(call) = &value.kind else {
                found.extend(finder.assigned_row(gv).map(|(row, _)| (gv, row)));
                continue;
            };
            let row = match call.kind {
                CallKind::Jsx => None,
                CallKind::Decorator => finder.decorator_row(gv, call),
                _ if program.call_graph.is_guess(gv) => None,
                _ => finder.by_callee(gv, call).or_else(|| finder.by_chain(gv, call)).map(|m| m.row),
            };
            found.extend(row.map(|row| (gv, row)));
        }
    }
    found
}

/// Whether a call has something of what its row says is sent. An assignment gives what is assigned, a decorator the function.
pub(crate) fn is_given(program: &Program<'_>, gv: Gv, row: &CallRow) -> bool {
    let mut sent = row.content.iter().chain(&row.files);
    match program.kind(gv) {
        ValueKind::Call(call) if call.kind != CallKind::Decorator => {
            // What a function takes and gives is sent whatever is written.
            let of_function = |path: &str| path.starts_with("fn.") || path.contains('(') || path == "self";
            sent.any(|path| of_function(path) || !args::pick(program, gv, call, path, 0).is_empty())
        }
        _ => sent.next().is_some(),
    }
}

impl<'p> Finder<'p> {
    /// By what the callee is, or what it hands its work to.
    pub(super) fn by_callee(&mut self, gv: Gv, call: &Call) -> Option<Matched> {
        let program = self.program;
        let lang = program.lang(gv.func);
        for callee in program.call_graph.callees(gv) {
            if let Some((row, ty)) = self.row_of(lang, callee) {
                return Some(Matched { row, ty, skip: 0, confidence: Confidence::High });
            }
            if let Abs::Ext(path) = callee
                && let Some(Wrapper::CallArgument(n)) = program.catalogue.wrapper(lang, path)
                && let Some(arg) = call.args.get(n)
            {
                for abs in self.resolver.resolve(Gv { func: gv.func, value: arg.value }) {
                    if let Some((row, ty)) = self.row_of(lang, &abs) {
                        return Some(Matched { row, ty, skip: n + 1, confidence: Confidence::High });
                    }
                }
            }
        }
        None
    }

    /// By a chain that tells enough where nothing is known of the callee.
    pub(super) fn by_chain(&mut self, gv: Gv, call: &Call) -> Option<Matched> {
        let program = self.program;
        if !program.call_graph.callees(gv).is_empty() {
            return None;
        }
        let names = self.names(gv, call.callee);
        let words: Vec<&str> = names.iter().map(|n| &**n).collect();
        let row = if words.len() >= 2 { program.catalogue.alone(program.lang(gv.func), &words)? } else { return None };
        if self.is_of_own_class(gv, call, row, &names) {
            return None;
        }
        let found = Matched { row, ty: None, skip: 0, confidence: Confidence::Medium };
        self.has_evidence(gv, call, row).then_some(found)
    }

    /// Whether a class of the tree writes out what the chain begins with: `messages = { create: … }`.
    fn is_of_own_class(&mut self, gv: Gv, call: &Call, row: CallIx, names: &[Sym]) -> bool {
        let program = self.program;
        let ends = |chain: &&String| {
            let mut written = names.iter().rev();
            chain.rsplit('.').all(|part| written.next().is_some_and(|name| **name == *part))
        };
        let chains = program.catalogue.call_row(row).chain.iter().filter(ends);
        let Some(parts) = chains.map(|chain| chain.split('.').count()).max() else { return false };
        let first = &names[names.len() - parts];
        let mut owner = Gv { func: gv.func, value: call.callee };
        for _ in 0..parts {
            while let ValueKind::Call(call) = program.kind(owner) {
                owner.value = call.callee;
            }
            let ValueKind::Field(base, _) = program.kind(owner) else { return false };
            owner.value = *base;
        }
        self.resolver.resolve(owner).iter().any(|abs| {
            let Abs::Instance(class) = abs else { return false };
            let declared = program.declared_field(*class, first).and_then(|(owner, field)| {
                let scope = program.func_id(program.class_file(owner), program.class(owner).scope);
                let value = program.class(owner).fields[field].default?;
                Some(Gv { func: scope, value })
            });
            let stored = program.attr_stores.get(&(*class, first.clone())).into_iter().flatten();
            let mut held = declared.into_iter().chain(stored.filter(|s| s.rest.is_empty()).map(|s| s.value));
            held.any(|value| matches!(program.kind(value), ValueKind::Object(_)))
        })
    }

    /// The row of an assignment to a setting of a library, and the value assigned: `litellm.callbacks = [...]`.
    fn assigned_row(&mut self, gv: Gv) -> Option<(CallIx, Gv)> {
        let program = self.program;
        let ValueKind::Update { base, path, value, .. } = program.kind(gv) else { return None };
        let [Seg::Field(name)] = path.as_slice() else { return None };
        let lang = program.lang(gv.func);
        let base = self.resolver.resolve(Gv { func: gv.func, value: *base });
        let mut rows = base.iter().filter_map(|abs| match abs {
            Abs::Ext(path) => program.catalogue.function(lang, &format!("{path}.{name}")),
            _ => None,
        });
        let row = rows.find(|row| program.catalogue.call_row(*row).assign)?;
        Some((row, Gv { func: gv.func, value: *value }))
    }

    /// The services that such an assignment names: from then on they are sent what goes through the library.
    pub(super) fn assigned(&mut self, gv: Gv) -> Vec<Sink> {
        let Some((row, value)) = self.assigned_row(gv) else { return Vec::new() };
        let program = self.program;
        let r = program.catalogue.call_row(row);
        let items = match program.kind(value) {
            ValueKind::List(items) => items.iter().map(|(v, _)| *v).collect(),
            _ => vec![value.value],
        };
        let names = items.into_iter().filter_map(|v| match program.kind(Gv { func: gv.func, value: v }) {
            ValueKind::Str(name) => Some(name.to_string()),
            _ => None,
        });
        names
            .map(|provider| Sink {
                gv,
                operation: r.op.clone(),
                sdk: r.package.clone(),
                row: Row::User { provider, model: None },
                ty: None,
                confidence: Confidence::High,
                sent: Vec::new(),
                user_call: None,
                skip: 0,
                bound: None,
            })
            .collect()
    }

    /// The row of a decorator: `@observe`, `@observe(name="triage")`, `@agent.tool`.
    pub(super) fn decorator_row(&mut self, gv: Gv, call: &Call) -> Option<CallIx> {
        let program = self.program;
        let lang = program.lang(gv.func);
        let mut callee = Gv { func: gv.func, value: call.callee };
        if let ValueKind::Call(made) = program.kind(callee) {
            callee.value = made.callee;
        }
        let found = self.resolver.resolve(callee);
        let rows = found.iter().filter_map(|abs| self.row_of(lang, abs));
        let mut rows = rows.map(|(row, _)| row).filter(|row| program.catalogue.call_row(*row).decorator);
        rows.next()
    }

    /// What a decorator that reports its function to a service sends: the arguments and the result.
    pub(super) fn decorated(&mut self, gv: Gv, call: &Call, row: CallIx) -> Option<Sink> {
        let r = self.program.catalogue.call_row(row);
        if super::NO_SEND.contains(&r.op.as_str()) && !r.if_personal {
            return None;
        }
        let under = Gv { func: gv.func, value: call.args.first()?.value };
        let func = self.resolver.resolve(under).into_iter().find_map(|abs| match abs {
            Abs::Func(func, _) => Some(func),
            _ => None,
        })?;
        let has = |part: &str| r.content.iter().any(|c| c == part);
        let sent = self.parts(func, has("fn.args"), has("fn.return"), "content");
        Some(Sink {
            gv,
            operation: r.op.clone(),
            sdk: r.package.clone(),
            row: Row::Catalogue(row),
            ty: None,
            confidence: Confidence::High,
            sent,
            user_call: None,
            skip: 0,
            bound: None,
        })
    }

    /// The call that gave the callee some of its arguments: `partial(client.messages.create, model=…)`.
    pub(super) fn partial(&mut self, gv: Gv, call: &Call) -> Option<(Gv, &'p Call)> {
        let program = self.program;
        let lang = program.lang(gv.func);
        let is = |abs: &Abs| matches!(abs, Abs::Ext(p) if program.catalogue.wrapper(lang, p) == Some(Wrapper::Partial));
        self.made(Gv { func: gv.func, value: call.callee }).into_iter().find_map(|made| {
            let ValueKind::Call(partial) = program.kind(made) else { return None };
            let by = self.resolver.resolve(Gv { func: made.func, value: partial.callee });
            by.iter().any(is).then_some((made, &**partial))
        })
    }

    /// Where a callee was made: here, in the module, or in what the same file put under its name in an object.
    fn made(&self, callee: Gv) -> Vec<Gv> {
        let program = self.program;
        match program.kind(callee) {
            ValueKind::Call(_) => vec![callee],
            ValueKind::Free(name) => program.free(callee.func, name),
            ValueKind::Field(_, name) => {
                let mut found = Vec::new();
                for func in program.functions_of(program.file_of(callee.func)) {
                    for value in &program.function(func).values {
                        if let ValueKind::Update { path, value, .. } = &value.kind
                            && matches!(path.as_slice(), [Seg::Field(field)] if *field == *name)
                        {
                            found.push(Gv { func, value: *value });
                        }
                    }
                }
                found
            }
            _ => Vec::new(),
        }
    }

    /// `#0(args)`, `#0(return)`: what a function argument takes and returns.
    pub(super) fn of_function(
        &mut self,
        gv: Gv,
        call: &Call,
        path: &str,
        skip: usize,
        role: &'static str,
    ) -> Vec<Sent> {
        let (args, returned) = (path.strip_suffix("(args)"), path.strip_suffix("(return)"));
        let Some(argument) = args.or(returned) else { return Vec::new() };
        let mut sent = Vec::new();
        for (value, _) in args::pick(self.program, gv, call, argument, skip) {
            for abs in self.resolver.resolve(value) {
                if let Abs::Func(func, _) = abs {
                    sent.extend(self.parts(func, args.is_some(), returned.is_some(), role));
                }
            }
        }
        sent
    }

    fn parts(&self, func: FuncId, args: bool, returned: bool, role: &'static str) -> Vec<Sent> {
        let f = self.program.function(func);
        let own = usize::from(self.program.class_of(func).is_some());
        let params = f.params.iter().skip(own).map(|p| p.value).filter(|_| args);
        let returns = f.returns.iter().copied().filter(|_| returned);
        let send = |value| Sent { role, value: Gv { func, value }, path: Path::whole() };
        params.chain(returns).map(send).collect()
    }

    /// The row of a callee, and the type of its receiver.
    pub(super) fn row_of(&mut self, lang: Lang, callee: &Abs) -> Option<(CallIx, Option<Receiver>)> {
        let catalogue = self.program.catalogue;
        match callee {
            Abs::Ext(path) => catalogue.function(lang, path).map(|row| (row, None)),
            Abs::Typed { ty, chain, site } => {
                let chain = if chain.is_empty() { "__call__" } else { chain };
                catalogue.method(*ty, chain).map(|row| (row, Some((*ty, *site))))
            }
            Abs::Instance(class) => {
                // A class of the tree derived from a catalogued type, called by itself.
                let types = self.resolver.catalogue_types(*class);
                types.iter().find_map(|abs| match abs {
                    Abs::Typed { ty, .. } => catalogue.method(*ty, "__call__").map(|row| (row, Some((*ty, None)))),
                    _ => None,
                })
            }
            _ => None,
        }
    }

    /// Whether the call has what the row asks for: an argument, and a name as the first; one that is not constant may be it.
    pub(super) fn is_named(&self, gv: Gv, call: &Call, row: &CallRow) -> bool {
        let given = |p: &String| {
            let places = args::pick_exactly(self.program, gv, call, p, 0);
            places.into_iter().any(|(value, path)| args::written(self.program, value, &path).1.is_whole())
        };
        if !row.if_given.is_empty() && !row.if_given.iter().any(given) {
            return false;
        }
        let Some(first) = call.args.first().filter(|_| !row.named.is_empty()) else { return true };
        let fits = |text: &str| row.named.iter().any(|pattern| glob(pattern, text, b""));
        match self.program.kind(Gv { func: gv.func, value: first.value }) {
            ValueKind::Str(text) => fits(text),
            ValueKind::Object(entries) => entries
                .iter()
                .any(|(key, _)| matches!(key, Key::Name(name) if fits(name)) || !matches!(key, Key::Name(_))),
            _ => true,
        }
    }

    /// For a chain on an unknown receiver: an argument that only such calls have.
    fn has_evidence(&self, gv: Gv, call: &Call, row: CallIx) -> bool {
        let r = self.program.catalogue.call_row(row);
        if !r.alone_if.is_empty() {
            return r.alone_if.iter().any(|p| !args::pick(self.program, gv, call, p, 0).is_empty());
        }
        r.content.iter().chain(&r.files).chain(&r.model).any(|p| !args::pick(self.program, gv, call, p, 0).is_empty())
            || call.args.iter().any(|a| a.spread == Spread::Keywords)
    }
}
