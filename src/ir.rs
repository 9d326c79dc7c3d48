//! The language-neutral program: what every front end lowers to and every later stage reads.
//!
//! A file is a list of functions (the module body is function 0) and classes. A function is an arena of [`Value`]s in
//! SSA-like form: each assignment makes a new value, branches and loops join in [`ValueKind::Phi`], and a mutation
//! (`messages.append(x)`, `d["k"] = v`) makes a new version of the mutated variable ([`ValueKind::Update`],
//! [`ValueKind::AfterCall`]). So "what is in `text` here" is one value, and `text = redact(text)` kills what was there.

mod order;
mod when;

use std::collections::BTreeMap;
use std::sync::Arc;

pub use order::{Block, BlockKind, Version};
pub use when::{Literal, Operator, Test, When};

/// An identifier, attribute name, string key or literal. Interned per file.
pub type Sym = Arc<str>;

/// A place in a file. Lines and columns count from 1; columns are UTF-16 code units, as SARIF wants them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    pub line: u32,
    pub column: u32,
    pub end_line: u32,
    pub end_column: u32,
}

/// Index of a value within its function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ValueId(pub u32);
/// Index of a function within its file; 0 is the module body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FnIx(pub u32);
/// Index of a class within its file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ClassIx(pub u32);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Language {
    Python,
    /// TypeScript and JavaScript, in all their file endings.
    TypeScript,
    /// Schema languages (`schema.prisma`): classes only.
    Schema,
}

/// One lowered file.
#[derive(Clone, Debug)]
pub struct FileIr {
    /// Path relative to the scanned root, with forward slashes.
    pub path: Sym,
    pub language: Language,
    pub functions: Vec<Function>,
    pub classes: Vec<Class>,
    pub imports: Vec<Import>,
    /// TypeScript/JavaScript exports. Python exports every module-level name.
    pub exports: Vec<Export>,
    /// `from x import *` and `export * from "x"` sources.
    pub star_imports: Vec<Sym>,
    /// Directives such as `"use server"` at the top of the file.
    pub directives: Vec<Sym>,
    /// Places the parser could not read; the code around them was lowered.
    pub errors: Vec<Span>,
    /// For notebooks: (first line in the raw file, cell number from 1), ascending.
    pub cells: Vec<(u32, u32)>,
    /// Comments that speak to towhom, in the order of the file.
    pub notes: Vec<Note>,
}

/// A comment that begins with `towhom:`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    pub span: Span,
    /// The line that it is about: its own, or for a comment that stands alone the next line of code.
    pub about: Span,
    /// What follows `towhom:`.
    pub text: Sym,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FnKind {
    Module,
    Function,
    /// Takes the instance as its first parameter (Python `self`), or reads [`ValueKind::This`] (TypeScript).
    Method,
    ClassMethod,
    StaticMethod,
    Property,
    Lambda,
}

