//! The document as Markdown, as hosting services show it.

use std::fmt::Write as _;

use super::{Line, address, answer, lines, mermaid, row, shown_after};
use crate::dpia::model::{Basis, Block, Document, Hosting, Question, Section};
use crate::dpia::wording::{Inline, Run, Wording, runs};
use crate::inventory::Location;
use crate::report::text;

/// The whole document.
#[must_use]
pub fn render(document: &Document, wording: &Wording) -> String {
    let mut page = Page { wording, hosting: document.sheet.hosting.as_ref(), out: String::new() };
    let title = wording.text("doc.title").replace("{name}", &plain(&document.sheet.name));
    let _ = writeln!(page.out, "# {title}\n\n{}\n", wording.text("doc.subtitle"));
    let _ = writeln!(page.out, "*{}*\n", wording.text("doc.legend"));
    document.front.iter().for_each(|s| page.section(s, 2));
    for part in &document.activities {
        let _ = writeln!(page.out, "## {} · {}\n", part.number, plain(&part.features.name));
        part.sections.iter().for_each(|s| page.section(s, 3));
    }
    document.annexes.iter().chain(&document.orphans).for_each(|s| page.section(s, 2));
    let end = page.out.trim_end().len();
    page.out.truncate(end);
    page.out.push('\n');
    page.out
}

struct Page<'a> {
    wording: &'a Wording,
    hosting: Option<&'a Hosting>,
    out: String,
}

impl Page<'_> {
    fn section(&mut self, section: &Section, level: usize) {
        let title = self.wording.plain(&section.title);
        let _ = writeln!(self.out, "{} {title}\n", "#".repeat(level));
        if !section.edpb.is_empty() {
            let cnil: Vec<String> = section.cnil.iter().map(u16::to_string).collect();
            let key = if cnil.is_empty() { "doc.edpb" } else { "doc.edpb_cnil" };
            let filled = self.wording.text(key).replace("{sections}", section.edpb).replace("{cnil}", &cnil.join(", "));
            let _ = writeln!(self.out, "<sub>{filled}</sub>\n");
        }
        for block in &section.blocks {
            self.block(block);
        }
    }

    fn block(&mut self, block: &Block) {
        match block {
            Block::Text(statement) => {
                for line in lines(self.wording, std::slice::from_ref(statement)) {
                    let text = self.line(&line, false);
                    let _ = writeln!(self.out, "{text}\n");
                }
            }
            Block::List(statements) => {
                for line in lines(self.wording, statements) {
                    let text = self.line(&line, false);
                    let _ = writeln!(self.out, "- {text}");
                }
                self.out.push('\n');
            }
            Block::Steps(statements) => {
                for (n, line) in lines(self.wording, statements).iter().enumerate() {
                    let text = self.line(line, false);
                    let _ = writeln!(self.out, "{}. {text}", n + 1);
                }
                self.out.push('\n');
            }
            Block::Table(table) => {
                let head: Vec<String> = table.head.iter().map(|key| self.wording.text(key).to_owned()).collect();
                let rows: Vec<Vec<String>> = table
                    .rows
                    .iter()
                    .map(|cells| {
                        row(self.wording, cells)
                            .iter()
                            .map(|cell| cell.iter().map(|l| self.line(l, true)).collect::<Vec<_>>().join("<br>"))
                            .collect()
                    })
                    .collect();
                self.table(&head, &rows);
            }
            Block::Diagram(diagram) => {
                let _ = writeln!(self.out, "```mermaid\n{}```\n", mermaid::render(diagram, self.wording));
            }
            Block::Questions(questions) => self.questions(questions),
        }
    }

    fn questions(&mut self, questions: &[Question]) {
        let head = ["head.number", "head.question", "head.whom", "head.answer"];
        let head: Vec<String> = head.iter().map(|key| self.wording.text(key).to_owned()).collect();
        let rows: Vec<Vec<String>> = questions
            .iter()
            .map(|q| {
                let answer: Vec<String> =
                    answer(q).iter().map(|say| self.inlines(&self.wording.say(say), true)).collect();
                let role = self.wording.text(q.role).to_owned();
                vec![q.number.clone(), self.inlines(&self.wording.say(&q.say), true), role, answer.join("<br>")]
            })
            .collect();
        self.table(&head, &rows);
    }

    fn table(&mut self, head: &[String], rows: &[Vec<String>]) {
        let _ = writeln!(self.out, "| {} |", head.join(" | "));
        let _ = writeln!(self.out, "|{}", "---|".repeat(head.len()));
        for row in rows {
            let _ = writeln!(self.out, "| {} |", row.join(" | "));
        }
        self.out.push('\n');
    }

    fn line(&self, line: &Line<'_>, table: bool) -> String {
        let mut out = self.inlines(&line.inlines, table);
        if !line.evidence.is_empty() {
            out.push_str(&format!(" [{}", self.places(&line.evidence, table)));
            if line.more > 0 {
                let _ = write!(out, " +{}", line.more);
            }
            out.push(']');
        }
        // In a table the head says where it is from.
        if let (Basis::Law(source), false) = (line.basis, table) {
            let source = self.wording.text(source);
            if !out.contains(source) {
                let _ = write!(out, " [{source}]");
            }
        }
        out
    }

    fn inlines(&self, inlines: &[Inline], table: bool) -> String {
        inlines
            .iter()
            .map(|inline| match inline {
                Inline::Text(t) => t.clone(),
                Inline::Code(t) => code(t, table),
                Inline::Plain(t) => plain(t),
                Inline::Ref(t) => t.clone(),
                Inline::Link(url) => format!("<{}>", url.replace(['<', '>', ' '], "")),
                Inline::Refs(all) => runs(all)
                    .map(|run| match run {
                        Run::Ref(text) | Run::Text(text) => text,
                        Run::Between(_) => "",
                    })
                    .collect(),
                Inline::Place(at) => self.place(None, at, table),
                Inline::Places(all) => self.places(all, table),
            })
            .collect()
    }

    fn places(&self, all: &[Location], table: bool) -> String {
        let before = |n: usize| n.checked_sub(1).map(|n| &all[n]);
        let shown: Vec<String> = all.iter().enumerate().map(|(n, at)| self.place(before(n), at, table)).collect();
        shown.join(", ")
    }

    fn place(&self, before: Option<&Location>, at: &Location, table: bool) -> String {
        let shown = code(&shown_after(before, at), table);
        match address(self.hosting, at) {
            Some(url) => format!("[{shown}]({url})"),
            None => shown,
        }
    }
}

