//! The document as one HTML page: nothing is loaded from anywhere, it prints, and it works with keyboard and screen reader.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::markup::{escape, evidence, inlines};
use super::{Line, answer, lines, row, svg};
use crate::dpia::model::{Basis, Block, Document, Question, Section, Table};
use crate::dpia::wording::{Inline, Wording};

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// The whole page.
#[must_use]
pub fn render(document: &Document, wording: &Wording) -> String {
    let ids: BTreeSet<String> = ids(document);
    let mut page =
        Page { document, wording, ids, placed: BTreeSet::new(), part: String::new(), diagrams: 0, out: String::new() };
    page.head();
    let _ = write!(
        page.out,
        "<main id=\"main\"><p class=\"lead\">{}</p><p>{}</p>",
        page.word("doc.subtitle"),
        page.word("doc.legend")
    );
    for section in &document.front {
        page.section(section, 2);
    }
    for part in &document.activities {
        page.part.clone_from(&part.number);
        let _ = write!(
            page.out,
            "<section id=\"{0}\" class=\"part\"><h2>{0} · {1}</h2>",
            part.number,
            escape(&part.features.name)
        );
        for section in &part.sections {
            page.section(section, 3);
        }
        page.out.push_str("</section>");
    }
    page.part.clear();
    for section in document.annexes.iter().chain(&document.orphans) {
        page.section(section, 2);
    }
    let _ = writeln!(page.out, "</main><script>{SCRIPT}</script></body></html>");
    page.out
}

/// What references can lead to.
fn ids(document: &Document) -> BTreeSet<String> {
    let mut ids: BTreeSet<String> = document.questions().into_iter().map(|q| q.number.clone()).collect();
    for part in &document.activities {
        ids.insert(part.number.clone());
        ids.extend(part.features.items.iter().map(|i| format!("{}-{}", part.number, i.number)));
        ids.extend(part.features.recipients.iter().map(|r| r.number.clone()));
    }
    ids
}

struct Page<'a> {
    document: &'a Document,
    wording: &'a Wording,
    ids: BTreeSet<String>,
    /// Those of `ids` that have their place.
    placed: BTreeSet<String>,
    /// The activity being written, empty outside of them.
    part: String,
    diagrams: usize,
    out: String,
}

