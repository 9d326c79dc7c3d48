//! Necessity and proportionality: what the code of an activity shows of them, beside the question.

use super::features::Item;
use super::model::{Arg, Say, Section, Statement};
use super::sections::{Part, refs};

/// Categories that identify a person directly.
const DIRECT: &[&str] = &["name", "email", "phone", "postal_address", "national_id", "photo", "biometric"];

impl Part<'_> {
    pub(crate) fn necessity(&self) -> Section {
        let f = self.f;
        let mut section = Section::new("necessity", "2.2.a, 3.2", &[]);
        let mut list = vec![self.needed()];
        let declared = f.classes.iter().filter(|c| c.declared > 1);
        let classes: Vec<Arg> = declared
            .clone()
            .map(|c| Say::new("need.class").code("name", &c.name).number("sent", c.sent).number("all", c.declared))
            .map(Arg::Say)
            .collect();
        if !classes.is_empty() {
            let places = declared.flat_map(|c| c.places.iter().cloned()).collect();
            list.push(Say::new("need.classes").with("classes", Arg::List(classes)).shown_at(places));
        }
        let whole = f.classes.iter().filter(|c| !c.whole.is_empty());
        let names: Vec<Arg> = whole.clone().map(|c| Arg::Code(c.name.clone())).collect();
        if !names.is_empty() {
            let places = whole.flat_map(|c| c.whole.iter().cloned()).collect();
            list.push(Say::new("need.whole").with("names", Arg::List(names)).shown_at(places));
        }
        let beside: Vec<&Item> = f.items.iter().filter(|i| !i.beside.is_empty()).collect();
        if !beside.is_empty() {
            let places = beside.iter().flat_map(|i| i.beside.iter().cloned()).collect();
            list.push(Say::new("need.beside").with("items", refs(beside)).shown_at(places));
        }
        let local: Vec<_> = f.recipients.iter().filter(|r| !r.outside()).flat_map(|r| r.places.clone()).collect();
        if !local.is_empty() {
            list.push(Say::new("need.minimise_local").shown_at(local));
        }
        section.list(list);
        section
    }

    fn needed(&self) -> Statement {
        let f = self.f;
        let direct: Vec<&Item> = f.items.iter().filter(|i| DIRECT.contains(&i.category.as_str())).collect();
        let guarded = f.safeguards.iter().any(|g| g.kind == "redaction" || g.kind == "pseudonymisation");
        let guards = Arg::Say(Say::new(if guarded { "need.present" } else { "need.absent" }));
        let q = self.asks.of("necessity");
        let key = if direct.is_empty() { "need.items_none" } else { "need.items" };
        let mut say = Say::new(key).number("n", f.items.len()).with("guards", guards).with("q", Arg::Ref(q.clone()));
        if !direct.is_empty() {
            say = say.number("direct", direct.len()).with("items", refs(direct.iter().copied()));
        }
        say.partly(f.items.iter().flat_map(Item::places).collect(), &[&q])
    }
}
