//! Triggers that somebody has reviewed: the `[[acknowledged]]` tables of the answers file.

use anyhow::{anyhow, bail};
use serde::Deserialize;

use super::{Acknowledgement, Trigger, rows};

/// Where answers are looked for if no file is named.
pub const FILE_NAME: &str = "dpia.toml";

/// The rest of the file belongs to the document.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct File {
    acknowledged: Vec<Row>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    /// Code or id.
    trigger: String,
    /// As reported; without it, wherever.
    activity: Option<String>,
    /// A part of what it changed to; without it, whatever.
    after: Option<String>,
    who: String,
    when: toml::Value,
    why: String,
}

/// Mark the triggers that the answers in `text` acknowledge; `name` is that of the file.
///
/// # Errors
/// If the text is not TOML, a table lacks who, when or why, or names no trigger.
pub fn acknowledge(triggers: &mut [Trigger], text: &str, name: &str) -> anyhow::Result<()> {
    let file: File =
        toml::from_str(text).map_err(|e| anyhow!("{name}: {}; docs/triggers.md shows the table", e.message()))?;
    for row in &file.acknowledged {
        let Some(known) = rows::find(&row.trigger) else {
            bail!("{name}: there is no trigger `{}`; docs/triggers.md lists them", row.trigger);
        };
        if row.who.trim().is_empty() || row.why.trim().is_empty() {
            bail!("{name}: the acknowledgement of {} says not who or not why", known.code);
        }
        let when = match &row.when {
            toml::Value::Datetime(date) => date.to_string(),
            toml::Value::String(date) => date.clone(),
            _ => bail!("{name}: `when` of the acknowledgement of {} is not a date", known.code),
        };
        let meant = |t: &&mut Trigger| {
            let to = t.after.as_ref().or(t.before.as_ref()).map_or("", |s| &*s.text);
            t.code == known.code
                && row.activity.as_ref().is_none_or(|a| *a == t.activity)
                && row.after.as_ref().is_none_or(|a| to.contains(a.as_str()))
        };
        for trigger in triggers.iter_mut().filter(meant) {
            let (who, why) = (row.who.clone(), row.why.clone());
            trigger.acknowledged = Some(Acknowledgement { who, when: when.clone(), why });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diff::State;

    fn trigger() -> Trigger {
        let row = rows::find("model-swap").unwrap();
        Trigger {
            code: row.code.clone(),
            id: row.id.clone(),
            severity: row.severity,
            direction: row.direction,
            activity: "Greet".into(),
            location: super::super::Place::default(),
            before: None,
            after: Some(State { text: "OpenAI gpt-4.1".into(), ..State::default() }),
            sections: Vec::new(),
            cnil: Vec::new(),
            message: String::new(),
            why: String::new(),
            source: String::new(),
            related: Vec::new(),
            acknowledged: None,
        }
    }

    fn run(table: &str) -> Result<Option<String>, String> {
        let mut all = [trigger()];
        let text = format!("title = 'x'\n[[acknowledged]]\n{table}\n[other]\na = 1\n");
        acknowledge(&mut all, &text, "dpia.toml").map_err(|e| e.to_string())?;
        let [trigger] = all;
        Ok(trigger.acknowledged.map(|a| format!("{} {} {}", a.who, a.when, a.why)))
    }

    #[test]
    fn by_trigger_activity_and_what_it_became() {
        let by = "who = 'Ada'\nwhen = 2026-11-20\nwhy = 'tested'";
        assert_eq!(run(&format!("trigger = 'T01'\n{by}")), Ok(Some("Ada 2026-11-20 tested".into())));
        assert!(
            run(&format!("trigger = 'model-swap'\nactivity = 'Greet'\nafter = 'gpt-4.1'\n{by}")).unwrap().is_some()
        );
        assert_eq!(run(&format!("trigger = 'T01'\nactivity = 'Other'\n{by}")), Ok(None));
        assert_eq!(run(&format!("trigger = 'T01'\nafter = 'gpt-5'\n{by}")), Ok(None));
        assert!(run(&format!("trigger = 'T99'\n{by}")).unwrap_err().contains("no trigger `T99`"));
        assert!(run("trigger = 'T01'\nwho = 'Ada'").unwrap_err().contains("missing field"));
        assert!(run(&format!("trigger = 'T01'\nwhoo = 1\n{by}")).unwrap_err().contains("whoo"));
    }
}
