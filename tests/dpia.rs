//! The description of processing: what must hold for every document, the answers file, and the check.

use towhom::dpia::answers::Answers;
use towhom::dpia::model::{Block, Document};
use towhom::dpia::names::Names;
use towhom::dpia::revision::Revision;
use towhom::dpia::wording::{LANGUAGES, Wording};
use towhom::dpia::{self, Input};
use towhom::inventory::Inventory;
use towhom::report::dpia::{csv, dpv, graph, html, markdown, mermaid, pia, svg};

use crate::support::{Folder, repository, scan};

const DATE: &str = "2026-11-22";

fn document(inventory: &Inventory, answers: &str) -> Document {
    let answers = Answers::from_text(answers).unwrap();
    let input = Input {
        inventory,
        root: None,
        answers: &answers,
        date: DATE,
        revision: Revision::default(),
        name: "example",
        names: Names::new([]),
    };
    dpia::build(&input).unwrap().0
}

/// Every fixture program, and the support desk.
fn inventories() -> Vec<(String, Inventory)> {
    let fixtures = repository().join("fixtures");
    let mut folders = vec![fixtures.join("support-triage")];
    for language in ["python", "typescript"] {
        let programs = std::fs::read_dir(fixtures.join("programs").join(language)).unwrap();
        folders.extend(programs.map(|e| e.unwrap().path()));
    }
    folders.sort();
    folders.into_iter().map(|f| (f.display().to_string(), scan(&f))).collect()
}

/// The share of statements that rest on something is 1, every word is there, and nothing is judged.
#[test]
fn every_statement_rests_on_something() {
    const NEVER: &[&str] =
        &["residual risk", "likelihood: ", "severity: ", "low risk", "high risk", "compliant", "is lawful"];
    let wordings: Vec<Wording> = LANGUAGES.iter().map(|(id, _)| Wording::load(id).unwrap()).collect();
    let (mut statements, mut activities) = (0, 0);
    for (name, inventory) in inventories() {
        let document = document(&inventory, "");
        activities += document.activities.len();
        let questions: Vec<&str> = document.questions().iter().map(|q| q.number.as_str()).collect();
        for section in document.sections() {
            for statement in section.statements() {
                statements += 1;
                let text = wordings[0].plain(&statement.say);
                assert!(statement.basis.holds(), "{name}, {}: nothing supports \"{text}\"", section.id);
                for asked in statement.basis.asks() {
                    assert!(
                        questions.contains(&asked.as_str()),
                        "{name}, {}: {asked} is not asked: {text}",
                        section.id
                    );
                }
                for wording in &wordings {
                    assert!(
                        wording.has(&statement.say.key),
                        "no words for {} in {}",
                        statement.say.key,
                        wording.language
                    );
                    let text = wording.plain(&statement.say);
                    assert!(!text.trim().is_empty(), "{name}: {}", statement.say.key);
                    let hole = text.split_once('{').and_then(|(_, r)| r.split_once('}')).map(|(inside, _)| inside);
                    let ours = hole.is_some_and(|h| {
                        statement.say.args.iter().all(|(n, _)| *n != h)
                            && wording.text(&statement.say.key).contains(&format!("{{{h}"))
                    });
                    assert!(!ours, "{name}: a placeholder is left in \"{text}\"");
                }
            }
        }
        for wording in &wordings {
            for section in document.sections() {
                assert!(wording.has(&section.title.key), "{}", section.title.key);
            }
            for question in document.questions() {
                assert!(wording.has(&question.say.key) && wording.has(question.role), "{}", question.say.key);
            }
        }
        let text = markdown::render(&document, &wordings[0]).to_lowercase();
        for never in NEVER {
            assert!(!text.contains(never), "{name}: \"{never}\"");
        }
    }
    assert!(statements > 2_000 && activities > 40, "{statements} statements, {activities} activities");
}

/// The words of each activity, without its diagram.
fn words(text: &str) -> Vec<usize> {
    let parts = text.split("\n## ").filter(|p| p.starts_with('A') && p.contains(" · "));
    let part = |p: &str| {
        let (before, rest) = p.split_once("```mermaid").unwrap_or((p, ""));
        let after = rest.split_once("```").map_or("", |(_, after)| after);
        before.split_whitespace().count() + after.split_whitespace().count()
    };
    parts.map(part).collect()
}

