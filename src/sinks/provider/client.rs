//! From a call's receiver back to the client, model, agent or store that it is, and from there to who gets the data.

use super::candidates::Found;
use super::{BY_CONFIG, Finding, table_of};
use crate::catalogue::{CREATORS, CallRow, TypeIx, TypeRow, public_url};
use crate::ir::{Call, Seg, Sym, ValueKind};
use crate::link::{Abs, Gv};
use crate::path::{Path, PathSeg};
use crate::sinks::{Sink, args};
use crate::trace::Constant;

/// Clients within clients: an agent's model's client.
const DEEPEST: u32 = 5;
/// Functions within functions of a graph's node.
const NODE_DEPTH: u32 = 2;

fn fixed(provider: &str) -> bool {
    !provider.is_empty() && !provider.starts_with("by-")
}

impl Finding<'_, '_> {
    pub(super) fn provider_of_row(&mut self, sink: &Sink, call: &Call, row: &CallRow) {
        // The receiver's client, wherever it was made.
        let mut clients: Vec<(TypeIx, Option<Gv>)> = Vec::new();
        for abs in self.program.call_graph.callees(sink.gv) {
            if let Abs::Typed { ty, site, .. } = abs
                && !clients.contains(&(*ty, *site))
            {
                clients.push((*ty, *site));
            }
        }
        // Of a value that is handed in, the sink knows who made it.
        if let Some((ty, Some(site))) = sink.ty
            && clients.iter().all(|(_, site)| site.is_none())
        {
            clients = vec![(ty, Some(site))];
        }
        if clients.is_empty() {
            clients.extend(sink.ty);
        }
        if clients.is_empty() {
            clients = self.by_attribute(sink, call, row);
        }
        // What is only declared to be a client says nothing where the code shows which it is.
        let made: Vec<TypeIx> = clients.iter().filter(|(_, site)| site.is_some()).map(|(ty, _)| *ty).collect();
        clients.retain(|(ty, site)| site.is_some() || !made.contains(ty));
        // A helper that loads packages gives them all: a call that only one provider has is of its own package.
        let own = |ty: &TypeIx| self.program.catalogue.type_row(*ty).package == row.package;
        if fixed(&row.provider) && clients.iter().any(|(ty, _)| own(ty)) {
            clients.retain(|(ty, _)| own(ty));
        }
        // What is made here and sent away: a model that is pushed to a hub.
        let local = |ty: &TypeIx| self.program.catalogue.type_row(*ty).place == "local";
        if row.place == "remote" && fixed(&row.provider) && clients.iter().any(|(ty, _)| local(ty)) {
            self.out.provider.clone_from(&row.provider);
            return;
        }
        let mut found: Vec<Found> = Vec::new();
        for (ty, site) in clients {
            self.client(ty, site, &mut found, 0);
        }
        let mut named = Vec::new();
        self.by_name(sink.gv, call, &row.provider_from, &row.provider_table, sink.skip, &mut named);
        if !named.is_empty() {
            found = named;
        }
        let host_decides = self.out.endpoint.is_some() && !self.out.provider.is_empty();
        if !(host_decides && found.len() <= 1) {
            if found.iter().all(|f| !fixed(&f.provider)) {
                self.by_call(sink, call, row, &mut found);
            }
            let stores = found.iter().all(|f| f.store || self.is_store(&f.provider));
            if stores {
                // What is stored goes to the embedder first.
                for path in &row.embedder {
                    self.argument(sink, call, path, None, &mut found);
                }
            }
            found.retain(|f| fixed(&f.provider) || f.provider == BY_CONFIG);
            self.other_gateways(&mut found);
            let stored = found.iter().any(|f| f.store || self.is_store(&f.provider));
            self.decide(found);
            // An index that nobody gave a store keeps its vectors in the program.
            self.embeds |= !row.embedder.is_empty() && !stored;
        }
        self.downstream(sink, call, row);
    }

