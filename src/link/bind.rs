//! Which argument of a call a parameter is.

use std::sync::Arc;

use super::calls::{CallSite, Via};
use super::{ClassId, FuncId, Gv, Program};
use crate::ir::{Arg, Call, CallKind, ParamKind, Seg, Spread, ValueId, ValueKind};

/// An argument, and what of it the parameter is: `f(**kw)` binds `x` to `kw["x"]`.
#[derive(Clone, Debug)]
pub(crate) struct Bound {
    pub value: ValueId,
    /// The function it is a value of, where that is not the caller.
    pub func: Option<FuncId>,
    pub path: Vec<Seg>,
    /// The parameter's own path that this argument answers: `*args` and `**kwargs` hold several arguments.
    pub of: Option<Seg>,
    /// Of `*args`: how many there are, where that is known.
    pub count: Option<usize>,
}

impl Bound {
    fn whole(value: ValueId) -> Self {
        Bound { value, func: None, path: Vec::new(), of: None, count: None }
    }

    /// The argument as a value of the program, at a call in `caller`.
    #[must_use]
    pub(crate) fn gv(&self, caller: FuncId) -> Gv {
        Gv { func: self.func.unwrap_or(caller), value: self.value }
    }
}

/// In place of a parameter's index: the receiver, where it is no parameter (`this`).
pub(crate) const RECEIVER: u32 = u32::MAX;

/// The arguments that parameter `ix` of `func` may hold when called from `site`.
#[must_use]
pub(crate) fn bind(program: &Program<'_>, site: &CallSite, func: FuncId, ix: u32) -> Vec<Bound> {
    let caller = program.function(site.call.func);
    let ValueKind::Call(call) = caller.kind_of(site.call.value) else { return Vec::new() };
    let skip = match site.via {
        Via::Direct => 0,
        Via::Shifted(n) => n as usize + 1,
        Via::Callback(_) => return Vec::new(),
    };
    let shape = match site.via {
        Via::Direct => program.call_graph.shape(site.call),
        _ => None,
    };
    let f = program.function(func);
    let unbound = shape.is_some_and(|s| s.unbound);
    let offset = usize::from(program.takes_receiver(func) && !unbound);
    if ix == RECEIVER || offset == 1 && ix == 0 {
        if let Some(this) = shape.and_then(|s| s.this) {
            return vec![Bound::whole(this)];
        }
        if call.kind == CallKind::New {
            return Vec::new();
        }
        return match caller.kind_of(call.callee) {
            ValueKind::Field(base, _) => vec![Bound::whole(*base)],
            _ => Vec::new(),
        };
    }
    let ix = ix as usize;
    let Some(param) = f.params.get(ix) else { return Vec::new() };
    let position = ix - offset.min(ix);
    // The arguments, each with the function it is a value of.
    let mut args: Vec<(Option<FuncId>, Arg)> = Vec::new();
    if let Some((made, first)) = shape.and_then(|s| s.partial)
        && let ValueKind::Call(partial) = program.kind(made)
    {
        args.extend(partial.args.iter().skip(first).map(|a| (Some(made.func), a.clone())));
    }
    let skip = skip + shape.map_or(0, |s| s.skip);
    args.extend(call.args.iter().skip(skip).map(|a| (None, a.clone())));
    if shape.is_some_and(|s| s.spread)
        && let Some((_, list)) = args.last_mut()
    {
        list.spread = Spread::Positional;
    }
    let whole = |of: &(Option<FuncId>, Arg)| Bound { func: of.0, ..Bound::whole(of.1.value) };
    match param.kind {
        ParamKind::Rest => {
            let plain = args.iter().filter(|(_, a)| a.name.is_none() && a.spread != Spread::Keywords);
            let mut spread = false;
            let mut found = Vec::new();
            for (i, arg) in plain.enumerate() {
                match arg.1.spread {
                    // The arguments before the rest are taken from it.
                    Spread::Positional if i <= position => {
                        spread = true;
                        found.push(Bound { path: Vec::new(), of: None, ..whole(arg) });
                    }
                    Spread::Positional => {
                        spread = true;
                        found.push(Bound { path: vec![Seg::Elem], of: Some(Seg::Elem), ..whole(arg) });
                    }
                    _ if i < position => {}
                    _ if spread => found.push(Bound { of: Some(Seg::Elem), ..whole(arg) }),
                    _ => {
                        found.push(Bound { of: Some(Seg::Field(Arc::from((i - position).to_string()))), ..whole(arg) })
                    }
                }
            }
            let count = found.len();
            if !spread {
                found.iter_mut().for_each(|bound| bound.count = Some(count));
            }
            found
        }
        ParamKind::Keywords => args
            .iter()
            .filter_map(|arg| match (&arg.1.name, arg.1.spread) {
                (Some(name), _) if !f.params.iter().any(|p| p.name == *name && p.kind != ParamKind::Keywords) => {
                    Some(Bound { of: Some(Seg::Field(name.clone())), ..whole(arg) })
                }
                (_, Spread::Keywords) => Some(whole(arg)),
                _ => None,
            })
            .collect(),
        ParamKind::Positional | ParamKind::KeywordOnly => {
            // A later keyword of a partial call takes the place of an earlier one.
            if let Some(arg) = args.iter().rev().find(|(_, a)| a.name.as_ref() == Some(&param.name)) {
                return vec![whole(arg)];
            }
            let mut found = Vec::new();
            if param.kind == ParamKind::Positional {
                let mut seen = 0;
                let mut open = false;
                for arg in args.iter().filter(|(_, a)| a.name.is_none() && a.spread != Spread::Keywords) {
                    if arg.1.spread == Spread::Positional {
                        let path = if open {
                            vec![Seg::Elem]
                        } else {
                            vec![Seg::Field(Arc::from((position - seen).to_string()))]
                        };
                        found.push(Bound { path, ..whole(arg) });
                        open = true;
                        continue;
                    }
                    if seen == position || open {
                        found.push(whole(arg));
                        if !open {
                            break;
                        }
                    }
                    seen += 1;
                }
            }
            if found.iter().all(|b| !b.path.is_empty()) {
                found.extend(
                    args.iter()
                        .filter(|(_, a)| a.spread == Spread::Keywords)
                        .map(|arg| Bound { path: vec![Seg::Field(param.name.clone())], ..whole(arg) }),
                );
            }
            found
        }
    }
}

/// The argument of a constructor call that becomes a declared field, for classes whose constructor follows from their
/// fields (dataclasses, Pydantic models, ORM models, TypedDicts).
#[must_use]
pub(crate) fn bind_field(program: &Program<'_>, call: &Call, class: ClassId, field: &str, caller: Gv) -> Option<Bound> {
    let _ = caller;
    if let Some(arg) = call.args.iter().find(|a| a.name.as_deref() == Some(field)) {
        return Some(Bound::whole(arg.value));
    }
    if let Some(arg) = call.args.iter().find(|a| a.spread == Spread::Keywords) {
        return Some(Bound { path: vec![Seg::Field(Arc::from(field))], ..Bound::whole(arg.value) });
    }
    // Fields of bases come first.
    let mut names: Vec<&str> = Vec::new();
    for owner in program.lineage(class).iter().rev() {
        for f in &program.class(*owner).fields {
            if !names.contains(&&*f.name) {
                names.push(&f.name);
            }
        }
    }
    let position = names.iter().position(|name| *name == field)?;
    let plain = call.args.get(position)?;
    (plain.name.is_none() && plain.spread == Spread::None).then(|| Bound::whole(plain.value))
}
