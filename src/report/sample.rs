//! Inventories for the tests of the reports: the worked case, and one with everything that an inventory can hold.

use std::collections::BTreeMap;

use crate::inventory::*;

/// Classifying support tickets: one call, four items, an answer that is stored and decides the queue.
pub(crate) fn triage() -> Inventory {
    let label_steps = |snippet: &str| {
        vec![
            step("app/routes.py", 33, "read from the database: ticket = session.get(Ticket, ticket_id)"),
            step("app/triage.py", 27, snippet),
            step("app/triage.py", 38, "content of the user message"),
        ]
    };
    let greeting = "put into a string: f\"From: {ticket.customer_name} <{ticket.customer_email}>\"";
    let rest = "put into a string: f\"Account {ticket.account_id}\\n{ticket.body}\"";
    let fields =
        [("customer_name", "name", 18), ("customer_email", "email", 19), ("account_id", "online_identifier", 20)];
    let mut inv = Inventory {
        schema_version: SCHEMA_VERSION,
        tool: Tool { name: "towhom".into(), version: "0.1.0".into() },
        model_calls: vec![call("app.triage.classify/openai-chat", "app/triage.py", 41)],
        activities: vec![Activity {
            id: "post-tickets-id-triage".into(),
            name: "Classify a support ticket".into(),
            calls: vec!["app.triage.classify/openai-chat".into()],
            entry_points: vec![entry("app/routes.py", 31, "POST /tickets/{id}/triage")],
        }],
        outputs: vec![
            output("app.triage.classify/openai-chat", "stored", 48, "Ticket.category"),
            output("app.triage.classify/openai-chat", "decision", 52, "Ticket.queue"),
        ],
        coverage: Coverage { files_read: 14, ..Coverage::default() },
        ..Inventory::default()
    };
    for (name, category, line) in fields.into_iter().chain([("body", "free_text", 22)]) {
        inv.personal_data_fields.push(field("Ticket", name, category, line));
        let steps = label_steps(if line < 20 { greeting } else { rest });
        inv.flows.push(flow("app.triage.classify/openai-chat", &format!("Ticket.{name}"), category, line, steps));
    }
    inv
}

