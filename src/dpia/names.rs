//! The names of recipients, from the catalogue and from the user's own rows.

use std::collections::BTreeMap;

use super::model::Arg;
use crate::catalogue::{CatalogueFile, FILES};
use crate::words;

#[derive(Clone, Debug, Default)]
pub struct Names(BTreeMap<String, String>);

impl Names {
    /// The catalogue's names; `own` go before them.
    pub fn new(own: impl IntoIterator<Item = (String, String)>) -> Names {
        let file = FILES.iter().find(|(path, _)| *path == "providers.toml").map(|(_, text)| *text);
        let rows: CatalogueFile = file.and_then(|text| toml::from_str(text).ok()).unwrap_or_default();
        let mut names: BTreeMap<String, String> = rows.provider.into_iter().map(|p| (p.id, p.name)).collect();
        names.extend(own);
        Names(names)
    }

    pub(crate) fn recipient(&self, id: &str) -> Arg {
        if matches!(id, "local" | "by-config") {
            return Arg::Term("recipient", id.to_owned());
        }
        Arg::Plain(self.0.get(id).cloned().unwrap_or_else(|| words::recipient(id).to_owned()))
    }
}
