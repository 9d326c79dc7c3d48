//! Declared fields on the way: what an object of a class hands over, as a whole or in part, and what was said of it already.

use std::rc::Rc;

use super::source::Origin;
use super::{End, Exit, Note, PathSeg, Queue, State, Told, Tracer};
use crate::classify::Declared;
use crate::inventory::Confidence;
use crate::ir::Sym;
use crate::link::{Abs, ClassId};

/// The category of what opens the way to a service.
pub(super) const KEYS_AND_TOKENS: &str = "credentials";

/// Classes of which all fields, or one, are reported.
#[derive(Default)]
pub(super) struct Tellings {
    told: Vec<(ClassId, Option<Sym>)>,
    /// Here the data enter: said again, even if they were met nearer to the sink.
    begins: bool,
}

impl Tellings {
    /// Where the data enter.
    pub(super) fn begin() -> Self {
        Tellings { begins: true, ..Tellings::default() }
    }
}

impl Tracer<'_> {
    /// Report the declared personal fields that the asked path of this value covers. True if its type is declared.
    pub(super) fn typed(&mut self, state: &State, queue: &mut Queue) -> bool {
        !self.constants && self.tell(&mut state.clone(), false, queue)
    }

    /// The same, where the data enter.
    pub(super) fn begins(&mut self, state: &State, queue: &mut Queue) -> bool {
        !self.constants && self.tell(&mut state.clone(), true, queue)
    }

    /// Members of a class where a record of it is made from what something outside of the tree gave: a row, a document.
    pub(super) fn begins_as(&mut self, state: &State, class: ClassId, queue: &mut Queue) {
        if self.constants || state.path.is_failure() {
            return;
        }
        let mut told = Tellings { begins: true, ..Tellings::default() };
        let path = state.path.clone();
        self.typed_as(state, &Abs::Instance(class), path.segs(), queue, &mut told);
    }

    /// The same, for a walk that goes on behind this value: it will not report these fields again.
    pub(super) fn tell(&mut self, state: &mut State, begins: bool, queue: &mut Queue) -> bool {
        if self.constants || state.path.is_failure() {
            return false;
        }
        let path = state.path.clone();
        let mut told = Tellings { begins, ..Tellings::default() };
        let mut declared = false;
        for abs in self.types.resolve(state.gv) {
            declared |= self.typed_as(state, &abs, path.segs(), queue, &mut told);
        }
        for (class, field) in told.told {
            state.told = Some(Rc::new(Told { class, field, before: state.told.take() }));
        }
        declared
    }

    pub(super) fn typed_as(
        &mut self,
        state: &State,
        abs: &Abs,
        path: &[PathSeg],
        queue: &mut Queue,
        told: &mut Tellings,
    ) -> bool {
        match abs {
            Abs::Seq(inner) => match path.first() {
                Some(PathSeg::Elem | PathSeg::Iter | PathSeg::Field(..)) => {
                    self.typed_as(state, inner, &path[1..], queue, told)
                }
                None => self.typed_as(state, inner, path, queue, told),
                Some(PathSeg::Ret) => false,
            },
            Abs::Instance(class) => match path.first() {
                None => self.whole(state, *class, queue, told),
                Some(PathSeg::Field(name, _)) if name.parse::<i64>().is_err() => {
                    self.one(state, *class, name, &path[1..], queue, told)
                }
                // Rows of a query.
                Some(PathSeg::Elem | PathSeg::Iter | PathSeg::Field(..)) => {
                    self.typed_as(state, abs, &path[1..], queue, told)
                }
                Some(PathSeg::Ret) => false,
            },
            _ => false,
        }
    }

    /// The object goes as a whole: all personal fields of its class.
    pub(super) fn whole(&mut self, state: &State, class: ClassId, queue: &mut Queue, told: &mut Tellings) -> bool {
        // Of what an unknown call made of it, a member of its own was read: it is that one.
        let read = state.path.read_of_unknown();
        if let Some(name) = read.iter().rev().find(|name| self.program.declared_field(class, name).is_some()).cloned() {
            return self.one(state, class, &name, &[], queue, told);
        }
        let fields = self.shared.fields;
        let mut all = fields.within(self.program, &mut self.types, class);
        let selected = self.program.selected(state.gv);
        if let Some(selected) = &selected {
            all.retain(|d| selected.iter().any(|n| **n == *d.name));
        }
        if told.begins || !state.was_told(class, None) {
            all.iter()
                .for_each(|declared| self.declared(state, declared, (class, selected.is_none()), told.begins, queue));
            told.told.push((class, None));
        }
        !all.is_empty()
    }

    pub(super) fn one(
        &mut self,
        state: &State,
        class: ClassId,
        name: &Sym,
        rest: &[PathSeg],
        queue: &mut Queue,
        told: &mut Tellings,
    ) -> bool {
        let Some((owner, i)) = self.program.declared_field(class, name) else { return false };
        let inner = self.types.declared_type_of(owner, i);
        let mut deeper = false;
        for abs in &inner {
            deeper |= self.typed_as(state, abs, rest, queue, told);
        }
        if !deeper
            && (told.begins || !state.was_told(owner, Some(name)))
            && let Some(declared) = self.shared.fields.of(owner, i)
        {
            let declared = declared.clone();
            self.declared(state, &declared, (owner, false), told.begins, queue);
            told.told.push((owner, Some(name.clone())));
        }
        true
    }

    /// `of`: the class, and whether it goes as a whole.
    pub(super) fn declared(
        &mut self,
        state: &State,
        declared: &Declared,
        of: (ClassId, bool),
        begins: bool,
        queue: &mut Queue,
    ) {
        // A key opens the way to a service; what an unknown call of the service gives is not made of it.
        if declared.category == KEYS_AND_TOKENS && state.confidence < Confidence::High {
            return;
        }
        let origin = Origin {
            location: declared.location.clone(),
            label: declared.label.clone(),
            category: declared.category.clone(),
            special: declared.special,
            kind: "field".into(),
            whole: of.1,
            record: self.program.is_record(of.0),
        };
        // The field's own place comes first; then where the walk stands.
        let chain = self.link(state.gv, Note::Value, state.chain);
        queue.exits.push(Exit::Source {
            origin: Rc::new(origin),
            at: state.gv.func,
            begins,
            end: End { chain, ..state.end() },
        });
    }
}
