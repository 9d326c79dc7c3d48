//! Prints the lowered form, for the tests.

use std::fmt::Write as _;

use crate::ir::{
    ArgRole, CallKind, Class, Export, FileIr, FnIx, Function, Key, ParamKind, Seg, Spread, TypeExpr, ValueId, ValueKind,
};

/// One value, written out down to its leaves. Values that occur in themselves (loops) end in `…`.
pub(super) fn value(file: &FileIr, function: FnIx, id: ValueId) -> String {
    let mut printer = Printer { file, function: file.function(function), open: Vec::new() };
    printer.value(id)
}

struct Printer<'a> {
    file: &'a FileIr,
    function: &'a Function,
    open: Vec<ValueId>,
}

impl Printer<'_> {
    fn list(&mut self, ids: &[ValueId]) -> String {
        ids.iter().map(|id| self.value(*id)).collect::<Vec<_>>().join(", ")
    }

    fn value(&mut self, id: ValueId) -> String {
        if self.open.contains(&id) {
            return "…".to_owned();
        }
        self.open.push(id);
        let text = match self.function.kind_of(id) {
            ValueKind::Str(s) => format!("{s:?}"),
            ValueKind::Captured(s) => format!("captured {s}"),
            ValueKind::Num(s) => s.to_string(),
            ValueKind::Bool(b) => b.to_string(),
            ValueKind::Null => "null".to_owned(),
            ValueKind::Param(i) => match &*self.function.params[*i as usize].name {
                "" => format!("param{i}"),
                name => name.to_owned(),
            },
            ValueKind::This => "this".to_owned(),
            ValueKind::Free(name) => format!("^{name}"),
            ValueKind::Import(i) => {
                let import = &self.file.imports[*i as usize];
                format!("<{}#{}>", import.module, import.name.as_deref().unwrap_or("*"))
            }
            ValueKind::Field(b, name) => format!("{}.{name}", self.value(*b)),
            ValueKind::Index(b, k) => format!("{}[{}]", self.value(*b), self.value(*k)),
            ValueKind::Elem(b) => format!("{}[*]", self.value(*b)),
            ValueKind::Rest(b, names) => format!("rest({}, -{names:?})", self.value(*b)),
            ValueKind::Call(call) => {
                let args: Vec<String> = call
                    .args
                    .iter()
                    .map(|a| format!("{}{}", if a.spread == Spread::None { "" } else { "..." }, self.value(a.value)))
                    .collect();
                let prefix = match call.kind {
                    CallKind::Plain => "",
                    CallKind::New => "new ",
                    CallKind::Tagged => "tag ",
                    CallKind::Decorator => "decorate ",
                    CallKind::Jsx => "jsx ",
                };
                format!("{prefix}{}({})", self.value(call.callee), args.join(", "))
            }
            ValueKind::Concat(vs) => format!("concat({})", self.list(vs)),
            ValueKind::Phi(vs) if vs.len() == 1 => self.value(vs[0]),
            ValueKind::Phi(vs) => format!("either({})", self.list(vs)),
            ValueKind::Opaque(vs) => format!("opaque({})", self.list(vs)),
            ValueKind::Unknown(vs) => format!("unknown({})", self.list(vs)),
            ValueKind::Object(entries) => {
                let entries: Vec<String> = entries
                    .iter()
                    .map(|(k, v)| match k {
                        Key::Name(n) => format!("{n}: {}", self.value(*v)),
                        Key::Dynamic(k) => format!("[{}]: {}", self.value(*k), self.value(*v)),
                        Key::Spread => format!("...{}", self.value(*v)),
                    })
                    .collect();
                format!("{{{}}}", entries.join(", "))
            }
            ValueKind::List(items) => {
                let items: Vec<String> =
                    items.iter().map(|(v, s)| format!("{}{}", if *s { "..." } else { "" }, self.value(*v))).collect();
                format!("[{}]", items.join(", "))
            }
            ValueKind::Update { base, path, value, strong } => {
                let sign = if *strong { "=" } else { "~" };
                format!("({} with {} {sign} {})", self.value(*base), steps(path), self.value(*value))
            }
            ValueKind::Delete { base, path } => format!("({} without {})", self.value(*base), steps(path)),
            ValueKind::AfterCall { base, call, role } => {
                let role = match role {
                    ArgRole::Receiver => "receiver".to_owned(),
                    ArgRole::Arg(i) => format!("argument {i}"),
                };
                format!("({} after {} as {role})", self.value(*base), self.value(*call))
            }
            // A note on a value, which is no other by it.
            ValueKind::Typed(v, crate::ir::TypeExpr::Unknown) => self.value(*v),
            ValueKind::Typed(v, ty) => format!("({}: {})", self.value(*v), type_text(self.file, ty)),
            ValueKind::Func(ix) => format!("fn {}", self.file.function(*ix).name),
            ValueKind::Decorated { func, .. } => format!("decorated {}", self.file.function(*func).name),
            ValueKind::Class(ix) => format!("class {}", self.file.class(*ix).name),
        };
        self.open.pop();
        text
    }
}

