//! Prints values as expressions, for tests of the front ends.

use crate::ir::{ArgRole, FileIr, FnIx, Function, Key, Seg, Spread, TypeExpr, ValueId, ValueKind};

/// Everything a function returns, one value a line.
pub(crate) fn returns(file: &FileIr, name: &str) -> String {
    let function = named(file, name);
    let lines: Vec<String> = function.returns.iter().map(|v| value(file, function, *v)).collect();
    lines.join("\n")
}

/// What a name holds at the end of a function.
pub(crate) fn at_exit(file: &FileIr, function: &str, name: &str) -> String {
    let function = named(file, function);
    function.exit.get(name).map_or_else(|| "-".to_owned(), |v| value(file, function, *v))
}

/// The calls of a function, in order.
pub(crate) fn calls(file: &FileIr, name: &str) -> String {
    let function = named(file, name);
    let lines: Vec<String> = (0..function.values.len())
        .map(|i| ValueId(u32::try_from(i).unwrap_or(u32::MAX)))
        .filter(|v| matches!(function.kind_of(*v), ValueKind::Call(_)))
        .map(|v| value(file, function, v))
        .collect();
    lines.join("\n")
}

/// A class as its fields and methods.
pub(crate) fn class(file: &FileIr, name: &str) -> String {
    let class = file.classes.iter().find(|c| &*c.name == name).expect("the class is there");
    let scope = file.function(class.scope);
    let bases: Vec<String> = class.base_types.iter().map(ty).collect();
    let mut out = format!("{:?} {}({})", class.kind, class.name, bases.join(", "));
    for field in &class.fields {
        out.push_str(&format!("\n  {}", field.name));
        if let Some(t) = &field.ty {
            out.push_str(&format!(": {}", ty(t)));
        }
        if let Some(v) = field.default {
            out.push_str(&format!(" = {}", value(file, scope, v)));
        }
    }
    for (name, function) in &class.methods {
        out.push_str(&format!("\n  def {name} {:?}", file.function(*function).kind));
    }
    out
}

pub(crate) fn named<'a>(file: &'a FileIr, name: &str) -> &'a Function {
    file.functions.iter().find(|f| &*f.name == name).expect("the function is there")
}

pub(crate) fn ty(t: &TypeExpr) -> String {
    let list = |ts: &[TypeExpr], by: &str| ts.iter().map(ty).collect::<Vec<_>>().join(by);
    match t {
        TypeExpr::Name(name, args) if args.is_empty() => name.to_string(),
        TypeExpr::Name(name, args) => format!("{name}[{}]", list(args, ", ")),
        TypeExpr::Union(of) => list(of, " | "),
        TypeExpr::Intersection(of) => list(of, " & "),
        TypeExpr::Inline(class) => format!("inline {}", class.0),
        TypeExpr::Literal(text) => format!("'{text}'"),
        TypeExpr::TypeOf(name) => format!("typeof {name}"),
        TypeExpr::Member(of, name) => format!("{}.{name}", ty(of)),
        TypeExpr::Entered => "entered".to_owned(),
        TypeExpr::Unknown => "?".to_owned(),
    }
}

pub(crate) fn value(file: &FileIr, function: &Function, id: ValueId) -> String {
    Printer { file, function, open: Vec::new() }.print(id)
}

struct Printer<'a> {
    file: &'a FileIr,
    function: &'a Function,
    open: Vec<ValueId>,
}

