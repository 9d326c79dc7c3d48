//! What providers publish about themselves (`queries/provider-facts.toml`), with source and date.
//!
//! A published default is context: what counts is the contract. The texts stand in the wording files, under `fact`.

use anyhow::Context;
use serde::Deserialize;

use super::date;

const FILE: &str = include_str!("../../queries/provider-facts.toml");

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Facts {
    /// After so many days without a look at the source, a fact is stale.
    pub(crate) stale_after_days: i64,
    pub(crate) fact: Vec<Fact>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Fact {
    /// The provider's id in the catalogue.
    pub(crate) provider: String,
    /// `entity`, `region`, `retention`, `zero_retention`, `training`, `recipients`.
    pub(crate) topic: String,
    /// Where it was read.
    pub(crate) source: String,
    /// The day it was read.
    pub(crate) verified: String,
    pub(crate) confidence: Sure,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Sure {
    Low,
    Medium,
    High,
}

/// A fact as it is cited on the day of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quoted {
    pub provider: String,
    pub topic: String,
    pub source: String,
    pub verified: String,
    /// Anything below high is to be confirmed.
    pub confirmed: bool,
    pub stale: bool,
}

impl Facts {
    pub(crate) fn builtin() -> anyhow::Result<Facts> {
        toml::from_str(FILE).context("queries/provider-facts.toml")
    }

    /// What is known of a provider, on a day.
    pub(crate) fn of(&self, provider: &str, today: &str) -> Vec<Quoted> {
        let age = |fact: &Fact| Some(date::days(today)? - date::days(&fact.verified)?);
        self.fact
            .iter()
            .filter(|f| f.provider == provider)
            .map(|f| Quoted {
                provider: f.provider.clone(),
                topic: f.topic.clone(),
                source: f.source.clone(),
                verified: f.verified.clone(),
                confirmed: f.confidence == Sure::High,
                stale: age(f).is_none_or(|days| days > self.stale_after_days),
            })
            .collect()
    }

    /// The last day on which any fact was looked at.
    pub(crate) fn newest(&self) -> &str {
        self.fact.iter().map(|f| f.verified.as_str()).max().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dpia::wording::{LANGUAGES, Wording};

    #[test]
    fn every_fact_has_a_source_a_date_and_words() {
        let facts = Facts::builtin().unwrap();
        let mut seen = std::collections::BTreeSet::new();
        for fact in &facts.fact {
            let name = format!("{}.{}", fact.provider, fact.topic);
            assert!(fact.source.starts_with("https://"), "{name}: {}", fact.source);
            assert!(date::days(&fact.verified).is_some(), "{name}: {}", fact.verified);
            assert!(seen.insert(name.clone()), "{name} stands twice");
            for (language, _) in LANGUAGES {
                let wording = Wording::load(language).unwrap();
                assert!(wording.has(&format!("fact.{name}")), "{name} has no words in {language}");
                assert!(wording.has(&format!("topic.{}", fact.topic)), "{name}");
            }
        }
    }

    #[test]
    fn old_facts_are_stale() {
        let facts = Facts::builtin().unwrap();
        let stale = |today: &str| facts.of("openai", today).iter().filter(|f| f.stale).count();
        let newest = facts.newest();
        assert!(stale(newest) < facts.of("openai", newest).len());
        assert_eq!(stale("2030-01-01"), facts.of("openai", newest).len());
        assert!(facts.of("openai", newest).iter().any(|f| !f.confirmed), "the entity is to be confirmed");
        assert!(facts.of("nobody", newest).is_empty());
    }
}
