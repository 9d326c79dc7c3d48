//! Functions that give back what they are given, in TypeScript: `function defined<T>(value: T | null): T`. What such a call
//! gives is what its own argument is, and none of what other callers pass.

use super::abs::Abs;
use super::calls::CallSite;
use super::resolve::Resolver;
use super::{FuncId, Gv, bind};
use crate::catalogue::Lang;
use crate::ir::{Call, Param, ParamKind, Sym, TypeExpr, ValueId, ValueKind};

/// Types that are what is in them.
const TRANSPARENT: &[&str] = &["Promise", "PromiseLike", "Awaited", "NonNullable", "Required", "Readonly", "Exclude"];

/// How the type of a value is made from a type parameter.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Made {
    Itself,
    List,
    /// What a function gives.
    Result,
}

impl Resolver<'_> {
    /// What a call of a function gives that hands back one of its arguments; none where it does something else.
    pub(super) fn handed_back(&mut self, gv: Gv, call: &Call, func: FuncId) -> Option<Vec<Abs>> {
        if call.args.is_empty() {
            return None;
        }
        let mut found = Vec::new();
        for (ix, of, result) in self.hands_back(func) {
            for bound in bind::bind(self.program, &CallSite::direct(gv), func, super::to_u32(ix)) {
                if !bound.path.is_empty() || bound.of.is_some() {
                    return None;
                }
                let arg = bound.gv(gv.func);
                let parts = match of {
                    Made::Itself => self.resolve(arg),
                    Made::List => self.element(arg),
                    Made::Result => self.given_by(arg),
                };
                found.extend(parts.into_iter().map(|abs| match result {
                    Made::List => Abs::Seq(Box::new(abs)),
                    _ => abs,
                }));
            }
        }
        (!found.is_empty()).then_some(found)
    }

    /// Whether a function gives back its first argument as it is: `promise.then(defined)`.
    pub(super) fn is_identity(&mut self, func: FuncId) -> bool {
        self.hands_back(func).contains(&(0, Made::Itself, Made::Itself))
    }

    /// The parameters of a function that it gives back, with how each is made of what it gives, and the result of it.
    fn hands_back(&mut self, func: FuncId) -> Vec<(usize, Made, Made)> {
        let program = self.program;
        let f = program.function(func);
        if program.lang(func) != Lang::Js || f.params.is_empty() {
            return Vec::new();
        }
        let Some(ty) = &f.return_type else {
            let param = |value: &ValueId| match program.kind(program.origin(Gv { func, value: *value })) {
                ValueKind::Param(ix) if f.params[*ix as usize].kind == ParamKind::Positional => Some(*ix as usize),
                _ => None,
            };
            let Some(first) = f.returns.first().and_then(param) else { return Vec::new() };
            let only = f.params[first].ty.is_none() && f.returns.iter().all(|v| param(v) == Some(first));
            return only.then_some((first, Made::Itself, Made::Itself)).into_iter().collect();
        };
        let Some((name, result)) = parameter_of(ty).filter(|(name, _)| self.is_type_parameter(func, name)) else {
            return Vec::new();
        };
        let of = |(ix, p): (usize, &Param)| {
            let (same, made) = parameter_of(p.ty.as_ref()?)?;
            (same == name && p.kind != ParamKind::Rest).then_some((ix, made, result))
        };
        f.params.iter().enumerate().filter_map(of).collect()
    }

    /// What functions give that a value may be.
    fn given_by(&mut self, function: Gv) -> Vec<Abs> {
        let mut found = Vec::new();
        for abs in self.resolve(function) {
            match abs {
                Abs::Func(func, _) => found.extend(self.returned(func)),
                Abs::Gives(inner) => found.push(*inner),
                _ => {}
            }
        }
        found
    }

    /// Whether nothing in the file has the name of a type: it is a parameter.
    fn is_type_parameter(&mut self, func: FuncId, name: &Sym) -> bool {
        let ty = TypeExpr::Name(name.clone(), Vec::new());
        self.instances(self.program.file_of(func), &ty).is_empty()
            && !matches!(&**name, "string" | "number" | "boolean" | "void" | "any" | "unknown" | "never" | "object")
    }
}

/// The one name that a type is made of, and how.
fn parameter_of(ty: &TypeExpr) -> Option<(&Sym, Made)> {
    match ty {
        TypeExpr::Name(name, args) if args.is_empty() => Some((name, Made::Itself)),
        TypeExpr::Name(name, args) => {
            let (inner, made) = parameter_of(args.first()?)?;
            match (&**name, made) {
                (name, made) if TRANSPARENT.contains(&name) => Some((inner, made)),
                ("Array" | "ReadonlyArray", Made::Itself) => Some((inner, Made::List)),
                ("Function", Made::Itself) => Some((inner, Made::Result)),
                _ => None,
            }
        }
        TypeExpr::Union(options) => {
            let empty = |t: &TypeExpr| {
                matches!(t, TypeExpr::Unknown | TypeExpr::Literal(_))
                    || matches!(t, TypeExpr::Name(n, _) if matches!(&**n, "null" | "undefined" | "false"))
            };
            let mut named = options.iter().filter(|t| !empty(t));
            match (named.next(), named.next()) {
                (Some(one), None) => parameter_of(one),
                _ => None,
            }
        }
        _ => None,
    }
}
