//! What a field's place says: the kind of its owner, what its neighbours are called, and what its declared type allows.

use std::collections::{BTreeMap, BTreeSet};

use super::words;

/// Kinds of owner, by the names used in the data file.
pub(super) type Kinds = BTreeSet<String>;

pub(super) const THING: &str = "thing";
pub(super) const LABEL: &str = "label";
pub(super) const MAYBE: &str = "maybe";
pub(super) const ACTOR: &str = "actor";
pub(super) const PERSON: &str = "person";
const REQUEST: &str = "request";
const RESPONSE: &str = "response";
/// A request about a thing: `LLMConfigRequest`.
const THING_REQUEST: &str = "thing request";
/// The heading of the words that say nothing in the name of a component's props.
const IN_PROPS: &str = "in_props";
/// The heading of the words after which "model" is one of machine learning.
const MACHINE: &str = "machine";
/// Kinds that say how a declaration is used, and nothing of what it is about.
const CIRCUMSTANCES: &[&str] = &["setting", "record"];
pub(super) const UNKNOWN: &str = "unknown";

/// The owner words and neighbour words of the data file, ready to ask.
#[derive(Clone, Debug, Default)]
pub(super) struct Owners {
    /// Phrase → kinds.
    kinds: BTreeMap<Vec<String>, Kinds>,
    /// Word → the kind it gives if nothing else does; empty for none.
    neutral: BTreeMap<String, String>,
    in_props: BTreeSet<String>,
    machine: BTreeSet<String>,
    siblings: Vec<(String, usize, BTreeSet<Vec<String>>)>,
    longest: usize,
}

/// What is known of the place of a field.
#[derive(Clone, Debug, Default)]
pub(super) struct Place {
    /// From the owner's last telling word and from the neighbours.
    pub(super) strict: Kinds,
    /// From the other words of the owner.
    pub(super) loose: Kinds,
    /// Nothing is known of the owner.
    pub(super) unknown: bool,
    /// Nothing is declared: a key is read.
    pub(super) read: bool,
    /// The owner's name is that of a person.
    pub(super) of_person: bool,
    /// The names of the owner's fields.
    pub(super) beside: BTreeSet<Vec<String>>,
    /// A thing only by the last word of the owner, `Model`, of which nothing else is known.
    perhaps: bool,
}

impl Owners {
    pub(super) fn add_kind(&mut self, kind: &str, phrase: &str) {
        let phrase = words::split(phrase);
        self.longest = self.longest.max(phrase.len());
        self.kinds.entry(phrase).or_default().insert(kind.to_owned());
    }

    pub(super) fn add_neutral(&mut self, word: &str, kind: &str) {
        let word = words::split(word).join(" ");
        match kind {
            IN_PROPS => self.in_props.insert(word),
            MACHINE => self.machine.insert(word),
            _ => self.neutral.insert(word, kind.to_owned()).is_none(),
        };
    }

    pub(super) fn add_siblings(&mut self, kind: &str, min: usize, phrases: &[String]) {
        self.siblings.push((kind.to_owned(), min, phrases.iter().map(|p| words::split(p)).collect()));
    }

    /// The kinds of the longest phrase these words end with, and its length.
    pub(super) fn of_tail(&self, words: &[String]) -> Option<(&Kinds, usize)> {
        (1..=self.longest.min(words.len()))
            .rev()
            .find_map(|n| self.kinds.get(&words[words.len() - n..]).map(|kinds| (kinds, n)))
    }

    /// The place of a field: its owner by name, and the other fields beside it.
    pub(super) fn place(&self, owner: &str, name: &[String], siblings: &[&str]) -> Place {
        let mut place = self.by_name(&words::split(owner));
        place.of_person = place.strict.contains(PERSON) || place.loose.contains(PERSON);
        if siblings.iter().any(|s| is_handler(s)) {
            place.strict.insert(THING.to_owned());
            place.perhaps = false;
        }
        let blocked = place.strict.contains(THING) || place.strict.contains(LABEL);
        let named = !place.strict.is_empty();
        place.beside = siblings.iter().map(|s| words::split(s)).collect();
        for (kind, min, phrases) in &self.siblings {
            let circumstance = CIRCUMSTANCES.contains(&kind.as_str());
            if blocked && !circumstance && !(place.perhaps && kind == PERSON) {
                continue;
            }
            // One word decides only over the others; where two are needed the field is one of them.
            let telling = phrases.iter().filter(|p| place.beside.contains(*p) && (*min > 1 || *p != name));
            // What looks like a thing is none if it is called a person or a message.
            if telling.count() >= *min && (kind != THING || !named) {
                place.strict.insert(kind.clone());
            }
        }
        if place.perhaps && place.strict.contains(PERSON) {
            place.strict.remove(THING);
        }
        // A Client, an Account or a Manager is a person only beside a person's fields.
        let says = |k: &String| k != MAYBE && k != ACTOR && !CIRCUMSTANCES.contains(&k.as_str());
        place.unknown = place.loose.is_empty() && !place.strict.iter().any(says);
        place
    }