fn steps(path: &[Seg]) -> String {
    path.iter()
        .map(|s| match s {
            Seg::Field(name) => format!(".{name}"),
            Seg::Elem => "[*]".to_owned(),
        })
        .collect()
}

pub(super) fn type_text(file: &FileIr, ty: &TypeExpr) -> String {
    let join = |types: &[TypeExpr], sep: &str| types.iter().map(|t| type_text(file, t)).collect::<Vec<_>>().join(sep);
    match ty {
        TypeExpr::Name(name, args) if args.is_empty() => name.to_string(),
        TypeExpr::Name(name, args) => format!("{name}<{}>", join(args, ", ")),
        TypeExpr::Union(types) => format!("({})", join(types, " | ")),
        TypeExpr::Intersection(types) => format!("({})", join(types, " & ")),
        TypeExpr::Inline(ix) => fields(file, file.class(*ix)),
        TypeExpr::Literal(text) => format!("{text:?}"),
        TypeExpr::TypeOf(name) => format!("typeof {name}"),
        TypeExpr::Member(base, name) => format!("{}[{name:?}]", type_text(file, base)),
        TypeExpr::Entered => "entered".to_owned(),
        TypeExpr::Unknown => "?".to_owned(),
    }
}

/// `{name: Type = initial value; …}`
pub(super) fn fields(file: &FileIr, class: &Class) -> String {
    let fields: Vec<String> = class
        .fields
        .iter()
        .map(|f| {
            let mut text = f.name.to_string();
            if let Some(ty) = &f.ty {
                let _ = write!(text, ": {}", type_text(file, ty));
            }
            if let Some(default) = f.default {
                let _ = write!(text, " = {}", value(file, class.scope, default));
            }
            text
        })
        .collect();
    format!("{{{}}}", fields.join("; "))
}

/// `name(parameters): type`
pub(super) fn signature(file: &FileIr, ix: FnIx) -> String {
    let function = file.function(ix);
    let params: Vec<String> = function
        .params
        .iter()
        .map(|p| {
            let rest = if p.kind == ParamKind::Rest { "..." } else { "" };
            let mut text = format!("{rest}{}", p.name);
            if let Some(ty) = &p.ty {
                let _ = write!(text, ": {}", type_text(file, ty));
            }
            if let Some(default) = p.default {
                let _ = write!(text, " = {}", value(file, ix, default));
            }
            text
        })
        .collect();
    let mut text = format!("{:?} {}({})", function.kind, function.name, params.join(", "));
    if let Some(ty) = &function.return_type {
        let _ = write!(text, ": {}", type_text(file, ty));
    }
    text
}

/// `exported = local`, one a line.
pub(super) fn exports(file: &FileIr) -> Vec<String> {
    file.exports
        .iter()
        .map(|e| match e {
            Export::Local { exported, local } => format!("{exported} = {local}"),
            Export::Value { exported, value: v } => format!("{exported} = ({})", value(file, FnIx(0), *v)),
            Export::From { exported, module, name } => {
                format!("{exported} = <{module}#{}>", name.as_deref().unwrap_or("*"))
            }
        })
        .collect()
}
