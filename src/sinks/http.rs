//! Raw HTTP and WebSocket requests to hosts that are known as providers.

use super::{Finder, Row, Sent, Sink, args};
use crate::catalogue::HttpRow;
use crate::classify::Fields;
use crate::inputs::Inputs;
use crate::inventory::Confidence;
use crate::ir::{Call, Sym, ValueKind};
use crate::link::{Abs, Gv, Program};
use crate::path::{Path, PathSeg};
use crate::trace::{BASE_URL, Shared, Tracer};

impl Finder<'_> {
    pub(super) fn http_sink(&mut self, gv: Gv, call: &Call) -> Option<Sink> {
        let program = self.program;
        let lang = program.lang(gv.func);
        let callees = program.call_graph.callees(gv);
        let row: &HttpRow = callees.iter().find_map(|abs| match abs {
            Abs::Ext(path) => program.catalogue.http(lang, path),
            _ => None,
        })?;
        // The URL is a question to the tracer; without personal data it needs no fields.
        let (fields, inputs) = (Fields::none(), Inputs::none());
        let shared = Shared { program, fields: &fields, inputs: &inputs };
        let mut tracer = Tracer::new(shared);
        let urls: Vec<_> = row.url.iter().flat_map(|p| args::pick(program, gv, call, p, 0)).collect();
        for (value, path) in urls {
            let constants = tracer.constants(value, path);
            let relative = constants.iter().any(|c| is_relative(&c.text));
            let bases = if relative { base_urls(program, &mut tracer, gv, call) } else { Vec::new() };
            for mut constant in constants {
                if constant.setting {
                    continue;
                }
                if is_relative(&constant.text)
                    && let Some(base) = bases.first()
                {
                    let joined = format!("{}/{}", base.trim_end_matches('/'), constant.text.trim_start_matches('/'));
                    constant.text = joined.into();
                }
                let provider = match program.catalogue.host(&constant.text) {
                    // What is asked of a model stands in a body: not in `GET /v1/models?limit=…`. A store is read with
                    // what identifies a record, and searched by other methods.
                    Some(_) if is_get(callees) => continue,
                    Some(host) if program.catalogue.is_model_host(host, &constant.text) => host.provider.clone(),
                    // A host that only configuration knows, with the path of a model server.
                    None if is_open(&constant.text) && program.catalogue.is_model_path(&constant.text) => {
                        let by_path = program.catalogue.path_provider(&constant.text);
                        by_path.unwrap_or("by-config").to_owned()
                    }
                    _ => continue,
                };
                let mut sent = Vec::new();
                for path in &row.body {
                    for (value, path) in args::pick(program, gv, call, path, 0) {
                        if !args::lacks(program, value, &path) {
                            sent.push(Sent { role: "content", value, path });
                        }
                    }
                }
                // Without a body nothing is handed over: a list of models is asked for.
                if sent.is_empty() && !constant.text.starts_with("ws") && !row.url.iter().any(|u| u == "self") {
                    continue;
                }
                let model = row.body.iter().flat_map(|p| args::pick(program, gv, call, &format!("{p}.model"), 0));
                let model = model.collect();
                return Some(Sink {
                    gv,
                    operation: program.catalogue.url_operation(&constant.text).to_owned(),
                    sdk: "http".into(),
                    row: Row::Http { provider, url: constant.text.to_string(), model },
                    ty: None,
                    confidence: Confidence::High,
                    sent,
                    user_call: None,
                    skip: 0,
                    bound: None,
                });
            }
        }
        None
    }
}

/// The base URLs of the client that a request is made on: `httpx.Client(base_url="https://…")`.
fn base_urls(program: &Program<'_>, tracer: &mut Tracer<'_>, gv: Gv, call: &Call) -> Vec<Sym> {
    let ValueKind::Field(client, _) = program.kind(Gv { func: gv.func, value: call.callee }) else { return Vec::new() };
    let path = Path::of(vec![PathSeg::Field(Sym::from(BASE_URL), None)]);
    let found = tracer.constants(Gv { func: gv.func, value: *client }, path);
    found.into_iter().filter(|c| !c.setting && !is_relative(&c.text)).map(|c| c.text).collect()
}

/// `client.get(…)`
fn is_get(callees: &[Abs]) -> bool {
    callees.iter().any(|abs| matches!(abs, Abs::Ext(path) if path.ends_with(".get")))
}

/// Whether a URL is a path within a client's base URL.
fn is_relative(url: &str) -> bool {
    !url.contains("://") && !url.starts_with('{')
}

/// Whether a URL's host is a hole: `{}/v1/chat/completions`. One that begins with a path is a route of one's own.
fn is_open(url: &str) -> bool {
    url.starts_with('{') || url.split_once("://").is_some_and(|(_, rest)| rest.starts_with('{'))
}
