//! The catalogue's path language: which part of a call's arguments a path names.
//!
//! `messages[].content` is the keyword `messages`; `#0|input` the first argument or that keyword; `#0.prompt` a property
//! of the first argument; `**` all keywords, `#*` all positional arguments; `self` the receiver. What follows `[]` or
//! `.*` is inside: the whole is asked for.

use crate::ir::{Call, Key, Seg, Spread, Sym, ValueKind};
use crate::link::{Gv, Program};
use crate::path::{Path, PathSeg};

/// The values, and the path within each, that a catalogue path names at a call. Arguments before `skip` do not count.
pub(crate) fn pick(program: &Program<'_>, call_gv: Gv, call: &Call, path: &str, skip: usize) -> Vec<(Gv, Path)> {
    let (head, rest) = path.split_at(path.find(['.', '[']).unwrap_or(path.len()));
    at_path(program, call_gv, call, head, &inner(rest), skip)
}

/// The same for one thing among others, a model or a host: what follows `[]` is asked for, and not the whole.
pub(crate) fn pick_exactly(
    program: &Program<'_>,
    call_gv: Gv,
    call: &Call,
    path: &str,
    skip: usize,
) -> Vec<(Gv, Path)> {
    let (head, rest) = path.split_at(path.find(['.', '[']).unwrap_or(path.len()));
    let spaced = rest.replace("[]", ".[]");
    let seg = |name: &str| if name == "[]" { PathSeg::Elem } else { PathSeg::Field(Sym::from(name), None) };
    let exact = Path::of(spaced.split('.').filter(|n| !n.is_empty()).map(seg).collect());
    at_path(program, call_gv, call, head, &exact, skip)
}

/// The value under the path, as far as the objects are written out: of `{ model: m }` and `.model` it is `m`.
pub(crate) fn written(program: &Program<'_>, value: Gv, path: &Path) -> (Gv, Path) {
    let (mut at, mut path) = (value, path.clone());
    while let (Some(PathSeg::Field(name, _)), ValueKind::Object(entries)) = (path.first(), program.kind(at)) {
        let entry = entries.iter().rev().find(|(key, _)| matches!(key, Key::Name(key) if key == name));
        let Some((_, inner)) = entry else { break };
        at.value = *inner;
        path = Path::of(path.segs().iter().skip(1).cloned().collect());
    }
    (at, path)
}

/// Whether an object that is written out has nothing under the path: `{ method: "GET" }` has no `body`.
pub(crate) fn lacks(program: &Program<'_>, value: Gv, path: &Path) -> bool {
    let at = |v| Gv { func: value.func, value: v };
    match (path.first(), program.kind(value)) {
        (Some(PathSeg::Field(name, _)), ValueKind::Object(entries)) => {
            let open = |key: &Key| matches!(key, Key::Spread | Key::Dynamic(_));
            let entry = entries.iter().rev().find(|(key, _)| open(key) || matches!(key, Key::Name(key) if key == name));
            match entry {
                Some((Key::Name(_), inner)) => lacks(program, at(*inner), &path.rest()),
                Some(_) => false,
                None => true,
            }
        }
        (Some(PathSeg::Elem), ValueKind::Object(entries)) => {
            entries.iter().all(|(key, inner)| matches!(key, Key::Name(_)) && lacks(program, at(*inner), &path.rest()))
        }
        _ => false,
    }
}

fn at_path(program: &Program<'_>, call_gv: Gv, call: &Call, head: &str, inner: &Path, skip: usize) -> Vec<(Gv, Path)> {
    let at = |value| Gv { func: call_gv.func, value };
    let args = call.args.get(skip..).unwrap_or_default();
    let mut found = Vec::new();
    for alternative in head.split('|') {
        match alternative {
            "self" => {
                if let ValueKind::Field(base, _) = program.kind(at(call.callee)) {
                    found.push((at(*base), inner.clone()));
                }
            }
            "**" => {
                for arg in args.iter().filter(|a| a.name.is_some() || a.spread == Spread::Keywords) {
                    found.push((at(arg.value), inner.clone()));
                }
            }
            "#*" => {
                for arg in args.iter().filter(|a| a.name.is_none() && a.spread != Spread::Keywords) {
                    found.push((at(arg.value), inner.clone()));
                }
            }
            _ => {
                if let Some(n) = alternative.strip_prefix('#').and_then(|n| n.parse::<usize>().ok()) {
                    found.extend(positional(args, n, inner).map(|(v, p)| (at(v), p)));
                } else if let Some(arg) = args.iter().find(|a| a.name.as_deref() == Some(alternative)) {
                    found.push((at(arg.value), inner.clone()));
                } else {
                    for arg in args.iter().filter(|a| a.spread == Spread::Keywords) {
                        let path = inner.under(&[Seg::Field(Sym::from(alternative))]);
                        found.push((at(arg.value), path));
                    }
                }
            }
        }
        if !found.is_empty() {
            break;
        }
    }
    found
}

fn positional(args: &[crate::ir::Arg], n: usize, inner: &Path) -> Option<(crate::ir::ValueId, Path)> {
    let positional = args.iter().filter(|a| a.name.is_none() && a.spread != Spread::Keywords);
    for (seen, arg) in positional.enumerate() {
        if arg.spread == Spread::Positional {
            return Some((arg.value, inner.prefixed(PathSeg::Elem)));
        }
        if seen == n {
            return Some((arg.value, inner.clone()));
        }
    }
    None
}

/// `.a.b[].c` → `a`, `b`: what stands before the first element or wildcard.
fn inner(rest: &str) -> Path {
    let fixed = rest.split("[]").next().unwrap_or_default();
    let fixed = fixed.split(".*").next().unwrap_or_default();
    let names = fixed.split(['.', '[', ']']).map(|n| n.trim_matches(['"', '\''])).filter(|n| !n.is_empty());
    Path::of(names.map(|n| PathSeg::Field(Sym::from(n), None)).collect())
}