/// Two pages or so an activity: what is alike for all is said once.
#[test]
fn an_activity_takes_about_two_pages() {
    let mut all = Vec::new();
    for (name, inventory) in inventories() {
        let text = markdown::render(&document(&inventory, ""), &Wording::load("en").unwrap());
        let words = words(&text);
        assert!(words.iter().all(|n| *n < 1_300), "{name}: {words:?}");
        all.extend(words);
    }
    all.sort_unstable();
    assert!(all[all.len() / 2] < 800, "{all:?}");
}

/// The support desk in every language, to the letter.
#[test]
fn the_worked_example() {
    let inventory = scan(&repository().join("fixtures/support-triage"));
    let document = document(&inventory, "");
    for (language, _) in LANGUAGES {
        let text = markdown::render(&document, &Wording::load(language).unwrap());
        let text = text.replace(env!("CARGO_PKG_VERSION"), "[version]");
        insta::assert_snapshot!(format!("support_triage_md_{language}"), text);
    }
    // The facts of the case that a reviewer looks for, and the place that proves the one that is out of scope.
    let text = markdown::render(&document, &Wording::load("en").unwrap());
    for fact in [
        "Ticket.customer_name",
        "Ticket.customer_email",
        "Ticket.account_id",
        "`Ticket`: `subject` and `body`",
        "`gpt-4o`",
        "one of 6 values of a closed set",
        "| False content about a real person | out of scope, on the fact shown |",
        "[`app/triage.py:47`]",
        "How often do they overrule it",
    ] {
        assert!(text.contains(fact), "{fact}");
    }
}

fn answer_of(program: &str, name: &str) -> Option<String> {
    let folder = Folder::new();
    folder.write(name, program);
    let inventory = scan(folder.path());
    assert_eq!(inventory.model_calls.len(), 1, "{program}");
    let shape = inventory.model_calls[0].answer.clone()?;
    Some(format!("{} {} at {}, checked {}", shape.kind, shape.values.join("|"), shape.location.line, shape.checked))
}

const ASK: &str = r#"
from enum import Enum
from typing import Literal
from openai import OpenAI
from pydantic import BaseModel
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

client = OpenAI()
LABELS = ("spam", "ham")


class Label(str, Enum):
    SPAM = "spam"
    HAM = "ham"


class Verdict(BaseModel):
    label: Literal["spam", "ham"]


class Base(DeclarativeBase):
    pass


class Mail(Base):
    __tablename__ = "mails"
    text: Mapped[str] = mapped_column()
    label: Mapped[str] = mapped_column()


def sort(mail: Mail) -> Mail:
    answer = client.chat.completions.create(
        model="gpt-4o", messages=[{"role": "user", "content": mail.text}]FORMAT
    ).choices[0].message.content
    USE
    return mail
"#;

/// Only where no other use of the answer is left do the labels bound it.
#[test]
fn answers_from_a_closed_set() {
    let python = |usage: &str| answer_of(&ASK.replace("FORMAT", "").replace("USE", usage), "app.py");
    let closed = Some("label ham|spam at 35, checked true".to_owned());
    assert_eq!(python("mail.label = answer if answer in LABELS else \"ham\""), closed);
    assert_eq!(python("mail.label = Label(answer)"), closed);
    assert_eq!(python("mail.label = answer"), None);
    assert_eq!(python("mail.label = answer if answer in LABELS else \"ham\"; mail.text = answer"), None);
    assert_eq!(python("mail.label = answer if answer in LABELS else mail.text + answer"), None);
    let asked = ASK.replace("FORMAT", ", response_format=Verdict").replace("USE", "mail.label = answer");
    assert_eq!(answer_of(&asked, "app.py").as_deref(), Some("label spam|ham at 17, checked false"));
}

