//! Conditions that constants decide.

use tree_sitter::Node;

use super::{Py, kid, kids};
use crate::ir::{Sym, ValueKind};
use crate::syntax::conditions::Conditions;
use crate::syntax::constant::{Constant, only_read};

const DEPTH: u32 = 12;
/// Elements of a literal that are looked at.
const MOST: usize = 48;

impl<'s> Py<'s> {
    /// The literal that a `case` compares with.
    pub(super) fn literal_pattern(&mut self, pattern: Node<'_>) -> Option<Constant> {
        match pattern.kind() {
            "case_pattern" => self.literal_pattern(kid(pattern)?),
            "as_pattern" => self.literal_pattern(kid(pattern)?),
            "union_pattern" => {
                let options: Vec<Option<Constant>> =
                    kids(pattern).into_iter().map(|p| self.literal_pattern(p)).collect();
                Constant::any(options)
            }
            "string" | "integer" | "float" | "true" | "false" | "none" => self.known(pattern, DEPTH),
            "dotted_name" if self.text(pattern).contains('.') => {
                let (class, member) = self.text(pattern).split_once('.')?;
                self.b.constant_named(class, self.span(pattern))?.member(member)
            }
            _ => None,
        }
    }

    /// The constant that an expression is.
    pub(super) fn known(&mut self, node: Node<'_>, depth: u32) -> Option<Constant> {
        let depth = depth.checked_sub(1)?;
        let span = self.span(node);
        match node.kind() {
            "true" => Some(Constant::Bool(true)),
            "false" => Some(Constant::Bool(false)),
            "none" => Some(Constant::Null),
            "integer" | "float" => Constant::of(&ValueKind::Num(self.b.sym(self.text(node)))),
            "string" => self.string_text(node).map(Constant::Text),
            "list" | "tuple" => {
                let items = kids(node);
                let plain = items.len() <= MOST && items.iter().all(|n| n.kind() != "list_splat");
                plain.then(|| Constant::List(items.into_iter().map(|n| self.known(n, depth)).collect()))
            }
            "dictionary" => {
                let mut members: Vec<(Sym, Option<Constant>)> = Vec::new();
                for pair in kids(node).into_iter().take(MOST + 1) {
                    let key = pair.child_by_field_name("key").filter(|k| k.kind() == "string")?;
                    let key = self.string_text(key)?;
                    let value = self.known(pair.child_by_field_name("value")?, depth);
                    members.push((self.b.sym(&key), value));
                }
                (members.len() <= MOST).then_some(Constant::Record(members, true))
            }
            "identifier" => self.b.constant_named(self.text(node), span),
            "parenthesized_expression" => self.known(kid(node)?, depth),
            "not_operator" => {
                let argument = node.child_by_field_name("argument")?;
                self.known(argument, depth).and_then(|c| c.holds()).map(|h| Constant::Bool(!h))
            }
            "unary_operator" if self.text(node).starts_with('-') => {
                let argument = node.child_by_field_name("argument")?;
                self.known(argument, depth).and_then(|c| Constant::apply("-", &Constant::Num(0.0), &c))
            }
            "binary_operator" => {
                let (left, operator, right) = operands(node)?;
                let left = self.known(left, depth)?;
                Constant::apply(operator.kind(), &left, &self.known(right, depth)?)
            }
            "boolean_operator" => {
                let (left, operator, right) = operands(node)?;
                let decides = operator.kind() == "or";
                let left = self.known(left, depth);
                match left.as_ref().and_then(Constant::holds) {
                    Some(holds) if holds == decides => left,
                    Some(_) => self.known(right, depth),
                    // Whatever the left side is, the right one decides.
                    None => self.known(right, depth).filter(|c| c.holds() == Some(decides)),
                }
            }
            "comparison_operator" => {
                let [left, right] = kids(node).try_into().ok()?;
                let operator = node.child_by_field_name("operators")?;
                let operator = self.text(operator).split_whitespace().collect::<Vec<_>>().join(" ");
                let left = self.known(left, depth)?;
                Constant::apply(&operator, &left, &self.known(right, depth)?)
            }
            "conditional_expression" => {
                let [then, condition, otherwise] = kids(node).try_into().ok()?;
                match self.known(condition, depth).and_then(|c| c.holds()) {
                    Some(true) => self.known(then, depth),
                    Some(false) => self.known(otherwise, depth),
                    None => Constant::any([self.known(then, depth), self.known(otherwise, depth)]),
                }
            }
            "subscript" => {
                let object = self.known(node.child_by_field_name("value")?, depth)?;
                let index = self.known(node.child_by_field_name("subscript")?, depth)?;
                // From the end.
                if let (Constant::Num(n), Some(length)) = (&index, object.len())
                    && *n < 0.0
                {
                    let length = f64::from(u32::try_from(length).ok()?);
                    return object.at(&Constant::Num(length + n));
                }
                object.at(&index)
            }
            "attribute" => {
                let object = self.known(node.child_by_field_name("object")?, depth)?;
                // A dictionary has no attributes.
                match object {
                    Constant::Record(_, true) => None,
                    object => object.member(self.text(node.child_by_field_name("attribute")?)),
                }
            }
            "call" => self.known_call(node, depth),
            _ => None,
        }
    }