/// The worked case and one of everything else: every optional part of an inventory is present somewhere.
pub(crate) fn wide() -> Inventory {
    let mut inv = triage();

    // A recipient that configuration decides, behind a gateway, in a notebook; one of two items is redacted.
    let mut draft = call("app.reply.draft/litellm-chat", "notebooks/reply [draft].ipynb", 22);
    draft.location.cell = Some(Cell { number: 3, line: 2 });
    draft.sdk = "litellm".into();
    draft.provider = "by-config".into();
    draft.gateway = Some("openrouter".into());
    draft.model = None;
    draft.model_setting = Some("LLM_MODEL".into());
    draft.region = Some("europe-west4".into());
    draft.region_setting = Some(Setting {
        name: "VERTEX_REGION".into(),
        value: "europe-west4".into(),
        location: at("app/settings.py", 12),
        about: String::new(),
    });
    draft.answer = Some(AnswerShape {
        kind: "label".into(),
        values: vec!["short".into(), "long".into()],
        location: at("app/reply.py", 24),
        checked: true,
    });
    let around = |kind: &str, text: &str, line| Circumstance {
        kind: kind.into(),
        text: text.into(),
        location: at("app/reply.py", line),
    };
    draft.asks = vec![around("emotion", "infer the mood", 18)];
    draft.circumstances = vec![around("consent", "if customer.ai_opt_in", 10)];
    draft.endpoint = Some("https://llm.example.org/v1".into());
    let setting = |name: &str, value: &str, about: &str| Setting {
        name: name.into(),
        value: value.into(),
        location: at("app/reply.py", 20),
        about: about.into(),
    };
    draft.settings = vec![setting("store", "false", ""), setting("user", "given", "identifier")];
    draft.candidates = vec![
        Candidate {
            provider: "openai".into(),
            model: Some("gpt-4o".into()),
            condition: Some("LLM_PROVIDER == \"openai\"".into()),
            default: true,
            location: Some(at("app/settings.py", 9)),
        },
        Candidate { provider: "anthropic".into(), model: None, condition: None, default: false, location: None },
    ];
    let redacted = Safeguard { kind: "redaction".into(), location: at("app/reply.py", 12), name: "redact".into() };
    let mut diagnosis =
        flow(&draft.id, "Patient.diagnosis", "health", 31, vec![step("app/reply.py", 11, "argument of redact")]);
    diagnosis.source.special_category = true;
    diagnosis.safeguards = vec![redacted];
    diagnosis.activities = vec!["draft-reply".into()];
    let mut religion = flow(&draft.id, "Patient.religion", "special_category", 32, Vec::new());
    religion.source.special_category = true;
    religion.confidence = Confidence::Low;
    (religion.source.whole, religion.source.record) = (true, true);
    let mut phone = flow(&draft.id, "Patient.phone", "phone", 33, Vec::new());
    phone.other_ways = 2;
    phone.other_ways_by = vec![at("app/reply.py", 14)];

    inv.model_references = vec![ModelReference {
        location: at("app/settings.py", 9),
        model: "gpt-4o".into(),
        provider: Some("openai".into()),
        function: "<module>".into(),
        name: "MODEL".into(),
    }];
    inv.practices = vec![Practice {
        location: at("app/tools.py", 12),
        kind: "tool".into(),
        name: "find_order".into(),
        function: "<module>".into(),
        takes: vec!["order".into()],
    }];

    // Embedding, training and observability, of which the last names something that tries to act.
    let mut embed = call("app.index.add/pinecone-upsert", "app/index.py", 60);
    embed.also = vec![FurtherRecipient { provider: "pinecone".into(), role: "store".into() }];
    (embed.operation, embed.sdk, embed.provider) = ("vector_upsert".into(), "pinecone".into(), "pinecone".into());
    embed.model = None;
    let mut train = call("app.train.upload/openai-files", "app/train.py", 70);
    train.operation = "file_upload".into();
    train.model = None;
    train.settings = vec![Setting {
        name: "purpose".into(),
        value: "fine-tune".into(),
        location: at("app/train.py", 71),
        about: String::new(),
    }];
    let mut trace = call("app.trace.log/langfuse", "app/trace.py", 80);
    (trace.operation, trace.sdk, trace.provider) = ("observability".into(), "langfuse".into(), "langfuse".into());
    trace.model = None;
    let hostile = flow(
        &trace.id,
        "x[\u{1b}[31m](https://example.org)\u{202e}",
        "other",
        81,
        vec![step("a\u{7}.py", 1, "`*<b>*`")],
    );

    let mut local = call("app.local.sum/ollama-chat", "app/local.py", 90);
    (local.provider, local.sdk) = ("local".into(), "ollama".into());
    local.model = Some("llama3.2".into());
    let mut tested = call("tests.test_triage/openai-chat", "tests/test_triage.py", 5);
    tested.in_test = true;

    inv.flows.extend([diagnosis, religion, phone, hostile]);
    inv.flows.push(flow(&embed.id, "Ticket.body", "free_text", 22, Vec::new()));
    inv.flows.push(flow(&train.id, "Ticket.customer_email", "email", 19, Vec::new()));
    inv.flows.push(flow(&tested.id, "Ticket.customer_email", "email", 19, Vec::new()));
    for n in 1..=15 {
        inv.flows.push(flow(&train.id, &format!("Customer.contact_{n:02}"), "name", 40 + n, Vec::new()));
    }
    inv.activities.push(Activity {
        id: "draft-reply".into(),
        name: "Draft a reply".into(),
        calls: vec![draft.id.clone(), local.id.clone()],
        entry_points: vec![
            entry("app/routes.py", 40, "POST /tickets/{id}/reply"),
            EntryPoint {
                kind: "job".into(),
                access: vec![Access { name: "admin_only".into(), location: at("app/jobs.py", 3) }],
                ..entry("app/jobs.py", 4, "nightly_replies")
            },
        ],
    });
    let mut send = output(&draft.id, "tool_execution", 95, "send_mail");
    send.activities = vec!["draft-reply".into()];
    inv.outputs.push(send);
    inv.model_calls.extend([draft, embed, train, trace, local, tested]);
    inv.requests = vec![Request {
        location: at("app/crm.py", 31),
        method: Some("POST".into()),
        host: Some("crm.example".into()),
        route: "/customers/*/notes".into(),
    }];
    inv.coverage = Coverage {
        files_read: 1204,
        files_with_errors: 2,
        files_in_test: 310,
        files_skipped: BTreeMap::from([("larger than 1 MB".into(), 2), ("not UTF-8".into(), 1)]),
        calls_in_test: 1,
        calls_by_config: 1,
        undeclared_services: vec!["summariser".into()],
    };
    let suppression = |kind: &str, findings: &[&str]| Suppression {
        kind: kind.into(),
        location: None,
        rule: None,
        path: None,
        reason: "Agreed with the data protection officer on 2026-03-02.".into(),
        findings: findings.iter().map(ToString::to_string).collect(),
    };
    inv.suppressions = vec![
        Suppression { path: Some("legacy/**".into()), ..suppression("config", &[]) },
        Suppression {
            location: Some(at("notebooks/reply [draft].ipynb", 21)),
            rule: Some("personal-data-to-model".into()),
            ..suppression("inline", &["personal-data-to-model/app.reply.draft/litellm-chat/phone"])
        },
    ];
    inv.configuration = vec![ConfigurationFact {
        location: at(".env.example", 3),
        kind: "model".into(),
        name: "LLM_MODEL".into(),
        value: Some("gpt-4o".into()),
        provider: Some("openai".into()),
        source: "dotenv".into(),
    }];
    inv.diagnostics = vec![
        diagnostic("budget", Some(at("app/index.py", 60)), "Stopped after 20000 steps; paths may be missing."),
        diagnostic("syntax-error", Some(at("app/old.py", 3)), "Two lines could not be read."),
        diagnostic("unmatched-row", None, "The row `acme.chat` of towhom.toml matches nothing."),
    ];
    inv
}