impl Printer<'_> {
    fn list(&mut self, ids: &[ValueId], by: &str) -> String {
        ids.iter().map(|v| self.print(*v)).collect::<Vec<_>>().join(by)
    }

    fn print(&mut self, id: ValueId) -> String {
        if self.open.contains(&id) {
            return "loop".to_owned();
        }
        self.open.push(id);
        let text = self.kind(id);
        self.open.pop();
        text
    }

    fn kind(&mut self, id: ValueId) -> String {
        let name_of = |ix: FnIx| self.file.function(ix).name.to_string();
        match self.function.kind_of(id) {
            ValueKind::Str(s) => format!("{s:?}"),
            ValueKind::Captured(n) => format!("captured {n}"),
            ValueKind::Num(n) => n.to_string(),
            ValueKind::Bool(b) => b.to_string(),
            ValueKind::Null => "null".to_owned(),
            ValueKind::Param(i) => format!("${}", self.function.params[*i as usize].name),
            ValueKind::This => "this".to_owned(),
            ValueKind::Free(name) => name.to_string(),
            ValueKind::Import(i) => {
                let import = &self.file.imports[*i as usize];
                match &import.name {
                    Some(name) => format!("<{}:{name}>", import.module),
                    None => format!("<{}>", import.module),
                }
            }
            ValueKind::Field(base, name) => format!("{}.{name}", self.print(*base)),
            ValueKind::Index(base, key) => format!("{}[{}]", self.print(*base), self.print(*key)),
            ValueKind::Elem(base) => format!("{}[*]", self.print(*base)),
            ValueKind::Rest(base, without) => {
                let without: Vec<&str> = without.iter().map(|s| &**s).collect();
                format!("rest({} - {})", self.print(*base), without.join(" "))
            }
            ValueKind::Call(call) => {
                let callee = self.print(call.callee);
                let args: Vec<String> = call
                    .args
                    .iter()
                    .map(|a| {
                        let value = self.print(a.value);
                        match (&a.name, a.spread) {
                            (Some(name), _) => format!("{name}={value}"),
                            (None, Spread::None) => value,
                            (None, Spread::Positional) => format!("*{value}"),
                            (None, Spread::Keywords) => format!("**{value}"),
                        }
                    })
                    .collect();
                format!("{callee}({})", args.join(", "))
            }
            ValueKind::Concat(of) => format!("({})", self.list(of, " ++ ")),
            ValueKind::Object(entries) => {
                let parts: Vec<String> = entries
                    .iter()
                    .map(|(key, v)| {
                        let value = self.print(*v);
                        match key {
                            Key::Name(name) => format!("{name}: {value}"),
                            Key::Dynamic(key) => format!("[{}]: {value}", self.print(*key)),
                            Key::Spread => format!("**{value}"),
                        }
                    })
                    .collect();
                format!("{{{}}}", parts.join(", "))
            }
            ValueKind::List(items) => {
                let parts: Vec<String> = items
                    .iter()
                    .map(|(v, spread)| format!("{}{}", if *spread { "*" } else { "" }, self.print(*v)))
                    .collect();
                format!("[{}]", parts.join(", "))
            }
            // A name that a loop only reads.
            ValueKind::Phi(of) if of.len() == 1 => self.print(of[0]),
            ValueKind::Phi(of) => format!("phi({})", self.list(of, " | ")),
            ValueKind::Update { base, path, value, strong } => {
                let sign = if *strong { ":=" } else { "+=" };
                format!("{} with {{{} {sign} {}}}", self.print(*base), steps(path), self.print(*value))
            }
            ValueKind::Delete { base, path } => format!("{} without {}", self.print(*base), steps(path)),
            ValueKind::AfterCall { base, call, role } => {
                let callee = match self.function.kind_of(*call) {
                    ValueKind::Call(c) => match self.function.kind_of(c.callee) {
                        ValueKind::Field(_, name) => name.to_string(),
                        _ => self.print(c.callee),
                    },
                    _ => String::new(),
                };
                let args = match (role, self.function.kind_of(*call)) {
                    (ArgRole::Receiver, ValueKind::Call(c)) => {
                        let values: Vec<ValueId> = c.args.iter().map(|a| a.value).collect();
                        self.list(&values, ", ")
                    }
                    _ => "..".to_owned(),
                };
                format!("{} after {callee}({args})", self.print(*base))
            }
            // A note on a value, which is no other by it.
            ValueKind::Typed(base, TypeExpr::Unknown) => self.print(*base),
            ValueKind::Typed(base, t) => format!("({}: {})", self.print(*base), ty(t)),
            ValueKind::Func(ix) => format!("fn {}", name_of(*ix)),
            ValueKind::Decorated { func, decorators, .. } => {
                let name = name_of(*func);
                format!("@{} fn {name}", self.list(decorators, " @"))
            }
            ValueKind::Class(ix) => format!("class {}", self.file.class(*ix).name),
            ValueKind::Opaque(of) => format!("opaque({})", self.list(of, ", ")),
            ValueKind::Unknown(of) => format!("unknown({})", self.list(of, ", ")),
        }
    }
}

fn steps(path: &[Seg]) -> String {
    path.iter()
        .map(|seg| match seg {
            Seg::Field(name) => format!(".{name}"),
            Seg::Elem => "[*]".to_owned(),
        })
        .collect()
}
