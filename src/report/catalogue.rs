//! The catalogue as people and programs read it: which SDKs, calls and hosts are known.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde::Serialize;

use super::text::clean;
use crate::catalogue::{CallRow, Catalogue, CatalogueFile, Lang};
use crate::words;

/// Which rows are listed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// `python` or `js`.
    pub language: Option<String>,
    pub operation: Option<String>,
    /// The id or the name of a provider.
    pub provider: Option<String>,
    /// Stands in an id, a package, a provider, an operation or a name that is called.
    pub word: Option<String>,
    /// Only these rows, by id.
    pub rows: Option<BTreeSet<String>>,
}

/// A `[[call]]` row.
#[derive(Clone, Debug, Serialize)]
struct Call<'a> {
    id: &'a str,
    language: &'static str,
    sdk: &'a str,
    operation: &'a str,
    /// An id, or what decides: `by-type`, `by-config`, `by-model-prefix:TABLE`.
    provider: &'a str,
    /// What people call that.
    recipient: String,
    /// Member chains on a client, or functions by import path.
    names: Vec<&'a str>,
    /// Arguments that may carry personal data.
    sends: Vec<&'a str>,
    /// A row of towhom.toml.
    own: bool,
    /// `call+args`, `call` or `no`: how far it was checked in the SDK's source.
    verified: &'a str,
}

#[derive(Clone, Debug, Serialize)]
struct Host<'a> {
    host: &'a str,
    provider: &'a str,
    recipient: String,
    own: bool,
}

#[derive(Clone, Debug, Serialize)]
struct Listing<'a> {
    calls: Vec<Call<'a>>,
    hosts: Vec<Host<'a>>,
}

/// A table, by language, SDK and operation; none if nothing fits.
#[must_use]
pub fn text(catalogue: &Catalogue, own: &CatalogueFile, filter: &Filter) -> Option<String> {
    let Listing { calls, hosts } = listing(catalogue, own, filter);
    if calls.is_empty() && hosts.is_empty() {
        return None;
    }
    let mut out = String::new();
    let operations = calls.iter().map(|c| c.operation.len()).max().unwrap_or(0);
    let recipients = calls.iter().map(|c| c.recipient.chars().count()).max().unwrap_or(0).min(34);
    let mut group = ("", "");
    for call in &calls {
        if group != (call.language, call.sdk) {
            group = (call.language, call.sdk);
            let blank = if out.is_empty() { "" } else { "\n" };
            let _ = writeln!(out, "{blank}{} · {}", call.language, clean(call.sdk));
        }
        let mark = if call.own { '*' } else { ' ' };
        let (shown, rest) = call.names.split_at(call.names.len().min(3));
        let more = if rest.is_empty() { String::new() } else { format!(" +{}", rest.len()) };
        let names = clean(&shown.join(", ")).into_owned();
        let _ = writeln!(
            out,
            "{mark} {:operations$}  {:recipients$}  {names}{more}",
            clean(call.operation),
            clean(&call.recipient)
        );
    }
    if !hosts.is_empty() {
        let width = hosts.iter().map(|h| h.host.len()).max().unwrap_or(0);
        let blank = if out.is_empty() { "" } else { "\n" };
        let _ = writeln!(out, "{blank}hosts, for plain HTTP");
        for host in &hosts {
            let mark = if host.own { '*' } else { ' ' };
            let _ = writeln!(out, "{mark} {:width$}  {}", clean(host.host), clean(&host.recipient));
        }
    }
    let sdks: BTreeSet<(&str, &str)> = calls.iter().map(|c| (c.language, c.sdk)).collect();
    let providers: BTreeSet<&str> = calls
        .iter()
        .map(|c| c.provider)
        .chain(hosts.iter().map(|h| h.provider))
        .filter(|p| !p.starts_with("by-"))
        .collect();
    let blank = if out.is_empty() { "" } else { "\n" };
    let _ = writeln!(
        out,
        "{blank}{} of {} · {} · {}",
        words::count(calls.len(), "row"),
        words::count(sdks.len(), "SDK"),
        words::count(hosts.len(), "host"),
        words::count(providers.len(), "recipient"),
    );
    if calls.iter().any(|c| c.own) || hosts.iter().any(|h| h.own) {
        out.push_str("* from towhom.toml\n");
    }
    Some(out)
}

/// Every row that fits, with its id; none if nothing does.
#[must_use]
pub fn json(catalogue: &Catalogue, own: &CatalogueFile, filter: &Filter) -> Option<String> {
    let listing = listing(catalogue, own, filter);
    if listing.calls.is_empty() && listing.hosts.is_empty() {
        return None;
    }
    let mut text = serde_json::to_string_pretty(&listing).expect("a listing has only string keys");
    text.push('\n');
    Some(text)
}