    /// The call itself says who: its row, its model's name, the agent it is given.
    fn by_call(&mut self, sink: &Sink, call: &Call, row: &CallRow, found: &mut Vec<Found>) {
        // An agent may have been given another model than the library's own.
        let mut by_agent = Vec::new();
        for path in &row.agent {
            self.argument(sink, call, path, table_of(&row.provider), &mut by_agent);
        }
        if by_agent.iter().any(|f| fixed(&f.provider)) {
            found.append(&mut by_agent);
            return;
        }
        if fixed(&row.provider) && found.iter().all(|f| f.provider != BY_CONFIG) {
            found.push(Found::new(&row.provider, sink.gv));
            return;
        }
        if let Some(ty) = self.program.catalogue.result_type_of(row) {
            self.client(ty, Some(sink.gv), found, 0);
        }
        found.append(&mut by_agent);
        let before = found.len();
        for path in &row.model {
            self.argument(sink, call, path, table_of(&row.provider), found);
        }
        // Behind an open host, models of many vendors that others ask for in the same way decide nothing.
        let mut vendors: Vec<&str> = found[before..].iter().map(|f| f.provider.as_str()).collect();
        vendors.sort_unstable();
        vendors.dedup();
        if vendors.len() > 1 && found[..before].iter().any(|f| f.provider == BY_CONFIG) {
            found.truncate(before);
        }
    }

    fn argument(&mut self, sink: &Sink, call: &Call, path: &str, table: Option<&str>, found: &mut Vec<Found>) {
        for (value, path) in args::pick(self.program, sink.gv, call, path, sink.skip) {
            self.value(value, &path, table, found, 0);
        }
    }

    /// The provider that a client, model, agent or store hands data to, from the call that made it.
    pub(super) fn client(&mut self, ty: TypeIx, site: Option<Gv>, found: &mut Vec<Found>, depth: u32) {
        let (open, before) = (self.gateways.len(), found.len());
        self.client_made(ty, site, found, depth);
        if found.len() > before {
            self.gateways.truncate(open);
        }
    }

    fn client_made(&mut self, ty: TypeIx, site: Option<Gv>, found: &mut Vec<Found>, depth: u32) {
        let row = self.program.catalogue.type_row(ty);
        let Some(site) = site else {
            if fixed(&row.provider) {
                found.push(Found { provider: row.provider.clone(), model: None, at: None, store: false });
            }
            return;
        };
        if depth > DEEPEST || self.seen.contains(&site) {
            return;
        }
        self.seen.push(site);
        let ValueKind::Call(call) = self.program.kind(site) else {
            if let ValueKind::Unknown(parts) | ValueKind::Concat(parts) = self.program.kind(site) {
                // `prompt | model`
                for part in parts {
                    self.value_types(Gv { func: site.func, value: *part }, found, depth);
                }
            }
            if found.is_empty() && fixed(&row.provider) {
                found.push(Found::new(&row.provider, site));
            }
            return;
        };
        let first = found.len();
        if self.by_host(site, call, row, found)
            || self.by_switch(site, call, row, found)
            || self.by_class(site, call, row, found, depth)
        {
            self.embedder_of(site, call, row, found, first, depth);
            return;
        }
        let before = found.len();
        if let Some(table) = table_of(&row.provider) {
            // The name of a model, or a model that was made before.
            let places = self.models_given(site, call, row);
            let given = places.iter().any(|(value, path)| !args::lacks(self.program, *value, path));
            for (value, path) in places {
                self.value(value, &path, Some(table), found, depth + 1);
            }
            if found.len() == before && !given {
                self.by_parts(ty, site, call, row, found, depth);
            }
            if found.len() == before && !given && fixed(&row.default_provider) {
                found.push(Found::new(&row.default_provider, site));
            }
            return;
        }
        self.by_parts(ty, site, call, row, found, depth);
        if found.len() == before {
            if fixed(&row.provider) {
                found.push(Found::new(&row.provider, site));
            } else {
                self.by_model(site, call, &row.model, None, found);
            }
        }
        if found.len() == before && fixed(&row.default_provider) {
            found.push(Found::new(&row.default_provider, site));
        }
        self.embedder_of(site, call, row, found, first, depth);
    }