    fn known_call(&mut self, node: Node<'_>, depth: u32) -> Option<Constant> {
        let span = self.span(node);
        let function = node.child_by_field_name("function")?;
        let args = kids(node.child_by_field_name("arguments")?);
        if function.kind() == "attribute" {
            let object = self.known(function.child_by_field_name("object")?, depth)?;
            let name = self.text(function.child_by_field_name("attribute")?);
            let args: Option<Vec<Constant>> = args.into_iter().map(|a| self.known(a, depth)).collect();
            return match (&object, name, args?.as_slice()) {
                (Constant::Record(..), "get", [Constant::Text(key)]) => object.member(key),
                (_, _, args) => object.method(name, args),
            };
        }
        if function.kind() != "identifier" {
            return None;
        }
        let name = self.text(function);
        if self.b.is_bound(name) && self.b.current() != crate::ir::FnIx(0) {
            return None;
        }
        match (name, args.as_slice()) {
            ("len", [one]) => {
                let length = self.known(*one, depth)?.len()?;
                Some(Constant::Num(f64::from(u32::try_from(length).ok()?)))
            }
            ("bool", [one]) => self.constant(*one).map(Constant::Bool),
            ("range", [end]) => range(0.0, &self.known(*end, depth)?),
            ("range", [start, end]) => match self.known(*start, depth)? {
                Constant::Num(start) => range(start, &self.known(*end, depth)?),
                _ => None,
            },
            ("isinstance", [value, class]) => {
                let class = self.text(*class);
                self.known(*value, depth)?.each(|value| match value {
                    Constant::Text(_) => of_class(class, "str"),
                    Constant::Num(_) if matches!(class, "int" | "float" | "complex") => None,
                    Constant::Num(_) => of_class(class, "int"),
                    _ => None,
                })
            }
            _ => self.b.constant_named(&format!("{name}()"), span),
        }
    }

    // ---- what is constant in the whole file ------------------------------------------------------------------------

    /// Note what the statements of a module say that nothing in the file changes.
    pub(super) fn note_constants(&mut self, root: Node<'_>) {
        let mut bound: Vec<&'s str> = Vec::new();
        self.bound_names(root, &mut bound, 0);
        // Names that functions assign.
        for line in self.source.lines().filter_map(|l| l.trim_start().strip_prefix("global ")) {
            bound.extend(
                line.split(',').map(|n| n.trim().split([' ', '#', ';']).next().unwrap_or("")).flat_map(|n| [n, n]),
            );
        }
        bound.sort_unstable();
        let once = |name: &str| {
            let from = bound.partition_point(|n| *n < name);
            bound.get(from).is_some_and(|n| *n == name) && bound.get(from + 1).is_none_or(|n| *n != name)
        };
        for statement in kids(root) {
            match statement.kind() {
                "expression_statement" => {
                    let Some(assignment) = kid(statement).filter(|n| n.kind() == "assignment") else { continue };
                    let side = |name| assignment.child_by_field_name(name);
                    let (Some(left), Some(right)) = (side("left"), side("right")) else { continue };
                    let name = self.text(left);
                    if left.kind() == "identifier"
                        && once(name)
                        && let Some(known) = self.known(right, 6)
                        && (known.is_plain() || only_read(self.source, name))
                    {
                        self.b.module_constant(name, known);
                    }
                }
                "function_definition" => {
                    let name = statement.child_by_field_name("name").map_or("", |n| self.text(n));
                    if !once(name) || self.text(statement).starts_with("async") {
                        continue;
                    }
                    let body = statement.child_by_field_name("body").map(kids).unwrap_or_default();
                    let body: Vec<Node<'_>> = body.into_iter().filter(|n| !is_docstring(*n)).collect();
                    if let [one] = body.as_slice()
                        && one.kind() == "return_statement"
                        && let Some(value) = kid(*one).filter(|v| is_literal(*v))
                        && let Some(known) = self.known(value, 2)
                    {
                        self.b.module_constant(&format!("{name}()"), known);
                    }
                    if self.always_raises(statement) {
                        self.b.module_never_returns(name);
                    }
                }
                "class_definition" => {
                    let name = statement.child_by_field_name("name").map_or("", |n| self.text(n));
                    if once(name) {
                        self.note_class(statement, name);
                    }
                }
                _ => {}
            }
        }
    }

