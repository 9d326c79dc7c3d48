//! What `towhom why` says, and which activity the data of a shared wrapper belong to.

use crate::support::{repository, scan};

fn why(place: &str) -> String {
    let root = repository().join("fixtures/programs/python/one-wrapper");
    let options = towhom::ScanOptions { root, threads: Some(1), ..towhom::ScanOptions::default() };
    towhom::explain_place(&options, place, &|_, _, _| ()).unwrap_or_else(|e| format!("error: {e}"))
}

#[test]
fn a_call_is_told_with_all_that_reaches_it() {
    let text = why("app.py:19");
    assert!(text.starts_with("app.py:19  client.responses.create to OpenAI"), "{text}");
    assert!(text.contains("Guest.email (e-mail), high confidence, from app.py:12"), "{text}");
    assert!(text.contains("Guest.allergies (health), high confidence, from app.py:13"), "{text}");
}

#[test]
fn a_field_is_told_with_where_it_goes_and_where_its_ways_end() {
    let text = why("app.py:13");
    assert!(text.contains("Guest.allergies"), "{text}");
    assert!(text.contains("read at 1 place(s), the first at app.py:31"), "{text}");
    let text = why("app.py:12");
    assert!(text.contains("read at 2 place(s), the first at app.py:25"), "{text}");
}

#[test]
fn a_place_with_nothing_is_an_error_that_says_so() {
    assert_eq!(why("app.py"), "error: `app.py` is no place: write FILE:LINE, such as app/models.py:12");
    assert!(why("app.py:1").starts_with("error: nothing in the report stands at app.py:1"), "{}", why("app.py:1"));
}

#[test]
fn the_data_of_each_caller_of_a_wrapper_belong_to_its_activity() {
    let inventory = scan(&repository().join("fixtures/programs/python/one-wrapper"));
    let name = |label: &str| {
        let flow = inventory.flows.iter().find(|f| f.source.label == label && !f.activities.is_empty());
        let ids = flow.map(|f| f.activities.clone()).unwrap_or_default();
        let of = inventory.activities.iter().filter(|a| ids.contains(&a.id));
        of.map(|a| a.name.clone()).collect::<Vec<_>>()
    };
    assert_eq!(name("Guest.email"), ["Welcome"]);
    assert_eq!(name("Guest.allergies"), ["Menu"]);
}

#[test]
fn the_uses_of_an_answer_belong_to_who_asked_for_it() {
    let inventory = scan(&repository().join("fixtures/programs/python/one-helper"));
    let show = inventory.model_calls.iter().find(|c| c.function == "show").map(|c| c.id.clone());
    let of = |use_: &str| {
        let those = inventory.outputs.iter().filter(|o| Some(&o.call) == show.as_ref() && o.use_ == use_);
        let ids: Vec<&String> = those.flat_map(|o| &o.activities).collect();
        inventory.activities.iter().filter(|a| ids.contains(&&a.id)).map(|a| a.name.clone()).collect::<Vec<_>>()
    };
    assert_eq!(of("stored"), ["Draft"]);
    assert_eq!(of("returned_to_user"), ["People"]);
}

#[test]
fn one_way_is_listed_for_each_activity_and_the_others_are_counted() {
    let inventory = scan(&repository().join("fixtures/programs/python/one-helper"));
    for flow in &inventory.flows {
        let alike = |f: &&towhom::inventory::Flow| {
            f.call == flow.call && f.source.location == flow.source.location && f.activities == flow.activities
        };
        assert_eq!(inventory.flows.iter().filter(alike).count(), 1, "{flow:?}");
    }
    assert!(inventory.flows.iter().any(|f| f.other_ways > 0), "{:?}", inventory.flows);
}
