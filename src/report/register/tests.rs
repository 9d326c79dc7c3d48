//! Registers of two repositories.

use super::*;
use crate::report::sample;

fn two() -> BTreeMap<String, Inventory> {
    BTreeMap::from([("desk".to_owned(), sample::triage()), ("wide".to_owned(), sample::wide())])
}

#[test]
fn a_row_for_each_activity_and_recipient() {
    let register = merge(&two());
    let rows: Vec<_> =
        register.rows.iter().map(|r| (r.repository.as_str(), r.activity.as_str(), r.recipient.as_str())).collect();
    assert!(rows.contains(&("desk", "Classify a support ticket", "openai")));
    // What configuration decides, the gateway, and both candidates.
    for recipient in ["by-config", "openrouter", "openai", "anthropic"] {
        assert!(rows.contains(&("wide", "Draft a reply", recipient)), "{recipient}: {rows:?}");
    }
    assert!(rows.contains(&("wide", NONE, "pinecone")));
    let desk = register.rows.iter().find(|r| r.repository == "desk").expect("there");
    let categories: Vec<&str> = desk.data.iter().map(|d| d.category.as_str()).collect();
    assert_eq!(categories, ["e-mail", "free text", "name", "online id"]);
    assert_eq!(register.repositories[1].accepted_findings, 1);
}

#[test]
fn what_changed() {
    let before = merge(&two());
    assert_eq!(changes(&merge(&two()), &before), []);
    let mut now = two();
    let desk = now.get_mut("desk").expect("there");
    desk.flows[0].source.category = "health".into();
    desk.flows[0].source.label = "Ticket.diagnosis".into();
    desk.model_calls[0].model = Some("gpt-4.1".into());
    now.get_mut("wide").expect("there").activities.retain(|a| a.name != "Draft a reply");
    let found = changes(&merge(&now), &before);
    let desk = found.iter().find(|c| c.repository == "desk").expect("there");
    assert_eq!(
        (desk.kind.as_str(), desk.what.as_str()),
        (
            "changed",
            "data: + health, − name; items: + Ticket.diagnosis, − Ticket.customer_name; models: + gpt-4.1, − gpt-4o"
        )
    );
    assert!(found.iter().any(|c| c.kind == "removed" && c.activity == "Draft a reply"));
    assert!(found.iter().any(|c| c.kind == "added" && c.activity == NONE));
}

#[test]
fn a_call_to_a_route_of_another_repository() {
    let mut all = two();
    all.get_mut("wide").expect("there").model_calls[0].endpoint = Some("https://desk.example/tickets/7/triage".into());
    let links = merge(&all).links;
    assert!(links.iter().any(|l| (l.from.as_str(), l.to.as_str()) == ("wide", "desk")
        && l.route == "POST /tickets/{id}/triage"
        && l.call == "app/triage.py:41"));
}

#[test]
fn a_request_to_a_route_of_another_repository() {
    let mut all = two();
    let request = &mut all.get_mut("wide").expect("there").requests[0];
    request.route = "/tickets/*/triage".into();
    let linked = |all: &BTreeMap<String, Inventory>| merge(all).links.iter().any(|l| l.call == "app/crm.py:31");
    assert!(linked(&all));
    all.get_mut("wide").expect("there").requests[0].method = Some("PUT".into());
    assert!(!linked(&all));
}

#[test]
fn text_from_code_stays_text() {
    let mut all = two();
    let desk = all.get_mut("desk").expect("there");
    desk.activities[0].name = "<script>alert(1)</script>{{rows}}".into();
    desk.model_calls[0].model = Some("\"><img src=x onerror=alert(1)>".into());
    let page = html::render(&merge(&all));
    assert!(!page.contains("<script>alert") && !page.contains("<img"));
    assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;{{rows}}"));
    assert_eq!(page.matches("<script>").count(), 1);
    for fetching in ["src=\"", "href=\"", "url(", "fetch(", "@import"] {
        assert!(!page.contains(fetching), "{fetching}");
    }
    assert!(!page.contains("{{summary}}") && !page.contains("{{links}}"));
}

#[test]
fn csv_has_a_line_for_each_category() {
    let register = merge(&two());
    let text = csv::render(&register);
    let lines: usize = register.rows.iter().map(|r| r.data.len().max(1)).sum();
    assert_eq!(text.matches("\r\n").count(), lines + 1);
    assert!(text.starts_with("repository,activity,recipient,"));
}