    fn by_name(&self, owner: &[String]) -> Place {
        let mut place = Place::default();
        let mut fallback: Option<&str> = None;
        let mut end = owner.len();
        let mut passed_unknown = false;
        let props = owner.last().is_some_and(|w| w == "prop");
        while end > 0 {
            if props && self.in_props.contains(&owner[end - 1]) {
                end -= 1;
                continue;
            }
            let words = &owner[..end];
            if let Some((kinds, n)) = self.of_tail(words) {
                let model = words[end - 1] == "model" && n == 1;
                let neutral = self.neutral.contains_key(&words[end - 1]) && n == 1;
                if !(neutral || model && self.modelled(&owner[..end - 1])) {
                    place.perhaps = model && end > 1 && !self.machine.contains(&owner[end - 2]);
                    let into = if passed_unknown { &mut place.loose } else { &mut place.strict };
                    into.extend(kinds.iter().cloned());
                    end -= n;
                    break;
                }
            }
            match self.neutral.get(&words[end - 1]) {
                Some(kind) if fallback.is_none() && !passed_unknown && !kind.is_empty() => fallback = Some(kind),
                Some(_) => {}
                None if words[end - 1] != "model" && words[end - 1].len() > 1 => passed_unknown = true,
                None => {}
            }
            end -= 1;
        }
        // What stands before the deciding word may still say whose it is: `CustomerTicket`.
        while end > 0 {
            if let Some((kinds, n)) = self.of_tail(&owner[..end]) {
                place.loose.extend(kinds.iter().filter(|k| *k != THING && *k != LABEL).cloned());
                end -= n;
            } else {
                end -= 1;
            }
        }
        self.fall_back(&mut place, fallback, passed_unknown);
        place
    }

    /// `MessageModel` is how a program models messages, `ChatModel` is a model: do the words before say what is modelled?
    fn modelled(&self, before: &[String]) -> bool {
        let Some(last) = before.last() else { return false };
        if self.machine.contains(last) {
            return false;
        }
        let telling = before.iter().rposition(|w| !self.neutral.contains_key(w)).map_or(0, |at| at + 1);
        telling == 0 || self.of_tail(&before[..telling]).is_some()
    }

    fn fall_back(&self, place: &mut Place, fallback: Option<&str>, passed_unknown: bool) {
        let Some(fallback) = fallback else {
            // `UserTool`, `ToolFoo`: a thing anywhere near the end makes a thing of it.
            if passed_unknown && place.loose.contains(THING) {
                place.strict.insert(THING.to_owned());
            }
            return;
        };
        let thing = place.strict.contains(THING) || place.loose.contains(THING);
        match fallback {
            // The state of an agent holds what its user said.
            "state" => {
                place.strict.remove(THING);
                place.loose.remove(THING);
                place.strict.insert("state".to_owned());
            }
            REQUEST => {
                place.strict.insert(if thing { THING_REQUEST } else { REQUEST }.to_owned());
            }
            RESPONSE if !thing => {
                place.strict.insert(RESPONSE.to_owned());
            }
            other if place.strict.is_empty() && place.loose.is_empty() => {
                place.strict.insert(other.to_owned());
            }
            _ => {}
        }
    }
}

/// `onSave`, `setOpen`: the declaration is of a part of an interface, and its other fields are what it shows.
fn is_handler(name: &str) -> bool {
    ["on", "set", "handle", "render"]
        .iter()
        .any(|verb| name.strip_prefix(verb).is_some_and(|rest| rest.starts_with(char::is_uppercase)))
}

/// What a declared type says about its values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct TypeFacts {
    pub(super) text: bool,
    pub(super) bool_: bool,
    pub(super) number: bool,
    pub(super) date: bool,
    /// Literals or an enumeration.
    pub(super) enum_: bool,
    /// A function, a component, a class: code, no data.
    pub(super) code: bool,
    pub(super) list: bool,
}

