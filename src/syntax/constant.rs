//! Constants that stand in the code, as far as they decide which branch runs: `if False`, `if n > 5` after `n = 3`.

use crate::ir::{Sym, ValueKind};

/// Values that one expression may have, as many as are kept apart.
const MOST_OPTIONS: usize = 8;

/// A value that is known without running anything.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Constant {
    Num(f64),
    Text(String),
    Bool(bool),
    Null,
    /// A list of which the length is known; of the elements, those that are known.
    List(Vec<Option<Constant>>),
    /// An object or dictionary with these members; the flag says that it has no others.
    Record(Vec<(Sym, Option<Constant>)>, bool),
    /// A member of an enumeration that is no plain value: its name, and what `.value` gives.
    Member(Sym, Box<Option<Constant>>),
    /// One of these.
    OneOf(Vec<Constant>),
}

impl Constant {
    pub(super) fn of(kind: &ValueKind) -> Option<Self> {
        match kind {
            ValueKind::Num(text) => number(text).map(Constant::Num),
            ValueKind::Str(text) => Some(Constant::Text(text.to_string())),
            ValueKind::Bool(b) => Some(Constant::Bool(*b)),
            ValueKind::Null => Some(Constant::Null),
            _ => None,
        }
    }

    /// Any of these, if each is known and they are few.
    pub(super) fn any(options: impl IntoIterator<Item = Option<Constant>>) -> Option<Constant> {
        let mut found: Vec<Constant> = Vec::new();
        for option in options {
            let parts = match option? {
                Constant::OneOf(parts) => parts,
                one => vec![one],
            };
            for part in parts {
                if !found.contains(&part) {
                    found.push(part);
                }
            }
            if found.len() > MOST_OPTIONS {
                return None;
            }
        }
        match found.len() {
            0 => None,
            1 => found.pop(),
            _ => Some(Constant::OneOf(found)),
        }
    }

    /// What a function of one constant gives, whichever of several it is.
    pub(super) fn each(&self, f: impl Fn(&Constant) -> Option<Constant>) -> Option<Constant> {
        match self {
            Constant::OneOf(options) => Constant::any(options.iter().map(f)),
            one => f(one),
        }
    }

    /// Whether a condition holds; none where it depends on the language or on which of several it is.
    pub(super) fn holds(&self) -> Option<bool> {
        match self {
            Constant::Num(n) => Some(*n != 0.0),
            Constant::Text(text) => Some(!text.is_empty()),
            Constant::Bool(b) => Some(*b),
            Constant::Null => Some(false),
            Constant::List(items) if items.is_empty() => None,
            Constant::Record(members, _) if members.is_empty() => None,
            Constant::List(_) | Constant::Record(..) | Constant::Member(..) => Some(true),
            Constant::OneOf(options) => {
                let first = options.first()?.holds()?;
                options.iter().all(|o| o.holds() == Some(first)).then_some(first)
            }
        }
    }

    /// Whether it is `None`, `null`, `undefined`; none where that depends.
    pub(super) fn is_null(&self) -> Option<bool> {
        match self {
            Constant::OneOf(options) => {
                let first = options.first()?.is_null()?;
                options.iter().all(|o| o.is_null() == Some(first)).then_some(first)
            }
            one => Some(*one == Constant::Null),
        }
    }

    /// A text, number, truth value or none at all, which nothing can change.
    pub(super) fn is_plain(&self) -> bool {
        match self {
            Constant::List(_) | Constant::Record(..) => false,
            Constant::OneOf(options) => options.iter().all(Constant::is_plain),
            _ => true,
        }
    }

    /// Exactly one plain value.
    pub(super) fn is_single(&self) -> bool {
        self.is_plain() && !matches!(self, Constant::OneOf(_))
    }