/// Text that Markdown shows as it is.
pub(crate) fn plain(raw: &str) -> String {
    let raw = text::clean(raw);
    let mut out = String::with_capacity(raw.len());
    let mut word = false;
    let mut chars = raw.chars().peekable();
    while let Some(c) = chars.next() {
        let inner = word && chars.peek().is_some_and(|n| n.is_alphanumeric());
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            // Within a word it is no markup, and identifiers are full of them.
            '_' if inner => out.push(c),
            '\\' | '`' | '*' | '_' | '[' | ']' | '#' | '|' | '~' | '!' | '$' | '{' | '}' | '@' => {
                out.push('\\');
                out.push(c);
            }
            // `https://…` becomes a link by itself.
            ':' if chars.peek() == Some(&'/') => out.push_str("&#58;"),
            _ => out.push(c),
        }
        word = c.is_alphanumeric();
    }
    out
}

/// A code span that holds it all: as many backticks around as it needs.
pub(crate) fn code(raw: &str, table: bool) -> String {
    let raw = text::clean(raw);
    let raw = if table { raw.replace('|', "\\|") } else { raw.into_owned() };
    let raw = raw.trim();
    if raw.is_empty() {
        return "–".to_owned();
    }
    let longest = raw.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    if longest == 0 {
        return format!("`{raw}`");
    }
    let fence = "`".repeat(longest + 1);
    format!("{fence} {raw} {fence}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_from_code_is_text() {
        assert_eq!(
            plain("a_b <img src=x> [x](javascript://y) |"),
            "a_b &lt;img src=x&gt; \\[x\\](javascript&#58;//y) \\|"
        );
        assert_eq!(plain("_em_ **b** # h\nnext"), "\\_em\\_ \\*\\*b\\*\\* \\# h next");
        assert_eq!(code("a`b``c", false), "``` a`b``c ```");
        assert_eq!(code("x | y", true), "`x \\| y`");
        assert_eq!(code("x\n```\n<b>", false), "```` x ``` <b> ````");
    }
}
