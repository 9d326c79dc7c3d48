//! Values that a schema or a query makes: what a validator gives back, the columns that a query names itself, and fields
//! that are declared as text.

use super::declared::Tellings;
use super::{Note, PathSeg, Queue, State, Tracer};
use crate::catalogue::{Lang, Passes};
use crate::ir::{Call, CallKind, ClassKind, Key, Sym, ValueId, ValueKind};
use crate::link::{Abs, ClassId, FuncId, Gv, is_envelope};

/// A column that a query names: its name in the rows, the value, and the field of the table.
type Column = (Sym, ValueId, ClassId, Sym);

/// Calls of a chain that are looked at.
const CHAIN: usize = 16;

impl Tracer<'_> {
    /// Report what the value is declared as, and note that this was said. A text of no known category says nothing: what
    /// it was read from may say more.
    pub(super) fn tell_kind(&mut self, state: &mut State, queue: &mut Queue) {
        let before = queue.exits.len();
        if self.tell(state, false, queue) {
            state.declared |= queue.exits.len() > before || !self.is_free_text(state);
        }
    }

    /// Whether a call calls a method of a class or schema (`schema.parse(x)`, `User.find()`), and makes no instance by
    /// itself.
    pub(super) fn is_called_on(&mut self, gv: Gv, call: &Call, class: ClassId) -> bool {
        let program = self.program;
        let ValueKind::Field(base, _) = program.kind(Gv { func: gv.func, value: call.callee }) else { return false };
        program.lang(gv.func) == Lang::Js
            && call.kind != CallKind::New
            && self.resolver.resolve(Gv { func: gv.func, value: *base }).contains(&Abs::Class(class))
    }

    /// `schema.parse(x)`: what the schema declares, in what was given. False where the method is no validator.
    pub(super) fn validated(&mut self, state: &State, call: &Call, class: ClassId, queue: &mut Queue) -> bool {
        let program = self.program;
        let callee = Gv { func: state.gv.func, value: call.callee };
        let ValueKind::Field(_, method) = program.kind(callee) else { return false };
        let of_schema = program.class(class).kind == ClassKind::Schema;
        let same = program.catalogue.passes(Lang::Js, method, None) == Some(Passes::Same);
        let ([given], true, true) = (call.args.as_slice(), of_schema, same) else { return false };
        let mut state = state.clone();
        if let Some(PathSeg::Field(name, _)) = state.path.first()
            && program.declared_field(class, name).is_none()
            && is_envelope(name)
        {
            state.path = state.path.rest();
        }
        self.tell_kind(&mut state, queue);
        self.go(&state, Gv { func: state.gv.func, value: given.value }, state.path.clone(), Note::Value, queue);
        true
    }

    /// `db.select({ body: notes.body }).from(notes).innerJoin(users, …)`: of the rows, the columns that the query names.
    /// False where it names none.
    pub(super) fn projected(&mut self, state: &State, call: &Call, queue: &mut Queue) -> bool {
        if self.constants {
            return false;
        }
        let Some((func, columns)) = self.projection(state.gv, call) else { return false };
        let segs = state.path.segs();
        let row = |seg: &PathSeg| match seg {
            PathSeg::Elem | PathSeg::Iter => true,
            PathSeg::Field(name, _) => name.parse::<i64>().is_ok(),
            PathSeg::Ret => false,
        };
        let asked = &segs[usize::from(segs.first().is_some_and(row))..];
        for (name, column, class, field) in columns {
            let rest = match asked {
                [] => asked,
                [PathSeg::Field(asked, _), rest @ ..] if *asked == name => rest,
                _ => continue,
            };
            let state = State { gv: Gv { func, value: column }, ..state.clone() };
            let mut told = Tellings::begin();
            self.one(&state, class, &field, rest, queue, &mut told);
        }
        true
    }

    /// The columns that the chain of a query names, and the function it stands in.
    fn projection(&mut self, gv: Gv, call: &Call) -> Option<(FuncId, Vec<Column>)> {
        let program = self.program;
        let mut func = gv.func;
        let mut call = call;
        for _ in 0..CHAIN {
            let ValueKind::Field(receiver, method) = program.kind(Gv { func, value: call.callee }) else { return None };
            if method.starts_with("select")
                && let Some(arg) = call.args.first()
                && let ValueKind::Object(entries) = program.kind(Gv { func, value: arg.value })
            {
                let mut columns = Vec::new();
                for (key, value) in entries {
                    let (Key::Name(name), ValueKind::Field(table, field)) =
                        (key, program.kind(Gv { func, value: *value }))
                    else {
                        return None;
                    };
                    let classes = self.resolver.resolve(Gv { func, value: *table });
                    let class = classes.iter().find_map(|abs| match abs {
                        Abs::Class(class) if program.declared_field(*class, field).is_some() => Some(*class),
                        _ => None,
                    });
                    columns.push((name.clone(), *value, class?, field.clone()));
                }
                return Some((func, columns));
            }
            let receiver = program.origin(Gv { func, value: *receiver });
            let ValueKind::Call(before) = program.kind(receiver) else { return None };
            func = receiver.func;
            call = before;
        }
        None
    }

    /// Whether a field of a schema takes any text: `z.string().min(1)`.
    pub(super) fn is_text_schema(&self, class: ClassId, field: usize) -> bool {
        let program = self.program;
        let c = program.class(class);
        let scope = program.function(program.func_id(program.class_file(class), c.scope));
        let mut at = c.fields[field].default;
        for _ in 0..CHAIN {
            let Some(ValueKind::Call(call)) = at.map(|value| scope.kind_of(value)) else { return false };
            let ValueKind::Field(receiver, name) = scope.kind_of(call.callee) else { return false };
            if &**name == "string" {
                return true;
            }
            at = Some(*receiver);
        }
        false
    }
}