    /// Whether a pattern of literals takes it; none where that depends.
    pub(super) fn is_any_of(&self, literals: &Constant) -> Option<bool> {
        let one = |known: &Constant, literal: &Constant| match Constant::apply("==", known, literal) {
            Some(Constant::Bool(equal)) => Some(equal),
            _ => None,
        };
        let of_one = |known: &Constant| match literals {
            Constant::OneOf(literals) => {
                let equal: Vec<Option<bool>> = literals.iter().map(|l| one(known, l)).collect();
                match equal.contains(&Some(true)) {
                    true => Some(true),
                    false => (!equal.contains(&None)).then_some(false),
                }
            }
            literal => one(known, literal),
        };
        match self {
            Constant::OneOf(options) => {
                let first = of_one(options.first()?)?;
                options.iter().all(|o| of_one(o) == Some(first)).then_some(first)
            }
            known => of_one(known),
        }
    }

    /// The name of a field or index that it is as a key.
    pub(super) fn as_key(&self) -> Option<String> {
        match self {
            Constant::Text(text) => Some(text.clone()),
            Constant::Num(n) if *n >= 0.0 && n.fract() == 0.0 && *n < 1e9 => Some(format!("{n}")),
            _ => None,
        }
    }

    /// What an operator of two constants gives; none where the languages differ, or it would fail.
    pub(super) fn apply(operator: &str, left: &Constant, right: &Constant) -> Option<Constant> {
        use Constant::{Bool, Num, Text};
        if let Constant::OneOf(_) = left {
            return left.each(|l| Constant::apply(operator, l, right));
        }
        if let Constant::OneOf(_) = right {
            return right.each(|r| Constant::apply(operator, left, r));
        }
        if let "in" | "not in" = operator {
            return right.contains(left).map(|found| Bool(found == (operator == "in")));
        }
        let equal = match (left, right) {
            (Num(a), Num(b)) => Some(a == b),
            (Text(a), Text(b)) => Some(a == b),
            (Bool(a), Bool(b)) => Some(a == b),
            (Constant::Null, Constant::Null) => Some(true),
            (Constant::Null, _) | (_, Constant::Null) => Some(false),
            (Constant::Member(a, _), Constant::Member(b, _)) => Some(a == b),
            _ => None,
        };
        let ordered = match (left, right) {
            (Num(a), Num(b)) => a.partial_cmp(b),
            (Text(a), Text(b)) => Some(a.cmp(b)),
            _ => None,
        };
        match operator {
            "==" | "===" | "is" => return equal.map(Bool),
            "!=" | "!==" | "is not" => return equal.map(|e| Bool(!e)),
            "<" => return ordered.map(|o| Bool(o.is_lt())),
            ">" => return ordered.map(|o| Bool(o.is_gt())),
            "<=" => return ordered.map(|o| Bool(o.is_le())),
            ">=" => return ordered.map(|o| Bool(o.is_ge())),
            _ => {}
        }
        match (left, right) {
            (Text(a), Text(b)) if operator == "+" => Some(Text(format!("{a}{b}"))),
            (Num(a), Num(b)) => match operator {
                "+" => Some(a + b),
                "-" => Some(a - b),
                "*" => Some(a * b),
                "/" if *b != 0.0 => Some(a / b),
                "//" if *b != 0.0 => Some((a / b).floor()),
                // The languages differ for negative operands.
                "%" if *a >= 0.0 && *b > 0.0 => Some(a % b),
                _ => None,
            }
            .map(Num),
            _ => None,
        }
    }

    fn contains(&self, item: &Constant) -> Option<bool> {
        match (self, item) {
            (Constant::Text(text), Constant::Text(part)) => Some(text.contains(part.as_str())),
            (Constant::List(items), item) => {
                let mut open = false;
                for known in items {
                    match known.as_ref().and_then(|k| Constant::apply("==", k, item)) {
                        Some(Constant::Bool(true)) => return Some(true),
                        Some(_) => {}
                        None => open = true,
                    }
                }
                (!open).then_some(false)
            }
            (Constant::Record(members, whole), Constant::Text(key)) => {
                let found = members.iter().any(|(name, _)| **name == **key);
                (found || *whole).then_some(found)
            }
            _ => None,
        }
    }

