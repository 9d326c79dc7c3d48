//! Access paths: which part of a value is asked for.

use std::hash::{Hash, Hasher};

use crate::ir::{CONTENT, KEYS, RAISED, Seg, Sym};
use crate::link::{FuncId, Gv};

/// Longer paths lose their far end: the whole of what is there is asked for.
const LONGEST: usize = 5;

#[derive(Clone, Debug)]
pub(crate) enum PathSeg {
    /// A field, and the read that asked for it.
    Field(Sym, Option<Gv>),
    /// Any member: the value under a key that is not constant.
    Elem,
    /// What iterating gives: the elements of a list, the keys of a mapping.
    Iter,
    /// The result of calling the value.
    Ret,
}

/// Members that a path may leave out.
const MOST_WITHOUT: usize = 6;

/// The first segment is the one to be taken from the value at hand.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Path {
    segs: Vec<PathSeg>,
    /// Members of the value at hand that were overwritten since, and so are not asked for.
    without: Vec<Vec<Sym>>,
    /// Which segment stands for the member that a parameter of a function names.
    keyed: Option<Keyed>,
    /// An unknown call stands before what is asked for: the names that were read of what it gave.
    read: Vec<Sym>,
}

/// The segment at `at` is the member under the key that parameter `param` of `of` holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Keyed {
    at: u8,
    pub(crate) of: FuncId,
    pub(crate) param: u32,
}

impl PartialEq for PathSeg {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (PathSeg::Field(a, _), PathSeg::Field(b, _)) => a == b,
            (PathSeg::Elem, PathSeg::Elem) | (PathSeg::Iter, PathSeg::Iter) | (PathSeg::Ret, PathSeg::Ret) => true,
            _ => false,
        }
    }
}

impl Eq for PathSeg {}

impl Hash for PathSeg {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match self {
            PathSeg::Field(name, _) => name.hash(state),
            PathSeg::Elem => 1u8.hash(state),
            PathSeg::Ret => 2u8.hash(state),
            PathSeg::Iter => 3u8.hash(state),
        }
    }
}

impl PathSeg {
    /// Whether a store under `seg` may be, or surely is, what this segment asks for.
    fn meets(&self, seg: &Seg) -> Option<bool> {
        match (self, seg) {
            (PathSeg::Field(a, _), Seg::Field(b)) if a == b => Some(true),
            // From the end: which it is depends on the length.
            (PathSeg::Field(a, _), Seg::Field(b)) => {
                (a.starts_with('-') && b.bytes().all(|c| c.is_ascii_digit())).then_some(false)
            }
            (PathSeg::Field(name, _), Seg::Elem) => Some(false).filter(|_| !name.is_empty() && &**name != KEYS),
            (PathSeg::Elem | PathSeg::Iter, Seg::Field(name)) => Some(false).filter(|_| &**name != KEYS),
            (PathSeg::Elem | PathSeg::Iter, Seg::Elem) => Some(false),
            (PathSeg::Ret, _) => None,
        }
    }
}

/// How many segments a path begins with that come again behind them: `children` of `children`.
fn repeated(segs: &[PathSeg]) -> Option<usize> {
    (1..=2).find(|n| segs.len() > 2 * n && segs[..*n] == segs[*n..2 * n])
}

/// What is known of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Key {
    Is(Sym),
    /// It begins so.
    Begins(Sym),
    Param(FuncId, u32),
    /// A member of a parameter: `action.field`.
    Member(FuncId, u32, Sym),
    Open,
}

impl Key {
    /// Whether it surely is another key.
    pub(crate) fn is_other(&self, asked: &str) -> bool {
        match self {
            // From the end: which it is depends on the length.
            Key::Is(name) => **name != *asked && !name.starts_with('-') && !asked.starts_with('-'),
            Key::Begins(with) => !asked.starts_with(&**with),
            Key::Param(..) | Key::Member(..) | Key::Open => false,
        }
    }
}

/// How a stored path stands to the path that is asked for.
pub(crate) enum Overlap {
    /// What was stored is not asked for.
    Apart,
    /// What was stored is part of what is asked for.
    Inside,
    /// What is asked for is in what was stored, at the rest of the path; the flag says that it surely is.
    Covers(Path, bool),
}

impl Path {
    pub(crate) fn whole() -> Self {
        Path::default()
    }

    pub(crate) fn of(segs: Vec<PathSeg>) -> Self {
        Path { segs, without: Vec::new(), keyed: None, read: Vec::new() }
    }

