//! Calls between the parts of one repository: a browser's request to a route of the same tree, a procedure called by its
//! name in a router, an action called through a hook. Words and hooks are rows of `queries/remote.toml`.

mod request;

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use crate::catalogue::{ChatHook, Lang, RemoteWords};
use crate::inventory::Request;
use crate::ir::{CallKind, Key, Sym, ValueId, ValueKind};
use crate::link::{FuncId, Gv, Program};
use crate::path::{Path, PathSeg};
use request::{parts, routes};

/// Nesting of routers, and of what leads to a hook.
const DEPTH: u32 = 6;

/// What a caller elsewhere in the tree hands to a handler.
#[derive(Clone, Debug)]
pub(crate) struct Sent {
    pub(crate) value: Gv,
    /// What of the value is sent.
    pub(crate) path: Path,
    /// The members of what the handler gets that this value is; none: all of it.
    pub(crate) members: Vec<String>,
}

#[derive(Default)]
pub(crate) struct Remote {
    sent: FxHashMap<FuncId, Vec<Sent>>,
    answers: FxHashMap<Gv, Answer>,
    /// By the route that answers a chat: the functions that run what its model asks for in the browser.
    runners: FxHashMap<FuncId, Vec<Gv>>,
    /// Requests with a body that no route of the tree answers.
    pub(crate) elsewhere: Vec<Request>,
    /// Procedures by their path in the routers.
    pub(crate) procedures: BTreeMap<String, Vec<FuncId>>,
}

/// What a call of a procedure gives.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) handlers: Vec<FuncId>,
    /// It is a hook's: the procedure's result is a member of it.
    pub(crate) hook: bool,
}

impl Remote {
    /// Find all. `entries` are the functions that the outside world calls, with their labels (`POST /api/chat`).
    pub(crate) fn new(program: &Program<'_>, entries: &FxHashMap<FuncId, String>) -> Self {
        let finder = Finder {
            program,
            words: &program.catalogue.remote,
            routes: routes(entries),
            procedures: procedures(program),
        };
        let mut remote = Remote::default();
        for func in program.functions() {
            if program.in_test(func) {
                continue;
            }
            for (i, value) in program.function(func).values.iter().enumerate() {
                if let ValueKind::Call(_) = &value.kind {
                    finder.call(Gv { func, value: ValueId(u32::try_from(i).unwrap_or(u32::MAX)) }, &mut remote);
                }
            }
        }
        remote.procedures = finder.procedures;
        remote
    }

    pub(crate) fn sent_to(&self, handler: FuncId) -> &[Sent] {
        self.sent.get(&handler).map_or(&[], Vec::as_slice)
    }

    /// The functions in the browser that run the tools which the answer of a route names.
    pub(crate) fn runners(&self, handler: FuncId) -> &[Gv] {
        self.runners.get(&handler).map_or(&[], Vec::as_slice)
    }

    pub(crate) fn answer(&self, call: Gv) -> Option<&Answer> {
        self.answers.get(&call)
    }
}

/// What is asked of the value that was sent, where `path` is asked of a handler's parameter: what stands behind the
/// member that holds it. None where the path leads elsewhere.
pub(crate) fn in_body(words: &RemoteWords, path: &Path) -> Option<Path> {
    if path.is_whole() {
        return Some(path.clone());
    }
    let segs = path.segs();
    let at = segs.iter().take(4).position(|s| matches!(s, PathSeg::Field(n, _) if words.bodies.contains(&**n)))?;
    let mut rest = &segs[at + 1..];
    if let Some(PathSeg::Ret) = rest.first() {
        rest = &rest[1..];
    }
    Some(Path::of(rest.to_vec()))
}

