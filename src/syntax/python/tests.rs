//! The Python front end, by what small programs become.

use super::lower;
use crate::ir::{FileIr, FnKind};
use crate::syntax::dump::{at_exit, calls, class, named, returns, ty};

fn file(source: &str) -> FileIr {
    lower("t.py", source, &[])
}

/// What `f(a, b, c)` with this body returns.
#[track_caller]
fn check(body: &str, expected: &str) {
    let indented: String = body.lines().map(|l| format!("    {l}\n")).collect();
    let file = file(&format!("def f(a, b, c):\n{indented}"));
    assert!(file.errors.is_empty(), "{body}");
    assert_eq!(returns(&file, "f"), expected, "{body}");
}

#[test]
fn a_second_assignment_replaces_the_first() {
    check("x = a\nx = redact(x)\nreturn x", "redact($a)");
}

#[test]
fn assignments_of_all_forms() {
    check("x = y = a\nreturn [x, y]", "[$a, $a]");
    check("x: list[str] = a\nreturn x", "($a: list[str])");
    check("x = a\nx += b\nreturn x", "($a ++ $b)");
    check("x = a\nx |= b\nreturn x", "unknown($a, $b)");
    check("if (n := b):\n    pass\nreturn n", "$b");
}

#[test]
fn unpacking() {
    check("x, y = a\nreturn [x, y]", "[$a.0, $a.1]");
    check("x, y = a, b\nreturn [y, x]", "[$b, $a]");
    check("x, *y, z = a\nreturn [x, y, z]", "[$a.0, rest($a - 0 -1), $a.-1]");
    check("(x, [y, z]) = a\nreturn z", "$a.1.1");
}

#[test]
fn stores_make_new_versions() {
    check("d = {}\nd['k'] = a\nreturn d", "{} with {.k := $a}");
    check("d = {}\nd[b] = a\nreturn d", "{} with {.<key> += $b} with {[*] += $a}");
    check("a.x.y = b\nreturn a", "$a with {.x.y := $b}");
    check("del a['email']\nreturn a", "$a without .email");
    check("m = []\nm.append(a)\nreturn m", "[] after append($a)");
}

#[test]
fn a_store_through_a_part_changes_the_part_and_the_whole() {
    check("u = a['user']\nu['mail'] = b\nreturn u", "$a.user with {.mail := $b}");
    check("u = a['user']\nu['mail'] = b\nreturn a", "$a with {.user.mail := $b}");
}

#[test]
fn a_call_on_what_an_inner_call_was_given_is_kept() {
    check("m = []\nm.append(g(m, a))\nreturn m", "[] after g(..) after append(g([], $a))");
    check("m = a + [b]\nm.append(c)\nreturn m", "($a ++ [$b]) after append($c)");
}

#[test]
fn branches_join() {
    check("if a:\n    x = b\nelif b:\n    x = 1\nelse:\n    x = c\nreturn x", "phi(phi($c | $b) | 1)");
    check("x = b\nif a:\n    return x\n    x = 0\nx = c\nreturn x", "$b\n$c");
    check("x = b\nif a:\n    raise E(x)\nelse:\n    x = c\nreturn x", "$c");
}

#[test]
fn loops() {
    check("for i, x in a:\n    y = x\nreturn y", "$a[*].1");
    check("t = ''\nfor x in a:\n    t = t + x\nreturn t", "phi(\"\" | (loop ++ $a[*]))");
    check("r = None\nfor x in a:\n    if x:\n        r = x\n        break\nreturn r", "phi(null | $a[*])");
    check("while a:\n    b = c\nelse:\n    c = b\nreturn c", "phi($b | $c)");
}

#[test]
fn both_branches_in_a_loop_see_the_last_round() {
    let source = "def f(a, b):\n  x = 0\n  for i in a:\n    if i:\n      one(x)\n    else:\n      two(x)\n    x = b\n";
    assert_eq!(calls(&file(source), "f"), "one(phi(0 | $b))\ntwo(phi(0 | $b))");
}

