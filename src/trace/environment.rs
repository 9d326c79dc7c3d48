//! Settings of an environment that a schema reads: which variable a member is, its default, and whether it may be left out.

use super::strings::Constant;
use super::{Exit, Note, Path, PathSeg, Queue, State, Tracer};
use crate::ir::{Call, Key, Sym, ValueId, ValueKind};
use crate::link::{Abs, FuncId, Gv};

/// Objects within objects of what a schema makes of the environment, and steps along its chain.
const DEEPEST: usize = 12;

impl Tracer<'_> {
    /// `env.MODEL` of `const env = z.object({ MODEL: z.string().default("gpt-4o") }).parse(process.env)`, `createEnv({...})`;
    /// `config.llm.model` of a schema that goes on with `.transform((env) => ({ llm: { model: env.MODEL } }))`.
    pub(super) fn environment_schema(&mut self, state: &State, call: &Call, queue: &mut Queue) -> bool {
        let Some((name, _)) = state.path.names().next() else { return false };
        let (name, func) = (name.clone(), state.gv.func);
        if !self.reads_environment(func, call) {
            return false;
        }
        // `schema.safeParse(process.env).data.MODEL`
        let result = matches!(self.program.kind(Gv { func, value: call.callee }), ValueKind::Field(_, m) if m.starts_with("safeParse"));
        let path = if result && &*name == "data" { state.path.rest() } else { state.path.clone() };
        let Some(name) = path.names().next().map(|(name, _)| name.clone()) else { return true };
        let Some((made_by, of)) = self.transformed(func, call) else {
            self.environment_variable(state, func, &name, queue);
            return true;
        };
        for value in self.program.function(made_by).returns.clone() {
            self.member(state, Gv { func: made_by, value }, path.segs(), of, queue, 0);
        }
        true
    }

    /// What a declaration gives a field that nothing sets: `Field(default="gpt-4o")`, `field(default_factory=make)`.
    pub(super) fn field_default(&mut self, state: &State, path: &str, call: &Call, queue: &mut Queue) -> bool {
        if !self.program.catalogue.declares_field(path) {
            return false;
        }
        let func = state.gv.func;
        for arg in call.args.iter().filter(|a| a.name.is_none()).take(1) {
            self.go(state, Gv { func, value: arg.value }, state.path.clone(), Note::Value, queue);
        }
        for arg in &call.args {
            match arg.name.as_deref() {
                Some("default") => {
                    self.go(state, Gv { func, value: arg.value }, state.path.clone(), Note::Value, queue);
                }
                Some("default_factory" | "factory") => {
                    for abs in self.resolver.resolve(Gv { func, value: arg.value }) {
                        let Abs::Func(made_by, _) = abs else { continue };
                        for value in self.program.function(made_by).returns.clone() {
                            self.go(state, Gv { func: made_by, value }, state.path.clone(), Note::Value, queue);
                        }
                    }
                }
                _ => {}
            }
        }
        true
    }

    /// One variable that a schema of this function reads, and the walk on to its default.
    fn environment_variable(&mut self, state: &State, func: FuncId, name: &Sym, queue: &mut Queue) {
        let declared = self.program.function(func).values.iter().find_map(|v| match &v.kind {
            ValueKind::Object(entries) => entries.iter().find_map(|(key, v)| match key {
                Key::Name(key) if key == name => Some(*v),
                _ => None,
            }),
            _ => None,
        });
        // The schema's chain: `z.string().min(1).default("gpt-4o").optional()`.
        let (mut at, mut optional, mut default) = (declared, false, None);
        while let Some(value) = at {
            let ValueKind::Call(call) = self.program.kind(Gv { func, value }) else { break };
            let ValueKind::Field(before, method) = self.program.kind(Gv { func, value: call.callee }) else { break };
            match (&**method, call.args.first()) {
                ("default" | "catch", Some(arg)) => {
                    default = Some(arg.value);
                    break;
                }
                ("optional" | "nullish" | "nullable", _) => optional = true,
                _ => {}
            }
            at = Some(*before);
        }
        let constant = Constant::setting(name.clone(), optional && default.is_none(), state.gv);
        queue.exits.push(Exit::Text { constant, end: state.end() });
        if let Some(value) = default {
            self.go(state, Gv { func, value }, Path::whole(), Note::Value, queue);
        }
    }

    /// The function that makes what `schema.parse(process.env)` gives, and the function that the schema before it stands in.
    fn transformed(&mut self, func: FuncId, call: &Call) -> Option<(FuncId, FuncId)> {
        let ValueKind::Field(receiver, _) = self.program.kind(Gv { func, value: call.callee }) else { return None };
        let mut at = *receiver;
        for _ in 0..DEEPEST {
            let ValueKind::Call(call) = self.program.kind(Gv { func, value: at }) else { return None };
            let ValueKind::Field(before, method) = self.program.kind(Gv { func, value: call.callee }) else {
                return None;
            };
            if &**method == "transform" {
                let made_by = self.resolver.resolve(Gv { func, value: call.args.first()?.value });
                return made_by.iter().find_map(|abs| match abs {
                    Abs::Func(made_by, _) => Some((*made_by, func)),
                    _ => None,
                });
            }
            at = *before;
        }
        None
    }

    /// What a member of the made object is: a variable of the schema in `of`, or whatever else stands there.
    fn member(&mut self, state: &State, gv: Gv, path: &[PathSeg], of: FuncId, queue: &mut Queue, depth: usize) {
        if depth > DEEPEST {
            return;
        }
        let at = |value: ValueId| Gv { func: gv.func, value };
        let program = self.program;
        match program.kind(gv) {
            ValueKind::Typed(inner, _)
            | ValueKind::AfterCall { base: inner, .. }
            | ValueKind::Update { base: inner, .. } => self.member(state, at(*inner), path, of, queue, depth + 1),
            ValueKind::Phi(options) => {
                for option in options {
                    self.member(state, at(*option), path, of, queue, depth + 1);
                }
            }
            ValueKind::Field(base, name) if matches!(program.kind(at(*base)), ValueKind::Param(0)) => {
                self.environment_variable(state, of, name, queue);
            }
            ValueKind::Object(entries) => {
                let Some((PathSeg::Field(wanted, _), rest)) = path.split_first() else { return };
                let entry = entries.iter().rev().find(|(key, _)| matches!(key, Key::Name(key) if key == wanted));
                if let Some((_, value)) = entry {
                    self.member(state, at(*value), rest, of, queue, depth + 1);
                }
            }
            _ if path.is_empty() => self.go(state, gv, Path::whole(), Note::Value, queue),
            _ => {}
        }
    }

    /// Whether the environment as a whole is handed to a call, itself or in its options.
    fn reads_environment(&mut self, func: FuncId, call: &Call) -> bool {
        let mut given: Vec<ValueId> = call.args.iter().map(|a| a.value).collect();
        for value in given.clone() {
            if let ValueKind::Object(entries) = self.program.kind(Gv { func, value }) {
                given.extend(entries.iter().map(|(_, v)| *v));
            }
        }
        given.into_iter().any(|value| {
            let found = self.resolver.resolve(Gv { func, value });
            found.iter().any(|abs| matches!(abs, Abs::Ext(path) if self.program.catalogue.is_environment(path)))
        })
    }
}
