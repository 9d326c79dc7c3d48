//! Access paths: which part of a value is asked for.

use std::hash::{Hash, Hasher};

use crate::ir::{Seg, Sym};
use crate::link::Gv;

/// Longer paths lose their far end: the whole of what is there is asked for.
const LONGEST: usize = 5;

#[derive(Clone, Debug)]
pub(crate) enum PathSeg {
    /// A field, and the read that asked for it.
    Field(Sym, Option<Gv>),
    Elem,
    /// The result of calling the value.
    Ret,
}

/// The first segment is the one to be taken from the value at hand.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Path(Vec<PathSeg>);

impl PartialEq for PathSeg {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (PathSeg::Field(a, _), PathSeg::Field(b, _)) => a == b,
            (PathSeg::Elem, PathSeg::Elem) | (PathSeg::Ret, PathSeg::Ret) => true,
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
        }
    }
}

impl PathSeg {
    /// Whether a store under `seg` may be, or surely is, what this segment asks for.
    fn meets(&self, seg: &Seg) -> Option<bool> {
        match (self, seg) {
            (PathSeg::Field(a, _), Seg::Field(b)) => (a == b).then_some(true),
            (PathSeg::Field(name, _), Seg::Elem) => Some(false).filter(|_| !name.is_empty()),
            (PathSeg::Elem, _) => Some(false),
            (PathSeg::Ret, _) => None,
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
        Path(segs)
    }

    pub(crate) fn segs(&self) -> &[PathSeg] {
        &self.0
    }

    pub(crate) fn is_whole(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn first(&self) -> Option<&PathSeg> {
        self.0.first()
    }

    pub(crate) fn rest(&self) -> Path {
        Path(self.0.get(1..).unwrap_or_default().to_vec())
    }

    pub(crate) fn prefixed(&self, seg: PathSeg) -> Path {
        let mut segs = Vec::with_capacity(self.0.len() + 1);
        segs.push(seg);
        segs.extend(self.0.iter().cloned());
        segs.truncate(LONGEST);
        Path(segs)
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
            match self.0.get(i) {
                None => return Overlap::Inside,
                Some(asked) => match asked.meets(seg) {
                    None => return Overlap::Apart,
                    Some(exact) => sure &= exact,
                },
            }
        }
        Overlap::Covers(Path(self.0[stored.len()..].to_vec()), sure)
    }

    /// Whether deleting `stored` removes all that is asked for.
    pub(crate) fn deleted_by(&self, stored: &[Seg]) -> bool {
        matches!(self.overlap(stored), Overlap::Covers(_, true))
    }

    /// The names read, outermost first.
    pub(crate) fn names(&self) -> impl DoubleEndedIterator<Item = (&Sym, Option<Gv>)> {
        self.0.iter().filter_map(|seg| match seg {
            PathSeg::Field(name, at) => Some((name, *at)),
            _ => None,
        })
    }
}