/// A page of what is known: the SDKs with their recipients and operations, and the hosts; none if nothing fits.
#[must_use]
pub fn markdown(catalogue: &Catalogue, own: &CatalogueFile, filter: &Filter) -> Option<String> {
    let Listing { calls, hosts } = listing(catalogue, own, filter);
    if calls.is_empty() && hosts.is_empty() {
        return None;
    }
    let cell = |text: &str| clean(text).replace('|', "\\|");
    let list = |words: &BTreeSet<String>| words.iter().cloned().collect::<Vec<_>>().join(", ");
    let mut out = String::from(
        "# What is known\n\nWritten by `towhom catalogue --format markdown`. `towhom catalogue WORD` lists the calls \
         themselves, `--used-in .` those of your code, `--format json` everything with the state of its verification.\n",
    );
    for (language, title) in [("python", "Python"), ("js", "TypeScript and JavaScript")] {
        let of_language = || calls.iter().filter(|c| c.language == language);
        if of_language().next().is_none() {
            continue;
        }
        let _ = write!(out, "\n## {title}\n\n| package | recipient | operations | rows |\n|---|---|---|---:|\n");
        let sdks: BTreeSet<&str> = of_language().map(|c| c.sdk).collect();
        for sdk in sdks {
            let rows: Vec<&Call<'_>> = of_language().filter(|c| c.sdk == sdk).collect();
            let recipients = rows.iter().map(|c| cell(&c.recipient)).collect();
            let operations = rows.iter().map(|c| format!("`{}`", cell(c.operation))).collect();
            let _ =
                writeln!(out, "| `{}` | {} | {} | {} |", cell(sdk), list(&recipients), list(&operations), rows.len());
        }
    }
    if !hosts.is_empty() {
        let recipients: BTreeSet<&str> = hosts.iter().map(|h| h.recipient.as_str()).collect();
        out.push_str("\n## Hosts, for plain HTTP\n\n| recipient | hosts |\n|---|---|\n");
        for recipient in recipients {
            let of = hosts.iter().filter(|h| h.recipient == recipient);
            let names: BTreeSet<String> = of.map(|h| format!("`{}`", cell(h.host))).collect();
            let _ = writeln!(out, "| {} | {} |", cell(recipient), list(&names));
        }
    }
    Some(out)
}

fn listing<'a>(catalogue: &'a Catalogue, own: &CatalogueFile, filter: &Filter) -> Listing<'a> {
    let mut calls: Vec<Call<'a>> =
        catalogue.calls.iter().map(|row| call(catalogue, own, row)).filter(|c| filter.call(c)).collect();
    calls.sort_by(|a, b| (a.language, a.sdk, a.operation, a.id).cmp(&(b.language, b.sdk, b.operation, b.id)));
    let mut hosts: Vec<Host<'a>> = catalogue
        .hosts
        .iter()
        .map(|row| Host {
            host: &row.pattern,
            provider: &row.provider,
            recipient: recipient(catalogue, &row.provider),
            own: own.host.iter().any(|o| o.pattern == row.pattern),
        })
        .filter(|h| filter.host(h))
        .collect();
    hosts.sort_by(|a, b| a.host.cmp(b.host));
    Listing { calls, hosts }
}

fn call<'a>(catalogue: &Catalogue, own: &CatalogueFile, row: &'a CallRow) -> Call<'a> {
    Call {
        id: &row.id,
        language: if row.lang == Lang::Python { "python" } else { "js" },
        sdk: if row.package.is_empty() { "(none named)" } else { &row.package },
        operation: &row.op,
        provider: &row.provider,
        recipient: recipient(catalogue, &row.provider),
        names: row.chain.iter().chain(&row.function).map(String::as_str).collect(),
        sends: row.content.iter().chain(&row.files).map(String::as_str).collect(),
        own: own.calls.iter().any(|o| o.id == row.id),
        verified: if row.verified.is_empty() { "no" } else { &row.verified },
    }
}

/// What people call a provider, or what decides on one.
fn recipient(catalogue: &Catalogue, provider: &str) -> String {
    match provider {
        "" => "not said".to_owned(),
        "local" => "this machine".to_owned(),
        "by-type" => "by the client".to_owned(),
        "by-config" => "by configuration".to_owned(),
        _ if provider.starts_with("by-model-prefix:") => "by the model's prefix".to_owned(),
        _ => catalogue.provider_name(provider).unwrap_or(provider).to_owned(),
    }
}

impl Filter {
    fn call(&self, call: &Call<'_>) -> bool {
        let has = |word: &str, text: &str| text.to_lowercase().contains(&word.to_lowercase());
        self.language.as_deref().is_none_or(|l| l == call.language)
            && self.operation.as_deref().is_none_or(|o| o == call.operation)
            && self.provider.as_deref().is_none_or(|p| p == call.provider || has(p, &call.recipient))
            && self.rows.as_ref().is_none_or(|rows| rows.contains(call.id))
            && self.word.as_deref().is_none_or(|w| {
                [call.id, call.sdk, call.operation, call.provider, &call.recipient].iter().any(|t| has(w, t))
                    || call.names.iter().any(|n| has(w, n))
            })
    }

    fn host(&self, host: &Host<'_>) -> bool {
        let has = |word: &str, text: &str| text.to_lowercase().contains(&word.to_lowercase());
        self.language.is_none()
            && self.operation.is_none()
            && self.rows.is_none()
            && self.provider.as_deref().is_none_or(|p| p == host.provider || has(p, &host.recipient))
            && self
                .word
                .as_deref()
                .is_none_or(|w| [host.host, host.provider, &host.recipient].iter().any(|t| has(w, t)))
    }
}