impl Page<'_> {
    fn word(&self, key: &str) -> String {
        escape(self.wording.text(key))
    }

    fn head(&mut self) {
        let title = escape(&self.wording.text("doc.title").replace("{name}", &self.document.sheet.name));
        let _ = write!(
            self.out,
            "<!doctype html><html lang=\"{}\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" \
             content=\"width=device-width,initial-scale=1\"><meta http-equiv=\"Content-Security-Policy\" \
             content=\"default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:; \
             base-uri 'none'; form-action 'none'\"><meta name=\"referrer\" content=\"no-referrer\"><title>{title}</title>\
             <style>{STYLE}</style></head><body><a class=\"skip\" href=\"#main\">{}</a><header><h1>{title}</h1>\
             <div class=\"tools\" role=\"search\"><label for=\"search\">{}</label> <input id=\"search\" type=\"search\" autocomplete=\"off\"> \
             <span id=\"hits\" role=\"status\" data-some=\"{}\" data-none=\"{}\"></span> <button id=\"theme\" type=\"button\">{}</button>\
             </div></header>",
            self.wording.language,
            self.word("doc.skip"),
            self.word("doc.search"),
            self.word("doc.hits"),
            self.word("doc.no_hits"),
            self.word("doc.theme"),
        );
        let _ = write!(self.out, "<nav aria-label=\"{0}\"><h2>{0}</h2><ol>", self.word("doc.contents"));
        let link = |id: &str, text: &str| format!("<li><a href=\"#{id}\">{text}</a></li>");
        let title = |s: &Section| escape(&self.wording.plain(&s.title));
        let front: Vec<String> = self.document.front.iter().map(|s| link(s.id, &title(s))).collect();
        let parts = self.document.activities.iter();
        let parts: Vec<String> =
            parts.map(|p| link(&p.number, &format!("{} · {}", p.number, escape(&p.features.name)))).collect();
        let rest = self.document.annexes.iter().chain(&self.document.orphans);
        let rest: Vec<String> = rest.map(|s| link(s.id, &title(s))).collect();
        self.out.push_str(&[front, parts, rest].concat().concat());
        self.out.push_str("</ol></nav>");
    }

    fn section(&mut self, section: &Section, level: usize) {
        let id = if self.part.is_empty() { section.id.to_owned() } else { format!("{}-{}", self.part, section.id) };
        let title = escape(&self.wording.plain(&section.title));
        let _ = write!(self.out, "<section class=\"leaf\" id=\"{id}\"><h{level}>{title}</h{level}>");
        if !section.edpb.is_empty() {
            let cnil: Vec<String> = section.cnil.iter().map(u16::to_string).collect();
            let key = if cnil.is_empty() { "doc.edpb" } else { "doc.edpb_cnil" };
            let text = self.wording.text(key).replace("{sections}", section.edpb).replace("{cnil}", &cnil.join(", "));
            let _ = write!(self.out, "<p class=\"map\">{}</p>", escape(&text));
        }
        for block in &section.blocks {
            self.block(block, &title);
        }
        self.out.push_str("</section>");
    }

    fn block(&mut self, block: &Block, title: &str) {
        match block {
            Block::Text(one) => {
                for line in lines(self.wording, std::slice::from_ref(one)) {
                    let text = self.line(&line);
                    let _ = write!(self.out, "<p>{text}</p>");
                }
            }
            Block::List(all) | Block::Steps(all) => {
                let tag = if matches!(block, Block::Steps(_)) { "ol" } else { "ul" };
                let _ = write!(self.out, "<{tag}>");
                for line in lines(self.wording, all) {
                    let text = self.line(&line);
                    let _ = write!(self.out, "<li>{text}</li>");
                }
                let _ = write!(self.out, "</{tag}>");
            }
            Block::Table(table) => self.table(table, title),
            Block::Diagram(diagram) => {
                self.diagrams += 1;
                let id = format!("dg{}", self.diagrams);
                let name = self.document.activities.iter().find(|p| p.number == self.part).map(|p| &p.features.name);
                let about = self.wording.text("doc.diagram_of");
                let about = about.replace("{number}", &self.part).replace("{name}", name.map_or("", String::as_str));
                let image = svg::render(diagram, self.wording, &id, &about);
                let button = |action: &str, key: &str| {
                    format!("<button type=\"button\" data-zoom=\"{action}\">{}</button> ", self.word(key))
                };
                let _ = write!(
                    self.out,
                    "<figure class=\"dg\"><div class=\"zoom\">{}{}{}</div><div class=\"scroll\" tabindex=\"0\" role=\"group\" \
                     aria-label=\"{}\">{image}</div></figure>",
                    button("in", "doc.zoom_in"),
                    button("out", "doc.zoom_out"),
                    button("reset", "doc.zoom_reset"),
                    escape(&about),
                );
            }
            Block::Questions(questions) => self.questions(questions, title),
        }
    }

    fn open_table(&mut self, head: &[&str], title: &str) {
        let _ = write!(
            self.out,
            "<div class=\"scroll\" tabindex=\"0\" role=\"group\" aria-label=\"{title}\"><table><thead><tr>"
        );
        for key in head {
            let _ = write!(self.out, "<th scope=\"col\">{}</th>", self.word(key));
        }
        self.out.push_str("</tr></thead><tbody>");
    }

    fn table(&mut self, table: &Table, title: &str) {
        self.open_table(&table.head, title);
        for cells in &table.rows {
            let cells = row(self.wording, cells);
            // D1, R1: where references lead to.
            let own: Vec<String> = match cells.first().and_then(|c| c.first()).map(|l| l.inlines.as_slice()) {
                Some([Inline::Ref(id)]) => vec![id.clone()],
                Some([Inline::Refs(all)]) => all.clone(),
                _ => Vec::new(),
            };
            let own = own.into_iter().map(|id| if self.part.is_empty() { id } else { format!("{}-{id}", self.part) });
            let own: Vec<String> = own.filter(|id| self.ids.contains(id) && self.placed.insert(id.clone())).collect();
            self.out.push_str("<tr>");
            for (n, cell) in cells.iter().enumerate() {
                let marks = own.iter().filter(|_| n == 0).map(|id| format!("<span id=\"{}\"></span>", escape(id)));
                let marks: String = marks.collect();
                let text: Vec<String> = cell.iter().map(|l| format!("<div>{}</div>", self.line(l))).collect();
                let _ = write!(self.out, "<td>{marks}{}</td>", text.concat());
            }
            self.out.push_str("</tr>");
        }
        self.out.push_str("</tbody></table></div>");
    }

    fn questions(&mut self, questions: &[Question], title: &str) {
        self.open_table(&["head.number", "head.question", "head.whom", "head.answer"], title);
        for q in questions {
            let answers: Vec<String> =
                answer(q).iter().map(|say| format!("<div>{}</div>", self.text(&self.wording.say(say)))).collect();
            let class = match &q.answer {
                None => "open",
                Some(a) if a.outdated() => "old",
                Some(_) => "done",
            };
            let _ = write!(
                self.out,
                "<tr id=\"{0}\" class=\"{class}\"><td>{0}</td><td>{1}</td><td>{2}</td><td>{3}</td></tr>",
                escape(&q.number),
                self.text(&self.wording.say(&q.say)),
                self.word(q.role),
                answers.concat(),
            );
        }
        self.out.push_str("</tbody></table></div>");
    }

    /// The statement with a sign for what it rests on, in words for those who do not see it.
    fn line(&self, line: &Line<'_>) -> String {
        let (sign, key) = match line.basis {
            Basis::Ask(_) => ("?", "doc.asked"),
            Basis::Partly(..) => ("◐", "doc.partly"),
            Basis::Answer(_) => ("✎", "doc.answered"),
            Basis::Code(_) | Basis::Law(_) | Basis::Fact(_) | Basis::Run => ("", ""),
        };
        let sign = if sign.is_empty() {
            String::new()
        } else {
            format!(
                "<span class=\"sign\" aria-hidden=\"true\">{sign}</span><span class=\"vh\">{}: </span>",
                self.word(key)
            )
        };
        let mut out = format!("{sign}{}", self.text(&line.inlines));
        let places = evidence(line, self.document.sheet.hosting.as_ref());
        if !places.is_empty() {
            let _ = write!(out, "<span class=\"ev\">{places}</span>");
        }
        if let Basis::Law(source) = line.basis {
            let source = self.word(source);
            if !out.contains(&source) {
                let _ = write!(out, " <span class=\"ev\">[{source}]</span>");
            }
        }
        out
    }

    fn text(&self, all: &[Inline]) -> String {
        let target = |reference: &str| {
            let own = format!("{}-{reference}", self.part);
            let known = [reference.to_owned(), own].into_iter().find(|id| self.ids.contains(id));
            // From outside of an activity, an item leads to the first that has it.
            known
                .or_else(|| self.ids.iter().find(|id| id.split_once('-').is_some_and(|(_, i)| i == reference)).cloned())
        };
        inlines(all, self.document.sheet.hosting.as_ref(), &target)
    }
}