impl TypeFacts {
    /// From a type as it was written. Unknown names say nothing.
    pub(super) fn of(ty: &str) -> TypeFacts {
        let mut facts = TypeFacts { code: ty.contains("=>"), list: ty.contains("[]"), ..TypeFacts::default() };
        let (mut literals, mut names) = (0, 0);
        let mut rest = ty;
        while let Some(start) = rest.find(|c: char| c.is_alphabetic() || c == '"' || c == '\'' || c == '_') {
            rest = &rest[start..];
            let first = rest.chars().next().unwrap_or(' ');
            if first == '"' || first == '\'' {
                literals += 1;
                rest = rest[1..].split_once(first).map_or("", |(_, after)| after);
                continue;
            }
            let len = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
            names += usize::from(facts.word(&rest[..len]));
            rest = &rest[len..];
        }
        if literals > 0 && names == 0 {
            facts.enum_ = true;
        }
        facts
    }

    /// Returns whether the word is a type of its own, and no wrapper.
    fn word(&mut self, word: &str) -> bool {
        match word.to_ascii_lowercase().as_str() {
            "str" | "string" | "text" | "varchar" | "emailstr" | "secretstr" | "char" | "charfield" | "textfield"
            | "emailfield" | "any" | "unknown" | "jsonb" | "json" | "unicode" | "constr" | "bytes" | "uuid"
            | "character" | "nvarchar" | "citext" | "tinytext" | "mediumtext" | "longtext" | "clob" => self.text = true,
            "bool" | "boolean" | "booleanfield" | "strictbool" => self.bool_ = true,
            "int"
            | "integer"
            | "float"
            | "number"
            | "biginteger"
            | "bigint"
            | "numeric"
            | "double"
            | "decimal"
            | "real"
            | "serial"
            | "smallinteger"
            | "integerfield"
            | "floatfield"
            | "decimalfield"
            | "positiveintegerfield"
            | "smallint"
            | "tinyint"
            | "int2"
            | "int4"
            | "int8"
            | "bigserial"
            | "money"
            | "float8"
            | "positiveint"
            | "nonnegativeint"
            | "conint" => self.number = true,
            "date" | "datetime" | "datetime2" | "timestamp" | "timestamptz" | "datefield" | "datetimefield"
            | "time" | "timedelta" => self.date = true,
            "enum" | "enumfield" | "nativeenum" | "pgenum" => self.enum_ = true,
            "callable" | "function" | "awaitable" | "coroutine" | "reactnode" | "reactelement" | "componenttype"
            | "functioncomponent" | "jsx" | "fc" | "lucideicon" | "dispatch" | "refobject" | "cssproperties"
            | "classvar" | "eventhandler" | "logger" => {
                self.code = true;
            }
            "list" | "array" | "sequence" | "set" | "tuple" | "readonlyarray" | "iterable" => {
                self.list = true;
                return false;
            }
            "literal" => {
                self.enum_ = true;
                return false;
            }
            "optional" | "union" | "none" | "null" | "undefined" | "mapped" | "column" | "annotated" | "nullable"
            | "promise" | "partial" | "readonly" | "required" | "field" | "z" | "t" | "true" | "false" => return false,
            _ if word.ends_with("Enum") || word.ends_with("Type") || word.ends_with("Status") => self.enum_ = true,
            _ => return true,
        }
        true
    }

    /// May a value of this type be what the category says? `allowed` are kinds of type besides text.
    pub(super) fn fits(self, allowed: &[String]) -> bool {
        let ok = |kind: &str| allowed.iter().any(|a| a == kind);
        if self.code {
            return false;
        }
        self.text
            || ((!self.bool_ || ok("bool"))
                && (!self.number || ok("number"))
                && (!self.date || ok("date"))
                && (!self.enum_ || ok("enum")))
    }
}

#[cfg(test)]
mod tests {
    use super::TypeFacts;

    #[test]
    fn types_say_what_their_values_are() {
        assert!(TypeFacts::of("str | None").text);
        assert!(TypeFacts::of("Optional[bool]").bool_);
        assert!(TypeFacts::of("'user' | 'assistant'").enum_);
        assert!(TypeFacts::of("Literal[\"a\", \"b\"]").enum_);
        assert!(TypeFacts::of("(email: string) => void").code);
        assert!(TypeFacts::of("Mapped[datetime]").date);
        assert!(TypeFacts::of("Sender").fits(&[]));
        assert!(!TypeFacts::of("number").fits(&[]));
        assert!(TypeFacts::of("number | string").fits(&[]));
    }
}
