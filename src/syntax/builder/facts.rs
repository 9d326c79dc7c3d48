//! What conditions say on the way to a place: `if (f) return;` leaves `f` false. A condition that contradicts it is never
//! met, and a variable that was given something only where it held otherwise does not have that here.

use std::rc::Rc;

use super::{Builder, Env};
use crate::ir::{self, FnIx, Language, Literal, Operator, Span, Sym, TypeExpr, ValueId, ValueKind, When};
use crate::syntax::constant::Constant;

/// Facts that are kept on one way.
const MOST_FACTS: usize = 24;

/// Stands in what is asked behind the value, where it is whether that is one of some constants.
pub(in crate::syntax) const ONE_OF: &str = " one of ";

/// What a condition asks of a value that does not change: of a version of a local variable, or of a member of one until
/// anything may have changed it.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::syntax) struct Asked {
    /// The value in words, with the numbers of the versions.
    pub(in crate::syntax) subject: Rc<str>,
    pub(in crate::syntax) test: Test,
}

#[derive(Clone, Debug, PartialEq)]
pub(in crate::syntax) enum Test {
    /// It counts as true.
    Holds,
    Is(Constant),
    /// It compares with a number as the operator says.
    Compares(Operator, f64),
}

/// A comparison by how it is written; `turned` where the number stands on the left.
pub(in crate::syntax) fn operator_of(text: &str, turned: bool) -> Option<Operator> {
    Some(match (text, turned) {
        ("<", false) | (">", true) => Operator::Less,
        ("<=", false) | (">=", true) => Operator::LessOrEqual,
        (">", false) | ("<", true) => Operator::Greater,
        (">=", false) | ("<=", true) => Operator::GreaterOrEqual,
        _ => return None,
    })
}

/// Whether a condition may change something while it is worked out: it calls, waits or assigns.
pub(in crate::syntax) fn has_calls(text: &str) -> bool {
    let mut before = ' ';
    let calls = text.match_indices('(').any(|(at, _)| {
        let head = &text[..at];
        before = head.chars().next_back().unwrap_or(' ');
        (before.is_alphanumeric() || matches!(before, '_' | '$' | ')' | ']' | '`'))
            && !head.ends_with("isinstance")
            && !head.ends_with("len")
    });
    calls || text.contains("await") || text.contains("yield") || text.contains(":=") || text.contains("++")
}

/// Something asked, and the answer.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::syntax) struct Fact {
    pub(in crate::syntax) asked: Asked,
    pub(in crate::syntax) holds: bool,
}

/// The two values that meet in one, each with what holds only where it comes from there.
pub(super) struct Guarded {
    options: [(ValueId, Rc<[Fact]>); 2],
}

impl Test {
    /// The numbers that pass: from, to, and whether each end is one of them.
    fn numbers(&self) -> Option<(f64, f64, bool, bool)> {
        match self {
            Test::Is(Constant::Num(n)) => Some((*n, *n, true, true)),
            Test::Compares(Operator::Less, n) => Some((f64::NEG_INFINITY, *n, true, false)),
            Test::Compares(Operator::LessOrEqual, n) => Some((f64::NEG_INFINITY, *n, true, true)),
            Test::Compares(Operator::Greater, n) => Some((*n, f64::INFINITY, false, true)),
            Test::Compares(Operator::GreaterOrEqual, n) => Some((*n, f64::INFINITY, true, true)),
            _ => None,
        }
    }

    /// Whether all that passes this passes the other too.
    fn within(&self, other: &Test) -> bool {
        let (Some((from, to, with_from, with_to)), Some((low, high, with_low, with_high))) =
            (self.numbers(), other.numbers())
        else {
            return false;
        };
        (from > low || from == low && (with_low || !with_from)) && (to < high || to == high && (with_high || !with_to))
    }

    /// Whether nothing passes both.
    fn excludes(&self, other: &Test) -> bool {
        let (Some((from, to, with_from, with_to)), Some((low, high, with_low, with_high))) =
            (self.numbers(), other.numbers())
        else {
            return false;
        };
        to < low || high < from || to == low && !(with_to && with_low) || high == from && !(with_high && with_from)
    }
}

/// What is known of a question, where another about the same value has this answer.
fn follows(known: &Fact, asked: &Test) -> Option<bool> {
    let test = &known.asked.test;
    if test == asked {
        return Some(known.holds);
    }
    match (test, known.holds, asked) {
        (Test::Is(a), true, Test::Is(b)) => match Constant::apply("==", a, b) {
            Some(Constant::Bool(false)) => Some(false),
            _ => None,
        },
        (Test::Is(a), true, Test::Holds) => a.holds(),
        (Test::Holds, is, Test::Is(b)) => (b.holds() == Some(!is)).then_some(false),
        (_, true, _) if test.excludes(asked) => Some(false),
        (_, true, _) if test.within(asked) => Some(true),
        (_, false, _) if asked.within(test) => Some(false),
        _ => None,
    }
}