    /// `text[i]`, `list[i]`, `record[key]`
    pub(super) fn at(&self, index: &Constant) -> Option<Constant> {
        if let Constant::OneOf(_) = index {
            return index.each(|i| self.at(i));
        }
        match self {
            Constant::OneOf(_) => self.each(|one| one.at(index)),
            Constant::Record(..) => match index {
                Constant::Text(name) => self.member(name),
                _ => None,
            },
            Constant::Text(_) | Constant::List(_) => {
                let length = self.len()?;
                let place = index.as_key()?.parse::<usize>().ok().filter(|n| *n < length)?;
                match self {
                    Constant::Text(text) => text.chars().nth(place).map(|c| Constant::Text(c.to_string())),
                    Constant::List(items) => items.get(place)?.clone(),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// `record.name`
    pub(super) fn member(&self, name: &str) -> Option<Constant> {
        match self {
            Constant::Record(members, _) => members.iter().rev().find(|(n, _)| **n == *name)?.1.clone(),
            Constant::Member(_, value) if name == "value" => (**value).clone(),
            Constant::OneOf(_) => self.each(|one| one.member(name)),
            _ => None,
        }
    }

    /// A list or record after something was put into it; what was only `given` to a call is the same if it is plain.
    pub(super) fn with(self, name: &Sym, new: Option<Constant>, given: bool) -> Option<Constant> {
        let keep = |old: &Option<Constant>| given && old.as_ref().is_some_and(Constant::is_plain);
        match self {
            Constant::List(mut items) => {
                let item = items.get_mut(name.parse::<usize>().ok()?)?;
                if !keep(item) {
                    *item = new;
                }
                Some(Constant::List(items))
            }
            Constant::Record(mut members, whole) => {
                match members.iter_mut().rev().find(|(n, _)| n == name) {
                    Some((_, old)) if keep(old) => {}
                    Some((_, old)) => *old = new,
                    None => members.push((name.clone(), new)),
                }
                Some(Constant::Record(members, whole))
            }
            _ => None,
        }
    }

    /// How long a text, list or record is.
    pub(super) fn len(&self) -> Option<usize> {
        match self {
            // Where characters and code units are the same number.
            Constant::Text(text) if text.is_ascii() => Some(text.len()),
            Constant::List(items) => Some(items.len()),
            Constant::Record(members, true) => Some(members.len()),
            _ => None,
        }
    }

    /// Any element of a list or text.
    pub(super) fn element(&self) -> Option<Constant> {
        match self {
            Constant::List(items) => Constant::any(items.iter().cloned()),
            _ => None,
        }
    }

    /// What a method of a text gives, by its name in either language.
    pub(super) fn method(&self, name: &str, args: &[Constant]) -> Option<Constant> {
        let Constant::Text(text) = self else {
            return match (self, name, args) {
                (Constant::List(_), "includes", [item]) => self.contains(item).map(Constant::Bool),
                _ => None,
            };
        };
        match (name, args) {
            ("startswith" | "startsWith", [Constant::Text(part)]) => {
                Some(Constant::Bool(text.starts_with(part.as_str())))
            }
            ("endswith" | "endsWith", [Constant::Text(part)]) => Some(Constant::Bool(text.ends_with(part.as_str()))),
            ("includes", [Constant::Text(part)]) => Some(Constant::Bool(text.contains(part.as_str()))),
            ("upper" | "toUpperCase", []) if text.is_ascii() => Some(Constant::Text(text.to_ascii_uppercase())),
            ("lower" | "toLowerCase", []) if text.is_ascii() => Some(Constant::Text(text.to_ascii_lowercase())),
            ("strip" | "trim", []) => Some(Constant::Text(text.trim().to_owned())),
            ("toString", []) => Some(self.clone()),
            _ => None,
        }
    }
}

/// Whether all that a file does with a name is to read its members: nothing changes the object, or knows it by another name.
/// What is not sure, as a place in a comment, counts as a change.
pub(super) fn only_read(source: &str, name: &str) -> bool {
    let is_word = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
    let mut declared = 0;
    for (at, _) in source.match_indices(name) {
        let (before, after) = (&source[..at], &source[at + name.len()..]);
        // Part of another name, or a member of another object.
        if before.ends_with(|c: char| is_word(c) || c == '.') && !before.ends_with("...") || after.starts_with(is_word)
        {
            continue;
        }
        let word = before.trim_end().rsplit(|c: char| !is_word(c)).next().unwrap_or("");
        let reads = before.ends_with("...") || matches!(word, "of" | "in") && before.ends_with(' ');
        let length = before.ends_with("len(") && after.starts_with(')');
        if reads && !after.trim_start().starts_with('(') || length {
            continue;
        }
        let mut rest = after;
        let mut members = 0;
        loop {
            let next = rest.trim_start_matches('!');
            if let Some(member) = next.strip_prefix("?.").or_else(|| next.strip_prefix('.')) {
                rest = member.trim_start_matches(is_word);
            } else if let Some(index) = next.strip_prefix('[') {
                match index.split_once(']') {
                    Some((key, after)) if !key.contains('[') => rest = after,
                    _ => return false,
                }
            } else {
                break;
            }
            members += 1;
        }
        let rest = rest.trim_start_matches([' ', '\t']);
        let plain = rest.strip_prefix('=').is_some_and(|r| !r.starts_with('=') && !r.starts_with('>'));
        let combined =
            ["+=", "-=", "*=", "/=", "|=", "&=", "??=", "||=", "&&=", "++", "--"].iter().any(|o| rest.starts_with(o));
        if members == 0 {
            // Its own declaration, with a type or without.
            declared += 1;
            if declared > 1 || !(plain || rest.starts_with(':')) {
                return false;
            }
        } else {
            let deleted = before.trim_end().ends_with("delete") || before.trim_end().ends_with("del");
            let called = rest.starts_with('(') && !after.starts_with(".includes(") && !after.starts_with(".get(");
            if plain || combined || deleted || called {
                return false;
            }
        }
    }
    true
}

fn number(text: &str) -> Option<f64> {
    let plain = text.replace('_', "");
    let radix = match plain.get(..2).map(str::to_ascii_lowercase).as_deref() {
        Some("0x") => 16,
        Some("0b") => 2,
        Some("0o") => 8,
        _ => return plain.parse().ok().filter(|n: &f64| n.is_finite()),
    };
    u32::from_str_radix(&plain[2..], radix).ok().map(f64::from)
}

#[cfg(test)]
mod tests {
    use super::Constant::{self, Bool, List, Num, OneOf, Text};

    #[test]
    fn operators_of_constants() {
        let apply = |op, a, b| Constant::apply(op, &a, &b);
        assert_eq!(apply("<", Num(3.0), Num(5.0)), Some(Bool(true)));
        assert_eq!(apply("==", Text("a".into()), Text("b".into())), Some(Bool(false)));
        assert_eq!(apply("+", Num(3.0), Num(5.0)), Some(Num(8.0)));
        assert_eq!(apply("is", Constant::Null, Constant::Null), Some(Bool(true)));
        assert_eq!(apply("/", Num(3.0), Num(0.0)), None);
        assert_eq!(apply("==", Num(1.0), Bool(true)), None, "the languages differ");
        assert_eq!(Text("ABC".into()).at(&Num(1.0)), Some(Text("B".into())));
        assert_eq!(super::number("0xFF"), Some(255.0));
    }

    #[test]
    fn what_is_only_read_stays_as_it_is() {
        let reads = |text: &str| super::only_read(text, "OPTIONS");
        assert!(reads("const OPTIONS = { raw: false };\nif (OPTIONS.raw) send(OPTIONS[\"x\"], MY_OPTIONS);"));
        assert!(!reads("const OPTIONS = { raw: false };\nOPTIONS.raw = true;"));
        assert!(!reads("const OPTIONS = { raw: false };\nread(OPTIONS);"));
        assert!(!reads("OPTIONS = [1]\nOPTIONS.append(2)"));
        assert!(reads("OPTIONS = [1]\nfor o in OPTIONS: print(len(OPTIONS))"));
    }

    #[test]
    fn one_of_several_decides_where_all_agree() {
        let either = OneOf(vec![Num(1.0), Num(2.0)]);
        assert_eq!(Constant::apply("<", &either, &Num(5.0)), Some(Bool(true)));
        assert_eq!(Constant::apply("<", &either, &Num(2.0)).and_then(|c| c.holds()), None);
        assert_eq!(OneOf(vec![Text("a".into()), Text(String::new())]).holds(), None);
        assert_eq!(List(vec![Some(Num(1.0)), None]).element(), None, "one that is not known may be anything");
        assert_eq!(List(vec![]).holds(), None, "the languages differ");
    }
}
