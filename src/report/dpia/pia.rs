//! The document as a file that the CNIL's PIA software imports.
//!
//! The software keys answers by number, shows a comment only where there is an answer, and shows HTML as it is: so
//! questions are numbers, every commented question has an answer, and everything is escaped. Gauges, evaluations and
//! the opinions of people are never filled.

use serde_json::{Value, json};

use super::markup::{escape, evidence, inlines};
use super::{Line, answer, lines, row, svg};
use crate::dpia::model::{Block, Document, Question, Section, Table};
use crate::dpia::wording::Wording;

/// Questions of the software, and which of ours go with them.
const QUESTIONS: &[(u16, &[&str])] = &[
    (111, &["record", "purpose", "scale"]),
    (112, &["controller", "contract"]),
    (113, &["codes"]),
    (121, &["source", "subjects", "freetext"]),
    (122, &["elsewhere"]),
    (123, &["model", "configuration"]),
    (211, &["purpose"]),
    (212, &["basis"]),
    (213, &["necessity"]),
    (214, &["accuracy"]),
    (215, &["retention", "provider_retention"]),
    (221, &["source"]),
    (222, &["basis"]),
    (223, &["rights"]),
    (224, &["rights"]),
    (225, &["rights"]),
    (226, &["contract"]),
    (227, &["transfer"]),
];

/// Sections that answer a question of the software as they are; of others only the questions are taken over.
const WHOLE: &[&str] =
    &["sheet", "overview", "what", "data", "recipients", "output", "assets", "facts", "model_status"];

/// How many columns are readable in the software's answers.
const COLUMNS: usize = 3;

/// # Errors
/// If it cannot be written as JSON.
pub fn render(document: &Document, wording: &Wording) -> anyhow::Result<String> {
    let page = Page { document, wording };
    let created = format!("{}T00:00:00.000Z", document.sheet.date);
    let mut answers = Vec::new();
    let mut comments = Vec::new();
    for (id, asked) in QUESTIONS {
        let (text, open) = page.answer(*id, asked);
        if text.is_empty() {
            continue;
        }
        answers.push(json!({
            "reference_to": id,
            "data": { "text": text, "gauge": null, "list": [] },
            "created_at": created,
        }));
        if !open.is_empty() {
            comments.push(json!({
                "reference_to": id,
                "for_measure": false,
                "description": open.join("\n"),
                "created_at": created,
            }));
        }
    }
    let threats = page.threats();
    if !threats.is_empty() {
        answers.push(json!({
            "reference_to": 322,
            "data": { "text": null, "gauge": null, "list": threats },
            "created_at": created,
        }));
    }
    let short = document.sheet.commit.as_deref().and_then(|c| c.get(..7));
    let commit = short.map(|c| format!(" ({c})")).unwrap_or_default();
    let all = json!({
        "pia": {
            "name": format!("{}{commit}", escape(&document.sheet.name)),
            "category": "",
            "author_name": "",
            "evaluator_name": "",
            "validator_name": "",
            "status": 0,
            "created_at": created,
        },
        "answers": answers,
        "measures": page.measures(&created),
        "evaluations": [],
        "comments": comments,
    });
    let mut text = serde_json::to_string_pretty(&all)?;
    text.push('\n');
    Ok(text)
}

struct Page<'a> {
    document: &'a Document,
    wording: &'a Wording,
}

