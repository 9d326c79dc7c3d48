//! Sources that the user's own rows name.

use super::{Input, Inputs};
use crate::config::SourceRule;
use crate::inventory::Confidence;
use crate::link::{Gv, Program, Resolver};
use crate::named::refers_to;

impl Inputs {
    /// What a function of the user's that is handed over gives: `xs.map(load)`.
    pub(crate) fn given_by(&self, program: &Program<'_>, resolver: &mut Resolver<'_>, value: Gv) -> Option<&Input> {
        self.sources.iter().find(|(name, _)| refers_to(program, resolver, value, name)).map(|(_, input)| input)
    }
}

pub(super) fn input(source: &SourceRule) -> Input {
    Input {
        kind: "user_defined".into(),
        label: source.label(),
        category: source.category.clone(),
        confidence: Confidence::High,
        only: Vec::new(),
        passes: false,
        called: false,
        by_type: false,
    }
}