#[test]
fn answers_from_a_closed_set_in_typescript() {
    let program = r#"
import { generateText } from "ai";
import { openai } from "@ai-sdk/openai";

const LABELS = ["spam", "ham"] as const;

export async function POST(request: Request) {
  const { text } = await request.json();
  const { text: answer } = await generateText({ model: openai("gpt-4o"), prompt: text });
  const label = LABELS.includes(answer) ? answer : "ham";
  return Response.json({ label: USE });
}
"#;
    let answer = |usage: &str| answer_of(&program.replace("USE", usage), "app/api/sort/route.ts");
    assert_eq!(answer("label").as_deref(), Some("label ham|spam at 10, checked true"));
    assert_eq!(answer("answer"), None);
}

/// What a document says of a program, in English.
fn told(files: &[(&str, &str)], answers: &str) -> String {
    let folder = Folder::new();
    for (name, text) in files {
        folder.write(name, text);
    }
    markdown::render(&document(&scan(folder.path()), answers), &Wording::load("en").unwrap())
}

#[test]
fn facts_beside_the_risks_and_questions() {
    let program = r#"
import json
import subprocess
from dataclasses import asdict, dataclass
from fastapi import FastAPI
from openai import OpenAI

app = FastAPI()
client = OpenAI()


@dataclass
class Patient:
    full_name: str
    email: str
    phone: str
    diagnosis: str


@app.post("/run")
def run(patient: Patient, user_id: str):
    answer = client.responses.create(
        model="gpt-4o", input=json.dumps(asdict(patient)), user=user_id, store=False
    )
    print(answer.output_text)
    subprocess.run(answer.output_text, shell=True)
    return "done"
"#;
    let text = told(&[("app.py", program), (".env.example", "AZURE_OPENAI_ENDPOINT=https://x.openai.azure.com\n")], "");
    for fact in [
        "`Patient` 4 of 4",
        "Taken up as whole objects, not field by field: `Patient`",
        "Sent beside the text, as the identifier of an end user: D",
        "The answer reaches a call that runs commands or programs",
        "`store` = `false`: asks not to keep the call as application state",
        "patients, by the names in the code",
        "`AZURE_OPENAI_ENDPOINT` = `https://x.openai.azure.com`, Microsoft Azure",
    ] {
        assert!(text.contains(fact), "{fact}\n{text}");
    }
}

/// Two spellings of one class are one item.
#[test]
fn a_class_and_its_row_are_one_item() {
    let program = r#"
from dataclasses import dataclass
from openai import OpenAI


@dataclass
class Customer:
    email: str


def greet(customer: Customer):
    OpenAI().responses.create(model="gpt-4o", input=customer.email)
"#;
    let folder = Folder::new();
    folder.write("app.py", program);
    let inventory = scan(folder.path());
    let labels: Vec<&str> = inventory.flows.iter().map(|f| f.source.label.as_str()).collect();
    assert_eq!(labels, ["Customer.email", "customer.email"], "as declared, and as a caller would bring it");
    let document = document(&inventory, "");
    let items = &document.activities[0].features.items;
    assert_eq!(items.len(), 1, "{items:?}");
    assert_eq!(items[0].fields.iter().map(|f| f.label.as_str()).collect::<Vec<_>>(), ["Customer.email"]);
}

/// What is asked once can have an answer of its own for one activity.
#[test]
fn a_shared_question_answered_for_one_activity() {
    let folder = Folder::with_a_flow();
    let inventory = scan(folder.path());
    let id = &inventory.activities[0].id;
    let answers = format!(
        "[organisation.retention]\nanswer = \"Thirty days\"\n[activity.{id}.retention]\nanswer = \"One year\"\n"
    );
    let document = document(&inventory, &answers);
    let of = |scope: &str| {
        let found = document.questions().into_iter().find(|q| q.id == "retention" && q.scope == scope);
        found.map(|q| (q.number.clone(), q.answer.as_ref().unwrap().text.clone())).unwrap()
    };
    let (number, own) = of(&format!("activity.{id}"));
    assert_eq!((own.as_str(), of("organisation").1.as_str()), ("One year", "Thirty days"));
    let text = markdown::render(&document, &Wording::load("en").unwrap());
    assert!(number.starts_with("A1.") && text.contains(&format!("Kept on our side: {number};")), "{text}");
}

