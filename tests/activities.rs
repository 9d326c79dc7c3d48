//! Where an activity starts, and which calls and uses are of it: prefixes of routers, mounts on others, paths of procedures,
//! calls that a shared helper runs.

use crate::support::{Folder, repository, scan};

/// Name and entry of each activity.
fn starts(files: &[(&str, &str)]) -> Vec<String> {
    let folder = Folder::new();
    for (name, text) in files {
        folder.write(name, text);
    }
    let activities = scan(folder.path()).activities;
    activities.iter().map(|a| format!("{}: {}", a.name, a.entry_points[0].label)).collect()
}

const DRAFT: &str = r#"
from fastapi import APIRouter
from openai import OpenAI

router = APIRouter(prefix="/letters")


@router.post("")
def draft_letter(body: str):
    return OpenAI().chat.completions.create(model="gpt-4o", messages=[{"role": "user", "content": body}])


@router.post("/{letter_id}/shorten")
def shorten_letter(letter_id: int, body: str):
    return OpenAI().chat.completions.create(model="gpt-4o", messages=[{"role": "user", "content": body}])
"#;

#[test]
fn routers_of_fastapi() {
    let main = r#"
from fastapi import APIRouter, FastAPI
from app import letters

api = APIRouter(prefix="/v2")
api.include_router(letters.router)
app = FastAPI()
app.include_router(api, prefix="/api")
"#;
    let files = [("app/__init__.py", ""), ("app/letters.py", DRAFT), ("app/main.py", main)];
    assert_eq!(
        starts(&files),
        ["Draft letter: POST /api/v2/letters", "Shorten letter: POST /api/v2/letters/{letter_id}/shorten"]
    );
    // Without the file that mounts it, the router's own prefix is what is known.
    assert_eq!(starts(&files[..2])[0], "Draft letter: POST /letters");
}

#[test]
fn routers_of_express() {
    let routes = r#"
import { Router } from "express";
import OpenAI from "openai";

const router = Router();
router.post("/:id/draft", async (req, res) => {
  const answer = await new OpenAI().responses.create({ model: "gpt-4o", input: req.body.text });
  res.json(answer.output_text);
});
export default router;
"#;
    let main = r#"
import express from "express";
import letters from "./letters";

const app = express();
app.use(express.json());
app.use("/api/letters", letters);
"#;
    let found = starts(&[("src/letters.ts", routes), ("src/server.ts", main)]);
    assert_eq!(found, ["Letters draft: POST /api/letters/:id/draft"]);
}

#[test]
fn procedures_by_their_path() {
    let router = r#"
import { initTRPC } from "@trpc/server";
import { z } from "zod";
import OpenAI from "openai";

const t = initTRPC.create();
const letters = t.router({
  draft: t.procedure.input(z.object({ text: z.string() })).mutation(async ({ input }) => {
    return new OpenAI().responses.create({ model: "gpt-4o", input: input.text });
  }),
});
export const app = t.router({ letters });
"#;
    assert_eq!(starts(&[("src/router.ts", router)]), ["Letters draft: letters.draft"]);
}

/// A helper that runs what it is handed mixes neither the activities of those who hand it over nor their answers.
#[test]
fn what_a_helper_runs_is_of_those_who_hand_it_over() {
    let inventory = scan(&repository().join("fixtures/programs/typescript/tracked-calls"));
    let line_of = |id: &str| inventory.model_calls.iter().find(|c| c.id == id).map(|c| c.location.line);
    let mut found = Vec::new();
    for activity in &inventory.activities {
        let calls: Vec<_> = activity.calls.iter().filter_map(|c| line_of(c)).collect();
        let uses = inventory.outputs.iter().filter(|o| activity.calls.contains(&o.call));
        // What is returned is said at the call; what is put into the store, at that line.
        let near: Vec<bool> = uses.map(|o| line_of(&o.call) == Some(o.location.line)).collect();
        found.push((activity.name.as_str(), calls.len(), near));
    }
    assert_eq!(found, [("Tailor", 1, vec![true, false]), ("Format", 1, vec![true])]);
}

/// A file under `pages/api` is an address, and its function is named after it.
#[test]
fn files_of_the_pages_router() {
    let folder = repository().join("fixtures/programs/typescript/pages-api");
    let found = scan(&folder).activities;
    let found: Vec<(&str, &str)> = found.iter().map(|a| (&*a.name, &*a.entry_points[0].label)).collect();
    assert_eq!(found, [("Letters draft", "ANY /api/letters/draft")]);
}
