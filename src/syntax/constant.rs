//! Constants that stand in the code, as far as they decide which branch runs: `if False`, `if n > 5` after `n = 3`.

use crate::ir::ValueKind;

/// A value that is known without running anything.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Constant {
    Num(f64),
    Text(String),
    Bool(bool),
    Null,
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

    pub(super) fn holds(&self) -> bool {
        match self {
            Constant::Num(n) => *n != 0.0,
            Constant::Text(text) => !text.is_empty(),
            Constant::Bool(b) => *b,
            Constant::Null => false,
        }
    }

    /// What an operator of two constants gives; none where the languages differ, or it would fail.
    pub(super) fn apply(operator: &str, left: &Constant, right: &Constant) -> Option<Constant> {
        use Constant::{Bool, Num, Text};
        let equal = match (left, right) {
            (Num(a), Num(b)) => a == b,
            (Text(a), Text(b)) => a == b,
            (Bool(a), Bool(b)) => a == b,
            (Constant::Null, Constant::Null) => true,
            (Constant::Null, _) | (_, Constant::Null) => false,
            _ => return None,
        };
        let ordered = match (left, right) {
            (Num(a), Num(b)) => a.partial_cmp(b),
            (Text(a), Text(b)) => Some(a.cmp(b)),
            _ => None,
        };
        match operator {
            "==" | "===" | "is" => return Some(Bool(equal)),
            "!=" | "!==" | "is not" => return Some(Bool(!equal)),
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

    /// The member that is under it as a key: a text, or a whole number.
    pub(super) fn as_key(&self) -> Option<String> {
        match self {
            Constant::Text(text) => Some(text.clone()),
            Constant::Num(n) if n.fract() == 0.0 && n.abs() < 1e9 => Some(format!("{n:.0}")),
            _ => None,
        }
    }

    /// `text[i]`
    pub(super) fn at(&self, index: &Constant) -> Option<Constant> {
        let (Constant::Text(text), Constant::Num(n)) = (self, index) else { return None };
        let found = (0..text.chars().count()).find(|i| u32::try_from(*i).is_ok_and(|i| f64::from(i) == *n))?;
        text.chars().nth(found).map(|c| Constant::Text(c.to_string()))
    }
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
    use super::Constant::{self, Bool, Num, Text};

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
}