/// Names and texts that try to act in HTML, Markdown, Mermaid, DOT, CSV and TOML.
fn hostile() -> Inventory {
    let folder = Folder::new();
    folder.write(
        "a[x](javascript:alert(1))|<img src=x onerror=alert(1)>.py",
        r#"
from openai import OpenAI
from fastapi import FastAPI

app = FastAPI()
client = OpenAI(base_url="https://api.openai.com/v1\"><script>alert(1)</script>")


@app.post("/x\"]; click n0 call alert(1) %%{init: {}}%%\n<script>alert(1)</script>|`code`/{email}")
def send(email: str, body: str):
    """<b>bold</b>"""
    answer = client.chat.completions.create(
        model="=HYPERLINK(\"https://example.org\")<svg onload=alert(1)>```",
        messages=[{"role": "user", "content": email + body}],
    )
    return answer.choices[0].message.content
"#,
    );
    let mut inventory = scan(folder.path());
    assert_eq!(inventory.model_calls.len(), 1);
    // What no identifier can be, a string of the code can.
    for flow in &mut inventory.flows {
        flow.source.label = "User[\"<script>alert(1)</script>\"].mail\n```\n# head".to_owned();
    }
    inventory.activities[0].name = "</title><script>alert(1)</script> <!-- towhom:end x -->".to_owned();
    inventory
}

#[test]
fn what_comes_from_code_stays_text() {
    let inventory = hostile();
    assert!(!inventory.flows.is_empty());
    let answers = "[correction.\"x\"]\ntext = \"<script>\"\n[organisation.controller]\nanswer = \"<script>alert(1)</script>|[x](javascript:y)\"\n";
    let document = document(&inventory, answers);
    for (language, _) in LANGUAGES {
        let wording = Wording::load(language).unwrap();
        let page = html::render(&document, &wording);
        let body = page.split_once("<body>").unwrap().1;
        assert_eq!(body.matches("<script").count(), 1, "only the page's own");
        check_tags(body, PAGE_TAGS);
        let text = markdown::render(&document, &wording);
        for line in text.lines() {
            // Outside of code spans there is no tag but ours, and no link that is not a place.
            let outside = without_code(line);
            let plain = outside.replace("<br>", "").replace("<sub>", "").replace("</sub>", "").replace("<br/>", "");
            assert!(!plain.replace("<https://", "").contains('<'), "{line}");
            assert!(!outside.replace("\\]", "").contains("](javascript"), "{line}");
        }
        assert_eq!(text.lines().filter(|l| l.starts_with("```")).count() % 2, 0);
        let diagram = document.activities[0].sections[0].blocks.iter().find_map(|b| match b {
            Block::Diagram(diagram) => Some(diagram),
            _ => None,
        });
        let diagram = diagram.unwrap();
        let drawn = mermaid::render(diagram, &wording);
        assert!(!drawn.contains("<script") && !drawn.contains("%%") && drawn.lines().count() < 20, "{drawn}");
        let image = svg::render(diagram, &wording, "dg", "<title>");
        check_tags(&image, SVG_TAGS);
        let dot = graph::dot(diagram, &wording);
        assert!(dot.lines().all(|l| l.replace("\\\"", "").matches('"').count() % 2 == 0), "{dot}");
        serde_json::from_str::<serde_json::Value>(&graph::as_json(diagram, &wording)).unwrap();
        let table = csv::render(&document, &wording);
        assert!(!table.contains(",\"="), "{table}");
        check_pia(&pia::render(&document, &wording).unwrap());
    }
    serde_json::from_str::<serde_json::Value>(&dpv::render(&document).unwrap()).unwrap();
}

/// The line without its code spans: a run of backticks up to the next of the same length.
fn without_code(line: &str) -> String {
    let mut out = String::new();
    let mut rest = line;
    while let Some(at) = rest.find('`') {
        let run = rest[at..].chars().take_while(|c| *c == '`').count();
        let (before, inside) = (&rest[..at], &rest[at + run..]);
        out.push_str(before);
        let end = inside
            .match_indices(&"`".repeat(run))
            .map(|(i, _)| i)
            .find(|i| !inside[..*i].ends_with('`') && !inside[i + run..].starts_with('`'));
        let Some(end) = end else { return out + inside };
        rest = &inside[end + run..];
    }
    out + rest
}