fn answer(facts: &[Fact], asked: &Asked) -> Option<bool> {
    facts.iter().rev().filter(|f| f.asked.subject == asked.subject).find_map(|f| follows(f, &asked.test))
}

impl Env {
    /// What holds here and not there.
    fn facts_beside(&self, other: &Env) -> Rc<[Fact]> {
        self.facts.iter().filter(|f| !other.facts.contains(f)).cloned().collect()
    }
}

impl Builder {
    /// Whether something holds here, where the conditions on the way say.
    pub(in crate::syntax) fn answer(&self, asked: &Asked) -> Option<bool> {
        answer(&self.frames.last()?.env.facts, asked)
    }

    /// Say that functions further down assign these names, which may be called before.
    pub(in crate::syntax) fn is_captured(&mut self, names: Vec<Sym>) {
        self.frame().captured.extend(names);
    }

    /// Say that functions of a module assign these names of the module.
    pub(in crate::syntax) fn is_assigned_inside(&mut self, names: Vec<Sym>) {
        self.frame().assigned.extend(names);
    }

    /// For a while, take these to hold too. Gives what held before, for [`Self::supposed`].
    pub(in crate::syntax) fn suppose(&mut self, facts: Vec<Fact>) -> Vec<Fact> {
        let held = &mut self.frame().env.facts;
        let before = held.clone();
        held.extend(facts);
        before
    }

    /// Back to what held before [`Self::suppose`].
    pub(in crate::syntax) fn supposed(&mut self, before: Vec<Fact>) {
        self.frame().env.facts = before;
    }

    /// Whether a name holds a number, text or truth value for sure, which nothing can change.
    pub(in crate::syntax) fn is_unchanging(&self, name: &str) -> bool {
        let Some(frame) = self.frames.last() else { return false };
        let Some(value) = frame.env.names.get(name) else { return false };
        let plain = |ty: &TypeExpr| matches!(ty, TypeExpr::Name(name, _) if matches!(&**name, "bool" | "int" | "float" | "str" | "bytes"));
        match frame.function.kind_of(*value) {
            ValueKind::Opaque(_) | ValueKind::Str(_) | ValueKind::Num(_) | ValueKind::Bool(_) => true,
            ValueKind::Typed(_, ty) => plain(ty),
            ValueKind::Param(ix) => frame.function.params.get(*ix as usize).is_some_and(|p| {
                p.ty.as_ref().is_some_and(plain)
                    || (p.default)
                        .is_some_and(|d| matches!(frame.function.kind_of(d), ValueKind::Bool(_) | ValueKind::Num(_)))
            }),
            _ => false,
        }
    }

    /// A name for a local variable that changes with its value.
    pub(in crate::syntax) fn subject(&mut self, name: &str, span: Span) -> Option<String> {
        let name = self.sym(name);
        let frame = self.frames.last()?;
        // What belongs to others may change at any time.
        if frame.outer.contains(&name)
            || frame.captured.contains(&name)
            || !frame.env.names.contains_key(&name)
            || frame.ix == FnIx(0) && (self.file.language != Language::TypeScript || frame.assigned.contains(&name))
        {
            return None;
        }
        let value = self.lookup(&name, span)?;
        match self.kind(value) {
            ValueKind::Free(_) | ValueKind::Import(_) | ValueKind::Captured(_) => None,
            _ => Some(format!("{}", value.0)),
        }
    }

    /// A name for what members of objects are now, until anything may have changed them.
    pub(in crate::syntax) fn moment(&self) -> u32 {
        self.frames.last().map_or(0, |f| f.env.moment)
    }

    /// From here on members of objects may be others.
    pub(in crate::syntax) fn moment_passes(&mut self) {
        let frame = self.frame();
        frame.moments += 1;
        frame.env.moment = frame.moments;
    }

    /// Go on where these hold.
    pub(in crate::syntax) fn assume(&mut self, facts: Vec<Fact>) {
        let frame = self.frame();
        if facts.is_empty() || frame.env.dead {
            return;
        }
        for fact in &facts {
            if frame.env.facts.len() < MOST_FACTS && !frame.env.facts.contains(fact) {
                frame.env.facts.push(fact.clone());
            }
        }
        for fact in &facts {
            self.assume_constant(fact);
        }
        if self.frame().guarded.is_empty() {
            return;
        }
        let frame = &self.frames[self.frames.len() - 1];
        let narrowed = |(name, value): (&Sym, &ValueId)| {
            // A loop around must see that the name is read.
            let unread = frame.loops.iter().any(|l| l.before.get(name) == Some(value));
            let only = if unread { *value } else { self.narrowed(*value) };
            (only != *value).then(|| (name.clone(), only))
        };
        let narrowed: Vec<(Sym, ValueId)> = frame.env.names.iter().filter_map(narrowed).collect();
        self.frame().env.names.extend(narrowed);
    }

