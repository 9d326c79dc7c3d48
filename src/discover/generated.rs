//! Code that nobody of the project wrote: vendored, generated, built or minified. By path before reading, by content after.

/// Folders of dependencies, whatever is around them.
const VENDORED: &[&str] =
    &["node_modules", "site-packages", "dist-packages", "bower_components", "Pods", "third_party", "_vendor", ".venv"];

/// Beside one of these, `vendor/` holds dependencies and `coverage/` a report.
const MANIFESTS: &[&str] = &[
    "package.json",
    "pyproject.toml",
    "setup.py",
    "requirements.txt",
    "go.mod",
    "composer.json",
    "Gemfile",
    "Cargo.toml",
    ".git",
];

const PYTHON_GENERATED: &[&str] = &["_pb2.py", "_pb2.pyi", "_pb2_grpc.py", "_pb2_grpc.pyi"];
const SCRIPT_GENERATED: &[&str] = &[".pb", "_pb", "_grpc_web_pb", ".generated"];

/// Lines in which a generator signs its work.
const HEADER_LINES: usize = 20;
const MAX_LINE: usize = 20_000;
const MAX_MEAN_LINE: usize = 500;
/// Below this size long lines are somebody's style.
const MIN_MINIFIED: usize = 5_000;

/// Whether a folder holds dependencies. `path` is relative to the scanned root; `exists` says whether there is a file or
/// folder at such a path.
pub(super) fn is_vendored(path: &str, exists: &dyn Fn(&str) -> bool) -> bool {
    let (parent, name) = path.rsplit_once('/').unwrap_or(("", path));
    if VENDORED.contains(&name) {
        return true;
    }
    let inside = |file: &str| exists(&format!("{path}/{file}"));
    let beside_manifest = || {
        let place = if parent.is_empty() { String::new() } else { format!("{parent}/") };
        MANIFESTS.iter().any(|m| exists(&format!("{place}{m}")))
    };
    match name {
        // Elsewhere a folder of this name may be the part of an application that is about vendors.
        "vendor" => !path.contains('/') || beside_manifest(),
        "venv" | "env" | "virtualenv" => inside("pyvenv.cfg") || name == "venv" && !path.contains('/'),
        "coverage" => (!path.contains('/') || beside_manifest()) && inside("lcov-report") || inside("lcov.info"),
        _ => inside("pyvenv.cfg"),
    }
}

/// Whether a file of SQL was made by Prisma or Drizzle from a schema that is read itself.
pub(super) fn is_migration(path: &str, exists: &dyn Fn(&str) -> bool) -> bool {
    let Some((folder, name)) = path.rsplit_once('/') else { return false };
    let lock = |folder: &str| exists(&format!("{folder}/migration_lock.toml"));
    name == "migration.sql" && folder.rsplit_once('/').is_some_and(|(above, _)| lock(above))
        || name.ends_with(".sql") && exists(&format!("{folder}/meta/_journal.json"))
}

/// Why a file is left out, as far as its path says.
pub(super) fn by_path(path: &str) -> Option<&'static str> {
    let (folders, name) = path.rsplit_once('/').unwrap_or(("", path));
    let (stem, ending) = name.rsplit_once('.').unwrap_or((name, ""));
    let folder = |wanted: &[&str]| folders.split('/').any(|f| wanted.contains(&f));

    if folder(&["__generated__"]) || PYTHON_GENERATED.iter().any(|e| name.ends_with(e)) {
        return Some("generated");
    }
    let script = matches!(ending, "js" | "mjs" | "cjs" | "jsx");
    if !script && !matches!(ending, "ts" | "tsx" | "mts" | "cts") {
        return None;
    }
    let declaration = stem.ends_with(".d");
    let stem = stem.strip_suffix(".d").unwrap_or(stem);
    if SCRIPT_GENERATED.iter().any(|e| stem.ends_with(e)) {
        return Some("generated");
    }
    if script && stem.ends_with(".min") {
        return Some("minified");
    }
    if declaration && folder(&["dist", "types-dist", ".output"]) {
        return Some("declarations");
    }
    // Sources may stand in a folder of such a name; compiled TypeScript does not.
    if script && folder(&["dist", ".next", ".nuxt", ".output", "_next", "storybook-static", "lcov-report"]) {
        return Some("build output");
    }
    None
}

/// Why a file is left out, as far as its content says. Called once for each file that was read.
#[must_use]
pub fn judge(path: &str, text: &str) -> Option<&'static str> {
    let ending = path.rsplit('.').next().unwrap_or_default();
    if matches!(ending, "ipynb" | "prisma" | "sql") {
        return None;
    }
    if is_generated(text) {
        return Some("generated");
    }
    matches!(ending, "js" | "mjs" | "cjs" | "jsx").then(|| is_minified(text).then_some("minified")).flatten()
}

