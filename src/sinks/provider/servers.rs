//! Servers of tools (MCP) that a call lets its model use: what the model writes as arguments goes to whoever runs them.

use super::{BY_CONFIG, Finding};
use crate::catalogue::{CallRow, host_name};
use crate::ir::{Call, Key, ValueKind};
use crate::link::{Abs, Gv};
use crate::path::{Path, PathSeg};
use crate::sinks::{Sink, args};

/// The role of such a recipient.
const ROLE: &str = "tool_server";

impl Finding<'_, '_> {
    /// The servers named in the call, or given to the agent that it runs.
    pub(super) fn servers(&mut self, sink: &Sink, call: &Call, row: &CallRow) {
        let program = self.program;
        let mut places: Vec<(Gv, Path)> =
            row.servers.iter().flat_map(|p| args::pick_exactly(program, sink.gv, call, p, sink.skip)).collect();
        let mut agents: Vec<Abs> = program.call_graph.callees(sink.gv).to_vec();
        for path in &row.agent {
            for (value, path) in args::pick(program, sink.gv, call, path, sink.skip) {
                if path.is_whole() {
                    agents.extend(self.tracer.resolver.resolve(value));
                }
            }
        }
        for abs in agents {
            let Abs::Typed { ty, site: Some(site), .. } = abs else { continue };
            let ValueKind::Call(made) = program.kind(site) else { continue };
            let servers = &program.catalogue.type_row(ty).servers;
            places.extend(servers.iter().flat_map(|p| args::pick_exactly(program, site, made, p, 0)));
        }
        for (value, path) in places {
            self.server(value, &path);
        }
    }

    fn server(&mut self, value: Gv, path: &Path) {
        let program = self.program;
        // The options of a constructor are mostly written out.
        let (value, path) = args::written(program, value, path);
        if args::lacks(program, value, &path) {
            return;
        }
        if matches!(path.segs(), [PathSeg::Elem]) {
            let ValueKind::List(items) = program.kind(value) else { return };
            for (item, _) in items {
                self.server_object(Gv { func: value.func, value: *item });
            }
            return;
        }
        if path.is_whole() && self.server_object(value) {
            return;
        }
        match program.kind(value) {
            ValueKind::List(items) if path.is_whole() => {
                for (item, _) in items {
                    self.server_object(Gv { func: value.func, value: *item });
                }
            }
            // `tools: { ...await server.tools(), own }`
            ValueKind::Object(entries) if path.is_whole() => {
                for (_, inner) in entries.iter().filter(|(key, _)| *key == Key::Spread) {
                    self.server_object(Gv { func: value.func, value: *inner });
                }
            }
            _ => {
                let found = self.tracer.constants(value, path);
                self.server_urls(&found);
            }
        }
    }

    /// `MCPServerStreamableHttp(params={"url": "https://…"})`
    fn server_object(&mut self, value: Gv) -> bool {
        let program = self.program;
        let mut any = false;
        for abs in self.tracer.resolver.resolve(value) {
            let Abs::Typed { ty, site: Some(site), .. } = abs else { continue };
            let row = program.catalogue.type_row(ty);
            let ValueKind::Call(made) = program.kind(site) else { continue };
            if !row.tool_server {
                continue;
            }
            any = true;
            let found = self.constants(site, made, &row.base_url, 0);
            let picked = row.base_url.iter().flat_map(|p| args::pick_exactly(program, site, made, p, 0));
            let given = picked.into_iter().any(|(value, path)| !args::lacks(program, value, &path));
            match given {
                _ if !found.is_empty() => self.server_urls(&found),
                true => self.also(BY_CONFIG, ROLE),
                false => self.also("local", ROLE),
            }
        }
        any
    }

    /// Who runs the server: a known provider, the host by its name, or whoever is configured.
    fn server_urls(&mut self, found: &[crate::trace::Constant]) {
        for constant in found {
            let catalogue = self.program.catalogue;
            let known = catalogue.host(&constant.text).map(|h| h.provider.clone());
            match known.or_else(|| host_name(&constant.text).filter(|_| !constant.setting).map(str::to_owned)) {
                Some(provider) => self.also(&provider, ROLE),
                None if constant.setting || constant.text.contains('{') => self.also(BY_CONFIG, ROLE),
                None => {}
            }
        }
    }
}
