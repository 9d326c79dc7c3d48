//! Requests over HTTP: which route of the tree answers one, and which lead elsewhere.

use rustc_hash::FxHashMap;

use super::{Finder, Remote, Sent};
use crate::inventory::Request;
use crate::ir::{Key, Sym, ValueKind};
use crate::link::{Abs, FuncId, Gv};
use crate::path::{Path, PathSeg};

const HTTP: [&str; 5] = ["GET", "POST", "PUT", "PATCH", "DELETE"];

/// Routes as the names between slashes; `*` is any.
pub(super) fn routes(entries: &FxHashMap<FuncId, String>) -> Vec<(FuncId, String, Vec<String>)> {
    let mut found: Vec<(FuncId, String, Vec<String>)> = entries
        .iter()
        .filter_map(|(func, label)| {
            let (method, route) = label.split_once(' ')?;
            let parts = parts(route.strip_prefix('/')?);
            let literal = parts.iter().any(|p| p != "*");
            literal.then(|| (*func, method.to_ascii_uppercase(), parts))
        })
        .collect();
    found.sort();
    found
}

pub(super) fn parts(route: &str) -> Vec<String> {
    let route = route.split(['?', '#']).next().unwrap_or_default();
    route
        .split('/')
        .filter(|p| !p.is_empty())
        .map(|p| if p.starts_with(['{', ':', '[', '<']) || p.contains('*') { "*".to_owned() } else { p.to_owned() })
        .collect()
}

/// Host, if the text has it, and path of a URL that leads to another service: `https://crm.example/v1/notes`,
/// `*/v1/notes` where the address before the path is not constant, and `/v1/notes` of a client.
fn address(text: &str, client: bool) -> Option<(Option<String>, String)> {
    let (host, path) = match text.split_once("://") {
        Some((_, rest)) => rest.split_once('/').map(|(host, path)| (Some(host), path))?,
        None if text.starts_with('*') => (None, text.split_once('/')?.1),
        None => (None, text.strip_prefix('/').filter(|_| client)?),
    };
    let parts = parts(path);
    let host = host.filter(|h| !h.contains('*') && !h.is_empty()).map(str::to_owned);
    parts.iter().any(|p| p != "*").then(|| (host, format!("/{}", parts.join("/"))))
}