/// `app/api/chat/route.ts` and `pages/api/chat.ts` → `/api/chat`
pub(crate) fn route_of(path: &str) -> String {
    if let Some((_, rest)) = path.rsplit_once("pages/api/") {
        let stem = rest.rsplit_once('.').map_or(rest, |(stem, _)| stem);
        let route = stem.strip_suffix("index").filter(|s| s.is_empty() || s.ends_with('/')).unwrap_or(stem);
        return format!("/api/{}", route.trim_end_matches('/'));
    }
    let folder = path.rsplit_once('/').map_or("", |(d, _)| d);
    let from_app = folder.split_once("app/").map_or(folder, |(_, rest)| rest);
    let parts: Vec<&str> = from_app.split('/').filter(|p| !p.starts_with('(') && !p.is_empty()).collect();
    format!("/{}", parts.join("/"))
}

/// Procedures by their path in every router.
fn procedures(program: &Program<'_>) -> BTreeMap<String, Vec<FuncId>> {
    let mut found = BTreeMap::new();
    for func in program.functions() {
        for (i, value) in program.function(func).values.iter().enumerate() {
            if let ValueKind::Call(_) = &value.kind {
                let gv = Gv { func, value: ValueId(u32::try_from(i).unwrap_or(u32::MAX)) };
                router(program, gv, "", DEPTH, &mut found);
            }
        }
    }
    found
}

fn router(program: &Program<'_>, gv: Gv, prefix: &str, depth: u32, found: &mut BTreeMap<String, Vec<FuncId>>) {
    let words = &program.catalogue.remote;
    let ValueKind::Call(call) = program.kind(gv) else { return };
    let at = |value| Gv { func: gv.func, value };
    if depth == 0 || !callee_name(program, at(call.callee)).is_some_and(|n| words.routers.contains(&*n)) {
        return;
    }
    let Some(arg) = call.args.first() else { return };
    let ValueKind::Object(entries) = program.kind(at(arg.value)) else { return };
    for (key, value) in entries {
        let value = program.origin(at(*value));
        match key {
            Key::Name(name) => {
                let path = if prefix.is_empty() { name.to_string() } else { format!("{prefix}.{name}") };
                if let Some(handler) = handler_of(program, value) {
                    let known = found.entry(path).or_default();
                    if !known.contains(&handler) {
                        known.push(handler);
                    }
                } else {
                    router(program, value, &path, depth - 1, found);
                }
            }
            Key::Spread => router(program, value, prefix, depth - 1, found),
            Key::Dynamic(_) => {}
        }
    }
}

/// The function that handles calls of a procedure or action.
fn handler_of(program: &Program<'_>, gv: Gv) -> Option<FuncId> {
    let ValueKind::Call(call) = program.kind(gv) else { return None };
    let callee = Gv { func: gv.func, value: call.callee };
    let ValueKind::Field(_, name) = program.kind(callee) else { return None };
    if !program.catalogue.remote.handlers.contains(&**name) {
        return None;
    }
    call.args.iter().rev().find_map(|arg| match program.kind(program.origin(Gv { func: gv.func, value: arg.value })) {
        ValueKind::Func(ix) => {
            let origin = program.origin(Gv { func: gv.func, value: arg.value });
            Some(program.func_id(program.file_of(origin.func), *ix))
        }
        _ => None,
    })
}

fn callee_name(program: &Program<'_>, callee: Gv) -> Option<Sym> {
    match program.kind(callee) {
        ValueKind::Field(_, name) | ValueKind::Free(name) => Some(name.clone()),
        ValueKind::Import(_) => program.imported_name(callee),
        _ => None,
    }
}

struct Finder<'p> {
    program: &'p Program<'p>,
    words: &'p RemoteWords,
    routes: Vec<(FuncId, String, Vec<String>)>,
    procedures: BTreeMap<String, Vec<FuncId>>,
}

