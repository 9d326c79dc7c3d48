//! What a request says beside its data: headers that set storage or make a gateway of a proxy, and identifiers of the end
//! user that go along.

use super::Finding;
use crate::catalogue::HeaderRow;
use crate::inventory::Setting;
use crate::ir::{Call, Key, Seg, Sym, ValueKind};
use crate::link::Gv;
use crate::path::Path;
use crate::place;
use crate::sinks::args;

/// The value of what is set where the code does not say it.
const GIVEN: &str = "given";
/// Longer texts are no settings.
const LONGEST: usize = 60;

impl Finding<'_, '_> {
    /// The headers that a call or a constructor is given.
    pub(super) fn headers(&mut self, gv: Gv, call: &Call, paths: &[String], skip: usize) {
        let program = self.program;
        let common = program.catalogue.header_arguments(program.lang(gv.func));
        for path in common.iter().chain(paths) {
            for (value, inner) in args::pick_exactly(program, gv, call, path, skip) {
                if args::lacks(program, value, &inner) {
                    continue;
                }
                let (value, inner) = args::written(program, value, &inner);
                if inner.is_whole() {
                    self.header_object(value, 8);
                }
            }
        }
    }

    fn header_object(&mut self, value: Gv, depth: u32) {
        if depth == 0 {
            return;
        }
        let program = self.program;
        let at = |v| Gv { func: value.func, value: v };
        match program.kind(value) {
            ValueKind::Object(entries) => {
                for (key, inner) in entries {
                    match key {
                        Key::Name(name) => self.header(name, at(*inner)),
                        Key::Spread => self.header_object(at(*inner), depth - 1),
                        Key::Dynamic(_) => {}
                    }
                }
            }
            ValueKind::Update { base, path, value: inner, .. } => {
                if let [Seg::Field(name)] = path.as_slice() {
                    self.header(name, at(*inner));
                }
                self.header_object(at(*base), depth - 1);
            }
            ValueKind::AfterCall { base, .. } | ValueKind::Typed(base, _) => self.header_object(at(*base), depth - 1),
            ValueKind::Phi(options) => options.iter().take(4).for_each(|v| self.header_object(at(*v), depth - 1)),
            ValueKind::Free(name) => {
                for value in program.free(value.func, name).into_iter().filter(|v| *v != value) {
                    self.header_object(value, depth - 1);
                }
            }
            ValueKind::Import(_) => {
                for inner in program.imported(value).into_iter().filter(|v| *v != value) {
                    self.header_object(inner, depth - 1);
                }
            }
            _ => {}
        }
    }

    fn header(&mut self, name: &Sym, value: Gv) {
        let Some(row) = self.program.catalogue.header(name) else { return };
        if !row.provider.is_empty() && self.out.gateway.is_none() && self.out.provider != row.provider {
            self.passed_by.get_or_insert_with(|| row.provider.clone());
        }
        if row.role != "gateway" {
            self.note(name, value, Path::whole(), row);
        }
    }

    fn note(&mut self, name: &str, value: Gv, path: Path, row: &HeaderRow) {
        if row.role == "identifier" {
            self.set(name, GIVEN, "identifier", value);
            return;
        }
        let constants = self.tracer.constants(value, path);
        let texts = constants.iter().filter(|c| c.text.len() <= LONGEST);
        let found: Vec<String> =
            texts.map(|c| if c.setting { format!("${}", c.text) } else { c.text.to_string() }).collect();
        let about = if row.role == "feature" { "feature" } else { "" };
        self.set(name, found.first().map_or(GIVEN, String::as_str), about, value);
    }

    /// Identifiers of the end user in the call's arguments.
    pub(super) fn identifiers(&mut self, gv: Gv, call: &Call, paths: &[String], skip: usize) {
        let program = self.program;
        for path in paths {
            for (value, inner) in args::pick_exactly(program, gv, call, path, skip) {
                if args::lacks(program, value, &inner) {
                    continue;
                }
                let (value, inner) = args::written(program, value, &inner);
                // Keywords that are handed on as a whole may hold it or not.
                if !inner.is_whole() || matches!(program.kind(value), ValueKind::Null) {
                    continue;
                }
                let name = path.rsplit(['.', '|', '#']).next().unwrap_or(path);
                if !name.is_empty() && name.parse::<u32>().is_err() {
                    self.set(name, GIVEN, "identifier", value);
                }
            }
        }
    }

    fn set(&mut self, name: &str, value: &str, about: &str, at: Gv) {
        let location = place::of(self.program, at);
        let setting = Setting { name: name.to_owned(), value: value.to_owned(), location, about: about.to_owned() };
        if !self.out.settings.contains(&setting) {
            self.out.settings.push(setting);
        }
    }
}
