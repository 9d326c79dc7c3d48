//! Sinks: the calls that hand data to a model or to a service around models, and what of their arguments is sent.

pub(crate) mod access;
pub(crate) mod args;
pub(crate) mod circumstances;
mod files;
mod handed;
pub(crate) mod http;
pub(crate) mod instructions;
pub(crate) mod masked;
pub(crate) mod models;
pub(crate) mod practices;
pub(crate) mod provider;
mod rows;
mod sending;

use std::collections::BTreeSet;

use rayon::prelude::*;

use crate::catalogue::{CallIx, TypeIx};
use crate::config::{Argument, Config};
use crate::inventory::Confidence;
use crate::ir::{Call, CallKind, ValueId, ValueKind};
use crate::link::{Abs, FuncId, Gv, Program, Resolver, together};
use crate::named::goes_by;
use crate::path::Path;
pub(crate) use files::files;
use rows::Matched;
pub(crate) use rows::{is_given, recognised};
use sending::Told;

/// Operations of call rows that send nothing to a model.
const NO_SEND: [&str; 8] = ["propagate", "config", "tool", "ui", "db_read", "db_write", "http_out", "search"];

/// One sink.
#[derive(Clone, Debug)]
pub(crate) struct Sink {
    /// The call expression.
    pub(crate) gv: Gv,
    pub(crate) operation: String,
    pub(crate) sdk: String,
    pub(crate) row: Row,
    /// The type and constructor call of the receiver.
    pub(crate) ty: Option<(TypeIx, Option<Gv>)>,
    pub(crate) confidence: Confidence,
    /// What is sent.
    pub(crate) sent: Vec<Sent>,
    /// The user's row that named it.
    pub(crate) user_call: Option<String>,
    /// Arguments before this one belong to a wrapper: `run_in_executor(None, model.encode, x)`.
    pub(crate) skip: usize,
    /// The call that gave the callee some of its arguments before: `partial(client.messages.create, model=…)`.
    pub(crate) bound: Option<Gv>,
}

#[derive(Clone, Debug)]
pub(crate) enum Row {
    Catalogue(CallIx),
    /// A raw HTTP request to a known host.
    Http {
        provider: String,
        url: String,
        /// Where the body names the model.
        model: Vec<(Gv, Path)>,
    },
    /// Said outright: by the user's own row, or by an assignment that names the service.
    User {
        provider: String,
        model: Option<String>,
    },
}

/// A part of a call that is sent.
#[derive(Clone, Debug)]
pub(crate) struct Sent {
    /// `content`, `system`, `tools`, `files`, `ids`.
    pub(crate) role: &'static str,
    pub(crate) value: Gv,
    pub(crate) path: Path,
}

/// All sinks of the program, in the order of files and lines.
///
/// `decided` are the packages whose calls a platform's file tells to send.
pub(crate) fn find(program: &Program<'_>, config: &Config, decided: BTreeSet<String>) -> Vec<Sink> {
    let told = Told::new(program, decided);
    let all: Vec<FuncId> = program.functions().collect();
    let found: Vec<Vec<Sink>> = all
        .par_chunks(together(all.len()))
        .map(|funcs| {
            let mut finder = Finder::new(program, config, &told);
            let mut sinks = Vec::new();
            for func in funcs {
                for (i, value) in program.function(*func).values.iter().enumerate() {
                    let gv = Gv { func: *func, value: ValueId(u32::try_from(i).unwrap_or(u32::MAX)) };
                    match &value.kind {
                        ValueKind::Call(call) => sinks.extend(finder.sink(gv, call)),
                        ValueKind::Update { .. } => sinks.extend(finder.assigned(gv)),
                        _ => {}
                    }
                }
            }
            sinks
        })
        .collect();
    found.into_iter().flatten().collect()
}

/// Whether a call is of interest only where personal data reach it.
pub(crate) fn if_personal(program: &Program<'_>, sink: &Sink) -> bool {
    matches!(sink.row, Row::Catalogue(row) if program.catalogue.call_row(row).if_personal)
}