    /// Members of an enumeration, and what a class without bases gives its attributes once.
    fn note_class(&mut self, class: Node<'_>, name: &str) {
        let bases = class.child_by_field_name("superclasses").map_or("", |b| self.text(b));
        let enumeration = bases.contains("Enum") && !bases.contains("Flag");
        if !enumeration && !bases.trim_matches(['(', ')', ' ']).is_empty() {
            return;
        }
        let mut members: Vec<(Sym, Option<Constant>)> = Vec::new();
        for statement in class.child_by_field_name("body").map(kids).unwrap_or_default() {
            let Some(assignment) = kid(statement).filter(|n| n.kind() == "assignment") else { continue };
            let side = |name| assignment.child_by_field_name(name);
            let (Some(left), Some(right)) = (side("left"), side("right")) else { continue };
            if left.kind() != "identifier" {
                continue;
            }
            let member = self.b.sym(self.text(left));
            let known = self.known(right, 4).filter(Constant::is_plain);
            if enumeration {
                let own = self.b.sym(&format!("{name}.{member}"));
                members.push((member, Some(Constant::Member(own, Box::new(known)))));
            } else if known.is_some() && !assigns_member(self.source, &member) {
                members.push((member, known));
            }
        }
        if !members.is_empty() {
            self.b.module_constant(name, Constant::Record(members, false));
        }
    }

    /// The names that the statements of the module bind, each as often as it is bound.
    fn bound_names<'t>(&self, node: Node<'t>, names: &mut Vec<&'s str>, depth: u32) {
        if depth > 40 {
            return;
        }
        let targets = |parent: Node<'t>, field: &str, names: &mut Vec<&'s str>| {
            if let Some(target) = parent.child_by_field_name(field) {
                self.names_in(target, names);
            }
        };
        match node.kind() {
            "function_definition" | "class_definition" => targets(node, "name", names),
            "lambda" | "comment" | "string" | "list_comprehension" | "generator_expression" => {}
            "import_statement" | "import_from_statement" | "global_statement" => self.names_in(node, names),
            "delete_statement" => self.names_in(node, names),
            "assignment" | "augmented_assignment" | "for_statement" | "named_expression" | "as_pattern" => {
                let field = match node.kind() {
                    "named_expression" => "name",
                    "as_pattern" => "alias",
                    _ => "left",
                };
                targets(node, field, names);
                let twice = node.kind() == "augmented_assignment" || node.kind() == "for_statement";
                if twice {
                    targets(node, field, names);
                }
                kids(node).into_iter().for_each(|n| self.bound_names(n, names, depth + 1));
            }
            _ => kids(node).into_iter().for_each(|n| self.bound_names(n, names, depth + 1)),
        }
    }

    /// The identifiers of a target.
    fn names_in(&self, node: Node<'_>, names: &mut Vec<&'s str>) {
        match node.kind() {
            "identifier" => names.push(self.text(node)),
            "attribute" | "subscript" => {}
            _ => kids(node).into_iter().for_each(|n| self.names_in(n, names)),
        }
    }

    /// Whether a function always ends by `raise`, or by a call that never comes back.
    pub(super) fn always_raises(&self, function: Node<'_>) -> bool {
        let body = function.child_by_field_name("body").map(kids).unwrap_or_default();
        let Some((last, before)) = body.split_last() else { return false };
        let plain = |n: &Node<'_>| n.kind() == "expression_statement" && !self.text(*n).contains("yield");
        let ends = match last.kind() {
            "raise_statement" => true,
            "expression_statement" => kid(*last).is_some_and(|call| self.is_exit(call)),
            _ => false,
        };
        ends && before.iter().all(plain)
    }
}

pub(super) fn is_literal(node: Node<'_>) -> bool {
    let text = node.kind() == "string" && node.named_children(&mut node.walk()).all(|n| n.kind() != "interpolation");
    text || matches!(node.kind(), "true" | "false" | "none" | "integer" | "float")
}

fn is_docstring(node: Node<'_>) -> bool {
    node.kind() == "expression_statement" && kid(node).is_some_and(|n| n.kind() == "string")
}

/// Whether anything in a file is given to an attribute of this name.
fn assigns_member(source: &str, name: &str) -> bool {
    source.match_indices(name).any(|(at, _)| {
        source[..at].ends_with('.')
            && source[at + name.len()..].trim_start().strip_prefix('=').is_some_and(|rest| !rest.starts_with('='))
    }) || source.contains(&format!("\"{name}\""))
        || source.contains(&format!("'{name}'"))
}

fn of_class(class: &str, own: &str) -> Option<Constant> {
    let others = ["str", "int", "float", "bytes", "list", "dict", "tuple", "set", "frozenset", "bytearray"];
    others.contains(&class).then_some(Constant::Bool(class == own))
}

fn range(start: f64, end: &Constant) -> Option<Constant> {
    let Constant::Num(end) = end else { return None };
    let mut items = Vec::new();
    let mut at = start;
    while at < *end {
        if items.len() == MOST {
            return None;
        }
        items.push(Some(Constant::Num(at)));
        at += 1.0;
    }
    Some(Constant::List(items))
}

fn operands(node: Node<'_>) -> Option<(Node<'_>, Node<'_>, Node<'_>)> {
    let side = |name| node.child_by_field_name(name);
    Some((side("left")?, side("operator")?, side("right")?))
}
