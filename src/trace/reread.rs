//! Answers that were worked out for one read of a name, and are asked for again by another read of it.

use std::rc::Rc;

use super::{Exit, Origin, Path, Tracer};
use crate::link::Gv;
use crate::place;

impl Tracer<'_> {
    /// An answer that was worked out for other reads of the same names, as the answer for these.
    pub(super) fn reread(&self, known: &Rc<Vec<Exit>>, asked: &Path, path: &Path) -> Rc<Vec<Exit>> {
        let pairs: Vec<(Gv, Gv)> = asked.reads().zip(path.reads()).filter_map(|(a, b)| Some((a?, b?))).collect();
        let other: Vec<(Gv, Gv)> = pairs.into_iter().filter(|(a, b)| a != b).collect();
        if other.is_empty() {
            return known.clone();
        }
        let places: Vec<_> = other.iter().map(|(was, _)| place::of(self.program, *was)).collect();
        let again = |exit: &Exit| match exit {
            Exit::Source { origin, at, begins, end } => {
                let origin = match places.iter().position(|place| *place == origin.location) {
                    Some(n) => {
                        let location = place::of(self.program, other[n].1);
                        Rc::new(Origin { location, ..(**origin).clone() })
                    }
                    None => origin.clone(),
                };
                Exit::Source { origin, at: *at, begins: *begins, end: *end }
            }
            Exit::Param { index, path, end } => Exit::Param { index: *index, path: path.reread(&other), end: *end },
            Exit::Elsewhere { gv, path, end } => Exit::Elsewhere { gv: *gv, path: path.reread(&other), end: *end },
            Exit::Text { .. } => exit.clone(),
        };
        Rc::new(known.iter().map(again).collect())
    }
}
