//! Which fields are personal data: a field's words in their place, as `queries/personal-data.toml` lists them.
//!
//! A name alone seldom decides. `User.name` is a person's, `Tool.name` is not; `address` beside `street` is postal,
//! beside `port` it is not. So a word counts by itself only where it can hardly mean anything else (`ssn`), and else by
//! the owner that declares it, the word before it, the fields beside it and its declared type.

mod context;
mod rows;
mod words;

use std::collections::BTreeMap;

use anyhow::Context as _;

use crate::ir::ClassKind;
use context::{ACTOR, Kinds, LABEL, MAYBE, Owners, PERSON, Place, THING, TypeFacts, UNKNOWN};

const BUILTIN: &str = include_str!("../../queries/personal-data.toml");

/// A declared field and its place.
#[derive(Clone, Copy, Debug)]
pub struct FieldQuery<'a> {
    pub name: &'a str,
    /// The class, table, interface or schema variable; empty if it has no name.
    pub owner: &'a str,
    pub owner_kind: ClassKind,
    /// The declared type, as text: `str`, `list[Message]`, `string | null`, `Column(String)`.
    pub ty: Option<&'a str>,
    /// All fields of the owner; the field itself may be among them.
    pub siblings: &'a [&'a str],
    pub file: &'a str,
}

/// What a field holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Classified {
    pub category: String,
    /// GDPR Art. 9(1).
    pub special: bool,
    pub strength: Strength,
}

/// How sure a classification is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Strength {
    /// A guess.
    Weak,
    /// The word needed its owner, the word before it or the fields beside it.
    Contextual,
    /// The word alone says it.
    Strong,
}

/// A field of the user's own: owner, name, category. No category: never personal.
type OwnField = (Option<Vec<String>>, Vec<String>, Option<String>);

/// The rows, ready to ask.
#[derive(Clone, Debug, Default)]
pub struct PersonalData {
    owners: Owners,
    rules: Vec<Rule>,
    special: BTreeMap<String, bool>,
    before: Vec<String>,
    after: Vec<String>,
    never: Vec<Vec<String>>,
    never_phrases: Vec<Vec<String>>,
    own: Vec<OwnField>,
    /// The category, where it says nothing, and the types that say it whatever the field's name.
    declared: Vec<(String, Vec<String>, Vec<String>)>,
}

#[derive(Clone, Debug)]
struct Rule {
    category: String,
    special: bool,
    types: Vec<String>,
    phrases: Vec<Vec<String>>,
    not_in: Vec<String>,
    /// None for a word that stands alone.
    place: Option<RulePlace>,
}

#[derive(Clone, Debug)]
struct RulePlace {
    kinds: Vec<String>,
    loose: bool,
    by_qualifier: bool,
    weak: bool,
    list: bool,
    beside: Vec<Vec<String>>,
    unless_beside: Vec<Vec<String>>,
}

impl PersonalData {
    /// The rows that come with the program.
    pub fn builtin() -> anyhow::Result<Self> {
        let file: rows::File = toml::from_str(BUILTIN).context("queries/personal-data.toml")?;
        let phrases = |list: &[String]| list.iter().map(|p| words::split(p)).collect::<Vec<_>>();
        let single = |list: &[String]| list.iter().map(|p| words::split(p).join(" ")).collect::<Vec<_>>();
        let mut data = PersonalData {
            before: single(&file.name.before),
            after: single(&file.name.after),
            never: phrases(&file.name.never),
            never_phrases: phrases(&file.name.never_phrases),
            ..PersonalData::default()
        };
        let mut types = BTreeMap::new();
        for row in &file.category {
            data.special.insert(row.id.clone(), row.special);
            types.insert(row.id.as_str(), &row.types);
            data.declared.push((row.id.clone(), row.not_in.clone(), row.declared.clone()));
            data.rules.push(Rule {
                category: row.id.clone(),
                special: row.special,
                types: row.types.clone(),
                phrases: phrases(&row.words),
                not_in: row.not_in.clone(),
                place: None,
            });
        }
        for row in &file.context {
            let own = types.get(row.category.as_str()).with_context(|| format!("no category {}", row.category))?;
            data.rules.push(Rule {
                category: row.category.clone(),
                special: row.special.unwrap_or(data.special[&row.category]),
                types: row.types.as_ref().unwrap_or(own).clone(),
                phrases: phrases(&row.words),
                not_in: Vec::new(),
                place: Some(RulePlace {
                    kinds: row.kinds.clone(),
                    loose: row.loose,
                    by_qualifier: row.by.as_deref() == Some("qualifier"),
                    weak: row.weak,
                    list: row.list,
                    beside: phrases(&row.beside),
                    unless_beside: phrases(&row.unless_beside),
                }),
            });
        }
        for row in &file.owner {
            row.words.iter().for_each(|w| data.owners.add_kind(&row.kind, w));
        }
        for row in &file.siblings {
            data.owners.add_siblings(&row.kind, row.min, &row.words);
        }
        for (kind, list) in &file.neutral {
            let kind = if kind == "none" { "" } else { kind };
            list.iter().for_each(|w| data.owners.add_neutral(w, kind));
        }
        Ok(data)
    }