    /// The models that a client was made with. Where it gives them names, those that go by the name which is asked for.
    fn models_given(&mut self, site: Gv, call: &Call, row: &TypeRow) -> Vec<(Gv, Path)> {
        let program = self.program;
        let all: Vec<_> = row.model.iter().flat_map(|p| args::pick_exactly(program, site, call, p, 0)).collect();
        let Some(alias) = row.alias.first().and_then(|p| p.split_once("[].")) else { return all };
        if all.is_empty() {
            return all;
        }
        let asked: Vec<Constant> = std::mem::take(&mut self.asked).into_iter().filter(|c| !c.setting).collect();
        let falls_back = row.fallback.iter().any(|p| !args::pick(program, site, call, p, 0).is_empty());
        let mut named = Vec::new();
        for (value, path) in &all {
            let ValueKind::List(items) = program.kind(*value) else { continue };
            for (item, _) in items.iter().filter(|_| !falls_back) {
                let item = Gv { func: value.func, value: *item };
                let key = Path::of(vec![PathSeg::Field(Sym::from(alias.1), None)]);
                let names = self.tracer.constants(item, key);
                if names.iter().any(|name| asked.iter().any(|c| c.text == name.text)) {
                    named.push((item, Path::of(path.segs().iter().skip(1).cloned().collect())));
                }
            }
        }
        let places = if named.is_empty() { all } else { named };
        let models = self.constants_at(places.clone());
        if !models.is_empty() {
            self.model_of(&models);
        }
        places
    }

    /// The host in the constructor. True where it, or that it is left open, decides.
    fn by_host(&mut self, site: Gv, call: &Call, row: &TypeRow, found: &mut Vec<Found>) -> bool {
        let before = self.out.endpoint.clone();
        self.model_from(site, call, &row.model, 0);
        self.region_from(site, call, &row.region, 0);
        self.settings_from(site, call, &row.retention, 0);
        self.headers(site, call, &row.headers, 0);
        let had = std::mem::take(&mut self.out.provider);
        let hosts = self.endpoint_from(site, call, &row.base_url, 0, &row.provider);
        let mut by_host = std::mem::replace(&mut self.out.provider, had);
        let mut hosts = hosts;
        if let Some((host, later)) = self.host_set_later(site, row) {
            by_host.clone_from(&host.provider);
            hosts = vec![host];
            self.out.endpoint = Some(later);
        }
        if !by_host.is_empty() && self.out.endpoint != before {
            if self.passes_on(&by_host) && fixed(&row.provider) {
                // A proxy before the SDK's own provider: two recipients.
                self.out.gateway = Some(by_host);
                found.push(Found::new(&row.provider, site));
                return true;
            }
            self.out.provider.clone_from(&by_host);
            found.extend(hosts);
            return true;
        }
        let whose = self.maker(site, row);
        if self.out.endpoint != before && before.is_none() && fixed(&whose) {
            // A host is given, but only configuration says which.
            let open = |e: &str| e.starts_with('$') || e.starts_with('{') || e == super::AT_RUN_TIME;
            let own = |p: &String| !args::pick(self.program, site, call, p, 0).is_empty();
            if self.out.endpoint.as_deref().is_some_and(open) && !row.own_host.iter().any(own) {
                found.push(Found::new(BY_CONFIG, site));
                self.unless_set(site, call, row, &whose);
                return true;
            }
        }
        false
    }

    /// Whose SDK a client is of: by its row, or by its class. None where the servers are the customer's own anyway.
    fn maker(&self, site: Gv, row: &TypeRow) -> String {
        if row.class_table.is_empty() {
            return row.provider.clone();
        }
        let catalogue = self.program.catalogue;
        let classes = self.program.call_graph.callees(site).iter().filter_map(|abs| match abs {
            Abs::Ext(path) => catalogue.class_provider(&row.class_table, path),
            _ => None,
        });
        let mut makers =
            classes.filter(|provider| !catalogue.has_own_hosts(provider) && !catalogue.is_gateway(provider));
        makers.next().unwrap_or_default().to_owned()
    }

