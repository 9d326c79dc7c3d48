//! What the body of a `try` raises, where all that it does is plain enough to say, and which handlers that comes to.

use tree_sitter::Node;

use super::known::is_literal;
use super::{Py, kid, kids, kids_by_field};

/// What a block raises.
#[derive(Default)]
pub(super) struct Raised {
    kinds: Vec<String>,
    /// Nothing runs behind it.
    ends: bool,
}

/// The built-in exceptions above one, nearest first.
fn above(kind: &str) -> &'static [&'static str] {
    match kind {
        "KeyError" | "IndexError" => &["LookupError", "Exception", "BaseException"],
        "ZeroDivisionError" | "OverflowError" | "FloatingPointError" => {
            &["ArithmeticError", "Exception", "BaseException"]
        }
        "UnicodeError" => &["ValueError", "Exception", "BaseException"],
        "UnicodeDecodeError" | "UnicodeEncodeError" => &["UnicodeError", "ValueError", "Exception", "BaseException"],
        "FileNotFoundError" | "PermissionError" | "TimeoutError" | "ConnectionError" | "FileExistsError" => {
            &["OSError", "IOError", "EnvironmentError", "Exception", "BaseException"]
        }
        "ModuleNotFoundError" => &["ImportError", "Exception", "BaseException"],
        "NotImplementedError" | "RecursionError" => &["RuntimeError", "Exception", "BaseException"],
        "KeyboardInterrupt" | "SystemExit" | "GeneratorExit" => &["BaseException"],
        "BaseException" => &[],
        "Exception" => &["BaseException"],
        _ => &["Exception", "BaseException"],
    }
}

fn is_built_in(kind: &str) -> bool {
    above(kind).len() != 2
        || matches!(
            kind,
            "ValueError"
                | "TypeError"
                | "AttributeError"
                | "NameError"
                | "RuntimeError"
                | "OSError"
                | "ImportError"
                | "LookupError"
                | "ArithmeticError"
                | "AssertionError"
                | "StopIteration"
                | "EOFError"
                | "MemoryError"
        )
}

impl Py<'_> {
    /// Whether a conversion of a literal fails: `int("x")`. None where the call is none.
    pub(super) fn conversion_fails(&mut self, call: Node<'_>) -> Option<bool> {
        let function = call.child_by_field_name("function")?;
        let name = self.text(function);
        if call.kind() != "call" || !matches!(name, "int" | "float") || self.b.is_known(name) {
            return None;
        }
        let arguments = kids(call.child_by_field_name("arguments")?);
        let [only] = arguments.as_slice() else { return None };
        if only.kind() != "string" || kids(*only).iter().any(|n| n.kind() == "interpolation") {
            return None;
        }
        let text = self.string_text(*only)?.trim().replace('_', "");
        Some(match name {
            "int" => text.parse::<i128>().is_err() && (text.is_empty() || !text.chars().all(|c| c.is_ascii_digit())),
            _ => text.parse::<f64>().is_err(),
        })
    }

    /// Whether a statement's expression is, or assigns, a conversion that surely fails.
    pub(super) fn surely_fails(&mut self, expression: Node<'_>) -> bool {
        match expression.kind() {
            "assignment" => expression.child_by_field_name("right").is_some_and(|right| self.surely_fails(right)),
            "call" => self.conversion_fails(expression) == Some(true),
            _ => false,
        }
    }

    /// What a block raises. None where it may be anything.
    pub(super) fn raised(&mut self, block: Node<'_>) -> Option<Raised> {
        let mut all = Raised::default();
        for statement in kids(block) {
            if all.ends {
                break;
            }
            match statement.kind() {
                "comment" | "pass_statement" => {}
                "return_statement" => {
                    if !kids(statement).into_iter().all(is_literal) {
                        return None;
                    }
                    all.ends = true;
                }
                "raise_statement" => {
                    all.kinds.push(self.kind_raised(statement)?);
                    all.ends = true;
                }
                "expression_statement" => {
                    let inner = kid(statement)?;
                    let value = match inner.kind() {
                        "assignment" if inner.child_by_field_name("left").is_some_and(|l| l.kind() == "identifier") => {
                            inner.child_by_field_name("right")?
                        }
                        _ => inner,
                    };
                    match self.conversion_fails(value) {
                        Some(true) => {
                            all.kinds.push("ValueError".to_owned());
                            all.ends = true;
                        }
                        Some(false) => {}
                        None if is_literal(value) => {}
                        None => return None,
                    }
                }
                "if_statement" => self.raised_by_if(statement, &mut all)?,
                _ => return None,
            }
        }
        Some(all)
    }

    fn raised_by_if(&mut self, statement: Node<'_>, all: &mut Raised) -> Option<()> {
        let mut blocks = Vec::new();
        let mut otherwise = false;
        for arm in std::iter::once(statement).chain(kids_by_field(statement, "alternative")) {
            match arm.child_by_field_name("condition") {
                Some(condition) if !self.is_plain(condition) => return None,
                Some(_) => blocks.push(arm.child_by_field_name("consequence")?),
                None => {
                    otherwise = true;
                    blocks.push(arm.child_by_field_name("body")?);
                }
            }
        }
        let mut ends = otherwise;
        for block in blocks {
            let inner = self.raised(block)?;
            ends &= inner.ends;
            all.kinds.extend(inner.kinds);
        }
        all.ends = ends;
        Some(())
    }

    /// The class that `raise Class(…)` raises.
    fn kind_raised(&self, statement: Node<'_>) -> Option<String> {
        let parts = kids(statement);
        let [raised] = parts.as_slice() else { return None };
        let class = match raised.kind() {
            "identifier" => *raised,
            "call" => {
                let arguments = raised.child_by_field_name("arguments")?;
                if !kids(arguments).into_iter().all(|value| self.is_plain(value)) {
                    return None;
                }
                raised.child_by_field_name("function").filter(|f| f.kind() == "identifier")?
            }
            _ => return None,
        };
        let name = self.text(class);
        // A variable may hold any.
        name.starts_with(|c: char| c.is_ascii_uppercase()).then(|| name.to_owned())
    }

    /// Whether an expression raises nothing: names, literals, comparisons of these.
    fn is_plain(&self, node: Node<'_>) -> bool {
        match node.kind() {
            "identifier" | "integer" | "float" | "true" | "false" | "none" => true,
            "string" => kids(node).iter().all(|n| n.kind() != "interpolation"),
            "comparison_operator" | "not_operator" | "boolean_operator" | "parenthesized_expression" => {
                kids(node).into_iter().all(|part| self.is_plain(part))
            }
            _ => false,
        }
    }

    /// Whether one of these comes to a handler; what surely does comes to no later one.
    pub(super) fn comes_to(&self, raised: &mut Raised, clause: Node<'_>) -> bool {
        let Some(class) = kids(clause).into_iter().find(|part| part.kind() != "block") else {
            return !std::mem::take(&mut raised.kinds).is_empty();
        };
        let class = match class.kind() {
            "as_pattern" => kid(class).unwrap_or(class),
            _ => class,
        };
        let named: Vec<&str> = match class.kind() {
            "tuple" => kids(class).into_iter().map(|n| self.text(n)).collect(),
            _ => vec![self.text(class)],
        };
        let before = raised.kinds.len();
        let mut perhaps = false;
        raised.kinds.retain(|kind| {
            let surely = named.iter().any(|n| *n == kind.as_str() || above(kind).contains(n));
            perhaps |= !surely && (!is_built_in(kind) || named.iter().any(|n| !is_built_in(n)));
            !surely
        });
        perhaps && before > 0 || raised.kinds.len() != before
    }
}