#[derive(Clone, Debug)]
pub struct Function {
    /// `<module>` for a module body, empty for an anonymous function without a name to take from its place.
    pub name: Sym,
    pub kind: FnKind,
    pub span: Span,
    /// The lexically enclosing function.
    pub parent: Option<FnIx>,
    /// The class whose method this is.
    pub class: Option<ClassIx>,
    pub params: Vec<Param>,
    /// What `return` gives; each `yield x` adds a one-element [`ValueKind::List`].
    pub returns: Vec<ValueId>,
    /// What `raise` and `throw` give to the caller.
    pub raises: Vec<ValueId>,
    /// Calls whose exceptions a handler around them takes.
    pub caught: Vec<ValueId>,
    /// The special methods that operators call, by their results.
    pub operators: BTreeMap<ValueId, Sym>,
    /// Reads of names that the user's rows ask for.
    pub named_reads: Vec<(Sym, ValueId)>,
    pub return_type: Option<TypeExpr>,
    pub is_async: bool,
    /// It has a `yield`.
    pub is_generator: bool,
    /// Values of the decorators, which live in the enclosing function.
    pub decorators: Vec<ValueId>,
    pub values: Vec<Value>,
    /// Every definition of each local name, in order.
    pub locals: BTreeMap<Sym, Vec<ValueId>>,
    /// The version of each local at the end.
    pub exit: BTreeMap<Sym, ValueId>,
    /// Assignments to names of an enclosing function or the module (`global`, `nonlocal`, closures).
    pub outer_writes: Vec<(Sym, ValueId)>,
    /// Conditions of `if`, `while`, `match`, `switch`, ternaries, with the span they govern.
    pub branches: Vec<Branch>,
    /// Of values that are one of several: what holds of parameters where it is a certain one. Keyed by both.
    pub only_when: BTreeMap<(ValueId, ValueId), Vec<When>>,
    /// Loops over the elements of a value, comprehensions too.
    pub iterations: Vec<Iteration>,
    /// Of names that functions inside use: what they hold, and from where on.
    pub versions: BTreeMap<Sym, Vec<Version>>,
    /// Of default values of parameters: what a name of the function around held where this one was made. Python only.
    pub held: BTreeMap<ValueId, ValueId>,
    /// What is computed perhaps, or often.
    pub blocks: Vec<Block>,
    /// Directives such as `"use server"` at the top of the body.
    pub directives: Vec<Sym>,
    /// No body, `...`, `pass`, or only `raise NotImplementedError`.
    pub is_abstract: bool,
}

#[derive(Clone, Debug)]
pub struct Param {
    /// Empty for a destructured parameter.
    pub name: Sym,
    pub span: Span,
    pub kind: ParamKind,
    pub ty: Option<TypeExpr>,
    pub default: Option<ValueId>,
    /// The [`ValueKind::Param`] value in the function.
    pub value: ValueId,
    /// Decorators on the parameter (`@Body()`), values in the enclosing function.
    pub decorators: Vec<ValueId>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParamKind {
    Positional,
    KeywordOnly,
    /// `*args`, `...rest`
    Rest,
    /// `**kwargs`
    Keywords,
}

/// What is done once for each element of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Iteration {
    pub over: ValueId,
    pub span: Span,
}

/// A condition and the lines it decides over.
#[derive(Clone, Debug)]
pub struct Branch {
    pub cond: ValueId,
    pub span: Span,
    /// Where it holds: the body of the `if`, the `case`, the first arm of a ternary.
    pub holds: Span,
    /// The condition as written, on one line and cut at 100 characters.
    pub text: Sym,
}