    /// `client.base_url = "https://…"` after the client was made.
    fn host_set_later(&mut self, site: Gv, row: &TypeRow) -> Option<(Found, String)> {
        let names: Vec<&str> = row.base_url.iter().filter_map(|p| p.rsplit(['.', '|']).next()).collect();
        let file = self.program.file_of(site.func);
        for func in self.program.functions_of(file) {
            for (i, value) in self.program.function(func).values.iter().enumerate() {
                let ValueKind::Update { base, path, value, .. } = &value.kind else { continue };
                let [Seg::Field(field)] = path.as_slice() else { continue };
                if !names.contains(&&**field) {
                    continue;
                }
                let of = self.tracer.resolver.resolve(Gv { func, value: *base });
                if !of.iter().any(|abs| matches!(abs, Abs::Typed { site: Some(s), .. } if *s == site)) {
                    continue;
                }
                let constants = self.tracer.constants(Gv { func, value: *value }, Path::whole());
                for constant in constants.iter().filter(|c| !c.setting) {
                    if let Some(host) = self.program.catalogue.host(&constant.text) {
                        let at = Gv { func, value: crate::ir::ValueId(crate::link::to_u32(i)) };
                        return Some((Found::new(&host.provider, at), public_url(&constant.text)));
                    }
                }
            }
        }
        None
    }

    fn by_switch(&mut self, site: Gv, call: &Call, row: &TypeRow, found: &mut Vec<Found>) -> bool {
        for (condition, provider) in &row.provider_switch {
            if let Some((path, value)) = condition.split_once('=') {
                let constants = self.constants(site, call, &[path.to_owned()], 0);
                if constants.iter().any(|c| c.text.eq_ignore_ascii_case(value)) {
                    found.push(Found::new(provider, site));
                    return true;
                }
            }
        }
        false
    }

    fn by_class(&mut self, site: Gv, call: &Call, row: &TypeRow, found: &mut Vec<Found>, depth: u32) -> bool {
        if row.class_table.is_empty() {
            return false;
        }
        let before = found.len();
        for abs in self.program.call_graph.callees(site) {
            let path = match abs {
                Abs::Ext(path) => path.to_string(),
                // `openai("gpt-4o")` of a default instance or a made factory
                Abs::Typed { ty, site: Some(inner), .. } => {
                    self.client(*ty, Some(*inner), found, depth + 1);
                    continue;
                }
                _ => continue,
            };
            let Some(provider) = self.program.catalogue.class_provider(&row.class_table, &path) else { continue };
            let provider = provider.to_owned();
            match table_of(&provider) {
                Some(table) => {
                    // Said outright: `model_provider="openai"`.
                    let named = found.len();
                    self.by_model(site, call, &row.provider_from, Some(table), found);
                    found.iter_mut().skip(named).for_each(|f| f.model = None);
                    if found.len() == named {
                        self.by_model(site, call, &row.model, Some(table), found);
                    }
                }
                // Behind a gateway the model's prefix says who gets the data.
                None if self.program.catalogue.is_gateway(&provider) => {
                    let known = found.len();
                    self.by_model(site, call, &row.model, Some(CREATORS), found);
                    if found.len() == known {
                        self.gateways.push(Found::new(&provider, site));
                    }
                    self.out.gateway = Some(provider);
                }
                None => found.push(Found::new(&provider, site)),
            }
        }
        found.len() > before
    }

