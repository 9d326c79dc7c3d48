//! The recipients of all activities, each once: what they do, where, with which settings, what configuration says of them,
//! what they publish; and the assets that the data rest on.

use std::collections::{BTreeMap, BTreeSet};

use super::annexes::Rest;
use super::assets::Version;
use super::features::{Recipient, tidy};
use super::model::{Arg, Basis, Block, Question, Say, Section, Statement};
use super::sections::{models, operations};
use crate::inventory::{ConfigurationFact, Location, Setting};

/// Kinds of configuration facts that say something of a recipient.
const OF_RECIPIENT: &[&str] = &["model", "endpoint", "region", "provider", "deployment", "setting", "credential"];

/// Kind, name, value and provider of a fact.
type Said<'a> = (&'a str, &'a str, Option<&'a str>, Option<&'a str>);

impl Rest<'_> {
    /// Each recipient once, by number, with the activities that it is of.
    pub(crate) fn all_recipients(&self) -> Vec<(Recipient, Vec<String>)> {
        let mut all: BTreeMap<(usize, String), (Recipient, Vec<String>)> = BTreeMap::new();
        for part in self.parts {
            for r in &part.features.recipients {
                let n = r.number[1..].parse().unwrap_or(usize::MAX);
                match all.get_mut(&(n, r.number.clone())) {
                    Some((known, activities)) => {
                        known.join(r);
                        activities.push(part.number.clone());
                    }
                    None => {
                        all.insert((n, r.number.clone()), (r.clone(), vec![part.number.clone()]));
                    }
                }
            }
        }
        for (r, activities) in all.values_mut() {
            tidy(&mut r.settings);
            tidy(&mut r.candidates);
            tidy(&mut r.places);
            activities.dedup();
        }
        all.into_values().collect()
    }

    pub(crate) fn recipients(&self) -> Section {
        let mut section = Section::new("recipients", "0.2, 1.1.d, 2.3.c", &[112, 226, 227]);
        let all = self.all_recipients();
        let rows = all.iter().map(|(r, activities)| self.recipient(r, activities)).collect();
        let head = ["head.number", "head.who", "head.gets", "head.where", "head.settings", "head.role"];
        section.table(&head, rows);
        let loose = |c: &&ConfigurationFact| {
            let taken = all.iter().any(|(r, _)| c.provider.as_ref() == Some(&r.id));
            let kinds = OF_RECIPIENT.contains(&c.kind.as_str()) || matches!(c.kind.as_str(), "service" | "mcp_server");
            kinds && !taken
        };
        let loose: Vec<&ConfigurationFact> = self.inventory.configuration.iter().filter(loose).collect();
        section.list(self.configured("config.loose", &loose));
        section
    }

    /// What configuration says, a statement for each name and value.
    fn configured(&self, key: &str, facts: &[&ConfigurationFact]) -> Vec<Statement> {
        let mut all: BTreeMap<Said<'_>, Vec<Location>> = BTreeMap::new();
        for c in facts {
            let said = (c.kind.as_str(), c.name.as_str(), c.value.as_deref(), c.provider.as_deref());
            all.entry(said).or_default().push(c.location.clone());
        }
        let say = |((kind, name, value, provider), mut at): (Said<'_>, Vec<Location>)| {
            tidy(&mut at);
            let value = match value {
                Some(value) => Arg::Say(Say::new("config.value").code("value", value)),
                None => Arg::Plain(String::new()),
            };
            let provider = match provider {
                Some(id) => Arg::Say(Say::new("config.provider").with("provider", self.names.recipient(id))),
                None => Arg::Plain(String::new()),
            };
            let say = Say::new(if kind == "credential" { "config.credential" } else { key }).code("name", name);
            say.with("value", value).with("provider", provider).shown_at(at)
        };
        all.into_iter().map(say).collect()
    }

    fn recipient(&self, r: &Recipient, activities: &[String]) -> Vec<Vec<Statement>> {
        let asks = &self.recipients[&r.number];
        let code = |say: Say| say.shown_at(r.places.clone());
        let mut who = vec![if r.id == "by-config" {
            let q = asks.of("configuration");
            Say::new("cell.who_open").with("q", Arg::Ref(q.clone())).partly(r.places.clone(), &[&q])
        } else {
            let key = if r.gateway { "cell.who_gateway" } else { "cell.who" };
            code(Say::new(key).with("name", self.names.recipient(&r.id)))
        }];
        let mut seen = BTreeSet::new();
        for c in r.candidates.iter().filter(|c| seen.insert((&c.provider, &c.model))) {
            let part = |key: &str, name: &'static str, arg: Option<&String>| match arg {
                Some(text) => Arg::Say(Say::new(key).code(name, text)),
                None => Arg::Plain(String::new()),
            };
            let say = Say::new("cell.candidate")
                .with("name", self.names.recipient(&c.provider))
                .with("model", part("cell.candidate_model", "model", c.model.as_ref()))
                .with("condition", part("cell.candidate_condition", "condition", c.condition.as_ref()));
            who.push(say.shown_at(c.location.clone().map_or_else(|| r.places.clone(), |l| vec![l])));
        }
        let gets = Say::new("cell.gets").with("operations", operations(r)).with("models", models(r));
        let gets = gets.refs("activities", activities.iter().cloned());
        let mut place = Vec::new();
        if !r.gateway {
            place.extend(r.endpoints.iter().map(|e| code(Say::new("cell.endpoint").code("endpoint", e))));
            place.extend(r.regions.iter().map(|g| code(Say::new("cell.region").code("region", g))));
        }
        if place.is_empty() {
            let key = match r.id.as_str() {
                "by-config" => "cell.endpoint_open",
                _ if r.outside() => "cell.endpoint_default",
                _ => "cell.none",
            };
            place.push(code(Say::new(key)));
        }
        let of = |c: &&ConfigurationFact| c.provider.as_ref() == Some(&r.id) && OF_RECIPIENT.contains(&c.kind.as_str());
        let here: Vec<&ConfigurationFact> = self.inventory.configuration.iter().filter(of).collect();
        let (of_place, other): (Vec<_>, Vec<_>) =
            here.into_iter().partition(|c| matches!(c.kind.as_str(), "endpoint" | "region" | "deployment"));
        place.extend(self.configured("config.fact", &of_place));
        let mut settings: Vec<Statement> = r.settings.iter().map(setting).collect();
        settings.extend(self.configured("config.fact", &other));
        if settings.is_empty() {
            settings.push(code(Say::new("cell.settings_none")));
        }
        let numbers: Vec<String> = asks.questions.iter().map(|q| q.number.clone()).collect();
        let asked: Vec<&str> = numbers.iter().map(String::as_str).collect();
        let role =
            Say::new(if r.outside() { "cell.role" } else { "cell.asked_in" }).refs("q", numbers.clone()).ask(&asked);
        let number = code(Say::new("cell.number").with("id", Arg::Ref(r.number.clone())));
        vec![vec![number], who, vec![code(gets)], place, settings, vec![role]]
    }

    pub(crate) fn published(&self) -> Section {
        let mut section = Section::new("facts", "0.2, 1.1.d, 2.3.c", &[215]);
        let mut rows = Vec::new();
        for (r, _) in self.all_recipients() {
            let (number, id, at) = (r.number.as_str(), r.id.as_str(), r.places.clone());
            let head = Say::new("recipient_ref")
                .with("id", Arg::Ref(number.to_owned()))
                .with("name", self.names.recipient(id));
            let first = |statement: Statement| vec![statement];
            let facts = self.facts.of(id, self.today);
            for (n, fact) in facts.iter().enumerate() {
                let key = format!("fact.{}.{}", fact.provider, fact.topic);
                let text = if fact.confirmed {
                    Say::new(key)
                } else {
                    Say::new("fact_row.text_confirm").with("text", Arg::Say(Say::new(key)))
                };
                let source = if fact.stale { "fact_row.stale" } else { "fact_row.source" };
                let mut source =
                    Say::new(source).with("source", Arg::Link(fact.source.clone())).plain("date", &fact.verified);
                if fact.stale {
                    let days = usize::try_from(self.facts.stale_after_days).unwrap_or_default();
                    source = source.number("days", days);
                }
                let basis = || Basis::Fact(fact.clone());
                let who = match n {
                    0 => head.clone().shown_at(at.clone()),
                    _ => Statement { say: Say::new("cell.ditto"), basis: basis() },
                };
                rows.push(vec![
                    first(who),
                    first(Statement { say: Say::new(format!("topic.{}", fact.topic)), basis: basis() }),
                    first(Statement { say: text, basis: basis() }),
                    first(Statement { say: source, basis: basis() }),
                ]);
            }
            if facts.is_empty() {
                let q = self.recipients[number].questions.first().map(|q| q.number.clone()).unwrap_or_default();
                let none =
                    Say::new("fact_row.none").with("name", self.names.recipient(id)).with("q", Arg::Ref(q.clone()));
                let dash = || vec![Say::new("cell.none").ask(&[&q])];
                rows.push(vec![first(head.shown_at(at)), dash(), first(none.ask(&[&q])), dash()]);
            }
        }
        section.table(&["head.who", "head.topic", "head.published", "head.source_of"], rows);
        let contract: Vec<String> = self
            .recipients
            .values()
            .flat_map(|a| a.questions.iter().filter(|q| q.id == "contract" || q.id == "provider_retention"))
            .map(|q| q.number.clone())
            .collect();
        if !contract.is_empty() {
            let asked: Vec<&str> = contract.iter().map(String::as_str).collect();
            section.text(Say::new("fact_row.contract").refs("q", contract.clone()).ask(&asked));
        }
        let questions: Vec<Question> = self.recipients.values().flat_map(|a| a.questions.clone()).collect();
        if !questions.is_empty() {
            section.blocks.push(Block::Questions(questions));
        }
        section
    }

    /// Models, endpoints and SDKs, each once.
    pub(crate) fn assets(&self, versions: &BTreeMap<String, Version>) -> Section {
        struct Asset {
            version: Say,
            places: Vec<Location>,
            activities: Vec<String>,
        }
        let mut section = Section::new("assets", "1.3", &[123]);
        let mut rows: BTreeMap<(usize, String), Asset> = BTreeMap::new();
        for (part, r) in self.parts.iter().flat_map(|p| p.features.recipients.iter().map(move |r| (p, r))) {
            let mut add = |rank: usize, name: &str, version: &dyn Fn() -> (Say, Option<Location>)| {
                let asset = rows.entry((rank, name.to_owned())).or_insert_with(|| {
                    let (version, at) = version();
                    Asset { version, places: at.into_iter().collect(), activities: Vec::new() }
                });
                asset.places.extend(r.places.iter().cloned());
                asset.activities.push(part.number.clone());
            };
            let bare = || (Say::new("cell.none"), None);
            r.models.iter().for_each(|m| add(0, m, &bare));
            r.endpoints.iter().for_each(|e| add(1, e, &bare));
            for sdk in r.sdks.iter().filter(|s| *s != "http") {
                add(2, sdk, &|| match versions.get(sdk) {
                    Some(v) => {
                        let key = match (v.locked, v.version.is_empty()) {
                            (true, _) => "cell.version_locked",
                            (false, false) => "cell.version_declared",
                            (false, true) => "cell.version_open",
                        };
                        (Say::new(key).code("version", &v.version), Some(v.location.clone()))
                    }
                    None => (Say::new("cell.version_none"), None),
                });
            }
        }
        let kinds = ["cell.asset_model", "cell.asset_endpoint", "cell.asset_sdk"];
        let rows = rows
            .into_iter()
            .map(|((rank, name), mut asset)| {
                // The line with the version first: it is what a reader looks up.
                let mut seen = BTreeSet::new();
                asset.places.retain(|at| seen.insert(at.clone()));
                asset.activities.dedup();
                let code = |say: Say| vec![say.shown_at(asset.places.clone())];
                let activities = Say::new("cell.number").with("id", Arg::Refs(asset.activities.clone()));
                let name = Say::new("cell.text").code("text", &name);
                vec![code(Say::new(kinds[rank])), code(name), code(asset.version.clone()), code(activities)]
            })
            .collect();
        section.table(&["head.kind", "head.asset", "head.version", "head.activity"], rows);
        section
    }
}

fn setting(s: &Setting) -> Statement {
    let note = match (s.name.as_str(), s.value.to_ascii_lowercase().as_str()) {
        ("store", "false") => Some("setting.store_false"),
        ("store", "true") => Some("setting.store_true"),
        _ if s.about == "identifier" => Some("setting.identifier"),
        _ => None,
    };
    let say = Say::new(if note.is_some() { "cell.setting_note" } else { "cell.setting" });
    let say = say.code("name", &s.name).code("value", &s.value);
    let say = match note {
        Some(note) => say.with("note", Arg::Say(Say::new(note))),
        None => say,
    };
    say.shown_at(vec![s.location.clone()])
}
