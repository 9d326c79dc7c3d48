//! The register as CSV (RFC 4180): one line for each row and category of data.

use super::Register;
use crate::report::text::clean;

const HEADER: [&str; 11] = [
    "repository",
    "activity",
    "recipient",
    "models",
    "operations",
    "regions",
    "category",
    "special category",
    "items",
    "safeguarded",
    "places",
];

/// With a header, and lines that end in CR LF.
#[must_use]
pub fn render(register: &Register) -> String {
    let mut out = line(HEADER.map(str::to_owned));
    let joined = |names: &std::collections::BTreeSet<String>| names.iter().cloned().collect::<Vec<_>>().join("; ");
    for row in &register.rows {
        let with = |category: String, special: String, items: String, safeguarded: String| {
            line([
                row.repository.clone(),
                row.activity.clone(),
                row.recipient_name.clone(),
                joined(&row.models),
                joined(&row.operations),
                joined(&row.regions),
                category,
                special,
                items,
                safeguarded,
                joined(&row.places),
            ])
        };
        let yes = |is: bool| if is { "yes" } else { "no" }.to_owned();
        if row.data.is_empty() {
            out.push_str(&with("none seen".to_owned(), String::new(), String::new(), String::new()));
        }
        for data in &row.data {
            let items = joined(&data.items);
            out.push_str(&with(data.category.clone(), yes(data.special_category), items, yes(data.safeguarded)));
        }
    }
    out
}

fn line(cells: [String; HEADER.len()]) -> String {
    let mut line = cells.map(|c| cell(&c)).join(",");
    line.push_str("\r\n");
    line
}

/// A spreadsheet takes a cell that begins with one of these for a formula, and would run it.
fn cell(text: &str) -> String {
    let text = clean(text);
    let formula = text.starts_with(['=', '+', '-', '@', '\t']);
    let text = if formula { format!("'{text}") } else { text.into_owned() };
    if text.contains(['"', ',', ';', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

#[cfg(test)]
mod tests {
    use super::cell;

    #[test]
    fn cells_are_text() {
        assert_eq!(cell("=HYPERLINK(\"x\")"), "\"'=HYPERLINK(\"\"x\"\")\"");
        assert_eq!((cell("@a"), cell("a,b"), cell("a\nb")), ("'@a".into(), "\"a,b\"".into(), "a b".into()));
    }
}