impl Finder<'_> {
    fn call(&self, gv: Gv, remote: &mut Remote) {
        let program = self.program;
        let ValueKind::Call(call) = program.kind(gv) else { return };
        let at = |value| Gv { func: gv.func, value };
        if matches!(call.kind, CallKind::Jsx | CallKind::Decorator) {
            return;
        }
        let add = |remote: &mut Remote, handlers: &[FuncId], sent: &Sent| {
            for handler in handlers {
                remote.sent.entry(*handler).or_default().push(sent.clone());
            }
        };
        if program.lang(gv.func) == Lang::Js
            && let Some((handlers, options)) = self.procedure(gv)
        {
            // `useQuery(trpc.a.b.queryOptions(input))`: the input stands in the options.
            let (from, hook) = match options {
                Some(inner) => (inner, true),
                None => (gv, callee_name(program, at(call.callee)).is_some_and(|n| n.starts_with("use"))),
            };
            if let ValueKind::Call(c) = program.kind(from)
                && let Some(arg) = c.args.first()
            {
                let value = Gv { func: from.func, value: arg.value };
                add(remote, &handlers, &Sent { value, path: Path::whole(), members: Vec::new() });
            }
            remote.answers.insert(gv, Answer { handlers, hook });
            return;
        }
        if let Some(handlers) = self.called_here(gv) {
            if let Some(arg) = call.args.first() {
                let sent = Sent { value: at(arg.value), path: Path::whole(), members: Vec::new() };
                add(remote, &handlers, &sent);
            }
            remote.answers.insert(gv, Answer { handlers, hook: false });
            return;
        }
        self.request(gv, remote);
        if let Some(name) = callee_name(program, at(call.callee))
            && let Some(hook) = self.words.chats.iter().find(|h| h.call.iter().any(|c| **c == *name))
        {
            self.chat(gv, &name, hook, remote);
        }
    }

    // ---- procedures ------------------------------------------------------------------------------------------------

    /// The handlers that a call runs elsewhere; and, where a hook was given options, these.
    fn procedure(&self, gv: Gv) -> Option<(Vec<FuncId>, Option<Gv>)> {
        let program = self.program;
        let ValueKind::Call(call) = program.kind(gv) else { return None };
        let callee = program.origin(Gv { func: gv.func, value: call.callee });
        // An action that is called as the function it is.
        if let Some(handler) = handler_of(program, callee) {
            return Some((vec![handler], None));
        }
        if let Some(name) = callee_name(program, callee)
            && self.words.hooks.contains(&*name)
            && let Some(arg) = call.args.first()
        {
            let inner = program.origin(Gv { func: gv.func, value: arg.value });
            if let Some(handlers) = self.options(inner) {
                return Some((handlers, Some(inner)));
            }
        }
        let ValueKind::Field(base, method) = program.kind(callee) else { return None };
        if !self.words.calls.contains(&**method) {
            return None;
        }
        let base = Gv { func: callee.func, value: *base };
        if let Some(handlers) = self.named(base) {
            return Some((handlers, None));
        }
        // `const { mutate } = useMutation(…)`, `trpc.a.b.useMutation()`
        let made = program.origin(base);
        let ValueKind::Call(hook) = program.kind(made) else { return None };
        let hook_callee = Gv { func: made.func, value: hook.callee };
        if !callee_name(program, hook_callee).is_some_and(|n| self.words.hooks.contains(&*n)) {
            return None;
        }
        if let ValueKind::Field(of, _) = program.kind(hook_callee)
            && let Some(handlers) = self.named(Gv { func: made.func, value: *of })
        {
            return Some((handlers, None));
        }
        let arg = hook.args.first()?;
        let inner = program.origin(Gv { func: made.func, value: arg.value });
        if let Some(handler) = handler_of(program, inner) {
            return Some((vec![handler], None));
        }
        self.options(inner).map(|handlers| (handlers, None))
    }

    /// The handlers of a procedure that is called through a router's caller: none where no router has one of this path.
    fn called_here(&self, gv: Gv) -> Option<Vec<FuncId>> {
        let path = self.program.call_graph.paths(gv).find_map(|path| {
            self.words.callers.iter().find_map(|made| {
                let (before, path) = path.split_once(made.as_str())?;
                let whole_name = before.is_empty() || before.ends_with(['.', '#']);
                path.strip_prefix('.').filter(|_| whole_name)
            })
        })?;
        Some(self.procedures.get(path).cloned().unwrap_or_default())
    }

    fn options(&self, gv: Gv) -> Option<Vec<FuncId>> {
        let ValueKind::Call(call) = self.program.kind(gv) else { return None };
        let ValueKind::Field(base, name) = self.program.kind(Gv { func: gv.func, value: call.callee }) else {
            return None;
        };
        if !self.words.options.contains(&**name) {
            return None;
        }
        self.named(Gv { func: gv.func, value: *base })
    }

    /// The procedure that a chain of members names; the first name is the client's.
    fn named(&self, gv: Gv) -> Option<Vec<FuncId>> {
        let names = self.program.chain(gv);
        (1..names.len()).find_map(|n| {
            let path = names[n..].iter().map(|s| &**s).collect::<Vec<_>>().join(".");
            self.procedures.get(&path).cloned()
        })
    }

    // ---- chats -----------------------------------------------------------------------------------------------------

    fn chat(&self, gv: Gv, name: &str, hook: &ChatHook, remote: &mut Remote) {
        let program = self.program;
        let ValueKind::Call(call) = program.kind(gv) else { return };
        let options = call.args.first().map(|a| Gv { func: gv.func, value: a.value });
        // The options may stand in the options of a transport.
        let transport = options.and_then(|o| self.member(o, &["transport".to_owned()])).and_then(|t| {
            let made = program.origin(t);
            match program.kind(made) {
                ValueKind::Call(c) => c.args.first().map(|a| Gv { func: made.func, value: a.value }),
                _ => None,
            }
        });
        let named =
            [options, transport].into_iter().flatten().find_map(|o| self.member(o, std::slice::from_ref(&hook.url)));
        let handlers = match named {
            Some(url) => self.route(url, Some("POST".to_owned())),
            None => {
                let default = hook.default.get(name).map_or("", String::as_str);
                let asked = parts(default);
                let found: Vec<FuncId> = self
                    .routes
                    .iter()
                    .filter(|(_, m, route)| !asked.is_empty() && *route == asked && m == "POST")
                    .map(|(f, _, _)| *f)
                    .collect();
                (!found.is_empty() && found.len() <= 3).then_some(found)
            }
        };
        let Some(handlers) = handlers else { return };
        let mut sent: Vec<Sent> = Vec::new();
        let field = |name: &str| Path::of(vec![PathSeg::Field(Sym::from(name), None)]);
        for options in [options, transport].into_iter().flatten() {
            if self.member(options, std::slice::from_ref(&hook.body)).is_some() {
                sent.push(Sent { value: options, path: field(&hook.body), members: Vec::new() });
            }
        }
        for name in &hook.gives {
            if let Some(function) = options.and_then(|o| self.member(o, std::slice::from_ref(name))) {
                let path = Path::of(vec![PathSeg::Ret]);
                sent.push(Sent { value: function, path, members: hook.sent.clone() });
                for handler in &handlers {
                    remote.runners.entry(*handler).or_default().push(function);
                }
            }
        }
        // What its functions are called with, and what it keeps of a person's typing.
        let f = program.function(gv.func);
        for (i, value) in f.values.iter().enumerate() {
            let ValueKind::Field(base, member) = &value.kind else { continue };
            if program.origin(Gv { func: gv.func, value: *base }) != gv {
                continue;
            }
            let held = Gv { func: gv.func, value: ValueId(u32::try_from(i).unwrap_or(u32::MAX)) };
            if hook.send.iter().any(|s| **s == **member) {
                for called in program.calls_of(held) {
                    if let ValueKind::Call(c) = program.kind(called)
                        && let Some(arg) = c.args.first()
                    {
                        let value = Gv { func: called.func, value: arg.value };
                        sent.push(Sent { value, path: Path::whole(), members: hook.sent.clone() });
                        // `sendMessage(m, { body: { … } })`
                        if let Some(more) = c.args.get(1) {
                            let value = Gv { func: called.func, value: more.value };
                            sent.push(Sent { value, path: field(&hook.body), members: Vec::new() });
                        }
                    }
                }
            } else if hook.own.iter().any(|s| **s == **member) {
                sent.push(Sent { value: held, path: Path::whole(), members: hook.sent.clone() });
            }
        }
        for handler in handlers {
            remote.sent.entry(handler).or_default().extend(sent.iter().cloned());
        }
    }
}
