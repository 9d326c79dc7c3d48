//! Jupyter notebooks: the code cells as one program, with places in the raw file.

use serde::de::IgnoredAny;

use super::python;
use crate::ir::{FileIr, Span};

/// Cell magics whose cell is not Python.
const OTHER_LANGUAGES: &[&str] = &[
    "bash",
    "sh",
    "script",
    "html",
    "HTML",
    "javascript",
    "js",
    "latex",
    "markdown",
    "svg",
    "SVG",
    "writefile",
    "file",
    "perl",
    "ruby",
    "cmd",
    "powershell",
    "sql",
    "bigquery",
    "cython",
    "R",
    "ai",
    "system",
    "sx",
    "bigquery_magics",
];

pub(super) fn lower(path: &str, raw: &str, watch: &[String]) -> Result<FileIr, String> {
    serde_json::from_str::<IgnoredAny>(raw).map_err(|e| e.to_string())?;
    let notebook = Scanner::new(raw).scan();
    let mut source = String::new();
    // For each line of `source`, its line in the raw file.
    let mut raw_lines: Vec<u32> = Vec::new();
    let mut cells = Vec::new();
    for (number, cell) in (1..).zip(&notebook.cells) {
        if cell.kind == "code"
            && notebook.is_python()
            && let Some((first, _)) = cell.source.first()
        {
            cells.push((*first, number));
            append(cell, &mut source, &mut raw_lines);
        }
    }
    let mut file = python::lower(path, &source, watch);
    file.cells = cells;
    for_each_span(&mut file, |span| {
        let at = |line: u32| {
            let index = (line as usize).saturating_sub(1).min(raw_lines.len().saturating_sub(1));
            raw_lines.get(index).copied().unwrap_or(1)
        };
        *span = Span { line: at(span.line), end_line: at(span.end_line).max(at(span.line)), ..*span };
    });
    Ok(file)
}

/// The text of a cell with magics blanked, so that columns stay what they are.
fn append(cell: &Cell, source: &mut String, raw_lines: &mut Vec<u32>) {
    let mut lines: Vec<(u32, String)> = Vec::new();
    let mut open = false;
    for (raw_line, text) in &cell.source {
        for part in text.split_inclusive('\n') {
            let content = part.strip_suffix('\n').unwrap_or(part);
            match lines.last_mut() {
                Some((_, last)) if open => last.push_str(content),
                _ => lines.push((*raw_line, content.to_owned())),
            }
            open = !part.ends_with('\n');
        }
    }
    let magic = lines.iter().map(|(_, l)| l.trim()).find(|l| !l.is_empty()).and_then(|l| l.strip_prefix("%%"));
    if let Some(magic) = magic
        && OTHER_LANGUAGES.contains(&magic.split_whitespace().next().unwrap_or_default())
    {
        return;
    }
    for (raw_line, line) in lines {
        if is_magic(&line) {
            blank(&line, source);
        } else {
            source.push_str(line.trim_end_matches('\r'));
        }
        source.push('\n');
        raw_lines.push(raw_line);
    }
}

fn is_magic(line: &str) -> bool {
    let text = line.trim();
    let word = |t: &str| t.starts_with(|c: char| c.is_alphabetic() || c == '_' || c == '%');
    let name = |t: &str| !t.is_empty() && t.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '.'));
    if let Some(rest) = text.strip_prefix('%') {
        return word(rest);
    }
    if let Some(rest) = text.strip_prefix('!') {
        return !rest.starts_with('=');
    }
    // `x = !ls`, `x = %sql ...`
    if let Some((target, rest)) = text.split_once('=')
        && name(target.trim())
        && let Some(command) = rest.trim_start().strip_prefix(['!', '%'])
    {
        return word(command);
    }
    text.contains('?') && name(text.trim_matches('?'))
}

fn blank(line: &str, out: &mut String) {
    let indent = line.len() - line.trim_start().len();
    let width = line.chars().count();
    out.push_str(&line[..indent]);
    let rest = width.saturating_sub(line[..indent].chars().count());
    // An indented magic may be all there is in a block.
    let filler = if indent > 0 && rest >= 4 { "pass" } else { "" };
    out.push_str(filler);
    out.extend(std::iter::repeat_n(' ', rest - filler.len()));
}