    /// Where a variable is known to hold nothing, or a constant, it is no longer what it was given.
    fn assume_constant(&mut self, fact: &Fact) {
        let script = self.file.language == Language::TypeScript;
        let (subject, known) = match (&fact.asked.test, fact.holds) {
            (Test::Is(Constant::Null), true) => (&*fact.asked.subject, ValueKind::Null),
            (Test::Is(Constant::Text(text)), true) if script => {
                (&*fact.asked.subject, ValueKind::Str(text.as_str().into()))
            }
            // What does not count as true is empty, zero or nothing.
            (Test::Holds, false) if script => (&*fact.asked.subject, ValueKind::Null),
            (Test::Holds, true)
                if let Some((subject, "null" | "undefined")) = fact.asked.subject.split_once(" === ") =>
            {
                (subject, ValueKind::Null)
            }
            (Test::Holds, true) if let Some((subject, _)) = fact.asked.subject.split_once(ONE_OF) => {
                (subject, ValueKind::Opaque(Vec::new()))
            }
            _ => return,
        };
        let Ok(value) = subject.parse().map(ValueId) else { return };
        let Some(frame) = self.frames.last() else { return };
        let held = |(name, v): (&Sym, &ValueId)| {
            let unread = frame.loops.iter().any(|l| l.before.get(name) == Some(v));
            (*v == value && !unread).then(|| name.clone())
        };
        let names: Vec<Sym> = frame.env.names.iter().filter_map(held).collect();
        let is_known = |kind: &ValueKind| {
            matches!(kind, ValueKind::Null | ValueKind::Bool(_) | ValueKind::Num(_) | ValueKind::Str(_))
                || matches!(kind, ValueKind::Opaque(_))
        };
        if names.is_empty() || is_known(frame.function.kind_of(value)) {
            return;
        }
        let span = frame.function.value(value).span;
        let nothing = self.add(known, span);
        let frame = self.frame();
        frame.nothing.insert(nothing, value);
        frame.env.names.extend(names.into_iter().map(|name| (name, nothing)));
    }

    /// The one of the values that meet in this one that it can be here.
    fn narrowed(&self, value: ValueId) -> ValueId {
        let Some(frame) = self.frames.last() else { return value };
        let mut at = value;
        while let Some(Guarded { options: [one, other] }) = frame.guarded.get(&at) {
            // An object that is held elsewhere is changed there by the value it has.
            if frame.inside.contains_key(&at) {
                break;
            }
            let never = |facts: &[Fact]| facts.iter().any(|f| answer(&frame.env.facts, &f.asked) == Some(!f.holds));
            at = match (never(&one.1), never(&other.1)) {
                (true, false) => other.0,
                (false, true) => one.0,
                _ => break,
            };
        }
        at
    }

    /// Say of a value that is one of two on which condition that depends.
    pub(in crate::syntax) fn guard(&mut self, value: ValueId, options: [(ValueId, Vec<Fact>); 2]) {
        if matches!(self.kind(value), ValueKind::Phi(_)) && options.iter().any(|(_, facts)| !facts.is_empty()) {
            for (option, facts) in &options {
                let when = self.of_parameters(facts);
                if !when.is_empty() {
                    self.function().only_when.insert((value, *option), when);
                }
            }
            let options = options.map(|(value, facts)| (value, facts.into()));
            self.frame().guarded.insert(value, Guarded { options });
        }
    }

    /// Note of the values of two ways that meet what holds on each of them alone.
    pub(super) fn guard_joined(
        &mut self,
        joined: &[(ValueId, ValueId, ValueId)],
        mine: &Rc<[Fact]>,
        other: &Rc<[Fact]>,
    ) {
        if mine.is_empty() && other.is_empty() {
            return;
        }
        let (of_mine, of_other) = (self.of_parameters(mine), self.of_parameters(other));
        for (phi, ours, theirs) in joined {
            for (value, when) in [(*ours, &of_mine), (*theirs, &of_other)] {
                if !when.is_empty() {
                    self.function().only_when.insert((*phi, value), when.clone());
                }
            }
            let options = [(*ours, mine.clone()), (*theirs, other.clone())];
            self.frame().guarded.insert(*phi, Guarded { options });
        }
    }

