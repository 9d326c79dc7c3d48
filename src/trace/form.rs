//! What a person types into a form or hands over as a file: fields that a component is made for, and pictures.

use std::rc::Rc;

use super::source::Origin;
use super::{End, Exit, Note, PathSeg, Queue, State, Tracer};
use crate::catalogue::Lang;
use crate::inventory::Confidence;
use crate::ir::{CallKind, Key, Sym, ValueKind};
use crate::link::FuncId;
use crate::place;

/// Members of a message that hold a picture.
const PICTURES: &[&str] = &["image", "image_url", "images"];

impl Tracer<'_> {
    /// `<Controller name="summary" render={({ field }) => <Editor value={field.value} />} />`: what was typed into the field,
    /// where it is asked for. False where the function is no such one.
    pub(super) fn form_field(&mut self, state: &State, queue: &mut Queue) -> bool {
        let program = self.program;
        let words = &program.catalogue.remote.form_field;
        let segs = state.path.segs();
        let held = segs.len() >= words.holds.len()
            && segs.iter().zip(&words.holds).all(|(seg, name)| matches!(seg, PathSeg::Field(n, _) if **n == **name));
        if !held || self.constants || program.lang(state.gv.func) != Lang::Js {
            return false;
        }
        let Some(name) = self.field_shown(state) else { return false };
        let read = segs.iter().rev().find_map(|seg| match seg {
            PathSeg::Field(_, read) => *read,
            _ => None,
        });
        let personal = &self.shared.fields.personal;
        let hit = ["form", "profile"].into_iter().find_map(|owner| personal.classify_key(&name, Some(owner)));
        if hit.is_none() && program.catalogue.is_technical(&name) {
            return true;
        }
        // A person may write what they like where the name does not say what it is.
        let category = hit.map_or_else(|| "free_text".to_owned(), |hit| hit.category);
        let origin = Origin {
            location: place::of(program, read.unwrap_or(state.gv)),
            label: format!("form field: {name}"),
            special: personal.category_is_special(&category),
            category,
            kind: "form".into(),
            whole: false,
            record: false,
        };
        let end = state.less(Confidence::Medium).end();
        queue.exits.push(Exit::Source { origin: Rc::new(origin), at: state.gv.func, begins: true, end });
        true
    }

    /// The name of the form's field that the function shows.
    fn field_shown(&self, state: &State) -> Option<Sym> {
        let program = self.program;
        let words = &program.catalogue.remote.form_field;
        let around = program.function(program.parent(state.gv.func)?);
        let file = program.file_of(state.gv.func);
        around.values.iter().find_map(|value| {
            let ValueKind::Call(call) = &value.kind else { return None };
            let ValueKind::Object(properties) = around.kind_of(call.args.first()?.value) else { return None };
            let property = |name: &str| {
                let found = properties.iter().find(|(key, _)| matches!(key, Key::Name(n) if **n == *name));
                found.map(|(_, value)| around.kind_of(*value))
            };
            match (property(&words.render)?, property(&words.name)?) {
                (ValueKind::Func(ix), ValueKind::Str(name))
                    if call.kind == CallKind::Jsx && program.func_id(file, *ix) == state.gv.func =>
                {
                    Some(name.clone())
                }
                _ => None,
            }
        })
    }

    /// Whether the bytes of a file are put where a message holds a picture.
    pub(super) fn is_picture(&self, origin: &Origin, at: FuncId, end: End) -> bool {
        if !matches!(origin.kind.as_str(), "file_read" | "file_upload") || self.is_bundled(origin, at) {
            return false;
        }
        self.steps(end.chain).iter().filter(|link| link.note == Note::Put).any(|link| {
            self.program.function(link.at.func).values.iter().any(|value| match &value.kind {
                ValueKind::Object(entries) => entries.iter().any(|(key, value)| {
                    *value == link.at.value && matches!(key, Key::Name(name) if PICTURES.contains(&&**name))
                }),
                _ => false,
            })
        })
    }

    /// Whether a file is read whose name is written out: a part of the program, and of nobody.
    fn is_bundled(&self, origin: &Origin, at: FuncId) -> bool {
        let f = self.program.function(at);
        f.values.iter().any(|value| {
            let ValueKind::Call(call) = &value.kind else { return false };
            let named = call.args.first().is_some_and(|a| matches!(f.kind_of(a.value), ValueKind::Str(_)));
            named && value.span.line == origin.location.line && value.span.end_line == origin.location.end_line
        })
    }
}