impl Finder<'_> {
    pub(super) fn request(&self, gv: Gv, remote: &mut Remote) {
        let program = self.program;
        let lang = program.lang(gv.func);
        let path = program.call_graph.callees(gv).iter().find_map(|c| match c {
            Abs::Ext(path) => Some(path.clone()),
            _ => None,
        });
        let Some(row) = path.as_deref().and_then(|p| program.catalogue.http(lang, p)) else { return };
        let picked = |spec: &str| self.argument(gv, spec);
        let Some((url, sub)) = row.url.iter().find_map(|u| picked(u)) else { return };
        let url = if sub.is_empty() { Some(url) } else { self.member(url, &sub) };
        let method = self.method(gv, path.as_deref().unwrap_or_default());
        let Some(handlers) = url.and_then(|u| self.route(u, method.clone())) else {
            // A path alone is one of the page's own server, unless a client says where that is.
            let client = path.as_deref().is_some_and(|p| p.contains("()"));
            let body = row.body.iter().any(|spec| picked(spec).is_some());
            let route = url.filter(|_| body).and_then(|u| address(&self.text(u, 4), client));
            if let Some((host, route)) = route {
                let location = crate::place::of(program, gv);
                remote.elsewhere.push(Request { location, method, host, route });
            }
            return;
        };
        for body in &row.body {
            let Some((value, sub)) = picked(body) else { continue };
            if !sub.is_empty() && self.member(value, &sub).is_none() {
                continue;
            }
            let path = Path::of(sub.iter().map(|n| PathSeg::Field(Sym::from(n.as_str()), None)).collect());
            let sent = Sent { value, path, members: Vec::new() };
            for handler in &handlers {
                remote.sent.entry(*handler).or_default().push(sent.clone());
            }
            break;
        }
    }

    /// `POST` from the callee's name or the options.
    fn method(&self, gv: Gv, path: &str) -> Option<String> {
        let last = path.rsplit(['.', '#']).next().unwrap_or_default().to_ascii_uppercase();
        if HTTP.contains(&&*last) {
            return Some(last);
        }
        let (options, _) = self.argument(gv, "#1")?;
        let value = self.member(options, &["method".to_owned()])?;
        match self.program.kind(self.program.origin(value)) {
            ValueKind::Str(s) => Some(s.to_ascii_uppercase()),
            _ => None,
        }
    }

    /// `#1.body`: the argument, and the names below it; `json` or `#0|url`: by keyword.
    fn argument(&self, gv: Gv, spec: &str) -> Option<(Gv, Vec<String>)> {
        let ValueKind::Call(call) = self.program.kind(gv) else { return None };
        let (head, rest) = spec.split_once('.').map_or((spec, ""), |(h, r)| (h, r));
        let sub = rest.split('.').filter(|n| !n.is_empty()).map(str::to_owned).collect();
        let arg =
            head.split('|').find_map(|one| match one.strip_prefix('#').and_then(|n| n.parse::<usize>().ok()) {
                Some(n) => call.args.get(n).filter(|a| a.name.is_none()),
                None => call.args.iter().find(|a| a.name.as_deref() == Some(one)),
            })?;
        Some((Gv { func: gv.func, value: arg.value }, sub))
    }

    /// A member of an object literal, at once or by name.
    pub(super) fn member(&self, gv: Gv, names: &[String]) -> Option<Gv> {
        let mut at = gv;
        for name in names {
            let origin = self.program.origin(at);
            let ValueKind::Object(entries) = self.program.kind(origin) else { return None };
            let value = entries.iter().find_map(|(key, value)| match key {
                Key::Name(n) if **n == **name => Some(*value),
                _ => None,
            })?;
            at = Gv { func: origin.func, value };
        }
        Some(at)
    }

    /// The handlers of the route that a URL leads to: the most specific that fits.
    pub(super) fn route(&self, url: Gv, method: Option<String>) -> Option<Vec<FuncId>> {
        let text = self.text(url, 4);
        let rooted = text.starts_with('/');
        let text = match text.split_once("://") {
            Some((_, rest)) => rest.split_once('/').map_or("", |(_, path)| path).to_owned(),
            None => text,
        };
        // `/messages${query}`: behind a name stands what is asked of the route.
        let named =
            |text: &&str| text.rsplit('/').next().is_some_and(|last| last.len() > 1 && !last[1..].contains('*'));
        let text = text.strip_suffix('*').filter(named).map_or_else(|| text.clone(), str::to_owned);
        let mut asked = parts(&text);
        // What stands before the first slash of `${base}/api/x` is the server.
        if !rooted && asked.first().is_some_and(|p| p == "*") {
            asked.remove(0);
        }
        if asked.is_empty() {
            return None;
        }
        let fits = |route: &[String]| {
            route.len() <= asked.len()
                && route.iter().rev().zip(asked.iter().rev()).all(|(r, a)| r == a || r == "*" || a == "*")
                && route.iter().rev().zip(asked.iter().rev()).any(|(r, a)| r == a && r != "*")
                && route.last().zip(asked.last()).is_some_and(|(r, a)| (r == "*") == (a == "*"))
        };
        let good: Vec<&(FuncId, String, Vec<String>)> = self
            .routes
            .iter()
            .filter(|(_, m, route)| {
                fits(route) && method.as_ref().is_none_or(|asked| m == asked || !HTTP.contains(&m.as_str()))
            })
            .collect();
        let literal = |route: &[String]| route.iter().filter(|p| *p != "*").count();
        let best = good.iter().map(|(_, _, route)| literal(route)).max()?;
        let found: Vec<FuncId> = good
            .iter()
            .filter(|(_, m, route)| literal(route) == best && (method.is_some() || m != "GET" && m != "DELETE"))
            .map(|(f, _, _)| *f)
            .collect();
        (!found.is_empty() && found.len() <= 3).then_some(found)
    }

    /// A text as far as it is constant; `*` for the rest.
    fn text(&self, gv: Gv, depth: u32) -> String {
        let origin = self.program.origin(gv);
        match self.program.kind(origin) {
            ValueKind::Str(s) => s.to_string(),
            ValueKind::Concat(parts) if depth > 0 => {
                parts.iter().map(|p| self.text(Gv { func: origin.func, value: *p }, depth - 1)).collect()
            }
            // `withBase("/api/chat")`
            ValueKind::Call(call) if depth > 0 => {
                let first = call.args.first().map(|a| self.text(Gv { func: origin.func, value: a.value }, depth - 1));
                first.filter(|path| path.starts_with('/')).map_or_else(|| "*".to_owned(), |path| format!("*{path}"))
            }
            _ => "*".to_owned(),
        }
    }
}