    /// What facts say of the parameters of the current function, whatever a caller gives.
    fn of_parameters(&self, facts: &[Fact]) -> Vec<When> {
        let Some(frame) = self.frames.last() else { return Vec::new() };
        let of_one = |fact: &Fact| {
            let subject = fact.asked.subject.split('@').next()?;
            let (subject, member) = match subject.split_once('.') {
                Some((subject, member)) => (subject, Some(Sym::from(member))),
                None => (subject, None),
            };
            let kind = |value: usize| frame.function.values.get(value).map(|v| &v.kind);
            let (param, member) = match (kind(subject.parse().ok()?)?, member) {
                (ValueKind::Param(param), member) => (*param, member),
                // `({ kind, text })`
                (ValueKind::Field(of, name), None) => match kind(of.0 as usize)? {
                    ValueKind::Param(param) => (*param, Some(name.clone())),
                    _ => return None,
                },
                _ => return None,
            };
            let test = match &fact.asked.test {
                Test::Holds => ir::Test::Holds,
                Test::Compares(operator, n) => ir::Test::Compares(*operator, *n),
                Test::Is(Constant::Text(text)) => ir::Test::Is(Literal::Text(text.as_str().into())),
                Test::Is(Constant::Num(n)) => ir::Test::Is(Literal::Num(format!("{n}").into())),
                Test::Is(Constant::Bool(b)) => ir::Test::Is(Literal::Bool(*b)),
                Test::Is(Constant::Null) => ir::Test::Is(Literal::Null),
                Test::Is(_) => return None,
            };
            Some(When { param, member, test, holds: fact.holds })
        };
        facts.iter().filter_map(of_one).collect()
    }

    /// What a function gives, noted with what holds of its parameters where it does.
    pub(super) fn given_here(&mut self, value: ValueId) -> ValueId {
        let Some(frame) = self.frames.last().filter(|f| !f.env.facts.is_empty()) else { return value };
        let when = self.of_parameters(&frame.env.facts);
        if when.is_empty() {
            return value;
        }
        let span = frame.function.value(value).span;
        let given = self.add(ValueKind::Typed(value, TypeExpr::Unknown), span);
        self.function().only_when.insert((given, value), when);
        given
    }

    /// What holds on one way and not on the other, and what holds on both.
    pub(super) fn compare_facts(mine: &Env, other: &Env) -> (Rc<[Fact]>, Rc<[Fact]>) {
        (mine.facts_beside(other), other.facts_beside(mine))
    }

    /// The value in which another meets others already: what a variable was narrowed to, and what it is without.
    pub(super) fn met(&self, one: ValueId, other: ValueId) -> Option<ValueId> {
        let frame = self.frames.last()?;
        let among = |whole: ValueId, part: ValueId| {
            let mut open = vec![whole];
            while let Some(at) = open.pop().filter(|_| open.len() < 8) {
                if let Some(Guarded { options }) = frame.guarded.get(&at) {
                    if options.iter().any(|(v, _)| *v == part) {
                        return true;
                    }
                    open.extend(options.iter().map(|(v, _)| *v));
                }
            }
            false
        };
        let nothing = |one: ValueId, other: ValueId| frame.nothing.get(&one) == Some(&other);
        if nothing(one, other) {
            return Some(other);
        }
        if among(one, other) || nothing(other, one) {
            return Some(one);
        }
        among(other, one).then_some(other)
    }
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use super::{Asked, Fact, Test, follows};
    use crate::ir::Operator;
    use crate::syntax::constant::Constant::{Null, Num, Text};

    fn after(test: Test, holds: bool, asked: &Test) -> Option<bool> {
        follows(&Fact { asked: Asked { subject: Rc::from("1"), test }, holds }, asked)
    }

    #[test]
    fn an_answer_follows_from_another() {
        let over = |n| Test::Compares(Operator::Greater, n);
        let under = |n| Test::Compares(Operator::Less, n);
        let is = |n| Test::Is(Num(n));
        assert_eq!(after(over(5.0), true, &under(3.0)), Some(false));
        assert_eq!(after(over(5.0), true, &over(3.0)), Some(true));
        assert_eq!(after(over(5.0), true, &over(7.0)), None);
        assert_eq!(after(over(5.0), false, &over(7.0)), Some(false));
        assert_eq!(after(over(5.0), false, &under(7.0)), None, "it may be no number");
        assert_eq!(after(over(0.0), true, &is(0.0)), Some(false));
        assert_eq!(after(is(1.0), true, &is(2.0)), Some(false));
        assert_eq!(after(is(1.0), false, &is(2.0)), None);
        assert_eq!(after(Test::Is(Text("a".into())), true, &Test::Holds), Some(true));
        assert_eq!(after(Test::Holds, true, &Test::Is(Null)), Some(false));
        assert_eq!(after(Test::Holds, false, &Test::Is(Text("a".into()))), Some(false));
    }
}
