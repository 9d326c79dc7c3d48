//! Necessity, proportionality and legal basis: questions, with the facts of the code beside them.

use super::features::Item;
use super::model::{Arg, Say, Section, Statement};
use super::sections::{Part, refs};

/// Categories that identify a person directly.
const DIRECT: &[&str] = &["name", "email", "phone", "postal_address", "national_id", "photo", "biometric"];

impl Part<'_> {
    pub(crate) fn necessity(&self) -> Section {
        let f = self.f;
        let mut section =
            Section::new("necessity", "2.1, 2.2, 3.2, 3.3", &[211, 212, 213, 214, 215, 221, 222, 223, 224, 225]);
        let asked = |key: &str, q: &str| {
            let n = self.asks.of(q);
            Say::new(key).with("q", Arg::Ref(n.clone())).ask(&[&n])
        };
        let mut list = vec![asked("need.purpose", "purpose"), asked("need.basis", "basis")];
        list.push(Say::new("need.interest_law").law("law.opinion28"));
        list.push(asked("need.interest", "basis"));
        if !f.items.is_empty() {
            list.push(self.needed());
        }
        list.push(asked("need.interest_balance", "basis"));
        let open: Vec<&Item> = f.items.iter().filter(|i| i.unbounded()).collect();
        if !open.is_empty() {
            let q = self.asks.of("freetext");
            let say =
                Say::new("need.minimise_text").with("items", refs(open.iter().copied())).with("q", Arg::Ref(q.clone()));
            list.push(say.partly(open.iter().flat_map(|i| i.places()).collect(), &[&q]));
        }
        let local: Vec<_> = f.recipients.iter().filter(|r| !r.outside()).flat_map(|r| r.places.clone()).collect();
        if !local.is_empty() {
            list.push(Say::new("need.minimise_local").shown_at(local));
        }
        list.push(asked("need.accuracy", "accuracy"));
        list.push(asked("need.retention", "retention"));
        list.push(asked("need.rights", "rights"));
        list.push(asked("need.scale", "scale"));
        section.list(list);
        section
    }

    fn needed(&self) -> Statement {
        let f = self.f;
        let direct: Vec<&Item> = f.items.iter().filter(|i| DIRECT.contains(&i.category.as_str())).collect();
        let guarded = f.safeguards.iter().any(|g| g.kind == "redaction" || g.kind == "pseudonymisation");
        let guards = Arg::Say(Say::new(if guarded { "need.present" } else { "need.absent" }));
        let q = self.asks.of("necessity");
        let key = if direct.is_empty() { "need.interest_need_none" } else { "need.interest_need" };
        let mut say = Say::new(key).number("n", f.items.len()).with("guards", guards).with("q", Arg::Ref(q.clone()));
        if !direct.is_empty() {
            say = say.number("direct", direct.len()).with("items", refs(direct.iter().copied()));
        }
        say.partly(f.items.iter().flat_map(Item::places).collect(), &[&q])
    }
}
