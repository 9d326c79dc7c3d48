//! What holds on a branch: tests of values that do not change, and which of two versions a name has where such a test
//! decided between them. `if (n > 5) v = a; … if (n < 3) use(v)` does not use `a`.

use super::{Builder, Env};
use crate::ir::{ArgRole, Class, ClassKind, FnIx, Key, Seg, Span, Sym, ValueId, ValueKind};
use crate::syntax::constant::Constant;

/// Tests that are remembered at a place.
const MOST_FACTS: usize = 24;
/// Versions that follow from one another.
const MOST_STEPS: usize = 4;

/// A variable as it is at a place, or a member of it.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::syntax) struct Subject {
    pub(in crate::syntax) root: ValueId,
    pub(in crate::syntax) path: Vec<Sym>,
}

#[derive(Clone, Debug, PartialEq)]
pub(in crate::syntax) enum Test {
    Truthy,
    Equals(Constant),
    Less(f64),
    AtMost(f64),
    /// `typeof x === "string"`
    Kind(Sym),
    /// `x instanceof Name`
    Of(Sym),
}

/// A test, and whether it is passed.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::syntax) struct Fact {
    pub(in crate::syntax) subject: Subject,
    pub(in crate::syntax) test: Test,
    pub(in crate::syntax) holds: bool,
}

/// What is known where a condition holds, and where it does not.
#[derive(Clone, Debug, Default)]
pub(in crate::syntax) struct Condition {
    pub(in crate::syntax) met: Vec<Fact>,
    pub(in crate::syntax) unmet: Vec<Fact>,
}

/// A version that joins two, and the condition that decided between them.
#[derive(Clone, Debug)]
pub(super) struct Choice {
    condition: Condition,
    met: ValueId,
    unmet: ValueId,
}

/// What an assumption changed, to be taken back.
#[derive(Default)]
pub(in crate::syntax) struct Assumed {
    facts: usize,
    renamed: Vec<(Sym, ValueId, ValueId)>,
}

impl Condition {
    pub(in crate::syntax) fn of(fact: Fact) -> Self {
        let unmet = Fact { holds: !fact.holds, ..fact.clone() };
        Condition { met: vec![fact], unmet: vec![unmet] }
    }

    pub(in crate::syntax) fn negated(self) -> Self {
        Condition { met: self.unmet, unmet: self.met }
    }

    /// Both hold. Where that is not so, one of them may still.
    pub(in crate::syntax) fn and(mut self, other: Self) -> Self {
        self.met.extend(other.met);
        Condition { met: self.met, unmet: Vec::new() }
    }

    pub(in crate::syntax) fn or(mut self, other: Self) -> Self {
        self.unmet.extend(other.unmet);
        Condition { met: Vec::new(), unmet: self.unmet }
    }

    fn is_empty(&self) -> bool {
        self.met.is_empty() && self.unmet.is_empty()
    }
}

impl Fact {
    /// Whether another test of the same value is passed, where this one says so.
    fn implies(&self, asked: &Fact) -> Option<bool> {
        if self.subject != asked.subject {
            return None;
        }
        let passed = self.decides(&asked.test)?;
        Some(passed == asked.holds)
    }

