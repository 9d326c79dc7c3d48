//! Where in a value the answer is: `{"text": answer, "user": user}` holds it under `text`, and a read of `user` is none of it.

use crate::ir::{Seg, Sym};

/// Steps that are kept; what lies deeper counts as the whole of what they lead to.
const LONGEST: usize = 3;

/// The way from a value to the answer in it. Empty where the value is the answer or of it, and where nothing is known.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Part(Vec<Seg>);

impl Part {
    /// The value itself.
    pub(super) const WHOLE: Part = Part(Vec::new());

    pub(super) fn is_whole(&self) -> bool {
        self.0.is_empty()
    }

    /// In a value that holds this one at a path.
    pub(super) fn under(&self, path: &[Seg]) -> Part {
        Part(path.iter().chain(&self.0).take(LONGEST).cloned().collect())
    }

    /// In the member of a name; none where the answer is under another.
    pub(super) fn member(&self, name: &Sym) -> Option<Part> {
        match self.0.first() {
            // `rows[-1]` is one of them.
            Some(Seg::Field(first)) if first != name && !(is_index(first) && name.starts_with('-')) => None,
            _ => Some(self.element()),
        }
    }

    /// In an element, or in a member of a name that is not known.
    pub(super) fn element(&self) -> Part {
        Part(self.0.iter().skip(1).cloned().collect())
    }

    /// In the value when elements of it may have changed their places.
    pub(super) fn moved(&self) -> Part {
        let mut moved = self.clone();
        if let Some(first) = moved.0.first_mut()
            && matches!(first, Seg::Field(name) if is_index(name))
        {
            *first = Seg::Elem;
        }
        moved
    }

    /// In what is left without the members of these names.
    pub(super) fn without(&self, names: &[Sym]) -> Option<Part> {
        let gone = matches!(self.0.first(), Some(Seg::Field(first)) if names.contains(first));
        (!gone).then(|| self.clone())
    }

    /// In the value after what stood at a path was replaced.
    pub(super) fn replaced(&self, path: &[Seg]) -> Option<Part> {
        let known = path.iter().all(|seg| matches!(seg, Seg::Field(_)));
        (!(known && self.0.starts_with(path))).then(|| self.clone())
    }
}

fn is_index(name: &Sym) -> bool {
    name.bytes().all(|b| b.is_ascii_digit())
}
