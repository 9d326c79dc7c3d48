//! Small programs and what they lower to.

use super::dump;
use crate::ir::{Class, ClassKind, FileIr, FnIx, FnKind, ValueKind};

fn ts(source: &str) -> FileIr {
    let file = super::lower("test.ts", source, false, &[]);
    assert!(file.errors.is_empty(), "{:?}", file.errors);
    file
}

fn tsx(source: &str) -> FileIr {
    let file = super::lower("test.tsx", source, true, &[]);
    assert!(file.errors.is_empty(), "{:?}", file.errors);
    file
}

fn function(file: &FileIr, name: &str) -> FnIx {
    let at = file.functions.iter().position(|f| &*f.name == name).expect("no such function");
    FnIx(u32::try_from(at).unwrap())
}

fn class<'a>(file: &'a FileIr, name: &str) -> &'a Class {
    file.classes.iter().find(|c| &*c.name == name).expect("no such class")
}

/// What the first `return` of a function gives.
fn returned(file: &FileIr, name: &str) -> String {
    let ix = function(file, name);
    dump::value(file, ix, file.function(ix).returns[0])
}

/// The value of a module variable at the end.
fn at_end(file: &FileIr, name: &str) -> String {
    dump::value(file, FnIx(0), file.functions[0].exit[name])
}

/// What the body of `function f(a, b, c)` returns.
fn body(source: &str) -> String {
    returned(&ts(&format!("function f(a, b, c) {{ {source} }}")), "f")
}

#[test]
fn assignment_kills_and_branches_join() {
    assert_eq!(body("let x = a; x = b; return x"), "b");
    assert_eq!(body("let x = a; if (c) { x = b } return x"), "either(a, b)");
    assert_eq!(body("let x = a; if (c) { x = b } else { return 0 } return [x]"), "0");
    let file = ts("function f(a, b, c) { let x = a; if (c) throw x; else x = b; return x }");
    assert_eq!(returned(&file, "f"), "b");
    assert_eq!(file.functions[1].branches.len(), 1);
}

#[test]
fn loops_give_phis() {
    assert_eq!(body("let s = ''; for (const x of a) { s += x.name } return s"), "either(\"\", concat(…, a[*].name))");
    assert_eq!(body("let x = a; while (c) { x = b } return x"), "either(a, b)");
    assert_eq!(body("let k; for (k in a) { b = k } return b"), "either(b, a.<key>)");
    assert_eq!(body("for (let i = 0; i < a.length; i++) { b = a[i] } return b").split('[').next(), Some("either(b, a"));
}

#[test]
fn block_scopes_shadow() {
    assert_eq!(body("const x = a; { const x = b; c(x) } return x"), "a");
    assert_eq!(body("const x = a; for (const x of b) {} return x"), "a");
    assert_eq!(body("var x = a; { var x = b } return x"), "b");
    assert_eq!(body("let x = a; try { x = b; d() } catch (x) { c(x) } return x"), "either(either(a, b), b)");
}