    fn decides(&self, asked: &Test) -> Option<bool> {
        use Test::{AtMost, Equals, Kind, Less, Of, Truthy};
        if self.test == *asked {
            return Some(self.holds);
        }
        let number = |c: &Constant| match c {
            Constant::Num(n) => Some(*n),
            _ => None,
        };
        match (&self.test, self.holds, asked) {
            (Equals(is), true, Equals(other)) => match Constant::apply("===", is, other)? {
                Constant::Bool(equal) => Some(equal),
                _ => None,
            },
            (Equals(is), true, Truthy) => Some(is.holds()),
            (Equals(is), true, Less(n)) => Some(number(is)? < *n),
            (Equals(is), true, AtMost(n)) => Some(number(is)? <= *n),
            (Equals(is), true, Kind(kind)) => Some(kind_of(is)? == &**kind),
            (Truthy, passed, Equals(other)) if other.holds() != passed => Some(false),
            (Kind(_), true, Kind(_)) => Some(false),
            (Kind(kind), true, Of(_)) if !matches!(&**kind, "object" | "function") => Some(false),
            (Less(a), true, Less(b)) if b >= a => Some(true),
            (Less(a), true, AtMost(b)) if b >= a => Some(true),
            (Less(a), true, Equals(c)) if number(c)? >= *a => Some(false),
            (Less(a), false, Less(b)) if b <= a => Some(false),
            (Less(a), false, AtMost(b)) if b < a => Some(false),
            (Less(a), false, Equals(c)) if number(c)? < *a => Some(false),
            (AtMost(a), true, Less(b)) if b > a => Some(true),
            (AtMost(a), true, AtMost(b)) if b >= a => Some(true),
            (AtMost(a), true, Equals(c)) if number(c)? > *a => Some(false),
            (AtMost(a), false, Less(b) | AtMost(b)) if b <= a => Some(false),
            (AtMost(a), false, Equals(c)) if number(c)? <= *a => Some(false),
            _ => None,
        }
    }
}

fn kind_of(constant: &Constant) -> Option<&'static str> {
    match constant {
        Constant::Num(_) => Some("number"),
        Constant::Text(_) => Some("string"),
        Constant::Bool(_) => Some("boolean"),
        Constant::Null => None,
    }
}

impl Builder {
    /// The version of a variable of the current function that a test is of.
    pub(in crate::syntax) fn version(&mut self, name: &str, span: Span) -> Option<ValueId> {
        let name = self.sym(name);
        self.lookup(&name, span)
    }

    /// Whether a test is passed here, where what is known says so.
    pub(in crate::syntax) fn holds_here(&self, asked: &Fact) -> Option<bool> {
        self.frames.last()?.env.facts.iter().rev().find_map(|fact| fact.implies(asked))
    }

    pub(in crate::syntax) fn facts(&self) -> Vec<Fact> {
        self.frames.last().map(|f| f.env.facts.clone()).unwrap_or_default()
    }

    /// After a loop, what was known before it.
    pub(in crate::syntax) fn know_again(&mut self, facts: Vec<Fact>) {
        self.frame().env.facts = facts;
    }

    /// From here on these hold: names whose versions they decide between have the one that is left.
    pub(in crate::syntax) fn assume(&mut self, facts: &[Fact]) -> Assumed {
        let frame = self.frame();
        let mut assumed = Assumed { facts: frame.env.facts.len(), renamed: Vec::new() };
        if facts.is_empty() {
            return assumed;
        }
        frame.env.facts.extend(facts.iter().cloned());
        frame.env.facts.truncate(MOST_FACTS);
        if frame.choices.is_empty() {
            return assumed;
        }
        let names: Vec<(Sym, ValueId)> = frame.env.names.iter().map(|(name, value)| (name.clone(), *value)).collect();
        for (name, was) in names {
            let mut now = was;
            for _ in 0..MOST_STEPS {
                match self.chosen(now) {
                    Some(next) => now = next,
                    None => break,
                }
            }
            if now != was {
                self.frame().env.names.insert(name.clone(), now);
                assumed.renamed.push((name, was, now));
            }
        }
        assumed
    }

    /// Take an assumption back, for names that were not assigned since.
    pub(in crate::syntax) fn forget(&mut self, assumed: Assumed) {
        let frame = self.frame();
        if frame.env.dead {
            return;
        }
        frame.env.facts.truncate(assumed.facts);
        for (name, was, now) in assumed.renamed {
            if frame.env.names.get(&name) == Some(&now) {
                frame.env.names.insert(name, was);
            }
        }
    }