pub(crate) fn at(file: &str, line: u32) -> Location {
    Location { file: file.into(), line, column: 5, end_line: line, end_column: 30, cell: None }
}

fn step(file: &str, line: u32, label: &str) -> Step {
    Step { location: at(file, line), label: label.into() }
}

fn field(owner: &str, name: &str, category: &str, line: u32) -> PersonalDataField {
    PersonalDataField {
        location: at("app/models.py", line),
        name: name.into(),
        owner: owner.into(),
        category: category.into(),
        special_category: false,
        in_test: false,
    }
}

fn entry(file: &str, line: u32, label: &str) -> EntryPoint {
    EntryPoint { location: at(file, line), label: label.into(), kind: "http".into(), access: Vec::new() }
}

fn output(call: &str, use_: &str, line: u32, label: &str) -> Output {
    Output {
        call: call.into(),
        use_: use_.into(),
        location: at("app/triage.py", line),
        label: label.into(),
        activities: Vec::new(),
    }
}

fn diagnostic(kind: &str, location: Option<Location>, message: &str) -> Diagnostic {
    Diagnostic { kind: kind.into(), location, message: message.into() }
}

pub(crate) fn call(id: &str, file: &str, line: u32) -> ModelCall {
    ModelCall {
        id: id.into(),
        location: at(file, line),
        operation: "chat".into(),
        sdk: "openai".into(),
        provider: "openai".into(),
        candidates: Vec::new(),
        gateway: None,
        also: Vec::new(),
        model: Some("gpt-4o".into()),
        model_setting: None,
        region: None,
        region_setting: None,
        endpoint: None,
        settings: Vec::new(),
        in_test: false,
        confidence: Confidence::High,
        function: "classify".into(),
        callee: "client.chat.completions.create".into(),
        answer: None,
        asks: Vec::new(),
        circumstances: Vec::new(),
    }
}

pub(crate) fn flow(call: &str, label: &str, category: &str, line: u32, steps: Vec<Step>) -> Flow {
    Flow {
        id: format!("{call}/{label}"),
        call: call.into(),
        confidence: Confidence::High,
        source: Source {
            location: at("app/models.py", line),
            label: label.into(),
            category: category.into(),
            special_category: false,
            kind: "field".into(),
            whole: false,
            record: false,
        },
        steps,
        safeguards: Vec::new(),
        role: "content".into(),
        activities: Vec::new(),
        other_ways: 0,
        other_ways_by: Vec::new(),
    }
}