    pub(crate) fn segs(&self) -> &[PathSeg] {
        &self.segs
    }

    /// Whether what is asked for is what a value fails with: none of its fields, and not what it was read from.
    pub(crate) fn is_failure(&self) -> bool {
        self.segs.iter().any(|seg| matches!(seg, PathSeg::Field(name, _) if &**name == RAISED))
    }

    /// Whether the value is a path, and what is in the file is asked for.
    pub(crate) fn is_content_of_file(&self) -> bool {
        matches!(self.segs.last(), Some(PathSeg::Field(name, _)) if &**name == CONTENT)
    }

    /// What is asked of the arguments of a call that nothing is known of: all of them, for what is read of its result.
    pub(crate) fn of_unknown(&self) -> Path {
        if self.segs.is_empty() {
            return Path { read: self.read.clone(), ..Path::default() };
        }
        let read = |(i, seg): (usize, &PathSeg)| match seg {
            PathSeg::Field(name, _) if !matches!(self.segs.get(i + 1), Some(PathSeg::Ret)) => Some(name.clone()),
            _ => None,
        };
        Path { read: self.segs.iter().enumerate().filter_map(read).collect(), ..Path::default() }
    }

    /// The names that were read of what an unknown call made of what is asked for.
    pub(crate) fn read_of_unknown(&self) -> &[Sym] {
        &self.read
    }

    /// What is in the file that the value names.
    pub(crate) fn content_of_file() -> Self {
        Path::of(vec![PathSeg::Field(Sym::from(CONTENT), None)])
    }

    pub(crate) fn is_whole(&self) -> bool {
        self.segs.is_empty()
    }

    pub(crate) fn first(&self) -> Option<&PathSeg> {
        self.segs.first()
    }

    pub(crate) fn rest(&self) -> Path {
        self.after(1)
    }

    /// What is asked of the member that the first `n` segments lead to.
    fn after(&self, n: usize) -> Path {
        let segs = self.segs.get(n..).unwrap_or_default().to_vec();
        let left = |names: &Vec<Sym>| {
            let lies = names.len() > n
                && self.segs.len() >= n
                && self.segs.iter().take(n).zip(names).all(|(s, name)| matches!(s, PathSeg::Field(f, _) if f == name));
            lies.then(|| names[n..].to_vec())
        };
        let keyed = self.keyed.and_then(|k| Some(Keyed { at: k.at.checked_sub(u8::try_from(n).ok()?)?, ..k }));
        Path { segs, without: self.without.iter().filter_map(left).collect(), keyed, read: self.read.clone() }
    }

    /// What lies at `rest` of what this path leads to.
    pub(crate) fn then(&self, rest: Path) -> Path {
        self.segs.iter().rev().fold(rest, |path, seg| path.prefixed(seg.clone()))
    }

    pub(crate) fn prefixed(&self, seg: PathSeg) -> Path {
        let mut segs = Vec::with_capacity(self.segs.len() + 1);
        let without = match &seg {
            PathSeg::Field(name, _) if self.segs.len() < LONGEST => {
                let below = |names: &Vec<Sym>| std::iter::once(name.clone()).chain(names.iter().cloned()).collect();
                self.without.iter().map(below).collect()
            }
            _ => Vec::new(),
        };
        segs.push(seg);
        segs.extend(self.segs.iter().cloned());
        if let Some(period) = repeated(&segs).filter(|_| segs.len() > LONGEST) {
            // A part of what holds parts of its own kind: what is asked of one is asked of any of them.
            segs.drain(..period);
            return Path { segs, without: Vec::new(), keyed: None, read: self.read.clone() };
        }
        let read = if segs.len() > LONGEST { Vec::new() } else { self.read.clone() };
        segs.truncate(LONGEST);
        let keyed = self.keyed.filter(|k| usize::from(k.at) + 1 < LONGEST).map(|k| Keyed { at: k.at + 1, ..k });
        Path { segs, without, keyed, read }
    }

    /// The member under the key that a parameter of a function holds.
    pub(crate) fn keyed_by(&self, of: FuncId, param: u32) -> Path {
        Path { keyed: Some(Keyed { at: 0, of, param }), ..self.prefixed(PathSeg::Elem) }
    }

    /// The parameter of `of` that names a member on this path.
    pub(crate) fn key_of(&self, of: FuncId) -> Option<Keyed> {
        self.keyed.filter(|k| k.of == of)
    }