#[test]
fn handlers_see_the_body_or_what_was_before() {
    check("x = a\ntry:\n    x = b\nexcept E as e:\n    return [x, e]\nreturn x", "[phi($a | $b), (unknown(): E)]\n$b");
    check("try:\n    x = a\n    return x\nfinally:\n    g(x)", "$a");
    let source = "def f(a):\n    try:\n        x = a\n        return 1\n    except (A, B):\n        g(x)\n    finally:\n        h(x)\n";
    assert_eq!(calls(&file(source), "f"), "g($a)\nh($a after g(..))");
}

#[test]
fn with_binds_the_value() {
    check("with open(a) as x, y as (p, q):\n    pass\nreturn [x, q]", "[(open($a): entered), (y: entered).1]");
    check("async with (g() as x):\n    return x", "g()");
}

#[test]
fn match_binds_captures() {
    check(
        "match a:\n    case User(name=n):\n        return n\n    case [x, *y]:\n        return [x, y]\n    case {'k': v, **r}:\n        return [v, r]\n    case str(s) | s if b:\n        return s\n    case _:\n        return 0",
        "($a: User).name\n[$a.0, rest($a - 0)]\n[$a.k, rest($a - k)]\n$a\n0",
    );
}

#[test]
fn strings() {
    check("return f'Hi {a}, {b!r:>{c}} {{x}}'", "(\"Hi \" ++ $a ++ \", \" ++ $b ++ $c ++ \" {x}\")");
    check("return 'a\\n' \"b\" r'\\d' b'\\x41'", "\"a\\nb\\\\dA\"");
    check("return 'x' f'{a}' 'y' 'z'", "(\"x\" ++ $a ++ \"yz\")");
    check("return '%s %s' % (a, b) + c", "(\"%s %s\" ++ [$a, $b] ++ $c)");
    check("return '{}'.format(a)", "\"{}\".format($a)");
    check("return '''é\n\"q\"'''", "\"é\\n    \\\"q\\\"\"");
}

#[test]
fn operators() {
    check("return a or b", "phi($a | $b)");
    check("return a and b", "$b");
    check("return a if b else c", "phi($a | $c)");
    check("return not a", "opaque($a)");
    check("return a in b", "opaque($a, $b)");
    check("return a * b", "unknown($a, $b)");
    check("return -a", "unknown($a)");
    check("return await a", "$a");
    check("return -1", "-1");
}

#[test]
fn access() {
    check("return a.b['c'][0]", "$a.b.c.0");
    check("return a[b]", "$a[$b]");
    check("return a[1:]", "rest($a - 0)");
    check("return a[-1]", "$a.-1");
    check("return [*a, 1, (b, c)]", "[*$a, 1, [$b, $c]]");
    check("return {'k': a, b: 1, **c}", "{k: $a, [$b]: 1, **$c}");
    check("return g(a, k=b, *c, **d)", "g($a, k=$b, *$c, **d)");
}

#[test]
fn comprehensions() {
    check("return [x.name for x in a if x.ok]", "[*[$a[*].name]]");
    check("return {k: v for k, v in a.items()}", "{[$a.items()[*].0]: $a.items()[*].1}");
    check("return sum(y for x in a for y in x)", "sum([*[$a[*][*]]])");
    check("x = b\ny = [x for x in a]\nreturn x", "$b");
    check("y = [x for x in a]\nreturn x", "x");
}

#[test]
fn generators() {
    check("yield a\nyield b\nyield from c", "[$a]\n[null, $b]\n[*$c]");
    check("if a:\n    yield b\nyield c", "[*[$b]]\n[*[$c]]");
}