fn for_each_span(file: &mut FileIr, mut each: impl FnMut(&mut Span)) {
    for function in &mut file.functions {
        each(&mut function.span);
        function.params.iter_mut().for_each(|p| each(&mut p.span));
        function.values.iter_mut().for_each(|v| each(&mut v.span));
        function.branches.iter_mut().for_each(|b| {
            each(&mut b.span);
            each(&mut b.holds);
        });
    }
    for class in &mut file.classes {
        each(&mut class.span);
        class.fields.iter_mut().for_each(|f| each(&mut f.span));
    }
    file.imports.iter_mut().for_each(|i| each(&mut i.span));
    for note in &mut file.notes {
        each(&mut note.span);
        each(&mut note.about);
    }
    file.errors.iter_mut().for_each(&mut each);
}

#[derive(Default)]
struct Notebook {
    cells: Vec<Cell>,
    /// Of the kernel, lower case; empty if not said.
    language: String,
}

impl Notebook {
    fn is_python(&self) -> bool {
        self.language.is_empty() || self.language.contains("python")
    }
}

#[derive(Default)]
struct Cell {
    kind: String,
    /// The strings of the source, each with its line in the raw file.
    source: Vec<(u32, String)>,
}

/// Where in the document the scanner is.
enum Level {
    Object { key: String },
    Array { index: usize },
}

/// Finds the strings of a notebook with their lines. The text is known to be JSON.
struct Scanner<'a> {
    raw: &'a str,
    at: usize,
    line: u32,
    levels: Vec<Level>,
    notebook: Notebook,
}

impl<'a> Scanner<'a> {
    fn new(raw: &'a str) -> Self {
        Scanner { raw, at: 0, line: 1, levels: Vec::new(), notebook: Notebook::default() }
    }

    fn scan(mut self) -> Notebook {
        let bytes = self.raw.as_bytes();
        let mut expect_key = false;
        while let Some(byte) = bytes.get(self.at) {
            match byte {
                b'{' => {
                    self.levels.push(Level::Object { key: String::new() });
                    expect_key = true;
                }
                b'[' => {
                    self.levels.push(Level::Array { index: 0 });
                    expect_key = false;
                }
                b'}' | b']' => {
                    self.levels.pop();
                    expect_key = false;
                }
                b':' => expect_key = false,
                b',' => match self.levels.last_mut() {
                    Some(Level::Array { index }) => *index += 1,
                    _ => expect_key = true,
                },
                b'\n' => self.line += 1,
                b'"' => {
                    let literal = self.literal();
                    if expect_key {
                        let name = decode(literal);
                        if let Some(Level::Object { key }) = self.levels.last_mut() {
                            *key = name;
                        }
                    } else {
                        self.string(literal);
                    }
                    continue;
                }
                _ => {}
            }
            self.at += 1;
        }
        self.notebook
    }

    /// The string literal here with its quotes; goes on behind it.
    fn literal(&mut self) -> &'a str {
        let bytes = self.raw.as_bytes();
        let start = self.at;
        self.at += 1;
        while let Some(byte) = bytes.get(self.at) {
            self.at += 1;
            match byte {
                b'\\' => self.at += 1,
                b'"' => break,
                _ => {}
            }
        }
        self.raw.get(start..self.at).unwrap_or("\"\"")
    }

    fn string(&mut self, literal: &str) {
        let key = |level: Option<&Level>, name: &str| matches!(level, Some(Level::Object { key }) if key == name);
        let levels = &self.levels;
        if key(levels.first(), "cells")
            && let Some(Level::Array { index }) = levels.get(1)
        {
            let index = *index;
            let (is_kind, is_source) = (key(levels.get(2), "cell_type"), key(levels.get(2), "source"));
            let depth = levels.len();
            if self.notebook.cells.len() <= index {
                self.notebook.cells.resize_with(index + 1, Cell::default);
            }
            if is_kind && depth == 3 {
                self.notebook.cells[index].kind = decode(literal);
            } else if is_source && depth <= 4 {
                self.notebook.cells[index].source.push((self.line, decode(literal)));
            }
        } else if key(levels.first(), "metadata") && levels.len() == 3 {
            let of_kernel = key(levels.get(1), "kernelspec") && key(levels.get(2), "language");
            let of_language = key(levels.get(1), "language_info") && key(levels.get(2), "name");
            if of_kernel || of_language {
                self.notebook.language = decode(literal).to_lowercase();
            }
        }
    }
}

fn decode(literal: &str) -> String {
    serde_json::from_str(literal).unwrap_or_default()
}