    /// Which of the two versions that it joins a version is here.
    fn chosen(&self, version: ValueId) -> Option<ValueId> {
        let choice = self.frames.last()?.choices.get(&version)?;
        // What follows of a condition being met, or not, is not so.
        let refuted = |facts: &[Fact]| facts.iter().any(|f| self.holds_here(f) == Some(false));
        if refuted(&choice.condition.unmet) {
            Some(choice.met)
        } else if refuted(&choice.condition.met) {
            Some(choice.unmet)
        } else {
            None
        }
    }

    /// Note that a condition decides between the two values that a value joins.
    pub(in crate::syntax) fn decided(&mut self, joined: ValueId, met: ValueId, unmet: ValueId, condition: &Condition) {
        if !condition.is_empty() && matches!(self.kind(joined), ValueKind::Phi(_)) && met != unmet {
            let choice = Choice { condition: condition.clone(), met, unmet };
            self.frame().choices.insert(joined, choice);
        }
    }

    /// Join the two arms of a condition; the current environment is the one where it is not met.
    pub(in crate::syntax) fn join_arms(&mut self, met: Env, condition: &Condition, span: Span) {
        let here = &self.frame().env;
        if condition.is_empty() || met.dead || here.dead {
            self.join(met, span);
            return;
        }
        let differ = |(name, value): (&Sym, &ValueId)| {
            let other = here.names.get(name).filter(|other| *other != value)?;
            Some((name.clone(), *value, *other))
        };
        let pairs: Vec<(Sym, ValueId, ValueId)> = met.names.iter().filter_map(differ).collect();
        self.join(met, span);
        for (name, met, unmet) in pairs {
            if let Some(joined) = self.frame().env.names.get(&name).copied() {
                self.decided(joined, met, unmet, condition);
            }
        }
    }

    // ---- constants of enclosing scopes -----------------------------------------------------------------------------

    /// Note that a name is never given another value: `const`.
    pub(in crate::syntax) fn is_fixed(&mut self, value: ValueId) {
        self.frame().fixed.insert(value);
    }

    /// Note that nothing of a value ever changes: `as const`.
    pub(in crate::syntax) fn is_frozen(&mut self, value: ValueId) {
        self.frame().frozen.insert(value);
    }

    /// The constant that a member of a variable is: of an object that is written out and not changed, of an enumeration.
    pub(in crate::syntax) fn fixed_member(&self, variable: &str, member: &str) -> Option<Constant> {
        let current = self.frames.last()?;
        let (frame, value) = match current.env.names.get(variable) {
            Some(value) => (current, *value),
            None => {
                let outer = self.frames.iter().rev().find(|f| f.function.locals.contains_key(variable))?;
                let [one] = outer.function.locals[variable].as_slice() else { return None };
                let is_enum = |ix: crate::ir::ClassIx| self.file.classes[ix.0 as usize].kind == ClassKind::Enum;
                let keeps = outer.frozen.contains(one)
                    || matches!(outer.function.kind_of(*one), ValueKind::Class(ix) if is_enum(*ix));
                keeps.then_some((outer, *one))?
            }
        };
        let of = |f: &super::Frame, mut at: ValueId| {
            for _ in 0..4 {
                match f.function.kind_of(at) {
                    ValueKind::Typed(inner, _) => at = *inner,
                    kind => return Constant::of(kind),
                }
            }
            None
        };
        match frame.function.kind_of(value) {
            ValueKind::Object(entries) if entries.iter().all(|(key, _)| matches!(key, Key::Name(_))) => {
                let (_, value) = entries.iter().rev().find(|(key, _)| matches!(key, Key::Name(n) if **n == *member))?;
                of(frame, *value)
            }
            ValueKind::Class(ix) => {
                let class = &self.file.classes[ix.0 as usize];
                let place = class.fields.iter().position(|f| *f.name == *member)?;
                let scope = self.frames.iter().find(|f| f.ix == class.scope)?;
                if class.kind != ClassKind::Enum {
                    return None;
                }
                match class.fields[place].default {
                    Some(value) => of(scope, value),
                    None => self.number_of(class, place).map(|n| Constant::Num(n as f64)),
                }
            }
            _ => None,
        }
    }