#[test]
fn destructuring() {
    assert_eq!(
        body("const { x, y: { z = b }, ...rest } = a; return [x, z, rest]"),
        r#"[a.x, either(a.y.z, b), rest(a, -["x", "y"])]"#
    );
    assert_eq!(body("const [, x, ...rest] = a; return [x, rest]"), r#"[a.1, rest(a, -["0", "1"])]"#);
    assert_eq!(body("let x, y; ({ x, y = 1 } = a); [y] = b; return [x, y]"), "[a.x, b.0]");
    assert_eq!(body("const { [b]: x } = a; return x"), "a[b]");
    assert_eq!(body("for (const { email } of a) { c = email } return c"), "either(c, a[*].email)");
}

#[test]
fn members_and_updates() {
    assert_eq!(body("a.x = b; return a"), "(a with .x = b)");
    assert_eq!(body("a['x'].y = b; return a"), "(a with .x.y = b)");
    assert_eq!(body("a[b] = c; return a"), "((a with [*] ~ c) with .<key> ~ b)");
    assert_eq!(body("delete a.email; return a"), "(a without .email)");
    assert_eq!(body("(a as any).x ||= b; return a.x"), "(a with .x = either(a.x, b)).x");
    assert_eq!(body("(a as User).x = b; return a"), "(a with .x = b)");
    assert_eq!(body("a.push(b); return a"), "(a after a.push(b) as receiver)");
    assert_eq!(body("return a?.b!.#c[0]?.['d'][b]"), "a.b.#c.0.d[b]");
}

#[test]
fn operators() {
    assert_eq!(body("return 'x' + a + b"), r#"concat("x", a, b)"#);
    assert_eq!(body("return `hi ${a}, \\n${b}!`"), r#"concat("hi ", a, ", \n", b, "!")"#);
    assert_eq!(body("return `plain`"), "\"plain\"");
    assert_eq!(body("return [a && b, a ?? b, a || b, c ? a : b]"), "[b, either(a, b), either(a, b), either(a, b)]");
    assert_eq!(
        body("return [a === b, !a, typeof a, a * b, -1, /x/g]"),
        "[opaque(a, b), opaque(a), opaque(a), unknown(a, b), -1, \"/x/g\"]"
    );
    assert_eq!(body("c && (a = b); return a"), "either(b, a)");
    assert_eq!(body("return (a, b)"), "b");
    assert_eq!(body("return (a = b)"), "b");
}

#[test]
fn literals() {
    assert_eq!(
        body("return { a, 'k-1': b, [c]: 1, ['d']: 2, ...a, m() {}, get g() { return 1 } }"),
        "{a: a, k-1: b, [c]: 1, d: 2, ...a, m: fn m, g: fn g}"
    );
    assert_eq!(body("return [a, ...b, null, undefined, true]"), "[a, ...b, null, null, true]");
    assert_eq!(body(r"return 'it\'s \u0041\x42\u{43}'"), "\"it's ABC\"");
}

#[test]
fn calls() {
    assert_eq!(body("return new a.B(b, ...c)"), "new a.B(b, ...c)");
    assert_eq!(body("return a?.(await b)"), "a(b)");
    assert_eq!(body("return a`x${b}y`"), r#"tag a(["x", "y"], b)"#);
    assert_eq!(body("return import('x')"), "<x#*>");
    assert_eq!(body("return require('x').y"), "<x#*>.y");
    assert_eq!(body("return g(a)"), "^g(a)");
    // The argument changes the receiver before the call does.
    assert!(body("a.log.push(a.next()); return a").starts_with("((a after a.next() as receiver) with .log = "));
}

#[test]
fn functions_and_parameters() {
    let file = ts(
        "export default async function (a: string, { b, c = 1 }: Props, d = a, ...rest: string[]): Promise<User> { 'use server'; return [b, c, d, rest] }
         const arrow = x => x.y;
         const o = { key: function () {}, other: () => {} };
         function* gen() { yield 1; yield* o }",
    );
    let ix = function(&file, "default");
    assert_eq!(
        dump::signature(&file, ix),
        "Lambda default(a: string, : Props, d = a, ...rest: Array<string>): Promise<User>"
    );
    assert_eq!(returned(&file, "default"), "[param1.b, either(param1.c, 1), d, rest]");
    assert!(file.function(ix).is_async);
    assert_eq!(&*file.function(ix).directives[0], "use server");
    assert_eq!(returned(&file, "arrow"), "x.y");
    assert_eq!(at_end(&file, "o"), "{key: fn key, other: fn other}");
    let gen_ix = function(&file, "gen");
    assert_eq!(dump::value(&file, gen_ix, file.function(gen_ix).returns[0]), "[...[1]]");
    assert_eq!(dump::value(&file, gen_ix, file.function(gen_ix).returns[1]), "^o");
}

#[test]
fn closures_write_outer_variables() {
    let file = ts("let x = 1; function f(c) { if (c) { x = 2 } return x }");
    assert_eq!(returned(&file, "f"), "either(^x, 2)");
    assert_eq!(&*file.functions[1].outer_writes[0].0, "x");
    let file = ts("let x = ''; function f(c) { for (const y of c) { x = y } return x }");
    assert_eq!(returned(&file, "f"), "either(^x, c[*])");
}

#[test]
fn overloads_give_one_function() {
    let file = ts(
        "export function f(a: string): void; export function f(a: number): void; export function f(a: any) { return a }",
    );
    assert_eq!(file.functions.len(), 2);
    let file = ts("declare function g(a: string): User;");
    assert!(file.functions[1].is_abstract);
}

#[test]
fn classes() {
    let file = ts(
        "@Injectable() export class A extends Base<User> implements I {
            name: string = 'x'; static all = []; handler = (q) => this.name;
            constructor(private readonly db: Db, @Inject() other) { super(other); this.extra = other; this.use(this.db) }
            @Get('x') async find(@Body() body: Dto) { return this.db.find(body) }
            get full() { return this.name } set full(v) {}
            static make() {}
            over(a: string): void; over(a: any) {}
        }
        abstract class B { abstract go(a: string): User }",
    );
    let a = class(&file, "A");
    assert_eq!(dump::fields(&file, a), "{name: string = \"x\"; all = []; handler = fn handler; db: Db; extra}");
    assert_eq!(a.base_types.iter().map(|t| dump::type_text(&file, t)).collect::<Vec<_>>(), ["Base<User>", "I"]);
    assert_eq!(dump::value(&file, FnIx(0), a.bases[0]), "^Base");
    assert_eq!(dump::value(&file, FnIx(0), a.decorators[0]), "^Injectable()");
    let kind = |name: &str| file.function(a.methods[name]).kind;
    assert_eq!(kind("find"), FnKind::Method);
    assert_eq!(kind("full"), FnKind::Property);
    assert_eq!(kind("make"), FnKind::StaticMethod);
    assert_eq!(kind("handler"), FnKind::Method);
    assert_eq!(returned(&file, "find"), "this.db.find(body)");
    assert_eq!(returned(&file, "full"), "this.name");
    assert_eq!(returned(&file, "handler"), "this.name");
    let find = file.function(a.methods["find"]);
    assert_eq!(dump::value(&file, FnIx(0), find.decorators[0]), "^Get(\"x\")");
    assert_eq!(dump::value(&file, FnIx(0), find.params[0].decorators[0]), "^Body()");
    assert_eq!(file.functions.iter().filter(|f| &*f.name == "over").count(), 1);
    assert!(file.function(class(&file, "B").methods["go"]).is_abstract);
    assert!(a.exported);
    assert_eq!(dump::exports(&file), ["A = A"]);
}

#[test]
fn this_is_versioned() {
    let file = ts("class A { m(v) { this.x = v; return this.x } }");
    assert_eq!(returned(&file, "m"), "(this with .x = v).x");
    let file = ts("class A { m() { return () => this.x } }");
    assert_eq!(returned(&file, ""), "^this.x");
    let file = ts("class A { x = [() => this.y]; z = this.y }");
    assert_eq!(returned(&file, ""), "this.y");
    assert_eq!(dump::fields(&file, class(&file, "A")), "{x = [fn ]; z = this.y}");
}

#[test]
fn interfaces_and_aliases() {
    let file = ts(
        "export interface User extends Base, Named<string> { email: string; tags?: string[]; save(): Promise<void>; [k: string]: any }
         export type Row = { id: number; inner: { phone: string } };
         type Both = User & { extra: Row['inner'] };
         type Id = string | number | 'x' | null;",
    );
    let user = class(&file, "User");
    assert_eq!(user.kind, ClassKind::Interface);
    assert_eq!(dump::fields(&file, user), "{email: string; tags: Array<string>; save: Function<Promise<void>>}");
    assert_eq!(dump::type_text(&file, &user.base_types[1]), "Named<string>");
    assert_eq!(dump::fields(&file, class(&file, "Row")), "{id: number; inner: {phone: string}}");
    let target = |name: &str| dump::type_text(&file, &class(&file, name).base_types[0]);
    assert_eq!(target("Both"), "(User & {extra: Row[\"inner\"]})");
    assert_eq!(target("Id"), "(string | number | \"x\" | null)");
    assert_eq!(dump::exports(&file), ["User = User", "Row = Row"]);
    assert!(!file.functions[0].locals.contains_key("User"));
}

#[test]
fn types() {
    let file = ts("type T = [
        z.infer<typeof schema>, typeof a.b, Array<User>, readonly User[], ReadonlyArray<User>, A.B<C>,
        (x: string) => User, new () => User, (User), keyof User, { [K in Keys]: string }, A extends B ? C : D,
        Record<string, User>, `x${string}`, true, User[][number], [a: string, ...rest: number[]]
    ];");
    assert_eq!(
        dump::type_text(&file, &class(&file, "T").base_types[0]),
        "Array<(z.infer<typeof schema> | typeof a.b | Array<User> | Array<User> | Array<User> | A.B<C> \
         | Function<User> | Function<User> | User | ? | ? | ? | Record<string, User> | string | boolean \
         | User | Array<(string | number)>)>"
    );
}

#[test]
fn declared_types() {
    assert_eq!(body("const x: User = a; return x"), "(a: User)");
    assert_eq!(body("let x: User; x = a; return x"), "(a: User)");
    assert_eq!(
        body("return [a as User, a satisfies User, a as const, a as any, a!, a as unknown as User]"),
        "[(a: User), (a: User), a, a, a, (a: User)]"
    );
    assert_eq!(body("return <User>a"), "(a: User)");
}

#[test]
fn enums_are_values() {
    let file = ts("export enum Role { Admin = 'admin', User }\nconst r = Role.Admin;");
    assert_eq!(dump::fields(&file, class(&file, "Role")), "{Admin = \"admin\"; User}");
    assert_eq!(at_end(&file, "r"), "class Role.Admin");
}

#[test]
fn imports() {
    let file = ts(
        "import 'side'; import D, { a, b as c, type T } from 'm'; import * as ns from './n'; import type { U } from 'u';
         import r = require('r'); const { x } = require('./x');",
    );
    let all: Vec<String> = file
        .imports
        .iter()
        .map(|i| {
            format!(
                "{}={}#{}{}",
                i.local,
                i.module,
                i.name.as_deref().unwrap_or("*"),
                if i.type_only { " type" } else { "" }
            )
        })
        .collect();
    assert_eq!(all, ["D=m#default", "a=m#a", "c=m#b", "T=m#T type", "ns=./n#*", "U=u#U type", "r=r#*", "=./x#*"]);
    assert_eq!(at_end(&file, "x"), "<./x#*>.x");
}

#[test]
fn exports() {
    let file = ts(
        "export const { a, b: [c] } = o; export function f() {} export class K {} export type T = string; export enum E { X }
         export { a as z, f as default }; export { q as r, default } from 'm'; export * from 's'; export * as ns from 'n';
         export type { W } from 'w'; export namespace N { export const p = 1 }",
    );
    assert_eq!(
        dump::exports(&file),
        [
            "a = a",
            "c = c",
            "f = f",
            "K = K",
            "T = T",
            "E = E",
            "z = a",
            "default = f",
            "r = <m#q>",
            "default = <m#default>",
            "ns = <n#*>",
            "W = <w#W>",
            "N = N",
        ]
    );
    assert_eq!(&*file.star_imports[0], "s");
    assert_eq!(at_end(&file, "N"), "{p: 1}");
    assert_eq!(dump::exports(&ts("export default class A {}")), ["default = A"]);
    assert_eq!(dump::exports(&ts("export default { a: 1 }")), ["default = ({a: 1})"]);
    assert_eq!(dump::exports(&ts("export default (q) => q")), ["default = (fn default)"]);
    assert_eq!(dump::exports(&ts("const a = 1; export default a")), ["default = a"]);
    assert_eq!(dump::exports(&ts("export = f()")), ["default = (^f())"]);
}

#[test]
fn common_js() {
    let file = tsx("module.exports = { a, b: 1 }; exports.c = 2; module.exports.d = 3;");
    assert_eq!(dump::exports(&file), ["default = ({a: ^a, b: 1})", "a = (^a)", "b = (1)", "c = (2)", "d = (3)"]);
}

#[test]
fn jsx() {
    let file = tsx("const A = (p) => <Card title=\"t\" on={() => 1} big {...p}>hi {p.name} <b>x</b></Card>;
         const B = () => <><ns.Item /></>;");
    assert_eq!(
        returned(&file, "A"),
        r#"jsx ^Card({title: "t", on: fn on, big: true, ...p, children: ["hi", p.name, jsx "b"({children: ["x"]})]})"#
    );
    assert_eq!(returned(&file, "B"), "[jsx ^ns.Item({})]");
}

#[test]
fn switches_join_their_cases() {
    assert_eq!(body("let x; switch (a) { case 1: x = b; break; case 2: return 9; default: x = c } return [x]"), "9");
    let file = ts("function f(a, b, c) { let x; switch (a) { case 1: x = b; break; default: x = c } return x }");
    assert_eq!(returned(&file, "f"), "either(c, b)");
    assert_eq!(body("let x = a; switch (a) { case 1: x = b } return x"), "either(b, a)");
}

#[test]
fn directives_of_the_file() {
    let file = ts("// comment\n'use client'; 'use strict';\nconst x = 1");
    assert_eq!(file.directives.iter().map(|d| &**d).collect::<Vec<_>>(), ["use client", "use strict"]);
}

#[test]
fn grammar_gaps_are_bridged() {
    let file = ts("const rows = await prisma.$queryRaw<{ id: string; f: () => void }[]>`SELECT ${x}`;");
    assert_eq!(at_end(&file, "rows"), "tag ^prisma.$queryRaw([\"SELECT \", \"\"], ^x)");
    let file = ts("export type * from './types';\ntype M = typeof import('m');\nconst y = 1;");
    assert_eq!(&*file.star_imports[0], "./types");
    assert_eq!(at_end(&file, "y"), "1");
}

#[test]
fn errors_are_noted_and_the_rest_is_lowered() {
    let file = super::lower("test.ts", "const a = 1;\nconst = ;;; }}\nfunction f(x) { return x.y }\n", false, &[]);
    assert!(!file.errors.is_empty());
    assert_eq!(returned(&file, "f"), "x.y");
}

#[test]
fn hostile_nesting_ends() {
    let deep = |open: &str, close: &str| format!("x = {}1{}", open.repeat(20_000), close.repeat(20_000));
    let run = move || {
        for source in [deep("(", ")"), deep("[", "]"), deep("{a:", "}"), deep("!", ""), deep("f(", ")"), deep("1+", "")]
        {
            super::lower("deep.ts", &source, false, &[]);
        }
        super::lower("deep.ts", &"{".repeat(20_000), false, &[]);
        super::lower("deep.ts", &"a => ".repeat(20_000), false, &[]);
        super::lower("deep.ts", &format!("type T = {}", "A<".repeat(20_000)), false, &[]);
        super::lower("deep.tsx", &"<a>".repeat(5_000), true, &[]);
    };
    std::thread::Builder::new().stack_size(64 << 20).spawn(run).unwrap().join().unwrap();
}

#[test]
fn long_chains_are_lists() {
    let source = format!("const x = {}'z';", "'a' + ".repeat(2_000));
    assert!(at_end(&ts(&source), "x").ends_with("\"z\")"));
    let source = format!("type T = {}'z';", "'a' | ".repeat(2_000));
    assert!(dump::type_text(&ts(&source), &class(&ts(&source), "T").base_types[0]).ends_with("\"z\")"));
}
#[test]
fn columns_count_utf16_units() {
    let file = ts("'é😀'; f(1);\n'é'; g(2)");
    let columns = file.functions[0].values.iter().filter(|v| matches!(v.kind, ValueKind::Call(_)));
    assert_eq!(
        columns.map(|v| (v.span.line, v.span.column, v.span.end_column)).collect::<Vec<_>>(),
        [(1, 8, 12), (2, 6, 10)]
    );
}
