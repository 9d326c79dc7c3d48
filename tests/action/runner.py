"""Runs the steps of action.yml for real, under bash, as a GitHub runner would: inputs and outputs, conditions, events.

What another action does (`uses:`) is written down, not run. GitHub's interface for comments is a server in this process.
"""

import http.server
import json
import os
import re
import subprocess
import tempfile
import threading
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent.parent
ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))


class Api:
    """Comments on pull requests. `deny` answers every request with that code."""

    def __init__(self):
        self.comments, self.deny, self.requests = [], None, []
        api = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def answer(self, code, value):
                body = json.dumps(value).encode()
                self.send_response(code)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def handle_any(self):
                length = int(self.headers.get("Content-Length") or 0)
                text = json.loads(self.rfile.read(length))["body"] if length else None
                api.requests.append((self.command, self.path))
                assert self.headers["Authorization"] == "Bearer a-token"
                if api.deny:
                    self.answer(api.deny, {"message": "Resource not accessible by integration"})
                elif self.command == "GET":
                    page = int(re.search(r"[?&]page=(\d+)", self.path)[1])
                    self.answer(200, api.comments[(page - 1) * 100 : page * 100])
                elif self.command == "POST":
                    api.comments.append({"id": len(api.comments) + 1, "body": text, "user": {"type": "Bot"}})
                    self.answer(201, api.comments[-1])
                else:
                    comment = api.comments[int(self.path.rsplit("/", 1)[1]) - 1]
                    comment["body"] = text
                    self.answer(200, comment)

            do_GET = do_POST = do_PATCH = handle_any

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class Run:
    """A finished run: `log`, `outputs` of the action, `summary`, `used` actions, `code`."""

    def __init__(self, folder, event_name, event, inputs=None, api=None, environment=None):
        self.log, self.summary, self.used, self.code = "", "", [], 0
        self.temporary = Path(tempfile.mkdtemp(prefix="towhom-action-"))
        given = {name: str(spec.get("default", "")) for name, spec in ACTION["inputs"].items()}
        given["token"] = "a-token"
        given.update(inputs or {})
        (self.temporary / "event.json").write_text(json.dumps(event), encoding="utf-8")
        facts = {"event_name": event_name, "action_repository": "", "token": "a-token"}
        steps = {}

        def value(match):
            path = match[1].split(".")
            if path[0] == "inputs":
                return given[path[1]]
            if path[0] == "steps":
                return steps.get(path[1], {}).get(path[3], "")
            return facts[path[1]]

        def filled(text):
            return re.sub(r"\$\{\{ ([\w.-]+) \}\}", value, str(text))

        def holds(condition):
            text = re.sub(r"\b((?:inputs|steps|github)\.[\w.-]+)", lambda m: repr(value(m)), condition)
            text = text.replace("&&", " and ").replace("||", " or ")
            return eval(text, {"startsWith": lambda whole, start: whole.startswith(start)})  # of our own action.yml

        home = self.temporary / "home"
        home.mkdir()
        for number, step in enumerate(ACTION["runs"]["steps"]):
            if "if" in step and not holds(step["if"]):
                continue
            if "uses" in step:
                self.used.append((step["uses"], {k: filled(v) for k, v in step["with"].items()}))
                continue
            assert step["shell"] == "bash"
            files = {n: self.temporary / f"{n}-{number}" for n in ("output", "summary")}
            for path in files.values():
                path.touch()
            environ = {
                "PATH": os.environ["PATH"],
                "HOME": str(home),
                "RUNNER_TEMP": str(self.temporary),
                "GITHUB_ACTION_PATH": str(ROOT),
                "GITHUB_OUTPUT": str(files["output"]),
                "GITHUB_STEP_SUMMARY": str(files["summary"]),
                "GITHUB_EVENT_NAME": event_name,
                "GITHUB_EVENT_PATH": str(self.temporary / "event.json"),
                "GITHUB_REPOSITORY": "acme/desk",
                "GITHUB_RUN_ID": "7",
                "GITHUB_SERVER_URL": "https://github.example",
                "GITHUB_API_URL": api.url if api else "http://127.0.0.1:9",
            }
            environ.update({name: filled(text) for name, text in step.get("env", {}).items()})
            environ.update(environment or {})
            script = self.temporary / f"step-{number}.sh"
            script.write_text(step["run"], encoding="utf-8")
            # As the runner calls `shell: bash`.
            done = subprocess.run(
                ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)],
                cwd=folder,
                env=environ,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                check=False,
            )
            self.log += f"## {step['name']}\n{done.stdout}"
            self.summary += files["summary"].read_text(encoding="utf-8")
            outputs = dict(line.split("=", 1) for line in files["output"].read_text(encoding="utf-8").splitlines())
            steps[step.get("id", str(number))] = outputs
            if done.returncode:
                self.code = done.returncode
                break
        self.outputs = {name: filled(spec["value"]) for name, spec in ACTION["outputs"].items()}

    def lines(self, start):
        return [line for line in self.log.splitlines() if line.startswith(start)]