    /// The number of a member of an enumeration that counts its members.
    pub(super) fn number_of(&self, class: &Class, place: usize) -> Option<usize> {
        class.fields.iter().take(place + 1).all(|f| f.default.is_none()).then_some(place)
    }

    /// The constant that a value is: a literal, a name for one, a member of an object or list that is written out.
    pub(in crate::syntax) fn constant_value(&self, value: ValueId) -> Option<Constant> {
        self.constant_of(self.written_out(value)?)
    }

    /// Whether a value surely is none of `null` and `undefined`, or surely one of them.
    pub(in crate::syntax) fn is_there(&self, value: ValueId) -> Option<bool> {
        let Some(value) = self.written_out(value) else { return Some(false) };
        if let Some(constant) = self.constant_of(value) {
            return Some(constant != Constant::Null);
        }
        match self.kind(value) {
            ValueKind::Object(_)
            | ValueKind::List(_)
            | ValueKind::Concat(_)
            | ValueKind::Func(_)
            | ValueKind::Class(_) => Some(true),
            ValueKind::Typed(inner, _) => self.is_there(*inner),
            _ => None,
        }
    }

    /// The member itself, where a value is one of an object or list that is written out; none if that has no such member.
    fn written_out(&self, value: ValueId) -> Option<ValueId> {
        let ValueKind::Field(base, name) = self.kind(value) else { return Some(value) };
        match self.kind(*base) {
            ValueKind::Object(entries) if entries.iter().all(|(key, _)| matches!(key, Key::Name(_))) => {
                entries.iter().rev().find(|(key, _)| matches!(key, Key::Name(n) if n == name)).map(|(_, v)| *v)
            }
            ValueKind::List(items) if items.iter().all(|(_, spread)| !spread) => match name.parse::<usize>() {
                Ok(place) => items.get(place).map(|(v, _)| *v),
                Err(_) => Some(value),
            },
            _ => Some(value),
        }
    }

    /// How many items the list has that a variable holds, which was written out here and has the same number since.
    pub(in crate::syntax) fn items_of(&self, variable: &str) -> Option<usize> {
        self.items_in(*self.frames.last()?.env.names.get(variable)?)
    }

    pub(in crate::syntax) fn items_in(&self, value: ValueId) -> Option<usize> {
        match self.kind(value) {
            ValueKind::List(items) => items.iter().all(|(_, spread)| !spread).then_some(items.len()),
            ValueKind::AfterCall { base, role: ArgRole::Arg(_), .. } | ValueKind::Typed(base, _) => {
                self.items_in(*base)
            }
            ValueKind::Update { base, path, .. } => {
                let count = self.items_in(*base)?;
                let within = |name: &Sym| name.parse::<usize>().is_ok_and(|n| n < count);
                matches!(path.as_slice(), [Seg::Field(name), ..] if within(name)).then_some(count)
            }
            _ => None,
        }
    }

    /// The constant that a name of an enclosing function or of the module was declared to be, for good.
    pub(super) fn fixed_constant(&self, name: &Sym) -> Option<Constant> {
        let (_, outer) = self.frames.split_last()?;
        let frame = outer.iter().rev().find(|f| f.function.locals.contains_key(name))?;
        let [one] = frame.function.locals[name].as_slice() else { return None };
        if !frame.fixed.contains(one) {
            return None;
        }
        let mut at = *one;
        for _ in 0..4 {
            if let Some(known) = frame.constants.get(&at) {
                return Some(known.clone());
            }
            match frame.function.kind_of(at) {
                ValueKind::Typed(inner, _) => at = *inner,
                kind => return Constant::of(kind),
            }
        }
        None
    }

    /// Whether the value that a name has here was declared for good.
    pub(super) fn is_fixed_here(&self, value: ValueId) -> bool {
        self.current() != FnIx(0) || self.frames.last().is_some_and(|f| f.fixed.contains(&value))
    }
}
