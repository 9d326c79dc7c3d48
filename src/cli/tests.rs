//! Tests of the command line with an engine that finds what it is told to.

use super::*;

const ENGINE: Engine<Vec<Severity>> = Engine {
    scan: |options, progress| {
        progress(Progress { stage: "Reading files", done: 1, total: 2 });
        match options.root.to_str() {
            Some("clean") => Ok(Vec::new()),
            Some("broken") => bail!("there is no file or folder `broken`"),
            _ => Ok(vec![Severity::Low, Severity::Medium]),
        }
    },
    text: |found, options| Ok(format!("{} findings paths={} color={}", found.len(), options.paths, options.color)),
    json: |_| Ok("{}".to_owned()),
    sarif: |_, _| Ok("{\"version\": \"2.1.0\"}\n".to_owned()),
    codequality: |_, _| Ok("[]\n".to_owned()),
    cyclonedx: |_| Ok("{}\n".to_owned()),
    github: |_, options| Ok(options.path_prefix.clone().unwrap_or_default()),
    severities: Clone::clone,
    explain: |id| (id == "rule-a").then(|| "Why.".to_owned()),
    rules: || vec![("rule-a".to_owned(), "First".to_owned()), ("b".to_owned(), "Second".to_owned())],
    schema: || "{\"type\": \"object\"}".to_owned(),
    why: |_, place, _| Ok(format!("why {place}")),
    catalogue: |options| Ok(options.word.is_none().then(|| "1 row\n".to_owned())),
};

/// Exit code, standard output, standard error.
fn towhom(args: &str) -> (u8, String, String) {
    with_env(args, |_| None, false)
}

fn with_env(args: &str, env: fn(&str) -> Option<OsString>, terminal: bool) -> (u8, String, String) {
    let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
    let mut around = Surroundings {
        stdout: &mut stdout,
        stderr: &mut stderr,
        stdout_is_terminal: terminal,
        stderr_is_terminal: false,
        env,
    };
    let args = std::iter::once("towhom").chain(args.split_whitespace()).map(OsString::from);
    let code = run(args, &ENGINE, &mut around);
    (code, String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
}

#[test]
fn the_arguments_are_sound() {
    Cli::command().debug_assert();
}

#[test]
fn exit_codes() {
    assert_eq!(towhom("scan"), (0, "2 findings paths=false color=false\n".to_owned(), String::new()));
    for (args, code) in [
        ("scan --fail-on any", 1),
        ("scan --fail-on low", 1),
        ("scan --fail-on medium", 1),
        ("scan --fail-on high", 0),
        ("scan clean --fail-on any", 0),
        ("scan --format json --fail-on any", 1),
        ("scan --format sarif --fail-on any", 0),
        ("scan broken", 2),
        ("scan --format xml", 2),
        ("scan --threads 0", 2),
        ("sacn", 2),
        ("", 2),
        ("--help", 0),
        ("--version", 0),
    ] {
        assert_eq!(towhom(args).0, code, "{args}");
    }
    assert_eq!(towhom("scan broken").2, "error: there is no file or folder `broken`\n");
    assert!(towhom("scan --format sarif --fail-on any").2.contains("--fail-on has no effect"));
    assert_eq!(towhom("scan --format sarif --fail-on any --quiet").2, "");
}

#[test]
fn the_small_commands() {
    assert_eq!(towhom("explain rule-a").1, "Why.\n");
    assert_eq!(towhom("explain").1, "rule-a  First\nb       Second\n");
    assert_eq!(
        towhom("explain x"),
        (2, String::new(), "error: there is no rule `x`; the rules are: rule-a, b\n".to_owned())
    );
    assert_eq!(towhom("schema").1, "{\"type\": \"object\"}\n");
    assert!(towhom("completions bash").1.contains("_towhom"));
    assert!(towhom("--help").1.contains("Find which personal data"));
}

#[test]
fn an_error_writes_no_file() {
    let file = std::env::temp_dir().join(format!("towhom-cli-{}.json", std::process::id()));
    let name = file.to_str().unwrap();
    assert_eq!(towhom(&format!("scan broken -o {name}")).0, 2);
    assert!(!file.exists());
    assert_eq!(towhom(&format!("scan -o {name}")), (0, String::new(), String::new()));
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "{}\n");
    std::fs::remove_file(file).unwrap();
}

#[test]
fn colours() {
    let on = |args: &str, env, terminal| with_env(args, env, terminal).1.contains("color=true");
    assert!(on("scan", |_| None, true));
    assert!(!on("scan", |_| None, false));
    assert!(on("scan --color always", |n| (n == "NO_COLOR").then(|| "1".into()), false));
    assert!(!on("scan --color never", |_| None, true));
    assert!(!on("scan", |n| (n == "NO_COLOR").then(|| "1".into()), true));
    assert!(on("scan", |n| (n == "NO_COLOR").then(OsString::new), true));
    assert!(on("scan", |n| (n == "FORCE_COLOR").then(|| "1".into()), false));
    assert!(!on("scan", |n| (n == "CLICOLOR_FORCE").then(|| "0".into()), false));
    assert!(!on("scan", |n| (n == "TERM").then(|| "dumb".into()), true));
}

#[test]
fn a_closed_pipe_is_no_error() {
    struct Closed;
    impl Write for Closed {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::BrokenPipe.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let mut stderr = Vec::new();
    let mut around = Surroundings {
        stdout: &mut Closed,
        stderr: &mut stderr,
        stdout_is_terminal: false,
        stderr_is_terminal: false,
        env: |_| None,
    };
    assert_eq!(run(["towhom", "scan"].map(OsString::from), &ENGINE, &mut around), 0);
    assert!(stderr.is_empty());
}
