//! The register: repositories that call each other, from their code to the page.

use crate::support::Folder;

/// A service that hands a ticket to another one, by a setting and by a client with a base address.
const DESK: &str = r#"
import os
import httpx

SUMMARISER = os.environ["SUMMARISER_URL"]
client = httpx.Client(base_url="https://summaries.example")

def close(ticket_id: int, text: str):
    httpx.post(f"{SUMMARISER}/v1/tickets/{ticket_id}/summary", json={"text": text})

def reopen(text: str):
    client.post("/v1/notes", json={"text": text})

def look(ticket_id: int):
    return httpx.get(f"{SUMMARISER}/v1/tickets/{ticket_id}/summary")
"#;

/// The service that calls a model.
const SUMMARISER: &str = r#"
from fastapi import FastAPI
from openai import OpenAI
from pydantic import BaseModel

app = FastAPI()
client = OpenAI()

class Text(BaseModel):
    text: str

def ask(text: str) -> str:
    messages = [{"role": "user", "content": text}]
    return client.chat.completions.create(model="gpt-4o", messages=messages).choices[0].message.content

@app.post("/v1/tickets/{ticket_id}/summary")
def summary(ticket_id: int, body: Text):
    return ask(body.text)

@app.post("/v1/notes")
def note(body: Text):
    return ask(body.text)
"#;

#[test]
fn a_request_leads_to_the_route_of_another_repository() {
    let folder = Folder::new();
    folder.write("desk/app.py", DESK);
    folder.write("summariser/app.py", SUMMARISER);
    for name in ["desk", "summariser"] {
        folder.towhom(&["scan", name, "-q", "-f", "json", "-o", &format!("{name}.json")]).ends_with(0);
    }
    let register = folder.towhom(&["merge", "desk.json", "summariser.json", "-f", "json"]).ends_with(0).out;
    let register: serde_json::Value = serde_json::from_str(&register).unwrap();
    let links: Vec<[&str; 3]> = register["links"]
        .as_array()
        .unwrap()
        .iter()
        .map(|l| ["call", "to", "route"].map(|key| l[key].as_str().unwrap()))
        .collect();
    assert_eq!(
        links,
        [
            ["app.py:12", "summariser", "POST /v1/notes"],
            ["app.py:9", "summariser", "POST /v1/tickets/{ticket_id}/summary"],
        ]
    );
}