#[derive(Clone, Debug)]
pub struct Value {
    pub kind: ValueKind,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub enum ValueKind {
    Str(Sym),
    /// A number, by its source text.
    Num(Sym),
    Bool(bool),
    /// `None`, `null`, `undefined`.
    Null,
    Param(u32),
    /// `this`.
    This,
    /// A name that is not local: of an enclosing function, the module, an import or a builtin.
    Free(Sym),
    /// What inner functions assign to a name of this function, or change in it.
    Captured(Sym),
    /// A name bound by an import.
    Import(u32),
    /// `base.name`, and `base["name"]` with a constant key; a constant index `base[0]` has the name `0`.
    Field(ValueId, Sym),
    /// `base[key]` with a key that is not constant.
    Index(ValueId, ValueId),
    /// Any element: iteration, unpacking of unknown position.
    Elem(ValueId),
    /// The rest of a pattern or slice: everything of the base but the named keys.
    Rest(ValueId, Vec<Sym>),
    Call(Box<Call>),
    /// String building: f-string, template literal, `+`, `%`. Operands may carry data.
    Concat(Vec<ValueId>),
    /// Object or dict literal.
    Object(Vec<(Key, ValueId)>),
    /// List, tuple, set; the flag marks a spread element.
    List(Vec<(ValueId, bool)>),
    /// Either of these: branches, loops, `a or b`, `c ? a : b`.
    Phi(Vec<ValueId>),
    /// The base after `base.path = value`; `strong` when it replaces what was there.
    Update {
        base: ValueId,
        path: Vec<Seg>,
        value: ValueId,
        strong: bool,
    },
    /// The base after `del base.path`.
    Delete {
        base: ValueId,
        path: Vec<Seg>,
    },
    /// The base after a call that was given it, and may have changed it.
    AfterCall {
        base: ValueId,
        call: ValueId,
        role: ArgRole,
    },
    /// The value with a declared type.
    Typed(ValueId, TypeExpr),
    Func(FnIx),
    /// A function as its decorators leave it.
    Decorated {
        func: FnIx,
        decorators: Vec<ValueId>,
        /// The call of the outermost decorator.
        call: ValueId,
    },
    Class(ClassIx),
    /// A result that does not carry its operands' data: comparison, `not`, `len`, `typeof`.
    Opaque(Vec<ValueId>),
    /// An expression no rule knows; data of the operands may be in it.
    Unknown(Vec<ValueId>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArgRole {
    Receiver,
    Arg(u32),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Key {
    Name(Sym),
    Dynamic(ValueId),
    /// `**x`, `...x`
    Spread,
}

/// The text of a last case, which has no condition of its own.
pub const NO_OTHER_CASE: &str = "no other case";
/// The member that stands for the keys of a mapping.
pub const KEYS: &str = "<key>";
/// The member that stands for what a call raises.
pub const RAISED: &str = "<raised>";

/// The member that stands for what is in the file that a path names.
pub const CONTENT: &str = "<content>";

/// The name that stands for what a generator is sent: the value of `yield`.
pub const SENT: &str = "<sent>";

/// The member that stands for what a generator returns at its end, which is none of its elements.
pub const FINAL: &str = "<final>";

/// One step of an access path.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Seg {
    Field(Sym),
    /// Any element or an unknown key.
    Elem,
}

#[derive(Clone, Debug)]
pub struct Call {
    pub callee: ValueId,
    pub args: Vec<Arg>,
    pub kind: CallKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallKind {
    Plain,
    /// `new X()`. In Python a plain call of a class.
    New,
    /// A tagged template; the first argument is a [`ValueKind::List`] of the string parts.
    Tagged,
    /// A decorator, given the function under it.
    Decorator,
    /// A JSX element; the one argument is the props object, with `children`.
    Jsx,
}

#[derive(Clone, Debug)]
pub struct Arg {
    /// The keyword, in Python.
    pub name: Option<Sym>,
    pub value: ValueId,
    pub spread: Spread,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spread {
    None,
    /// `*xs`, `...xs`
    Positional,
    /// `**kw`
    Keywords,
}

/// A type as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TypeExpr {
    /// `models.User`, `list[User]`, `Promise<User[]>` (`Array` with one argument); dotted names stay whole.
    Name(Sym, Vec<TypeExpr>),
    /// `A | B`, `Optional[A]`.
    Union(Vec<TypeExpr>),
    /// `A & B`, and a class that extends a computed type.
    Intersection(Vec<TypeExpr>),
    /// An inline object type.
    Inline(ClassIx),
    /// A string literal type.
    Literal(Sym),
    /// `typeof x`, by the dotted name of `x`.
    TypeOf(Sym),
    /// What `with value as name` gives: that of `__enter__`, which is mostly the value itself.
    Entered,
    /// `T["key"]`.
    Member(Box<TypeExpr>, Sym),
    Unknown,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClassKind {
    Class,
    Interface,
    /// A type alias of an object type, or an inline object type.
    TypeAlias,
    Enum,
    /// Made from a schema call (`z.object`, `pgTable`) or a schema file.
    Schema,
}

#[derive(Clone, Debug)]
pub struct Class {
    /// Empty for an inline object type.
    pub name: Sym,
    pub kind: ClassKind,
    pub span: Span,
    /// The function in whose body it is declared.
    pub scope: FnIx,
    /// Values of the base classes in `scope`; empty for interfaces, whose bases are in `base_types`.
    pub bases: Vec<ValueId>,
    /// Bases as types: `extends`, `implements`, the target of a plain type alias.
    pub base_types: Vec<TypeExpr>,
    pub fields: Vec<FieldDecl>,
    pub methods: BTreeMap<Sym, FnIx>,
    pub setters: BTreeMap<Sym, FnIx>,
    /// Decorators, values in `scope`.
    pub decorators: Vec<ValueId>,
    pub exported: bool,
}

#[derive(Clone, Debug)]
pub struct FieldDecl {
    pub name: Sym,
    pub span: Span,
    pub ty: Option<TypeExpr>,
    /// The initial value, in the class's `scope`.
    pub default: Option<ValueId>,
}

#[derive(Clone, Debug)]
pub struct Import {
    /// The name it binds.
    pub local: Sym,
    /// `openai`, `.models`, `../lib/ai`, `@/lib/db`.
    pub module: Sym,
    /// What is imported of the module: a name, `default`, or none for the module itself (`import x`, `* as x`, `require`).
    pub name: Option<Sym>,
    pub span: Span,
    /// `import type`: gives types, no values.
    pub type_only: bool,
}

#[derive(Clone, Debug)]
pub enum Export {
    /// `export { local as exported }`, `export const x`, `export default local`.
    Local { exported: Sym, local: Sym },
    /// `export default <expression>`, in the module body.
    Value { exported: Sym, value: ValueId },
    /// `export { name as exported } from "module"`; no name for `export * as exported`.
    From { exported: Sym, module: Sym, name: Option<Sym> },
}

impl Function {
    #[must_use]
    pub fn value(&self, id: ValueId) -> &Value {
        &self.values[id.0 as usize]
    }

    #[must_use]
    pub fn kind_of(&self, id: ValueId) -> &ValueKind {
        &self.values[id.0 as usize].kind
    }
}

impl FileIr {
    #[must_use]
    pub fn function(&self, ix: FnIx) -> &Function {
        &self.functions[ix.0 as usize]
    }

    #[must_use]
    pub fn class(&self, ix: ClassIx) -> &Class {
        &self.classes[ix.0 as usize]
    }
}

/// The values a value is made of, in order. Used by every stage that walks forwards or marks uses.
pub fn operands(kind: &ValueKind, mut each: impl FnMut(ValueId)) {
    match kind {
        ValueKind::Field(b, _) | ValueKind::Elem(b) | ValueKind::Rest(b, _) | ValueKind::Typed(b, _) => each(*b),
        ValueKind::Index(b, k) => {
            each(*b);
            each(*k);
        }
        ValueKind::Call(call) => {
            each(call.callee);
            call.args.iter().for_each(|a| each(a.value));
        }
        ValueKind::Concat(vs) | ValueKind::Phi(vs) | ValueKind::Opaque(vs) | ValueKind::Unknown(vs) => {
            vs.iter().for_each(|v| each(*v));
        }
        ValueKind::Object(entries) => entries.iter().for_each(|(k, v)| {
            if let Key::Dynamic(k) = k {
                each(*k);
            }
            each(*v);
        }),
        ValueKind::List(items) => items.iter().for_each(|(v, _)| each(*v)),
        ValueKind::Update { base, value, .. } => {
            each(*base);
            each(*value);
        }
        ValueKind::Delete { base, .. } => each(*base),
        ValueKind::AfterCall { base, call, .. } => {
            each(*base);
            each(*call);
        }
        ValueKind::Decorated { decorators, .. } => decorators.iter().for_each(|v| each(*v)),
        _ => {}
    }
}

/// For each value of a function, the values made of it, in order and each once.
#[must_use]
pub fn users(f: &Function) -> Vec<Vec<ValueId>> {
    let mut users: Vec<Vec<ValueId>> = vec![Vec::new(); f.values.len()];
    for (i, value) in f.values.iter().enumerate() {
        let user = ValueId(u32::try_from(i).unwrap_or(u32::MAX));
        operands(&value.kind, |v| {
            let all = &mut users[v.0 as usize];
            if v != user && all.last() != Some(&user) {
                all.push(user);
            }
        });
    }
    users
}