const PAGE_TAGS: &[&str] = &[
    "a", "button", "code", "defs", "desc", "div", "figure", "g", "h1", "h2", "h3", "header", "input", "label", "li",
    "main", "marker", "nav", "ol", "p", "path", "rect", "script", "section", "span", "style", "svg", "table", "tbody",
    "td", "text", "th", "thead", "title", "tr", "ul", "body", "html",
];
const SVG_TAGS: &[&str] = &["defs", "desc", "g", "marker", "path", "rect", "style", "svg", "text", "title"];
const PIA_TAGS: &[&str] =
    &["a", "br", "code", "em", "img", "li", "ol", "p", "strong", "table", "tbody", "td", "th", "thead", "tr", "ul"];

/// Every tag is one of `allowed`, has no handler, and leads to nothing that runs or loads.
#[track_caller]
fn check_tags(markup: &str, allowed: &[&str]) {
    // The page's own script has comparisons in it.
    let (before, after) = match (markup.find("<script>"), markup.find("</script>")) {
        (Some(a), Some(b)) => (&markup[..a], &markup[b..]),
        _ => (markup, ""),
    };
    for tag in before.split('<').skip(1).chain(after.split('<').skip(1)) {
        let tag = tag.split('>').next().unwrap();
        let name = tag.trim_start_matches('/').split([' ', '/']).next().unwrap();
        assert!(allowed.contains(&name), "<{tag}>");
        let mut values = tag.split('"');
        while let Some(attribute) = values.next() {
            let attribute = attribute.trim().trim_end_matches('=');
            let Some(value) = values.next() else { break };
            let attribute = attribute.rsplit(' ').next().unwrap();
            assert!(!attribute.starts_with("on"), "<{tag}>");
            let leads = matches!(attribute, "href" | "src");
            let fine = ["#", "https://", "data:image/svg+xml;base64,"].iter().any(|p| value.starts_with(p));
            assert!(!leads || fine, "<{tag}>");
            assert!(attribute != "src" || value.starts_with("data:"), "<{tag}>: nothing is loaded");
        }
    }
}

/// The questions that the CNIL's software knows.
const PIA_QUESTIONS: &[u64] = &[
    111, 112, 113, 121, 122, 123, 211, 212, 213, 214, 215, 221, 222, 223, 224, 225, 226, 227, 321, 322, 323, 324, 325,
    326, 331, 332, 333, 334, 335, 336, 341, 342, 343, 344, 345, 346,
];

/// The rules of the importer of the CNIL's software, as they were measured on it.
#[track_caller]
fn check_pia(text: &str) {
    let file: serde_json::Value = serde_json::from_str(text).unwrap();
    let header = file["pia"].as_object().expect("pia");
    let created = header["created_at"].as_str().unwrap();
    assert!(created.len() == 24 && created.ends_with("T00:00:00.000Z"), "{created}");
    assert_eq!(header["status"], 0);
    check_tags(header["name"].as_str().unwrap(), &[]);
    let list = |key: &str| file[key].as_array().unwrap_or_else(|| panic!("{key} is no list")).clone();
    let mut answered = Vec::new();
    for answer in list("answers") {
        // As a text the number would be imported, and the answer lost.
        let id = answer["reference_to"].as_u64().expect("a number");
        assert!(PIA_QUESTIONS.contains(&id), "{id}");
        let data = answer["data"].as_object().unwrap();
        assert!(data["gauge"].is_null(), "gauges are for people to set");
        let items = data["list"].as_array().unwrap();
        assert!(items.iter().all(|i| i.is_string() && !i.as_str().unwrap().contains('<')));
        if let Some(text) = data["text"].as_str() {
            assert!(!text.is_empty(), "{id}");
            check_tags(text, PIA_TAGS);
        }
        assert!(!answered.contains(&id), "{id} stands twice");
        answered.push(id);
    }
    for measure in list("measures") {
        check_tags(measure["content"].as_str().unwrap(), PIA_TAGS);
        check_tags(measure["title"].as_str().unwrap(), &[]);
        assert_eq!(measure["placeholder"], "measures.default_placeholder");
    }
    assert!(list("evaluations").is_empty(), "evaluating is a person's act");
    for comment in list("comments") {
        let id = comment["reference_to"].as_u64().expect("a number");
        assert!(answered.contains(&id), "{id}: a comment without an answer is not shown");
        assert_eq!(comment["for_measure"], false);
    }
}

