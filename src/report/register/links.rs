//! Calls of one repository to a route of another, as far as inventories show them: a request has its address, an entry
//! point of an activity its route.

use std::collections::BTreeMap;

use super::Link;
use crate::inventory::Inventory;

pub(super) fn find(inventories: &BTreeMap<String, Inventory>) -> Vec<Link> {
    let mut links = Vec::new();
    for (from, inventory) in inventories {
        let models = inventory.model_calls.iter().filter(|c| !c.in_test);
        let models = models.filter_map(|c| Some((&c.location, None, c.endpoint.as_deref().and_then(path_of)?)));
        let requests = inventory.requests.iter().map(|r| (&r.location, r.method.as_deref(), r.route.as_str()));
        for (location, method, path) in models.chain(requests) {
            for (to, other) in inventories.iter().filter(|(to, _)| *to != from) {
                let routes = other.activities.iter().flat_map(|a| &a.entry_points).filter(|e| e.kind == "http");
                let meant = |label: &str| {
                    label.split_once(' ').is_some_and(|(m, route)| {
                        fits(route, path) && method.is_none_or(|asked| m == "ANY" || m.eq_ignore_ascii_case(asked))
                    })
                };
                for entry in routes.filter(|e| meant(&e.label)) {
                    links.push(Link {
                        from: from.clone(),
                        call: format!("{}:{}", location.file, location.line),
                        to: to.clone(),
                        route: entry.label.clone(),
                    });
                }
            }
        }
    }
    links.sort();
    links.dedup();
    links
}

/// The path of an address; nothing for a bare host, which every service has.
fn path_of(address: &str) -> Option<&str> {
    let (_, rest) = address.split_once("://")?;
    let path = &rest[rest.find('/')?..];
    let path = path.split(['?', '#']).next().unwrap_or_default().trim_end_matches('/');
    (!path.is_empty()).then_some(path)
}

/// Whether a path is one of a route such as `/tickets/{id}/triage` or `/tickets/:id`.
fn fits(route: &str, path: &str) -> bool {
    let (route, path) = (route.trim_end_matches('/'), path.trim_end_matches('/'));
    let (a, b) = (route.split('/'), path.split('/'));
    let any = |part: &str| part.starts_with(['{', ':', '[', '<']);
    !route.is_empty()
        && a.clone().count() == b.clone().count()
        && a.clone().any(|part| !part.is_empty() && !any(part))
        && a.zip(b).all(|(route, part)| route == part || any(route) && !part.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn routes_and_paths() {
        assert!(fits("/tickets/{id}/triage", "/tickets/7/triage") && fits("/v1/answers/", "/v1/answers"));
        assert!(!fits("/tickets/{id}", "/tickets") && !fits("/{a}", "/b") && !fits("/", "/"));
        assert_eq!(path_of("https://desk.example/v1/answers?x=1"), Some("/v1/answers"));
        assert_eq!((path_of("https://desk.example/"), path_of("desk")), (None, None));
    }
}