    /// The models, clients and settings it was made with.
    fn by_parts(&mut self, ty: TypeIx, site: Gv, call: &Call, row: &TypeRow, found: &mut Vec<Found>, depth: u32) {
        let before = found.len();
        self.by_name(site, call, &row.provider_from, &row.provider_table, 0, found);
        if found.len() > before {
            return;
        }
        for path in &row.provider_from {
            for (value, path) in args::pick(self.program, site, call, path, 0) {
                self.value(value, &path, None, found, depth + 1);
            }
            if found.len() > before {
                return;
            }
        }
        for value in self.given_later(ty, site, row) {
            self.value_types(value, found, depth + 1);
        }
        for func in self.nodes(ty, site, row) {
            self.in_function(func, found, depth, NODE_DEPTH);
        }
        if found.len() > before {
            return;
        }
        for setting in &row.settings_from {
            for value in self.assigned(site, setting) {
                self.value_types(value, found, depth + 1);
            }
            if found.len() > before {
                return;
            }
        }
        // A chat or thread that a client made is the client's.
        for abs in self.program.call_graph.callees(site) {
            if let Abs::Typed { ty: maker, site: Some(made), .. } = abs
                && *maker != ty
            {
                self.client(*maker, Some(*made), found, depth + 1);
            }
            if found.len() > before {
                return;
            }
        }
        if !fixed(&row.provider) {
            // Whatever typed thing it was made with; a row that a database gave is no recipient.
            let mut inner = Vec::new();
            for arg in &call.args {
                let value = Gv { func: site.func, value: arg.value };
                self.value_types(value, &mut inner, depth + 1);
                // `RunnableSequence.from([prompt, model])`
                if let ValueKind::List(items) = self.program.kind(value) {
                    for (item, _) in items {
                        self.value_types(Gv { func: site.func, value: *item }, &mut inner, depth + 1);
                    }
                }
            }
            inner.retain(|f| !self.is_store(&f.provider) || !row.embedder.is_empty());
            found.append(&mut inner);
            if let ValueKind::Field(receiver, _) = self.program.kind(Gv { func: site.func, value: call.callee }) {
                self.value_types(Gv { func: site.func, value: *receiver }, found, depth + 1);
            }
        }
    }

    /// A store hands what it is given to its embedder.
    fn embedder_of(&mut self, site: Gv, call: &Call, row: &TypeRow, found: &mut Vec<Found>, first: usize, depth: u32) {
        if !row.embedder.is_empty() {
            found.iter_mut().skip(first).for_each(|f| f.store = true);
        }
        for path in &row.embedder {
            for (value, path) in args::pick(self.program, site, call, path, 0) {
                self.value(value, &path, None, found, depth + 1);
            }
        }
    }

    /// The provider behind a value: a client or model, or the string that names a model.
    fn value(&mut self, gv: Gv, path: &Path, table: Option<&str>, found: &mut Vec<Found>, depth: u32) {
        let before = found.len();
        let (gv, path) = &args::written(self.program, gv, path);
        let gv = *gv;
        if path.is_whole() {
            self.value_types(gv, found, depth);
        } else if let Some((name, _)) = path.names().next() {
            let name = name.clone();
            for abs in self.tracer.resolver.field_of(gv, &name) {
                self.typed(&abs, found, depth);
            }
        }
        if found.len() > before {
            return;
        }
        for constant in self.tracer.constants(gv, path.clone()) {
            if !constant.setting && self.named_model(&constant, table, found) && self.out.model.is_none() {
                self.out.model = Some(constant.text.to_string());
            }
        }
    }

    fn value_types(&mut self, gv: Gv, found: &mut Vec<Found>, depth: u32) {
        if let ValueKind::List(items) = self.program.kind(gv) {
            for (item, _) in items {
                self.value_types(Gv { func: gv.func, value: *item }, found, depth);
            }
            return;
        }
        let before = found.len();
        for abs in self.tracer.resolver.resolve(gv) {
            self.typed(&abs, found, depth);
        }
        // A table of models, of which a name picks one.
        if found.len() == before
            && depth <= DEEPEST
            && let ValueKind::Object(entries) = self.program.kind(gv)
        {
            for (_, value) in entries {
                self.value_types(Gv { func: gv.func, value: *value }, found, depth + 1);
            }
        }
    }

    fn typed(&mut self, abs: &Abs, found: &mut Vec<Found>, depth: u32) {
        match abs {
            Abs::Typed { ty, site, .. } => self.client(*ty, *site, found, depth + 1),
            Abs::Instance(class) => {
                for abs in self.tracer.resolver.catalogue_types(*class) {
                    if let Abs::Typed { ty, site, .. } = abs {
                        self.client(ty, site, found, depth + 1);
                    }
                }
            }
            _ => {}
        }
    }
}
