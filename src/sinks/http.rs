//! Raw HTTP and WebSocket requests to hosts that are known as providers.

use super::{Finder, Row, Sent, Sink, args};
use crate::catalogue::HttpRow;
use crate::classify::Fields;
use crate::inputs::Inputs;
use crate::inventory::Confidence;
use crate::ir::Call;
use crate::link::{Abs, Gv};
use crate::trace::{Shared, Tracer};

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
        let urls = row.url.iter().flat_map(|p| args::pick(program, gv, call, p, 0));
        for (value, path) in urls {
            for constant in tracer.constants(value, path) {
                if constant.setting {
                    continue;
                }
                let provider = match program.catalogue.host(&constant.text) {
                    Some(host) if program.catalogue.is_model_host(host, &constant.text) => host.provider.clone(),
                    // A host that only configuration knows, with the path of a model server.
                    None if is_open(&constant.text) && program.catalogue.is_model_path(&constant.text) => {
                        "by-config".to_owned()
                    }
                    _ => continue,
                };
                let mut sent = Vec::new();
                for path in &row.body {
                    for (value, path) in args::pick(program, gv, call, path, 0) {
                        sent.push(Sent { role: "content", value, path });
                    }
                }
                return Some(Sink {
                    gv,
                    operation: program.catalogue.url_operation(&constant.text).to_owned(),
                    sdk: "http".into(),
                    row: Row::Http { provider, url: constant.text.to_string() },
                    ty: None,
                    confidence: Confidence::High,
                    sent,
                    user_call: None,
                    skip: 0,
                });
            }
        }
        None
    }
}

/// Whether a URL's host is a hole: `{}/v1/chat/completions`. One that begins with a path is a route of one's own.
fn is_open(url: &str) -> bool {
    url.starts_with("{}") || url.split_once("://").is_some_and(|(_, rest)| rest.starts_with("{}"))
}
