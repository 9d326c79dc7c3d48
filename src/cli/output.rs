//! Which report goes where, and files that are written whole or not at all.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow, bail};

/// The formats of a command.
pub(super) trait Kind: Copy {
    const DEFAULT: Self;

    fn by_name(name: &str) -> Option<Self>;

    /// As a person reads them.
    fn endings() -> &'static str;
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Output<F> {
    pub(super) format: F,
    pub(super) target: Target,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Target {
    Stdout,
    File(PathBuf),
}

/// The first `--format` goes to the first `--output`, and so on. A format without an output goes to standard output, an
/// output without a format says it by its ending.
pub(super) fn pair<F: Kind>(formats: &[F], outputs: &[PathBuf]) -> anyhow::Result<Vec<Output<F>>> {
    if formats.is_empty() && outputs.is_empty() {
        return Ok(vec![Output { format: F::DEFAULT, target: Target::Stdout }]);
    }
    let mut pairs = Vec::new();
    for ix in 0..formats.len().max(outputs.len()) {
        let output = outputs.get(ix);
        let format = match (formats.get(ix), output) {
            (Some(format), _) => *format,
            (None, Some(path)) => by_ending(path)?,
            (None, None) => continue,
        };
        let target = match output {
            Some(path) if path.as_os_str() != "-" => Target::File(path.clone()),
            _ => Target::Stdout,
        };
        let pair = Output { format, target };
        if pairs.iter().any(|p: &Output<F>| p.target == pair.target) {
            match pair.target {
                Target::Stdout => {
                    bail!("only one report can go to standard output; give each --format its own --output")
                }
                Target::File(path) => {
                    bail!("two reports are to be written to `{}`; give each its own file", path.display())
                }
            }
        }
        pairs.push(pair);
    }
    Ok(pairs)
}

fn by_ending<F: Kind>(path: &Path) -> anyhow::Result<F> {
    if path.as_os_str() == "-" {
        return Ok(F::DEFAULT);
    }
    path.file_name().and_then(|n| n.to_str()).filter(|n| n.contains('.')).and_then(F::by_name).ok_or_else(|| {
        anyhow!(
            "cannot tell the format of `{}` by its ending; end it in {}, or give --format",
            path.display(),
            F::endings()
        )
    })
}

/// Writes beside the file and renames, so that nobody reads half a report.
pub(super) fn write_file(path: &Path, text: &str) -> anyhow::Result<()> {
    // `/dev/null`, a named pipe: to be written to, not replaced. A link stays and what it leads to is replaced.
    let full = fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
    if full.is_dir() {
        bail!("cannot write `{}`: it is a folder; give the name of a file", path.display());
    }
    if full.exists() && !full.is_file() {
        return fs::write(&full, text).with_context(|| format!("cannot write `{}`", path.display()));
    }
    let folder = full.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if !folder.is_dir() {
        bail!("cannot write `{}`: the folder `{}` does not exist; create it first", path.display(), folder.display());
    }
    let name = full.file_name().unwrap_or_default().to_string_lossy();
    let temporary = folder.join(format!(".{name}.{}.tmp", std::process::id()));
    let write = || {
        let mut file = fs::File::create(&temporary)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&temporary, &full)
    };
    write().map_err(|e| {
        let _ = fs::remove_file(&temporary);
        anyhow!("cannot write `{}`: {e}", path.display())
    })
}

#[cfg(test)]
mod tests {
    use super::super::Format;
    use super::*;

    fn pairs(formats: &[Format], outputs: &[&str]) -> Result<String, String> {
        let outputs: Vec<PathBuf> = outputs.iter().map(PathBuf::from).collect();
        let pairs = pair(formats, &outputs).map_err(|e| e.to_string())?;
        let show = |o: &Output<Format>| match &o.target {
            Target::Stdout => format!("{:?}", o.format),
            Target::File(p) => format!("{:?}>{}", o.format, p.display()),
        };
        Ok(pairs.iter().map(show).collect::<Vec<_>>().join(" "))
    }

    #[test]
    fn pairing() {
        use Format::{Json, Sarif, Text};
        assert_eq!(pairs(&[], &[]).unwrap(), "Text");
        assert_eq!(pairs(&[Json], &[]).unwrap(), "Json");
        assert_eq!(pairs(&[Json, Sarif], &["a.json", "b.sarif"]).unwrap(), "Json>a.json Sarif>b.sarif");
        assert_eq!(
            pairs(&[], &["a.json", "b.sarif", "c.txt", "-"]).unwrap(),
            "Json>a.json Sarif>b.sarif Text>c.txt Text"
        );
        assert_eq!(pairs(&[Json, Text], &["a"]).unwrap(), "Json>a Text");
        assert_eq!(pairs(&[Sarif], &["a", "b.json"]).unwrap(), "Sarif>a Json>b.json");
        assert!(pairs(&[Json, Sarif], &[]).unwrap_err().contains("only one report"));
        assert!(pairs(&[], &["a.xml"]).unwrap_err().contains("by its ending"));
        assert!(pairs(&[], &["a.json", "a.json"]).unwrap_err().contains("two reports"));
    }

    #[test]
    fn files_are_replaced_whole() {
        let folder = std::env::temp_dir().join(format!("towhom-output-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let file = folder.join("a.json");
        write_file(&file, "old").unwrap();
        write_file(&file, "new").unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "new");
        let missing = write_file(&folder.join("no/a.json"), "x").unwrap_err().to_string();
        assert!(missing.contains("does not exist; create it first"), "{missing}");
        assert!(write_file(&folder, "x").unwrap_err().to_string().contains("it is a folder"));
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
        fs::remove_dir_all(&folder).unwrap();
        #[cfg(unix)]
        write_file(Path::new("/dev/null"), "x").unwrap();
    }
}
