//! Which argument of a call a parameter is.

use super::calls::{CallSite, Via};
use super::{ClassId, FuncId, Gv, Program};
use crate::ir::{Call, CallKind, ParamKind, Seg, Spread, ValueId, ValueKind};

/// An argument, and what of it the parameter is: `f(**kw)` binds `x` to `kw["x"]`.
#[derive(Clone, Debug)]
pub(crate) struct Bound {
    pub value: ValueId,
    pub path: Vec<Seg>,
    /// The parameter's own path that this argument answers: `*args` and `**kwargs` hold several arguments.
    pub of: Option<Seg>,
}

impl Bound {
    fn whole(value: ValueId) -> Self {
        Bound { value, path: Vec::new(), of: None }
    }
}

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
    let f = program.function(func);
    let ix = ix as usize;
    let Some(param) = f.params.get(ix) else { return Vec::new() };
    let offset = usize::from(program.takes_receiver(func));
    if offset == 1 && ix == 0 {
        return match caller.kind_of(call.callee) {
            ValueKind::Field(base, _) => vec![Bound::whole(*base)],
            _ if matches!(call.kind, CallKind::Plain) => Vec::new(),
            _ => Vec::new(),
        };
    }
    let position = ix - offset.min(ix);
    let args = call.args.get(skip..).unwrap_or_default();
    match param.kind {
        ParamKind::Rest => args
            .iter()
            .filter(|a| a.name.is_none())
            .enumerate()
            .skip(position)
            .map(|(i, a)| match a.spread {
                Spread::Positional => Bound::whole(a.value),
                _ => Bound {
                    value: a.value,
                    path: Vec::new(),
                    of: Some(Seg::Field(std::sync::Arc::from((i - position).to_string()))),
                },
            })
            .collect(),
        ParamKind::Keywords => args
            .iter()
            .filter_map(|a| match (&a.name, a.spread) {
                (Some(name), _) if !f.params.iter().any(|p| p.name == *name && p.kind != ParamKind::Keywords) => {
                    Some(Bound { value: a.value, path: Vec::new(), of: Some(Seg::Field(name.clone())) })
                }
                (_, Spread::Keywords) => Some(Bound::whole(a.value)),
                _ => None,
            })
            .collect(),
        ParamKind::Positional | ParamKind::KeywordOnly => {
            if let Some(arg) = args.iter().find(|a| a.name.as_ref() == Some(&param.name)) {
                return vec![Bound::whole(arg.value)];
            }
            let mut found = Vec::new();
            if param.kind == ParamKind::Positional {
                let mut seen = 0;
                for arg in args.iter().filter(|a| a.name.is_none() && a.spread != Spread::Keywords) {
                    if arg.spread == Spread::Positional {
                        if seen <= position {
                            found.push(Bound { value: arg.value, path: vec![Seg::Elem], of: None });
                        }
                        continue;
                    }
                    if seen == position {
                        found.push(Bound::whole(arg.value));
                        break;
                    }
                    seen += 1;
                }
            }
            if found.is_empty() {
                found.extend(args.iter().filter(|a| a.spread == Spread::Keywords).map(|a| Bound {
                    value: a.value,
                    path: vec![Seg::Field(param.name.clone())],
                    of: None,
                }));
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
        return Some(Bound { value: arg.value, path: vec![Seg::Field(std::sync::Arc::from(field))], of: None });
    }
    let position = program.class(class).fields.iter().position(|f| *f.name == *field)?;
    let plain = call.args.get(position)?;
    (plain.name.is_none() && plain.spread == Spread::None).then(|| Bound::whole(plain.value))
}
