"""Makes the job summary, the text of the comment, annotations and outputs of what towhom wrote.

usage: report.py FOLDER   (inventory.json, towhom.sarif, annotations.txt and, if there was a base, triggers.json and
triggers.md; dpia.md and diagram.mmd). The rest comes from the environment of the workflow run.
"""

import json
import os
import sys
from collections import defaultdict
from pathlib import Path

# GitHub drops annotations beyond ten of a kind in a step, a summary beyond 1 MiB, a comment beyond 65,536 characters.
ANNOTATIONS = 10
SUMMARY = 1_000_000
COMMENT = 60_000

LEVELS = {"high": "error", "medium": "warning", "low": "notice"}


def text_of(path):
    return path.read_text(encoding="utf-8") if path.exists() else ""


def cell(text):
    """Text from code, as text in a cell of a Markdown table: no markup, no link, nobody mentioned."""
    entities = {"<": "&lt;", ">": "&gt;", "&": "&amp;", "@": "@\u200b"}
    marks = "\\`*_[]|~#"
    return "".join(entities.get(c, f"\\{c}" if c in marks else c) for c in " ".join(str(text).split()))


def data(text):
    return str(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def prop(text):
    return data(text).replace(":", "%3A").replace(",", "%2C")


def fork():
    """Whether the run is of a pull request from a fork: its token may only read."""
    try:
        with open(os.environ.get("GITHUB_EVENT_PATH", ""), encoding="utf-8") as file:
            pull = json.load(file).get("pull_request")
    except (OSError, ValueError):
        return False
    if not pull or os.environ.get("GITHUB_EVENT_NAME") == "pull_request_target":
        return False
    head, base = (pull.get(side, {}).get("repo") or {} for side in ("head", "base"))
    return head.get("full_name") != base.get("full_name")


def recipients(inventory):
    """The table: recipient, models, categories of data, activities."""
    rows = defaultdict(lambda: (set(), set(), set()))
    calls = {c["id"]: c for c in inventory["model_calls"] if not c.get("in_test")}
    for call in calls.values():
        for provider in filter(None, [call["provider"], call.get("gateway")]):
            rows[provider][0].update(filter(None, [call.get("model")]))
    for flow in inventory["flows"]:
        call = calls.get(flow["call"])
        if call:
            for provider in filter(None, [call["provider"], call.get("gateway")]):
                special = " (special category)" if flow["source"]["special_category"] else ""
                rows[provider][1].add(flow["source"]["category"].replace("_", " ") + special)
    for activity in inventory["activities"]:
        for id in activity["calls"]:
            if id in calls:
                for provider in filter(None, [calls[id]["provider"], calls[id].get("gateway")]):
                    rows[provider][2].add(activity["name"])
    if not rows:
        return "No call to a model was found.\n"
    names = {"by-config": "decided by configuration", "local": "a model on the same machine"}
    lines = ["| recipient | models | personal data | activities |", "|---|---|---|---|"]
    for provider, (models, categories, activities) in sorted(rows.items()):
        listed = [", ".join(map(cell, sorted(s))) or "–" for s in (models, categories, activities)]
        lines.append(f"| {cell(names.get(provider, provider))} | {' | '.join(listed)} |")
    return "\n".join(lines) + "\n"


def annotate(triggers):
    """One annotation for each open trigger, within GitHub's limit, then how many are left out."""
    shown = defaultdict(int)
    left = 0
    for trigger in triggers:
        level = LEVELS.get(trigger["severity"], "notice")
        shown[level] += 1
        if shown[level] > ANNOTATIONS:
            left += 1
            continue
        place = trigger["location"]
        title = f"Review the DPIA: {trigger['code']} {trigger['id']}"
        print(f"::{level} file={prop(place['file'])},line={place['line']},title={prop(title)}::{data(trigger['message'])}")
    if left:
        print(f"{left} more triggers have no annotation; the job summary has all.")


def cut(text, most, where):
    if len(text) <= most:
        return text
    kept = text[:most].rsplit("\n", 1)[0]
    # An open block would swallow what follows.
    if kept.count("```") % 2:
        kept += "\n```"
    kept += "\n</details>" * (kept.count("<details>") - kept.count("</details>"))
    return f"{kept}\n\n… shortened: {where}\n"


def main():
    folder = Path(sys.argv[1])
    inventory = json.loads(text_of(folder / "inventory.json"))
    sarif = json.loads(text_of(folder / "towhom.sarif"))
    results = sarif["runs"][0]["results"]
    base, note = os.environ.get("BASE", ""), os.environ.get("NOTE", "")
    compared = (folder / "triggers.json").exists()
    triggers = json.loads(text_of(folder / "triggers.json"))["triggers"] if compared else []
    still_open = [t for t in triggers if not t.get("acknowledged")]
    is_fork = fork()
    upload = os.environ.get("UPLOAD_SARIF") == "true" and not is_fork

    # Findings are annotated only where code scanning does not show them.
    if upload:
        print("Findings go to code scanning, where each shows its path.")
    else:
        sys.stdout.write(text_of(folder / "annotations.txt"))
    if is_fork:
        print(
            "::notice title=towhom::This pull request comes from a fork, whose token may only read: findings are "
            "annotations, and there is no comment. The job summary has everything."
        )
    sys.stdout.flush()

    run = "{}/{}/actions/runs/{}".format(
        os.environ.get("GITHUB_SERVER_URL", "https://github.com"),
        os.environ.get("GITHUB_REPOSITORY", ""),
        os.environ.get("GITHUB_RUN_ID", ""),
    )
    changes = text_of(folder / "triggers.md") if compared else f"*{cell(note)}*\n" if note else ""
    levels = [r.get("level", "warning") for r in results]
    counted = ", ".join(f"{levels.count(level)} {level}" for level in ("error", "warning", "note") if level in levels)
    accepted = len({f for s in inventory.get("suppressions", []) for f in s["findings"]})
    coverage = inventory["coverage"]
    skipped = sum(coverage["files_skipped"].values())
    summary = [
        "## towhom: to whom personal data go",
        changes,
        "### Recipients",
        recipients(inventory),
        f"{len(results)} open findings{f' ({counted})' if counted else ''}, {accepted} accepted with a reason. "
        f"Read {coverage['files_read']} files, {coverage['files_with_errors']} with syntax errors, {skipped} skipped; "
        f"of {coverage['calls_by_config']} calls only configuration decides the recipient.",
    ]
    diagram = text_of(folder / "diagram.mmd").strip()
    text = "\n\n".join(part.strip() for part in summary if part.strip()) + "\n"
    # A character may take four bytes.
    text = cut(text, SUMMARY // 4, "the JSON files have all")
    if diagram:
        drawn = f"\n### Flows\n\n```mermaid\n{diagram}\n```\n"
        # Half a diagram is none, and GitHub draws none of more than 50,000 characters.
        text += drawn if len(diagram) <= 50_000 else "\nThe diagram is too large for here: `towhom graph` writes it.\n"
    with open(os.environ["GITHUB_STEP_SUMMARY"], "a", encoding="utf-8") as file:
        file.write(text)

    # The first line is how the comment is found again.
    marker = f"<!-- towhom: {''.join(c for c in os.environ.get('CATEGORY', 'towhom') if c.isalnum() or c in '-_/')} -->"
    comment = cut(f"{marker}\n{changes}", COMMENT, f"[the summary of the run]({run}) has all")
    comment += f"\n<sub>[All recipients and the diagram]({run})</sub>\n"
    (folder / "comment.md").write_text(comment, encoding="utf-8")

    def exists(name):
        return str(folder / name) if (folder / name).exists() else ""

    outputs = {
        "sarif-file": exists("towhom.sarif"),
        "dpia-file": exists("dpia.md"),
        "triggers-file": exists("triggers.json"),
        "inventory-file": exists("inventory.json"),
        "comment-file": exists("comment.md") if compared else "",
        "findings": str(len(results)),
        "dpia-update-needed": "true" if still_open else "false",
        "upload": "true" if upload else "false",
        "may-comment": "false" if is_fork or not compared else "true",
    }
    with open(os.environ["GITHUB_OUTPUT"], "a", encoding="utf-8") as file:
        for name, value in outputs.items():
            file.write(f"{name}={value}\n")


if __name__ == "__main__":
    if sys.argv[1] == "--annotate":
        found = text_of(Path(sys.argv[2]))
        annotate([t for t in json.loads(found)["triggers"] if not t.get("acknowledged")] if found else [])
    else:
        main()