#[test]
fn the_file_for_the_cnil_keeps_to_its_rules() {
    for (name, inventory) in inventories() {
        let document = document(&inventory, "");
        let text = pia::render(&document, &Wording::load("fr").unwrap()).unwrap();
        check_pia(&text);
        if name.ends_with("support-triage") {
            let file: serde_json::Value = serde_json::from_str(&text).unwrap();
            assert!(file["answers"].as_array().unwrap().len() >= 18);
            assert!(text.contains("data:image/svg+xml;base64,"));
            assert_eq!(file["measures"].as_array().unwrap().len(), 1, "the closed set of labels");
        }
    }
}

/// Answers are merged, kept when the code changes, and marked for a new look.
#[test]
fn answers_outlive_the_code() {
    let folder = Folder::with_a_flow();
    let dpia = |args: &[&str]| folder.towhom(&[&["dpia", "--date", DATE], args].concat());
    dpia(&["--update-answers", "-o", "DPIA.md"]).ends_with(0);
    let skeleton = folder.read("dpia.toml");
    let id = skeleton.lines().find_map(|l| l.strip_prefix("[activity.")?.strip_suffix(".purpose]")).unwrap().to_owned();
    let table = format!("[activity.{id}.purpose]\n");
    let (before, after) = skeleton.split_once(&table).unwrap();
    let after = after.replacen("answer = \"\"", "answer = \"To greet \\\"customers\\\"\"", 1).replacen(
        "by = \"\"",
        "by = \"Ada\"",
        1,
    );
    folder.write("dpia.toml", format!("{before}{table}{after}"));
    assert!(dpia(&[]).ends_with(0).out.contains("To greet \"customers\" (Ada, no date given)"));

    // Another field is sent: the answer stays and is marked.
    let program = folder.read("app.py");
    folder.write(
        "app.py",
        program.replace("plan: str", "phone: str").replace("{customer.email}", "{customer.email} {customer.phone}"),
    );
    let text = dpia(&[]).ends_with(0).out;
    assert!(text.contains("To greet \"customers\""), "{text}");
    assert!(text.contains("Look at it again: since then the code shows + `data phone Customer`"), "{text}");
    // Removing `about` says that somebody looked; the file is brought up to date, and D1 stays D1.
    let looked: String = folder
        .read("dpia.toml")
        .lines()
        .filter(|l| !l.starts_with("about = [\"data email Customer\""))
        .map(|l| format!("{l}\n"))
        .collect();
    folder.write("dpia.toml", looked);
    dpia(&["--update-answers"]).ends_with(0);
    let again = folder.read("dpia.toml");
    assert!(again.contains("\"D email Customer\" = 1") && again.contains("\"D phone Customer\" = 2"), "{again}");
    assert!(again.contains("To greet") && !dpia(&[]).ends_with(0).out.contains("Look at it again"));

    // The activity is gone: its answer is still there.
    folder.write("app.py", "x = 1\n");
    let text = dpia(&[]).ends_with(0).out;
    assert!(text.contains("Was answered for Greet:") && text.contains("To greet \"customers\""), "{text}");
    dpia(&["--update-answers"]).ends_with(0);
    assert!(folder.read("dpia.toml").contains("To greet"));
}

