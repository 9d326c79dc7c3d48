//! Functions that the user's rows name: by how a call is written, by what it resolves to, and as values that are handed
//! over.

use crate::ir::{Sym, ValueKind};
use crate::link::{Abs, Gv, Program, Resolver};

/// Whether a call is one of the function that a row names: by the names of its chain, or by where the function comes
/// from or is defined.
pub(crate) fn goes_by(program: &Program<'_>, call: Gv, words: &[&str], dotted: &str) -> bool {
    ends_with(words, dotted) || program.call_graph.callees(call).iter().any(|callee| is_named(program, callee, dotted))
}

/// Whether a call can be of no other function than the one that a row names.
pub(crate) fn is_only(program: &Program<'_>, call: Gv, words: &[&str], dotted: &str) -> bool {
    let callees = program.call_graph.callees(call);
    ends_with(words, dotted) || !callees.is_empty() && callees.iter().all(|callee| is_named(program, callee, dotted))
}

/// Whether the names of a chain end with those of a dotted name.
pub(crate) fn ends_with(words: &[&str], dotted: &str) -> bool {
    let wanted: Vec<&str> = dotted.split('.').collect();
    words.len() >= wanted.len() && words[words.len() - wanted.len()..] == wanted[..]
}

/// Whether a value, other than the result of a call, is the function that a row names: `map(scrub, xs)`.
pub(crate) fn refers_to(program: &Program<'_>, resolver: &mut Resolver<'_>, value: Gv, dotted: &str) -> bool {
    let f = program.function(value.func);
    let mut names: Vec<Sym> = Vec::new();
    let mut at = value.value;
    for _ in 0..6 {
        match f.kind_of(at) {
            ValueKind::Field(base, name) => {
                names.push(name.clone());
                at = *base;
            }
            ValueKind::Free(name) => {
                names.push(name.clone());
                break;
            }
            ValueKind::Import(ix) => {
                names.push(program.file(program.file_of(value.func)).imports[*ix as usize].local.clone());
                break;
            }
            ValueKind::AfterCall { base, .. } | ValueKind::Update { base, .. } | ValueKind::Typed(base, _) => {
                at = *base;
            }
            ValueKind::Func(_) | ValueKind::Class(_) | ValueKind::Decorated { .. } | ValueKind::Param(_) => break,
            _ if names.is_empty() => return false,
            _ => break,
        }
    }
    names.reverse();
    let words: Vec<&str> = names.iter().map(|n| &**n).collect();
    ends_with(&words, dotted) || resolver.resolve(value).iter().any(|abs| is_named(program, abs, dotted))
}

/// Whether what a value resolves to goes by a name.
pub(crate) fn is_named(program: &Program<'_>, abs: &Abs, dotted: &str) -> bool {
    let plain = !dotted.contains('.');
    let full = match abs {
        Abs::Ext(path) if path.ends_with(')') => return false,
        Abs::Ext(path) => path.replace(['#', '/'], ".").replace("()", ""),
        Abs::Func(f, _) if plain => return *program.function(*f).name == *dotted,
        Abs::Class(class) if plain => return *program.class(*class).name == *dotted,
        Abs::Func(f, _) => {
            let file = &program.file(program.file_of(*f)).path;
            let module = file.rsplit_once('.').map_or(&**file, |(stem, _)| stem).replace('/', ".");
            let module = module.trim_end_matches(".__init__").trim_end_matches(".index");
            format!("{module}.{}", program.qualified(*f))
        }
        _ => return false,
    };
    let names: Vec<&str> = full.split('.').collect();
    ends_with(&names, dotted)
}