    pub(crate) fn is_keyed(&self) -> bool {
        self.keyed.is_some()
    }

    /// The same with the key known, or handed on to a parameter of the caller, or open.
    pub(crate) fn with_key(&self, key: &Key) -> Path {
        let mut path = Path { keyed: None, ..self.clone() };
        match (key, self.keyed) {
            (Key::Is(name), Some(k)) => {
                if let Some(seg) = path.segs.get_mut(usize::from(k.at)) {
                    *seg = PathSeg::Field(name.clone(), None);
                }
            }
            (Key::Param(of, param), Some(k)) => path.keyed = Some(Keyed { of: *of, param: *param, ..k }),
            _ => {}
        }
        path
    }

    /// The same without a member that is overwritten.
    pub(crate) fn leaving_out(&self, stored: &[Seg]) -> Path {
        let names: Option<Vec<Sym>> = stored
            .iter()
            .map(|seg| match seg {
                Seg::Field(name) => Some(name.clone()),
                Seg::Elem => None,
            })
            .collect();
        let mut path = self.clone();
        if let Some(names) = names
            && path.without.len() < MOST_WITHOUT
            && !path.without.contains(&names)
        {
            path.without.push(names);
            path.without.sort();
        }
        path
    }

    /// What is asked of the member `name` where the whole is asked for; none if the member is left out.
    pub(crate) fn of_member(&self, name: &str) -> Option<Path> {
        let mut without = Vec::new();
        for names in &self.without {
            match names.as_slice() {
                [only] if **only == *name => return None,
                [first, rest @ ..] if **first == *name => without.push(rest.to_vec()),
                _ => {}
            }
        }
        Some(Path { segs: self.segs.clone(), without, keyed: self.keyed, read: Vec::new() })
    }

    pub(crate) fn under(&self, prefix: &[Seg]) -> Path {
        prefix.iter().rev().fold(self.clone(), |path, seg| {
            path.prefixed(match seg {
                Seg::Field(name) => PathSeg::Field(name.clone(), None),
                Seg::Elem => PathSeg::Elem,
            })
        })
    }

    pub(crate) fn overlap(&self, stored: &[Seg]) -> Overlap {
        let mut sure = true;
        for (i, seg) in stored.iter().enumerate() {
            match self.segs.get(i) {
                None if self.leaves_out(stored) => return Overlap::Apart,
                None => return Overlap::Inside,
                Some(asked) => match asked.meets(seg) {
                    None => return Overlap::Apart,
                    Some(exact) => sure &= exact,
                },
            }
        }
        Overlap::Covers(self.after(stored.len()), sure)
    }

    /// What is asked of what lies at `stored`, where the whole of what is around it is asked for; none if it is left out.
    pub(crate) fn inside(&self, stored: &[Seg]) -> Option<Path> {
        stored.iter().skip(self.segs.len()).try_fold(self.after(self.segs.len()), |path, seg| match seg {
            Seg::Field(name) => path.of_member(name),
            Seg::Elem => Some(Path::whole()),
        })
    }

    fn leaves_out(&self, stored: &[Seg]) -> bool {
        self.without.iter().any(|names| {
            names.len() <= stored.len()
                && names.iter().zip(stored).all(|(name, seg)| matches!(seg, Seg::Field(n) if n == name))
        })
    }

    /// Whether deleting `stored` removes all that is asked for.
    pub(crate) fn deleted_by(&self, stored: &[Seg]) -> bool {
        matches!(self.overlap(stored), Overlap::Covers(_, true))
    }

    /// Where each segment was read.
    pub(crate) fn reads(&self) -> impl Iterator<Item = Option<Gv>> {
        self.segs.iter().map(|seg| match seg {
            PathSeg::Field(_, read) => *read,
            _ => None,
        })
    }

    /// The same path, by other reads.
    pub(crate) fn reread(&self, pairs: &[(Gv, Gv)]) -> Path {
        let mut path = self.clone();
        for seg in &mut path.segs {
            if let PathSeg::Field(_, Some(read)) = seg
                && let Some((_, now)) = pairs.iter().find(|(was, _)| was == read)
            {
                *read = *now;
            }
        }
        path
    }

    /// The names read, outermost first.
    pub(crate) fn names(&self) -> impl DoubleEndedIterator<Item = (&Sym, Option<Gv>)> {
        self.segs.iter().filter_map(|seg| match seg {
            PathSeg::Field(name, at) => Some((name, *at)),
            _ => None,
        })
    }
}
