//! Conditions on parameters under which a value is what a function gives: a constant argument decides them at its call.

use super::{Sym, ValueKind};

/// A constant that an argument may be.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Literal {
    Text(Sym),
    /// As it is written.
    Num(Sym),
    Bool(bool),
    Null,
}

/// Something that holds of a parameter, or of a member of it, or does not.
#[derive(Clone, Debug)]
pub struct When {
    pub param: u32,
    pub member: Option<Sym>,
    pub test: Test,
    pub holds: bool,
}

#[derive(Clone, Debug)]
pub enum Test {
    /// It counts as true.
    Holds,
    Is(Literal),
    /// It compares with a number as the operator says.
    Compares(Operator, f64),
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Operator {
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Literal {
    /// The literal that a value is.
    #[must_use]
    pub fn of(kind: &ValueKind) -> Option<Self> {
        match kind {
            ValueKind::Str(text) => Some(Literal::Text(text.clone())),
            ValueKind::Num(text) => Some(Literal::Num(text.clone())),
            ValueKind::Bool(b) => Some(Literal::Bool(*b)),
            ValueKind::Null => Some(Literal::Null),
            _ => None,
        }
    }

    fn number(&self) -> Option<f64> {
        match self {
            Literal::Num(text) => text.replace('_', "").parse().ok(),
            _ => None,
        }
    }
}

impl When {
    /// Whether a parameter that is this constant rules it out.
    #[must_use]
    pub fn is_ruled_out(&self, given: &Literal) -> bool {
        let passes = match (&self.test, given) {
            (Test::Holds, Literal::Text(text)) => Some(!text.is_empty()),
            (Test::Holds, Literal::Bool(b)) => Some(*b),
            (Test::Holds, Literal::Null) => Some(false),
            (Test::Holds, number) => number.number().map(|n| n != 0.0),
            (Test::Is(Literal::Text(a)), Literal::Text(b)) => Some(a == b),
            (Test::Is(Literal::Bool(a)), Literal::Bool(b)) => Some(a == b),
            (Test::Is(Literal::Null), given) => Some(*given == Literal::Null),
            (Test::Is(_), Literal::Null) => Some(false),
            (Test::Is(asked), given) => asked.number().zip(given.number()).map(|(a, b)| a == b),
            (Test::Compares(operator, n), given) => given.number().map(|given| match operator {
                Operator::Less => given < *n,
                Operator::LessOrEqual => given <= *n,
                Operator::Greater => given > *n,
                Operator::GreaterOrEqual => given >= *n,
            }),
        };
        passes == Some(!self.holds)
    }
}

#[cfg(test)]
mod tests {
    use super::{Literal, Operator, Test, When};

    #[test]
    fn a_constant_rules_out_what_contradicts_it() {
        let when = |test, holds| When { param: 0, member: None, test, holds };
        assert!(when(Test::Holds, true).is_ruled_out(&Literal::Bool(false)));
        assert!(!when(Test::Holds, false).is_ruled_out(&Literal::Null));
        assert!(when(Test::Is(Literal::Text("keep".into())), true).is_ruled_out(&Literal::Text("drop".into())));
        assert!(when(Test::Is(Literal::Num("1".into())), false).is_ruled_out(&Literal::Num("1".into())));
        assert!(
            !when(Test::Is(Literal::Num("1".into())), true).is_ruled_out(&Literal::Bool(true)),
            "the languages differ"
        );
        assert!(when(Test::Compares(Operator::Greater, 5.0), true).is_ruled_out(&Literal::Num("3".into())));
    }
}