#[test]
fn functions_and_parameters() {
    let file =
        file("@deco(1)\nasync def f(p, /, a: int, b=q, *args: str, k: User = None, **kw) -> list[User]:\n    pass\n");
    let f = named(&file, "f");
    let shown: Vec<String> = f
        .params
        .iter()
        .map(|p| format!("{} {:?} {} {}", p.name, p.kind, p.ty.as_ref().map_or("-".into(), ty), p.default.is_some()))
        .collect();
    assert_eq!(
        shown,
        [
            "p Positional - false",
            "a Positional int false",
            "b Positional - true",
            "args Rest str false",
            "k KeywordOnly User true",
            "kw Keywords - false",
        ]
    );
    assert!(f.is_async && f.is_abstract);
    assert_eq!((f.span.line, f.span.column), (2, 1));
    assert_eq!(f.return_type.as_ref().map(ty).as_deref(), Some("list[User]"));
    assert_eq!(at_exit(&file, "<module>", "f"), "@deco(1) fn f");
}

#[test]
fn closures_read_free_names_and_write_outer_ones() {
    let file = file(
        "n = 0\ndef f(a):\n    def g():\n        nonlocal a\n        a = n\n        return a\n    h = lambda x: x + a\n    return g\n",
    );
    assert_eq!(returns(&file, "g"), "n");
    assert_eq!(named(&file, "g").outer_writes.len(), 1);
    assert_eq!(returns(&file, "h"), "($x ++ a)");
    assert_eq!(named(&file, "h").kind, FnKind::Lambda);
}

#[test]
fn classes() {
    let file = file(
        "class User(Base, models.Model, metaclass=M):\n    '''Doc.'''\n    id: int\n    mail = Column(String)\n    both = mail\n    class Meta:\n        x = 1\n    def __init__(self, name: str, age):\n        self.name = name\n        self.age: int = age\n        self.mail = 1\n    @property\n    def full(self):\n        return self.name\n    @full.setter\n    def full(self, v): ...\n    @classmethod\n    def make(cls): return mail\n",
    );
    assert_eq!(
        class(&file, "User"),
        "Class User(Base, models.Model)\n  id: int\n  mail = Column(String)\n  both = Column(String)\n  name: str\n  age: int\n  def __init__ Method\n  def full Property\n  def make ClassMethod"
    );
    assert_eq!(at_exit(&file, "<module>", "User"), "class User");
    assert_eq!(at_exit(&file, "<module>", "mail"), "-");
    assert_eq!(returns(&file, "make"), "mail");
    assert_eq!(
        at_exit(&file, "__init__", "self"),
        "$self with {.name := $name} with {.age := ($age: int)} with {.mail := 1}"
    );
}

#[test]
fn classes_made_by_calls_and_aliases() {
    let file = file(
        "A = TypedDict('A', {'x': int, 'y': 'User'})\nB = NamedTuple('B', [('p', str)])\nC = namedtuple('C', 'm n')\nCurrent = Annotated[User, Depends(get)]\nclass Color(str, Enum):\n    RED = 'red'\n",
    );
    assert_eq!(class(&file, "A"), "Class A(TypedDict)\n  x: int\n  y: User");
    assert_eq!(class(&file, "B"), "Class B(NamedTuple)\n  p: str");
    assert_eq!(class(&file, "C"), "Class C(namedtuple)\n  m\n  n");
    assert_eq!(class(&file, "Current"), "TypeAlias Current(User)");
    assert_eq!(class(&file, "Color"), "Enum Color(str, Enum)\n  RED = \"red\"");
}

#[test]
fn annotations() {
    for (source, expected) in [
        ("models.User", "models.User"),
        ("dict[str, list[User]]", "dict[str, list[User]]"),
        ("Optional[User]", "User | None"),
        ("User | None", "User | None"),
        ("Union[A, B | C]", "A | B | C"),
        ("Annotated[User, Depends(x)]", "User"),
        ("typing.Annotated[models.User, 1]", "models.User"),
        ("'User'", "User"),
        ("\"list[User] | None\"", "list[User] | None"),
        ("Literal['a', 'b']", "'a' | 'b'"),
        ("Callable[[int], str]", "Callable[?, str]"),
        ("None", "None"),
    ] {
        let file = file(&format!("def f(x: {source}): ...\n"));
        let shown = named(&file, "f").params[0].ty.as_ref().map(ty);
        assert_eq!(shown.as_deref(), Some(expected), "{source}");
    }
}