impl Page<'_> {
    /// The text for a question of the software, and our questions that are open there.
    fn answer(&self, id: u16, asked: &[&str]) -> (String, Vec<String>) {
        let mut text = String::new();
        let fits = |s: &&Section| s.cnil.contains(&id) && WHOLE.contains(&s.id);
        for section in self.document.front.iter().filter(fits) {
            text.push_str(&self.section(section));
        }
        for part in &self.document.activities {
            let own: Vec<&Section> = part.sections.iter().filter(fits).collect();
            let need = part.sections.iter().filter(|s| id == 213 && s.id == "necessity");
            if !own.is_empty() || id == 213 {
                text.push_str(&format!("<p><strong>{} · {}</strong></p>", part.number, escape(&part.features.name)));
            }
            own.into_iter().for_each(|s| text.push_str(&self.section(s)));
            for section in need {
                let facts = section.statements().into_iter().filter(|s| !s.basis.places().is_empty()).cloned();
                let facts: Vec<_> = facts.collect();
                let shown: Vec<String> =
                    lines(self.wording, &facts).iter().map(|l| format!("<li>{}</li>", self.line(l))).collect();
                if !shown.is_empty() {
                    text.push_str(&format!("<ul>{}</ul>", shown.concat()));
                }
            }
        }
        for section in self.document.annexes.iter().filter(fits) {
            text.push_str(&self.section(section));
        }
        let mut open = Vec::new();
        let mut list = String::new();
        for question in self.document.questions().into_iter().filter(|q| asked.contains(&q.id)) {
            let plain = format!(
                "{} ({}): {}",
                question.number,
                self.wording.text(question.role),
                self.wording.plain(&question.say)
            );
            if question.answer.is_none() {
                open.push(crate::report::text::clean(&plain).into_owned());
            }
            list.push_str(&self.question(question));
        }
        if !list.is_empty() {
            text.push_str(&format!("<ul>{list}</ul>"));
        }
        (text, open)
    }

    fn question(&self, question: &Question) -> String {
        let answers: Vec<String> = answer(question).iter().map(|say| self.text(&self.wording.say(say))).collect();
        format!(
            "<li><strong>{}</strong> ({}): {} – {}</li>",
            escape(&question.number),
            escape(self.wording.text(question.role)),
            self.text(&self.wording.say(&question.say)),
            answers.join(" "),
        )
    }

    fn section(&self, section: &Section) -> String {
        let mut out = format!("<p><strong>{}</strong></p>", escape(&self.wording.plain(&section.title)));
        for block in &section.blocks {
            match block {
                Block::Text(one) => {
                    for line in lines(self.wording, std::slice::from_ref(one)) {
                        out.push_str(&format!("<p>{}</p>", self.line(&line)));
                    }
                }
                Block::List(all) | Block::Steps(all) => {
                    let tag = if matches!(block, Block::Steps(_)) { "ol" } else { "ul" };
                    let items: Vec<String> =
                        lines(self.wording, all).iter().map(|l| format!("<li>{}</li>", self.line(l))).collect();
                    out.push_str(&format!("<{tag}>{}</{tag}>", items.concat()));
                }
                Block::Table(table) => out.push_str(&self.table(table)),
                Block::Diagram(diagram) => {
                    let image = svg::render(diagram, self.wording, "dg", &self.wording.plain(&section.title));
                    let alt = escape(&self.wording.plain(&section.title));
                    out.push_str(&format!(
                        "<p><img alt=\"{alt}\" src=\"data:image/svg+xml;base64,{}\"></p>",
                        base64(image.as_bytes())
                    ));
                }
                Block::Questions(_) => {}
            }
        }
        out
    }

    /// The software shows answers in a narrow column without lines between cells: what has more columns than fit
    /// becomes a list, a row each.
    fn table(&self, table: &Table) -> String {
        let cell = |lines: &[Line<'_>], between: &str| -> String {
            lines.iter().map(|l| self.line(l)).collect::<Vec<_>>().join(between)
        };
        let heads: Vec<String> = table.head.iter().map(|k| escape(self.wording.text(k))).collect();
        let rows = table.rows.iter().map(|cells| row(self.wording, cells));
        if heads.len() > COLUMNS {
            let items = rows.map(|cells| {
                let mut cells = cells.iter().zip(&heads);
                let name: Vec<String> =
                    cells.by_ref().take(2).map(|(c, _)| format!("<strong>{}</strong>", cell(c, " "))).collect();
                let rest: Vec<String> = cells.map(|(c, head)| format!("<em>{head}</em>: {}", cell(c, "; "))).collect();
                format!("<li>{}<br>{}</li>", name.join(" · "), rest.join("; "))
            });
            return format!("<ul>{}</ul>", items.collect::<String>());
        }
        let edge = "border:1px solid #999;padding:3px 6px;text-align:left";
        let head: String = heads.iter().map(|h| format!("<th style=\"{edge}\">{h}</th>")).collect();
        let td = |cell: String| format!("<td style=\"{edge};overflow-wrap:anywhere\">{cell}</td>");
        let body: String = rows
            .map(|cells| format!("<tr>{}</tr>", cells.iter().map(|c| td(cell(c, "<br>"))).collect::<String>()))
            .collect();
        format!(
            "<table style=\"border-collapse:collapse;width:100%\"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        )
    }

    fn text(&self, all: &[crate::dpia::wording::Inline]) -> String {
        inlines(all, self.document.sheet.hosting.as_ref(), &|_| None)
    }

    fn line(&self, line: &Line<'_>) -> String {
        format!("{}{}", self.text(&line.inlines), evidence(line, self.document.sheet.hosting.as_ref()))
    }

    /// Threats that the code makes possible, as proposals.
    fn threats(&self) -> Vec<String> {
        let keys = ["risk.r5_text", "risk.r5_tools", "risk.r5_log"];
        let risks = self.document.activities.iter().flat_map(|p| p.sections.iter().map(move |s| (p, s)));
        let all =
            risks.filter(|(_, s)| s.id == "risks").flat_map(|(p, s)| s.statements().into_iter().map(move |x| (p, x)));
        all.filter(|(_, s)| keys.contains(&s.say.key.as_str()))
            .map(|(p, s)| escape(&format!("{}: {}", p.number, self.wording.plain(&s.say))))
            .collect()
    }

    /// Only measures that were seen in the code.
    fn measures(&self, created: &str) -> Vec<Value> {
        let keys = ["guard.one", "guard.closed_set"];
        let mut all = Vec::new();
        for part in &self.document.activities {
            let seen = part.sections.iter().filter(|s| s.id == "safeguards").flat_map(Section::statements);
            for statement in seen.filter(|s| keys.contains(&s.say.key.as_str())) {
                for line in lines(self.wording, std::slice::from_ref(statement)) {
                    all.push(json!({
                        "id": all.len() + 1,
                        "title": escape(&format!("{}: {}", part.number, self.wording.plain(&statement.say))),
                        "content": format!("<p>{}</p>", self.line(&line)),
                        "placeholder": "measures.default_placeholder",
                        "created_at": created,
                    }));
                }
            }
        }
        all
    }
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let word = chunk.iter().fold(0u32, |w, b| (w << 8) | u32::from(*b)) << (8 * (3 - chunk.len()));
        for n in 0..4 {
            if n <= chunk.len() {
                out.push(LETTERS[(word >> (18 - 6 * n)) as usize & 63] as char);
            } else {
                out.push('=');
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::base64;

    #[test]
    fn base64_of_each_length() {
        assert_eq!(
            ["", "a", "ab", "abc", "<svg>"].map(|s| base64(s.as_bytes())),
            ["", "YQ==", "YWI=", "YWJj", "PHN2Zz4="]
        );
    }
}
