"""Real git histories of a small program, and the events that GitHub would send about them."""

import os
import subprocess
import tempfile
from pathlib import Path

PROGRAM = '''from dataclasses import dataclass

from openai import OpenAI

client = OpenAI()


@dataclass
class Customer:
    email: str
    phone: str
    plan: str


def greet(customer: Customer) -> str:
    prompt = f"Greet {customer.email}, who is on {customer.plan}"
    response = client.chat.completions.create(
        model="gpt-4o",
        messages=[{"role": "user", "content": prompt}],
    )
    return response.choices[0].message.content
'''
WITH_PHONE = PROGRAM.replace("{customer.email}, who", "{customer.email} ({customer.phone}), who")
RENAMED = PROGRAM.replace("prompt", "text").replace("def greet", "# How a customer is met.\ndef greet")

ENVIRONMENT = {
    **os.environ,
    "GIT_AUTHOR_NAME": "A",
    "GIT_AUTHOR_EMAIL": "a@example.org",
    "GIT_COMMITTER_NAME": "A",
    "GIT_COMMITTER_EMAIL": "a@example.org",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
}


def git(folder, *arguments):
    done = subprocess.run(["git", "-C", folder, *arguments], env=ENVIRONMENT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"git {' '.join(map(str, arguments))}: {done.stderr}")
    return done.stdout.strip()


class Origin:
    """A repository with a first commit on `main`, and what comes on top."""

    def __init__(self, files=None):
        self.top = Path(tempfile.mkdtemp(prefix="towhom-origin-"))
        self.folder = self.top / "origin"
        self.folder.mkdir()
        git(self.folder, "init", "--quiet", "--initial-branch=main")
        self.base = self.commit(files or {"app.py": PROGRAM}, "Greet customers")

    def commit(self, files, message):
        for name, text in files.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        git(self.folder, "add", "--all")
        git(self.folder, "commit", "--quiet", "--allow-empty", "--message", message)
        return git(self.folder, "rev-parse", "HEAD")

    def pull_request(self, files):
        """A branch with one commit, while `main` goes on, and the merge of both that GitHub makes."""
        git(self.folder, "checkout", "--quiet", "-B", "topic", self.base)
        self.head = self.commit(files, "A change")
        git(self.folder, "checkout", "--quiet", "main")
        self.main = self.commit({"other.py": "x = 1\n"}, "Meanwhile")
        git(self.folder, "checkout", "--quiet", "--detach", "main")
        git(self.folder, "merge", "--quiet", "--no-ff", "--message", "Merge", "topic")
        self.merge = git(self.folder, "rev-parse", "HEAD")
        git(self.folder, "update-ref", "refs/pull/1/merge", self.merge)
        git(self.folder, "checkout", "--quiet", "main")
        return self

    def clone(self, ref, shallow=False):
        """As actions/checkout does it."""
        folder = Path(tempfile.mkdtemp(prefix="clone-", dir=self.top))
        git(folder, "init", "--quiet")
        git(folder, "remote", "add", "origin", self.folder.as_uri())
        depth = ["--depth=1"] if shallow else []
        git(folder, "fetch", "--quiet", "--no-tags", *depth, "origin", f"+{ref}:refs/remotes/pull/1/merge")
        if not shallow:
            git(folder, "fetch", "--quiet", "origin", "+refs/heads/*:refs/remotes/origin/*")
        git(folder, "checkout", "--quiet", "--detach", "refs/remotes/pull/1/merge")
        return folder

    def event(self, fork=False):
        repository = {"full_name": "acme/desk"}
        return {
            "pull_request": {
                "number": 1,
                # GitHub does not keep this one up to date when the target goes on.
                "base": {"sha": self.base, "repo": repository},
                "head": {"sha": self.head, "repo": {"full_name": "somebody/desk"} if fork else repository},
            }
        }