    /// Adds a project's own field: `case notes`, or `Visit.reason` for one owner. It wins over every built-in row.
    pub fn add(&mut self, field: &str, category: &str, special: Option<bool>) {
        let known = self.special.get(category).copied().unwrap_or(false);
        self.special.insert(category.to_owned(), special.unwrap_or(known));
        self.own_field(field, Some(category));
    }

    /// Says that a field is not personal data, in the same form.
    pub fn add_never(&mut self, field: &str) {
        self.own_field(field, None);
    }

    fn own_field(&mut self, field: &str, category: Option<&str>) {
        let (owner, name) = match field.rsplit_once('.') {
            Some((owner, name)) if owner != "*" => (Some(words::split(owner)), name),
            Some((_, name)) => (None, name),
            None => (None, field),
        };
        self.own.push((owner, words::split(name), category.map(str::to_owned)));
    }

    #[must_use]
    pub fn category_is_special(&self, category: &str) -> bool {
        self.special.get(category).copied().unwrap_or(false)
    }

    /// What a declared field holds.
    #[must_use]
    pub fn classify(&self, q: &FieldQuery<'_>) -> Option<Classified> {
        let name = words::split(q.name);
        if let Some(own) = self.own(&name, &words::split(q.owner)) {
            return own;
        }
        if q.owner_kind == ClassKind::Enum || is_constant(q.name) || of_captions(q.file) {
            return None;
        }
        let place = self.owners.place(q.owner, &name, q.siblings);
        self.decide(&name, &place, q.ty.map(TypeFacts::of).unwrap_or_default()).or_else(|| self.by_type(q.ty?, &place))
    }

    /// What the type alone says: `contact: EmailStr`, `z.string().email()`.
    fn by_type(&self, ty: &str, place: &Place) -> Option<Classified> {
        let is_name = |c: char| c.is_alphanumeric() || c == '_';
        let said = |declared: &String| match declared.strip_prefix('.') {
            Some(_) => ty.contains(declared.as_str()),
            None => ty.split(|c: char| !is_name(c)).any(|word| word == declared),
        };
        let (category, ..) = self.declared.iter().find(|(_, not_in, declared)| {
            declared.iter().any(said)
                && !place.strict.contains(LABEL)
                && !not_in.iter().any(|kind| place.strict.contains(kind.as_str()))
        })?;
        Some(Classified {
            category: category.clone(),
            special: self.category_is_special(category),
            strength: Strength::Strong,
        })
    }

    /// What an undeclared read yields: `user["email"]`, `body.message`. `owner` is the variable, class or table it is
    /// read from. Nothing is guessed where that is not known.
    #[must_use]
    pub fn classify_key(&self, name: &str, owner: Option<&str>) -> Option<Classified> {
        let name = words::split(name);
        let owner = owner.unwrap_or_default();
        if let Some(own) = self.own(&name, &words::split(owner)) {
            return own;
        }
        let mut place = self.owners.place(owner, &name, &[]);
        place.unknown = false;
        place.read = true;
        self.decide(&name, &place, TypeFacts::default())
    }

    /// What a parameter holds that a program is called with from outside, by its name and those of all its parameters.
    #[must_use]
    pub fn classify_parameter(&self, name: &str, all: &[&str]) -> Option<Classified> {
        let name = words::split(name);
        if let Some(own) = self.own(&name, &[]) {
            return own;
        }
        let mut place = self.owners.place("", &name, all);
        place.unknown = false;
        self.decide(&name, &place, TypeFacts::default())
    }

    fn own(&self, name: &[String], owner: &[String]) -> Option<Option<Classified>> {
        let row = self
            .own
            .iter()
            .rev()
            .find(|(o, n, _)| n == name && o.as_ref().is_none_or(|o| words::ends_with(owner, o)))?;
        Some(row.2.as_ref().map(|category| Classified {
            category: category.clone(),
            special: self.category_is_special(category),
            strength: Strength::Strong,
        }))
    }

    fn decide(&self, name: &[String], place: &Place, ty: TypeFacts) -> Option<Classified> {
        let flag = self.never.iter().find(|n| name.starts_with(n)).map_or(0, Vec::len);
        let only_bool = flag > 0 || ty.bool_ && !ty.text;
        let name = &name[flag..];
        // Captions, errors and flags hold no data, whatever their fields are called.
        if ty.code
            || name.is_empty()
            || place.strict.contains(LABEL)
            || self.never_phrases.iter().any(|p| words::ends_with(name, p))
        {
            return None;
        }
        let mut tail = name.len();
        // The name as it is; then without words such as `text` or `list` at its end.
        loop {
            if let Some(found) = self.best(&name[..tail], place, ty, only_bool) {
                return Some(found);
            }
            if tail <= 1 || !self.after.contains(&name[tail - 1]) {
                return None;
            }
            tail -= 1;
        }
    }