#[test]
fn imports() {
    let file = file(
        "import a.b.c\nimport a.b as x\nfrom .m import n as k, o\nfrom .. import p\nfrom q import *\nfrom __future__ import annotations\ntry:\n    import u\nexcept ImportError:\n    import v as u\n",
    );
    let shown: Vec<String> = file
        .imports
        .iter()
        .map(|i| format!("{} = {} {}", i.local, i.module, i.name.as_deref().unwrap_or("-")))
        .collect();
    assert_eq!(shown, ["a = a -", "x = a.b -", "k = .m n", "o = .m o", "p = .. p", "u = u -", "u = v -"]);
    assert_eq!(file.star_imports.len(), 1);
    assert_eq!(at_exit(&file, "<module>", "u"), "phi(<u> | <v>)");
}

#[test]
fn conditions_are_kept_with_what_they_govern() {
    let file = file("def f(a):\n    if a.consent:\n        g(a)\n    return 1 if a else 2\n");
    let lines: Vec<(u32, u32)> = named(&file, "f").branches.iter().map(|b| (b.span.line, b.span.end_line)).collect();
    assert_eq!(lines, [(2, 3), (4, 4)]);
}

#[test]
fn broken_code_is_reported_and_the_rest_lowered() {
    let file = file("def f(a):\n    return g(a)\n\nx = = 3 )\n\ndef h(b):\n    return b\n");
    assert!(!file.errors.is_empty());
    assert_eq!(returns(&file, "f"), "g($a)");
    assert_eq!(returns(&file, "h"), "$b");
}

#[test]
fn hostile_nesting_ends() {
    let run = || {
        for (open, close) in
            [("(", ")"), ("[", "]"), ("f(", ")"), ("-", ""), ("not ", ""), ("lambda: ", ""), ("{1:", "}")]
        {
            file(&format!("x = {}1{}\n", open.repeat(5000), close.repeat(5000)));
        }
        file(&format!("x: {}int{} = 1\n", "a[".repeat(5000), "]".repeat(5000)));
        file(&format!("x = {}\n", vec!["a"; 20_000].join(" + ")));
        file(&"(".repeat(5000));
        let deep: String = (0..600).map(|i| format!("{}if x:\n", " ".repeat(i))).collect();
        file(&format!("{deep}{}y\n", " ".repeat(600)));
    };
    std::thread::Builder::new().stack_size(64 << 20).spawn(run).expect("a thread").join().expect("no panic");
}

#[test]
fn notebooks_keep_raw_lines() {
    let raw = r##"{
 "cells": [
  {"cell_type": "markdown", "source": ["# Title\n"]},
  {
   "cell_type": "code",
   "source": [
    "%pip install x\n",
    "a = load()\n",
    "b = a"
   ]
  },
  {"cell_type": "code", "source": "%%bash\nls\n"},
  {
   "source": ["%%time\n",
    "def f(x):\n",
    "    return x\n"],
   "cell_type": "code"
  }
 ],
 "metadata": {"kernelspec": {"language": "python", "name": "python3"}}
}
"##;
    let file = crate::syntax::lower_notebook("n.ipynb", raw, &[]).expect("a notebook");
    assert!(file.errors.is_empty());
    assert_eq!(at_exit(&file, "<module>", "b"), "load()");
    let f = named(&file, "f");
    assert_eq!((f.span.line, f.span.end_line), (15, 16));
    assert_eq!(file.cells, [(7, 2), (12, 3), (14, 4)]);
    assert!(crate::syntax::lower_notebook("n.ipynb", "{", &[]).is_err());
}
