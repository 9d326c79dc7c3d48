//! The register as one HTML page: no request leaves it, and everything in it is readable without its script.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::{Data, Register, Row};
use crate::report::text::escape;

const PAGE: &str = include_str!("page.html");

#[must_use]
pub fn render(register: &Register) -> String {
    let mut rows = String::new();
    for row in &register.rows {
        write_row(row, &mut rows);
    }
    let names = |of: fn(&Row) -> Vec<&str>| options(&register.rows.iter().flat_map(of).collect());
    let summary = format!(
        "{} repositories · {} recipients · {} rows",
        register.repositories.len(),
        register.rows.iter().map(|r| &r.recipient).collect::<BTreeSet<_>>().len(),
        register.rows.len()
    );
    let parts = [
        ("{{summary}}", escape(&summary)),
        ("{{repositories}}", names(|r| vec![&r.repository])),
        ("{{recipients}}", names(|r| vec![&r.recipient_name])),
        ("{{categories}}", names(|r| r.data.iter().map(|d| d.category.as_str()).collect())),
        ("{{rows}}", rows),
        ("{{changes}}", changes(register)),
        ("{{coverage}}", coverage(register)),
        ("{{links}}", links(register)),
    ];
    // One pass: what is put in may look like a mark of the page.
    let mut out = String::new();
    let mut rest = PAGE;
    while let Some(at) = rest.find("{{") {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        match parts.iter().find(|(mark, _)| rest.starts_with(mark)) {
            Some((mark, text)) => {
                out.push_str(text);
                rest = &rest[mark.len()..];
            }
            None => {
                out.push_str("{{");
                rest = &rest[2..];
            }
        }
    }
    out + rest
}

fn write_row(row: &Row, out: &mut String) {
    let data: Vec<&str> = row.data.iter().map(|d| d.category.as_str()).collect();
    let _ = write!(
        out,
        "<tr data-repository=\"{}\" data-recipient=\"{}\" data-category=\"{}\">",
        escape(&row.repository),
        escape(&row.recipient_name),
        // No name of a category has this character.
        escape(&format!("|{}|", data.join("|"))),
    );
    let list = |names: &BTreeSet<String>| {
        let names: Vec<String> = names.iter().map(|n| escape(n)).collect();
        if names.is_empty() { "–".to_owned() } else { names.join("<br>") }
    };
    let _ = write!(out, "<th scope=\"row\">{}</th><td>{}</td>", escape(&row.repository), escape(&row.activity));
    let _ = write!(out, "<td>{}</td><td>{}</td><td>", escape(&row.recipient_name), list(&row.models));
    for item in &row.data {
        write_data(item, out);
    }
    if row.data.is_empty() {
        out.push_str("none seen");
    }
    let _ = writeln!(out, "</td><td>{}</td><td><code>{}</code></td></tr>", list(&row.operations), list(&row.places));
}

fn write_data(data: &Data, out: &mut String) {
    let items: Vec<String> = data.items.iter().map(|i| escape(i)).collect();
    let special = if data.special_category { " <b>special category</b>" } else { "" };
    let safeguarded = if data.safeguarded { " (safeguarded)" } else { "" };
    let _ = write!(
        out,
        "<details><summary>{}{special}{safeguarded}</summary><code>{}</code></details>",
        escape(&data.category),
        items.join("<br>")
    );
}

fn options(names: &BTreeSet<&str>) -> String {
    names.iter().map(|n| format!("<option>{}</option>", escape(n))).collect()
}

fn changes(register: &Register) -> String {
    let Some(changes) = &register.changes else {
        return "<p>No earlier register was given (<code>--previous</code>).</p>".to_owned();
    };
    if changes.is_empty() {
        return "<p>Nothing.</p>".to_owned();
    }
    let line = |c: &super::Change| {
        format!(
            "<li><b>{}</b> {} · {} → {}: {}</li>",
            escape(&c.kind),
            escape(&c.repository),
            escape(&c.activity),
            escape(&c.recipient_name),
            escape(&c.what)
        )
    };
    format!("<ul>{}</ul>", changes.iter().map(line).collect::<String>())
}

fn coverage(register: &Register) -> String {
    let line = |r: &super::Repository| {
        format!(
            "<tr><th scope=\"row\">{}</th><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>",
            escape(&r.name),
            r.files_read,
            r.files_with_errors,
            r.files_skipped,
            r.calls_by_config,
            r.open_findings,
            r.accepted_findings
        )
    };
    register.repositories.iter().map(line).collect()
}

fn links(register: &Register) -> String {
    if register.links.is_empty() {
        return "<p>None was found.</p>".to_owned();
    }
    let line = |l: &super::Link| {
        let (from, call, to, route) = (escape(&l.from), escape(&l.call), escape(&l.to), escape(&l.route));
        format!("<li>{from} <code>{call}</code> → {to} <code>{route}</code></li>")
    };
    format!("<ul>{}</ul>", register.links.iter().map(line).collect::<String>())
}