    fn best(&self, name: &[String], place: &Place, ty: TypeFacts, only_bool: bool) -> Option<Classified> {
        let mut best: Option<(usize, Classified)> = None;
        for rule in &self.rules {
            let Some(length) = rule.phrases.iter().filter(|p| words::ends_with(name, p)).map(Vec::len).max() else {
                continue;
            };
            // A flag tells nothing, unless it tells a whole fact of a special kind: `is_pregnant`.
            if only_bool && (rule.place.is_some() || !rule.types.iter().any(|t| t == "bool")) || !ty.fits(&rule.types) {
                continue;
            }
            let Some(strength) = self.holds(rule, &name[..name.len() - length], place, ty) else {
                continue;
            };
            let better = best.as_ref().is_none_or(|(n, b)| length > *n || length == *n && strength > b.strength);
            if better {
                let (category, special) = (rule.category.clone(), rule.special);
                let found = Classified { category, special, strength };
                best = Some((length, found));
            }
        }
        best.map(|(_, found)| found)
    }

    /// Does the rule hold in this place, with these words before its own?
    fn holds(&self, rule: &Rule, before: &[String], place: &Place, ty: TypeFacts) -> Option<Strength> {
        let qualifier = self.qualifier(before);
        let Some(at) = &rule.place else {
            let thing_here = place.strict.contains(THING);
            let of_thing = qualifier.is_some_and(|k| k.contains(LABEL) || k.contains(THING));
            let out = |kind: &str| rule.not_in.iter().any(|n| n == kind);
            let blocked = (thing_here || of_thing) && out(THING)
                || place.strict.iter().any(|k| k != THING && out(k))
                || qualifier.is_some_and(|k| k.contains(LABEL));
            // In settings a key is named for what it is used for: `triage_email` may be an instruction.
            let before_unknown = qualifier.is_none() && before.iter().any(|w| !self.before.contains(w));
            let blocked = blocked || place.read && thing_here && before_unknown;
            return (!blocked).then_some(Strength::Strong);
        };
        let beside = |phrases: &[Vec<String>]| phrases.iter().any(|p| place.beside.contains(p));
        if at.list && !ty.list
            || !at.beside.is_empty() && !beside(&at.beside)
            || !place.of_person && beside(&at.unless_beside)
        {
            return None;
        }
        let strength = if at.weak { Strength::Weak } else { Strength::Contextual };
        let wanted = |kinds: &Kinds| at.kinds.iter().any(|k| kinds.contains(k));
        if let Some(kinds) = qualifier {
            if kinds.contains(LABEL) || kinds.contains(THING) && !wanted(kinds) {
                return None;
            }
            let person = [PERSON, MAYBE, ACTOR].iter().any(|k| kinds.contains(*k));
            if wanted(kinds) && (person || !place.strict.contains(THING)) {
                return Some(strength);
            }
            if !at.loose {
                return None;
            }
        } else if !at.loose && before.iter().any(|w| !self.before.contains(w)) {
            return None;
        }
        if at.by_qualifier {
            return None;
        }
        // In a thing only what is meant for things.
        if place.strict.contains(THING) {
            let meant = at.kinds.iter().any(|k| k.starts_with(THING) && place.strict.contains(k));
            return meant.then_some(strength);
        }
        if wanted(&place.strict) || at.loose && wanted(&place.loose) {
            return Some(strength);
        }
        (place.unknown && at.kinds.iter().any(|k| k == UNKNOWN)).then_some(Strength::Weak)
    }

    /// What the words before say: whose it is, or of what.
    fn qualifier(&self, before: &[String]) -> Option<&Kinds> {
        let mut end = before.len();
        while end > 0 {
            if let Some((kinds, _)) = self.owners.of_tail(&before[..end]) {
                return Some(kinds);
            }
            if !self.before.contains(&before[end - 1]) {
                return None;
            }
            end -= 1;
        }
        None
    }
}

/// `MAX_EMAILS`: a class constant is no field of a person.
fn is_constant(name: &str) -> bool {
    name.contains('_') && name.chars().any(char::is_alphabetic) && !name.chars().any(char::is_lowercase)
}

/// Catalogues of interface texts: their keys are captions.
fn of_captions(file: &str) -> bool {
    file.split('/').any(|part| matches!(part, "locales" | "i18n" | "translations" | "lang" | "messages.ts"))
}

#[cfg(test)]
mod tests;