struct Finder<'p> {
    program: &'p Program<'p>,
    config: &'p Config,
    told: &'p Told,
    resolver: Resolver<'p>,
}

impl<'p> Finder<'p> {
    fn new(program: &'p Program<'p>, config: &'p Config, told: &'p Told) -> Self {
        Finder { program, config, told, resolver: Resolver::new(program, Some(&program.call_graph)) }
    }

    fn sink(&mut self, gv: Gv, call: &'p Call) -> Option<Sink> {
        if call.kind == CallKind::Jsx {
            return None;
        }
        if call.kind == CallKind::Decorator {
            let row = self.decorator_row(gv, call)?;
            return self.decorated(gv, call, row);
        }
        if let Some(sink) = self.user_sink(gv, call) {
            return Some(sink);
        }
        if self.program.call_graph.is_guess(gv) {
            return None;
        }
        if let Some(found) = self.by_callee(gv, call) {
            return self.catalogued(gv, call, found);
        }
        if let Some(sink) = self.http_sink(gv, call) {
            return Some(sink);
        }
        let found = self.by_chain(gv, call)?;
        self.catalogued(gv, call, found)
    }

    fn catalogued(&mut self, gv: Gv, call: &Call, found: Matched) -> Option<Sink> {
        let Matched { row, ty, skip, confidence } = found;
        let catalogue = self.program.catalogue;
        let r = catalogue.call_row(row);
        if (NO_SEND.contains(&r.op.as_str()) && !r.if_personal) || r.assign || r.decorator {
            return None;
        }
        if !self.is_named(gv, call, r) || sending::is_off(self.program, gv, call, r, skip) {
            return None;
        }
        let ty = self.told.sends(self.program, ty)?;
        let bound = self.partial(gv, call);
        let mut sent = Vec::new();
        let roles: [(&'static str, &Vec<String>); 5] =
            [("content", &r.content), ("system", &r.system), ("tools", &r.tools), ("files", &r.files), ("ids", &r.ids)];
        for (role, paths) in roles {
            for path in paths {
                sent.extend(self.of_function(gv, call, path, skip, role));
                for (value, path) in args::pick(self.program, gv, call, path, skip) {
                    sent.push(Sent { role, value, path });
                }
                if let Some((made, partial)) = bound {
                    let given = args::pick(self.program, made, partial, path, 1);
                    sent.extend(given.into_iter().map(|(value, path)| Sent { role, value, path }));
                }
            }
        }
        if r.tool_exec {
            for (value, path) in ["tools", "#0.tools"].iter().flat_map(|p| args::pick(self.program, gv, call, p, skip))
            {
                sent.push(Sent { role: "tools", value, path });
            }
        }
        // What the client, agent or chain was made with goes along.
        let mut made: Vec<(TypeIx, Option<Gv>)> = ty.into_iter().collect();
        for path in r.agent.iter().chain(&r.embedder) {
            for (value, path) in args::pick(self.program, gv, call, path, skip) {
                made.extend(self.typed_values(value, &path));
            }
        }
        let mut seen = Vec::new();
        while let Some((ty, site)) = made.pop() {
            let Some(site) = site else { continue };
            if seen.contains(&site) || seen.len() > 16 {
                continue;
            }
            seen.push(site);
            let ValueKind::Call(ctor) = self.program.kind(site) else { continue };
            for abs in self.program.call_graph.callees(site) {
                if let Abs::Typed { ty, site, .. } = abs {
                    made.push((*ty, *site));
                }
            }
            let t = catalogue.type_row(ty);
            for (role, paths) in [("content", &t.content), ("system", &t.system), ("tools", &t.tools)] {
                for path in paths {
                    for (value, path) in args::pick(self.program, site, ctor, path, 0) {
                        sent.push(Sent { role, value, path });
                    }
                }
            }
        }
        // `threads.create()` without messages, `vector_stores.create(name=…)`: nothing is sent. An agent's or a job's
        // content may lie with the provider already.
        let declares = !r.content.is_empty() || !r.files.is_empty();
        let carries = sent.iter().any(|s| s.role != "ids");
        if declares
            && !carries
            && !matches!(r.op.as_str(), "agent_run" | "fine_tune" | "training" | "batch" | "observability")
        {
            return None;
        }
        Some(Sink {
            gv,
            operation: r.op.clone(),
            sdk: r.package.clone(),
            row: Row::Catalogue(row),
            ty,
            confidence,
            sent,
            user_call: None,
            skip,
            bound: bound.map(|(made, _)| made),
        })
    }

    fn typed_values(&mut self, value: Gv, path: &Path) -> Vec<(TypeIx, Option<Gv>)> {
        let found = if let Some((name, _)) = path.names().next() {
            let name = name.clone();
            self.resolver.field_of(value, &name)
        } else {
            self.resolver.resolve(value)
        };
        found
            .into_iter()
            .filter_map(|abs| match abs {
                Abs::Typed { ty, site, .. } => Some((ty, site)),
                _ => None,
            })
            .collect()
    }

    /// The names of a chain as written, the root's variable first.
    pub(crate) fn names(&self, gv: Gv, callee: ValueId) -> Vec<crate::ir::Sym> {
        names(self.program, Gv { func: gv.func, value: callee })
    }

    fn user_sink(&mut self, gv: Gv, call: &'p Call) -> Option<Sink> {
        if self.config.sinks.is_empty() {
            return None;
        }
        let names = self.names(gv, call.callee);
        let words: Vec<&str> = names.iter().map(|n| &**n).collect();
        if let Some((rule, sent)) = self.handed(gv, call) {
            return Some(of_user(gv, rule, sent));
        }
        let rule = self.config.sinks.iter().find(|rule| goes_by(self.program, gv, &words, &rule.call))?;
        let value = |v| Gv { func: gv.func, value: v };
        let mut sent = Vec::new();
        for (i, arg) in call.args.iter().enumerate() {
            let position = u32::try_from(i).unwrap_or(u32::MAX);
            let wanted = rule.arguments.is_empty()
                || rule.arguments.iter().any(|a| match a {
                    Argument::Position(n) => *n == position && arg.name.is_none(),
                    Argument::Name(name) => arg.name.as_deref() == Some(name.as_str()),
                });
            if wanted {
                sent.push(Sent { role: "content", value: value(arg.value), path: Path::whole() });
            }
        }
        Some(of_user(gv, rule, sent))
    }
}

fn of_user(gv: Gv, rule: &crate::config::SinkRule, sent: Vec<Sent>) -> Sink {
    Sink {
        gv,
        operation: rule.operation.clone(),
        sdk: "user-defined".into(),
        row: Row::User { provider: rule.provider.clone(), model: rule.model.clone() },
        ty: None,
        confidence: Confidence::High,
        sent,
        user_call: Some(rule.call.clone()),
        skip: 0,
        bound: None,
    }
}

/// The names of a chain as written, the root's variable first: `self.client.chat` → `self`, `client`, `chat`.
pub(crate) fn names(program: &Program<'_>, gv: Gv) -> Vec<crate::ir::Sym> {
    let f = program.function(gv.func);
    let mut names = Vec::new();
    let mut at = gv.value;
    for _ in 0..10 {
        match f.kind_of(at) {
            ValueKind::Field(base, name) => {
                names.push(name.clone());
                at = *base;
            }
            ValueKind::Call(call) => at = call.callee,
            ValueKind::AfterCall { base, .. } | ValueKind::Update { base, .. } | ValueKind::Typed(base, _) => {
                at = *base
            }
            ValueKind::Free(name) => {
                names.push(name.clone());
                break;
            }
            ValueKind::Import(ix) => {
                names.push(program.file(program.file_of(gv.func)).imports[*ix as usize].local.clone());
                break;
            }
            ValueKind::Param(ix) => {
                names.push(f.params[*ix as usize].name.clone());
                break;
            }
            ValueKind::Phi(options) if !options.is_empty() => at = options[0],
            _ => {
                if let Some((name, _)) = f.locals.iter().find(|(_, v)| v.contains(&at)) {
                    names.push(name.clone());
                }
                break;
            }
        }
    }
    names.reverse();
    names
}