/// Looks at comments and a leading docstring only: "DO NOT EDIT" in a prompt is no signature.
fn is_generated(text: &str) -> bool {
    let mut doc: Option<&str> = None;
    let mut code_seen = false;
    for line in text.lines().take(HEADER_LINES) {
        let line = line.trim();
        let starts = ["\"\"\"", "'''"].into_iter().find(|q| line.starts_with(q));
        let comment = if let Some(quote) = doc {
            if line.contains(quote) {
                doc = None;
            }
            true
        } else if let (Some(quote), false) = (starts, code_seen) {
            if !line[quote.len()..].contains(quote) {
                doc = Some(quote);
            }
            true
        } else {
            ["#", "//", "/*", "*"].iter().any(|c| line.starts_with(c))
        };
        if comment && is_signature(line) {
            return true;
        }
        code_seen |= !comment && !line.is_empty();
    }
    false
}

fn is_signature(line: &str) -> bool {
    let line = line.chars().take(400).collect::<String>().to_ascii_lowercase();
    let has = |s| line.contains(s);
    has("@generated")
        || has("do not edit") && !has("do not edit below") && !has("do not edit above")
        || has("code generated by")
        || has("this file was automatically generated")
        || has("this file is automatically generated")
        || has("this file was auto-generated")
        || has("this file is auto-generated")
        || has("auto-generated by")
        || has("autogenerated by")
        || has("generated by the protocol buffer compiler")
}

fn is_minified(text: &str) -> bool {
    if text.len() < MIN_MINIFIED {
        return false;
    }
    let lines = text.bytes().filter(|b| *b == b'\n').count() + 1;
    text.len() / lines > MAX_MEAN_LINE || text.lines().any(|l| l.len() > MAX_LINE)
}

/// The text of a file's bytes; none if they are not text.
pub(super) fn decode(bytes: Vec<u8>) -> Option<String> {
    let units = |from: fn([u8; 2]) -> u16| bytes[2..].chunks_exact(2).map(|c| from([c[0], c[1]])).collect::<Vec<_>>();
    if bytes.starts_with(&[0xFF, 0xFE]) {
        return String::from_utf16(&units(u16::from_le_bytes)).ok();
    }
    if bytes.starts_with(&[0xFE, 0xFF]) {
        return String::from_utf16(&units(u16::from_be_bytes)).ok();
    }
    let text = match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(e) => {
            let bytes = e.as_bytes();
            let text = String::from_utf8_lossy(bytes);
            let bad = text.chars().filter(|c| *c == char::REPLACEMENT_CHARACTER).count();
            // Old encodings spoil a letter here and there; more than one in twenty is no text.
            if bad * 20 > bytes.len() {
                return None;
            }
            text.into_owned()
        }
    };
    if text.contains('\0') {
        return None;
    }
    Some(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths() {
        assert_eq!(by_path("a/__generated__/x.ts"), Some("generated"));
        assert_eq!(by_path("a/user_pb2.py"), Some("generated"));
        assert_eq!(by_path("a/user.pb.ts"), Some("generated"));
        assert_eq!(by_path("a/user_pb.d.ts"), Some("generated"));
        assert_eq!(by_path("a/x.min.mjs"), Some("minified"));
        assert_eq!(by_path("dist/x.d.ts"), Some("declarations"));
        assert_eq!(by_path("a/dist/x.js"), Some("build output"));
        assert_eq!(by_path("build/tool.py"), None);
        assert_eq!(by_path("dist/tool.py"), None);
        assert_eq!(by_path("src/env.d.ts"), None);
        assert_eq!(by_path("src/distance/x.js"), None);
    }

    #[test]
    fn generated_by_its_header_only() {
        assert_eq!(judge("a.ts", "// @generated by x\nexport {}"), Some("generated"));
        assert_eq!(judge("a.py", "\"\"\"\nThis file was automatically generated.\n\"\"\"\nx = 1"), Some("generated"));
        assert_eq!(judge("a.go.py", "# Code generated by protoc. DO NOT EDIT.\n"), Some("generated"));
        assert_eq!(judge("a.py", "PROMPT = \"\"\"\nDO NOT EDIT the text.\n\"\"\""), None);
        assert_eq!(judge("a.py", &format!("{}# @generated\n", "x = 1\n".repeat(30))), None);
        assert_eq!(judge("a.ipynb", "# @generated"), None);
    }

    #[test]
    fn minified_by_its_lines() {
        let long = "x".repeat(30_000);
        assert_eq!(judge("a.js", &long), Some("minified"));
        assert_eq!(judge("a.js", &format!("{}\n{long}", "a();\n".repeat(1000))), Some("minified"));
        assert_eq!(judge("a.ts", &long), None);
        assert_eq!(judge("a.js", &"y".repeat(900)), None);
    }

    #[test]
    fn text_or_not() {
        assert_eq!(decode(b"a = 1".to_vec()).as_deref(), Some("a = 1"));
        assert_eq!(decode(b"\xEF\xBB\xBFa".to_vec()).as_deref(), Some("a"));
        assert_eq!(
            decode(b"name = 'Andr\xe9'  # a comment that is long enough".to_vec()).map(|t| t.len() > 20),
            Some(true)
        );
        assert_eq!(decode(b"\xFF\xFEa\0b\0".to_vec()).as_deref(), Some("ab"));
        assert_eq!(decode(b"\x00\x01\x02".to_vec()), None);
        assert_eq!(decode(vec![0xC3; 64]), None);
    }
}