#[test]
fn the_check_says_what_has_changed() {
    let folder = Folder::with_a_flow();
    let dpia = |args: &[&str]| folder.towhom(&[&["dpia"], args].concat());
    let run = dpia(&["--check"]).ends_with(2);
    assert!(run.err.contains("DPIA.md"), "{}", run.err);
    dpia(&["-o", "DPIA.md", "--date", "2026-01-01", "--lang", "fr"]).ends_with(0);
    assert_eq!(dpia(&["--check"]).ends_with(0).out, "./DPIA.md: matches the code\n");

    // Lines that move are no change; another model is.
    let program = folder.read("app.py");
    folder.write("app.py", format!("# moved\n\n{program}"));
    dpia(&["--check"]).ends_with(0);
    folder.write("app.py", program.replace("gpt-4o", "gpt-4.1"));
    let out = dpia(&["--check"]).ends_with(1).out;
    assert!(out.contains("the activity \"Greet\"") && out.contains("has changed"), "{out}");
    folder.write("app.py", &program);

    // An edit by hand is seen, and not lost.
    let text = folder.read("DPIA.md");
    folder.write("DPIA.md", text.replace("gpt-4o", "gpt-5"));
    assert!(dpia(&["--check"]).ends_with(1).out.contains("edited by hand"));
    let run = dpia(&["-o", "DPIA.md"]).ends_with(2);
    assert!(run.err.contains("edited by hand"), "{}", run.err);
    assert!(folder.read("DPIA.md").contains("gpt-5"));
    folder.write("DPIA.md", format!("Our words.\n\n{text}"));
    dpia(&["-o", "DPIA.md", "--date", DATE]).ends_with(0);
    assert!(folder.read("DPIA.md").starts_with("Our words.\n"));

    folder.write("towhom.toml", "[dpia]\nrequired = [\"purpose\"]\n");
    assert!(dpia(&["--check"]).ends_with(1).out.contains("is required and not answered: [activity."));
    folder.write("towhom.toml", "[dpia]\nrequired = [\"purpos\"]\n");
    assert!(dpia(&["--check"]).ends_with(2).err.contains("no question `purpos`"));
}

#[test]
fn every_format_and_the_same_bytes() {
    let folder = Folder::with_a_flow();
    for format in ["md", "html", "pia", "dpv", "csv"] {
        for language in ["en", "fr"] {
            let run = |threads: &str| {
                let args = ["dpia", "-f", format, "--lang", language, "--date", DATE, "--threads", threads];
                folder.towhom(&args).ends_with(0).out
            };
            assert_eq!(run("1"), run("2"), "{format}");
        }
    }
    for format in ["mermaid", "svg", "dot", "json"] {
        let text = folder.towhom(&["graph", "-f", format]).ends_with(0).out;
        assert!(text.contains("OpenAI"), "{format}: {text}");
        assert!(folder.towhom(&["graph", "-f", format, "--activity", "A1"]).ends_with(0).out.contains("Greet"));
    }
    assert!(folder.towhom(&["graph", "--activity", "A9"]).ends_with(2).err.contains("A1 Greet"));
    folder.towhom(&["scan", "-o", "inventory.json"]).ends_with(0);
    let run = folder.towhom(&["dpia", "--inventory", "inventory.json"]).ends_with(0);
    assert!(run.out.contains("Customer.email"), "{}", run.out);
    let run = folder.towhom(&["dpia", "--inventory", "app.py"]).ends_with(2);
    assert!(run.err.contains("app.py") && run.err.contains("towhom scan --format json"), "{}", run.err);
    let dated = folder.towhom_with(&["dpia"], &[("SOURCE_DATE_EPOCH", "1900000000")]).ends_with(0).out;
    assert!(dated.contains("Date of this scan: 2030-03-17") && dated.contains("more than 90 days ago"), "{dated}");
    folder.towhom(&["dpia", "--lang", "xx"]).ends_with(2);
    folder.towhom(&["dpia", "-o", "x.docx"]).ends_with(2);
}

/// What docs/dpia.md shows is what the program writes.
#[test]
fn the_excerpt_is_real() {
    let doc = std::fs::read_to_string(repository().join("docs/dpia.md")).unwrap();
    let (_, rest) = doc.split_once("<!-- excerpt: towhom dpia fixtures/support-triage -->\n").unwrap();
    let (excerpt, _) = rest.split_once("<!-- end -->").unwrap();
    let document = document(&scan(&repository().join("fixtures/support-triage")), "");
    let text = markdown::render(&document, &Wording::load("en").unwrap());
    let shown: Vec<&str> = excerpt.lines().map(|l| l.trim_start_matches("> ").trim_start_matches('>')).collect();
    assert!(shown.len() > 20);
    for line in shown.into_iter().skip(1).filter(|l| !l.is_empty()) {
        assert!(text.lines().any(|l| l == line), "docs/dpia.md has\n{line}\nand the program\n{text}");
    }
}
