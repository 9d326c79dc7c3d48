//! The facts for the record of processing activities (Art. 30(1) GDPR) as CSV: a row for each data item of each activity.

use crate::dpia::model::{Document, Question, Statement};
use crate::dpia::wording::Wording;
use crate::report::text;

/// Columns: a wording key, and the question whose answer belongs there.
const COLUMNS: &[(&str, &str)] = &[
    ("record.activity", ""),
    ("record.controller", "controller"),
    ("record.purpose", "purpose"),
    ("record.item", ""),
    ("record.subjects", ""),
    ("record.special", ""),
    ("record.recipients", ""),
    ("record.transfer", "transfer"),
    ("record.retention", "retention"),
    ("record.measures", ""),
    ("record.evidence", ""),
];

/// RFC 4180, with a byte order mark, which spreadsheets need to read it as UTF-8.
#[must_use]
pub fn render(document: &Document, wording: &Wording) -> String {
    let mut out = String::from("\u{feff}");
    let head: Vec<String> = COLUMNS.iter().map(|(key, _)| field(wording.text(key))).collect();
    out.push_str(&head.join(","));
    out.push_str("\r\n");
    let all = document.questions();
    for part in &document.activities {
        let scope = format!("activity.{}", part.features.id);
        let answer = |id: &str, scopes: &[String]| -> String {
            let of: Vec<&&Question> = all.iter().filter(|q| q.id == id && scopes.contains(&q.scope)).collect();
            let text = of.iter().map(|q| match &q.answer {
                Some(a) => a.text.clone(),
                None => format!("{} ({})", q.number, wording.text("answers.open")),
            });
            text.collect::<Vec<_>>().join("; ")
        };
        let data = part.sections.iter().find(|s| s.id == "data");
        let rows = data.into_iter().flat_map(|s| &s.blocks).find_map(|b| match b {
            crate::dpia::model::Block::Table(table) => Some(&table.rows),
            _ => None,
        });
        let cell = |cells: &[Vec<Statement>], n: usize| -> String {
            let said = cells.get(n).into_iter().flatten().map(|s| wording.plain(&s.say));
            said.collect::<Vec<_>>().join("; ")
        };
        for (item, cells) in part.features.items.iter().zip(rows.into_iter().flatten()) {
            let recipients: Vec<String> = part
                .features
                .recipients
                .iter()
                .filter(|r| item.recipients.contains(&r.number))
                .map(|r| format!("{} {}", r.number, crate::words::recipient(&r.id)))
                .collect();
            let scopes: Vec<String> = part
                .features
                .recipients
                .iter()
                .filter(|r| item.recipients.contains(&r.number))
                .map(|r| format!("recipient.{}", r.id))
                .collect();
            let places: Vec<String> = item.places().iter().map(text::place).collect();
            let row = [
                format!("{} {}", part.number, part.features.name),
                answer("controller", &["organisation".to_owned()]),
                answer("purpose", std::slice::from_ref(&scope)),
                format!("{} {}", item.number, cell(cells, 1)),
                cell(cells, 2),
                cell(cells, 3),
                recipients.join("; "),
                answer("transfer", &scopes),
                answer("retention", std::slice::from_ref(&scope)),
                cell(cells, 6),
                places.join("; "),
            ];
            let row: Vec<String> = row.iter().map(|text| field(text)).collect();
            out.push_str(&row.join(","));
            out.push_str("\r\n");
        }
    }
    out
}

/// Quoted; what a spreadsheet would take for a formula gets an apostrophe before it.
fn field(raw: &str) -> String {
    let raw = text::clean(raw);
    let acts = raw.trim_start().starts_with(['=', '+', '-', '@', '\t']);
    format!("\"{}{}\"", if acts { "'" } else { "" }, raw.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::field;

    #[test]
    fn fields_are_quoted_and_do_not_act() {
        assert_eq!(field("a \"b\", c"), "\"a \"\"b\"\", c\"");
        assert_eq!(field("=HYPERLINK(\"x\")"), "\"'=HYPERLINK(\"\"x\"\")\"");
        assert_eq!(field("two\nlines"), "\"two lines\"");
    }
}
