"""The action on pull requests, pushes, forks, shallow clones, and without a base; and how it gets its program.

TOWHOM=path/to/towhom python -m unittest discover tests/action
"""

import hashlib
import json
import os
import subprocess
import tarfile
import tempfile
import unittest
from pathlib import Path

from histories import PROGRAM, RENAMED, WITH_PHONE, Origin, git
from runner import ROOT, Api, Run

TOWHOM = str(Path(os.environ["TOWHOM"]).resolve())


class Action(unittest.TestCase):
    def setUp(self):
        self.api = Api()
        self.addCleanup(self.api.close)

    def run_pull_request(self, origin, shallow=False, fork=False, **inputs):
        folder = origin.clone("refs/pull/1/merge", shallow)
        given = {"program": TOWHOM, **{name.replace("_", "-"): value for name, value in inputs.items()}}
        return Run(folder, "pull_request", origin.event(fork), given, self.api)

    def test_a_new_item_in_a_prompt(self):
        run = self.run_pull_request(Origin().pull_request({"app.py": WITH_PHONE}))
        self.assertEqual(run.code, 0, run.log)
        self.assertEqual(run.outputs["dpia-update-needed"], "true", run.log)
        self.assertEqual(run.outputs["findings"], "2")
        warning = [line for line in run.lines("::warning file=app.py,line=16") if "Customer.phone" in line]
        self.assertTrue(warning, run.log)
        review = [line for line in run.lines("::") if "title=Review the DPIA%3A T" in line]
        self.assertTrue(any("phone" in line for line in review), run.log)
        self.assertIn("T06", run.summary)
        self.assertRegex(run.summary, r"\| openai \| gpt-4o \| email, phone \|")
        self.assertIn("```mermaid\n", run.summary)
        triggers = json.loads(Path(run.outputs["triggers-file"]).read_text(encoding="utf-8"))["triggers"]
        self.assertTrue(triggers)
        self.assertIn("openai", Path(run.outputs["dpia-file"]).read_text(encoding="utf-8").lower())
        self.assertEqual(json.loads(Path(run.outputs["sarif-file"]).read_text(encoding="utf-8"))["version"], "2.1.0")
        self.assertEqual(len(self.api.comments), 1)
        self.assertIn("phone", self.api.comments[0]["body"])
        self.assertEqual(run.used, [])

    def test_one_comment_that_is_kept_up_to_date(self):
        origin = Origin().pull_request({"app.py": WITH_PHONE})
        somebody = {"id": 1, "body": "<!-- towhom: towhom -->\nmine", "user": {"type": "User"}, "author_association": "NONE"}
        self.api.comments += [dict(somebody, id=n + 1) for n in range(100)]
        self.run_pull_request(origin)
        self.run_pull_request(origin)
        self.assertEqual(len(self.api.comments), 101, "one comment, and nobody else's was taken for it")
        self.assertTrue(all(c["body"].endswith("mine") for c in self.api.comments[:100]))
        self.assertNotIn("PATCH", [method for method, _ in self.api.requests], "nothing had changed")
        origin.pull_request({"app.py": RENAMED})
        run = self.run_pull_request(origin)
        self.assertEqual(run.outputs["dpia-update-needed"], "false")
        self.assertIn(("PATCH", "/repos/acme/desk/issues/comments/101"), self.api.requests)
        self.assertNotIn("phone", self.api.comments[100]["body"])

    def test_a_refactoring_is_silent(self):
        run = self.run_pull_request(Origin().pull_request({"app.py": RENAMED}))
        self.assertEqual((run.code, run.outputs["dpia-update-needed"]), (0, "false"), run.log)
        self.assertEqual(self.api.comments, [])
        self.assertEqual([line for line in run.lines("::") if "Review the DPIA" in line], [])

    def test_a_shallow_clone(self):
        origin = Origin().pull_request({"app.py": WITH_PHONE})
        run = self.run_pull_request(origin, shallow=True)
        self.assertIn(f"Comparing with {origin.main}.", run.log)
        self.assertEqual(run.outputs["dpia-update-needed"], "true", run.log)

    def test_the_head_of_the_branch_checked_out(self):
        origin = Origin().pull_request({"app.py": WITH_PHONE})
        run = Run(origin.clone("refs/heads/topic"), "pull_request", origin.event(), {"program": TOWHOM}, self.api)
        self.assertIn(f"Comparing with {origin.base}.", run.log)
        self.assertEqual(run.outputs["dpia-update-needed"], "true", run.log)

    def test_a_fork(self):
        run = self.run_pull_request(Origin().pull_request({"app.py": WITH_PHONE}), fork=True, upload_sarif="true")
        self.assertEqual(run.code, 0, run.log)
        self.assertTrue(any("comes from a fork" in line for line in run.lines("::notice")))
        self.assertTrue(run.lines("::warning file=app.py"))
        self.assertEqual((self.api.requests, run.used), ([], []))

    def test_code_scanning(self):
        origin = Origin().pull_request({"app.py": WITH_PHONE})
        run = self.run_pull_request(origin, upload_sarif="true", category="desk")
        findings = [line for line in run.lines("::warning") if "Review the DPIA" not in line]
        self.assertEqual(findings, [], "code scanning shows them")
        (used, given), = run.used
        self.assertRegex(used, r"^github/codeql-action/upload-sarif@[0-9a-f]{40}$")
        sarif = json.loads(Path(given["sarif_file"]).read_text(encoding="utf-8"))
        self.assertEqual(sarif["runs"][0]["automationDetails"]["id"], "desk/")

    def test_no_right_to_comment(self):
        self.api.deny = 403
        run = self.run_pull_request(Origin().pull_request({"app.py": WITH_PHONE}))
        self.assertEqual(run.code, 0, run.log)
        self.assertTrue(any("pull-requests: write" in line for line in run.lines("::notice")))
        self.api.deny = 500
        run = self.run_pull_request(Origin().pull_request({"app.py": WITH_PHONE}))
        self.assertEqual(run.code, 0, run.log)
        self.assertTrue(any("GitHub answered 500" in line for line in run.lines("::warning")))

    def test_pushes(self):
        origin = Origin()
        head = origin.commit({"app.py": WITH_PHONE}, "More")
        for shallow in (False, True):
            folder = origin.clone("refs/heads/main", shallow)
            run = Run(folder, "push", {"before": origin.base, "after": head}, {"program": TOWHOM}, self.api)
            self.assertEqual(run.outputs["dpia-update-needed"], "true", run.log)
        run = Run(folder, "push", {"before": "0" * 40, "after": head}, {"program": TOWHOM}, self.api)
        self.assertEqual((run.code, run.outputs["triggers-file"]), (0, ""), run.log)
        self.assertIn("first push of a branch", run.summary)
        run = Run(folder, "push", {"before": "1" * 40, "after": head}, {"program": TOWHOM}, self.api)
        self.assertEqual(run.code, 0, run.log)
        self.assertIn("fetch-depth: 0", run.summary)
        self.assertEqual(self.api.requests, [])

    def test_without_a_base(self):
        folder = Origin().clone("refs/heads/main")
        run = Run(folder, "workflow_dispatch", {}, {"program": TOWHOM}, self.api)
        self.assertEqual((run.code, run.outputs["findings"]), (0, "1"), run.log)
        self.assertEqual((run.outputs["triggers-file"], run.outputs["dpia-update-needed"]), ("", "false"))
        self.assertIn("has no base", run.summary)
        outside = Path(tempfile.mkdtemp())
        (outside / "app.py").write_text(PROGRAM, encoding="utf-8")
        run = Run(outside, "workflow_dispatch", {}, {"program": TOWHOM}, self.api)
        self.assertIn("There is no git repository here", run.summary)

    def test_a_base_that_was_named(self):
        origin = Origin()
        origin.commit({"app.py": WITH_PHONE}, "More")
        git(origin.folder, "branch", "release", origin.base)
        for shallow in (False, True):
            folder = origin.clone("refs/heads/main", shallow)
            for base in ("release", origin.base):
                run = Run(folder, "schedule", {}, {"program": TOWHOM, "base": base}, self.api)
                self.assertEqual(run.outputs["dpia-update-needed"], "true", f"{base} {shallow} {run.log}")
        for base in ("--upload-pack=touch x", "$(touch x)", "nowhere"):
            run = Run(folder, "schedule", {}, {"program": TOWHOM, "base": base}, self.api)
            self.assertEqual((run.code, run.outputs["triggers-file"]), (0, ""), run.log)
            self.assertFalse((folder / "x").exists())

    def test_the_verdict(self):
        origin = Origin().pull_request({"app.py": WITH_PHONE})
        self.assertEqual(self.run_pull_request(origin, fail_on="any").code, 1)
        self.assertEqual(self.run_pull_request(origin, fail_on="high").code, 0)
        run = self.run_pull_request(origin, fail_on_triggers="any")
        self.assertEqual(run.code, 1)
        self.assertTrue(any("The DPIA needs a review" in line for line in run.lines("::error")))
        self.assertEqual(len(self.api.comments), 1, "everything is reported before it is judged")
        run = self.run_pull_request(origin, config="no.toml")
        self.assertEqual(run.code, 2)
        self.assertTrue(run.lines("::error title=towhom::"))

    def test_a_baseline_and_a_folder_with_an_odd_name(self):
        origin = Origin({"a b/ä,[x]/app.py": PROGRAM}).pull_request({"a b/ä,[x]/app.py": WITH_PHONE})
        run = self.run_pull_request(origin, path="a b")
        self.assertEqual(run.outputs["findings"], "2", run.log)
        self.assertTrue(run.lines("::warning file=a b/ä%2C[x]/app.py,line=16"), run.log)
        folder = origin.clone(origin.base)
        subprocess.run([TOWHOM, "scan", "--quiet", "--write-baseline", origin.top / "known.json"], cwd=folder, check=True)
        run = self.run_pull_request(origin, baseline=str(origin.top / "known.json"))
        self.assertEqual(run.outputs["findings"], "1", run.log)

    def test_text_from_code_is_text(self):
        hostile = PROGRAM.replace('model="gpt-4o"', 'model="x|<img src=//e> @all [a](//e)`\\n::error::x"')
        run = self.run_pull_request(Origin().pull_request({"app.py": hostile}))
        self.assertEqual(run.lines("::error"), [], run.log)
        for text in (run.summary, *(c["body"] for c in self.api.comments)):
            outside = "".join(text.split("```mermaid")[0])
            self.assertNotIn("<img", outside)
            self.assertNotIn("[a](//e)", outside)


class Install(unittest.TestCase):
    """Where the program comes from."""

    def install(self, downloads="", **environment):
        given = {"DOWNLOADS": downloads, **environment}
        self.folder = Origin().clone("refs/heads/main")
        return Run(self.folder, "workflow_dispatch", {}, {}, None, given)

    def release(self, wrong=False):
        """A release with this program, as packaging/pack.py names it."""
        top = Path(tempfile.mkdtemp())
        version = subprocess.run([TOWHOM, "--version"], check=True, capture_output=True, text=True).stdout.split()[1]
        host = subprocess.run(["rustc", "-vV"], check=True, capture_output=True, text=True).stdout
        target = next(line[6:] for line in host.splitlines() if line.startswith("host: "))
        folder = top / f"v{version}"
        folder.mkdir()
        archive = folder / f"towhom-{version}-{target}.tar.gz"
        with tarfile.open(archive, "w:gz") as file:
            file.add(TOWHOM, "towhom")
        digest = "0" * 64 if wrong else hashlib.sha256(archive.read_bytes()).hexdigest()
        (folder / f"{archive.name}.sha256").write_text(f"{digest}  {archive.name}\n", encoding="utf-8")
        return top.as_uri()

    def cargo(self):
        """A cargo that writes down how it was called, and puts the program where a build would."""
        folder = Path(tempfile.mkdtemp())
        script = folder / "cargo"
        script.write_text(
            f'#!/bin/sh\necho "cargo $*"\nwhile [ "$1" != --target-dir ]; do shift; done\n'
            f'mkdir -p "$2/release" && cp "{TOWHOM}" "$2/release/towhom"\n',
            encoding="utf-8",
        )
        script.chmod(0o755)
        return f"{folder}:{os.environ['PATH']}"

    def test_the_archive_of_the_release(self):
        run = self.install(self.release(), PATH="/usr/bin:/bin")
        self.assertEqual((run.code, run.outputs["findings"]), (0, "1"), run.log)

    def test_a_wrong_checksum_is_the_end(self):
        run = self.install(self.release(wrong=True), PATH=self.cargo())
        self.assertNotEqual(run.code, 0)
        self.assertTrue(any("The checksum of" in line for line in run.lines("::error")), run.log)
        self.assertNotIn("cargo build", run.log)

    def test_without_an_archive_it_is_built(self):
        for downloads in ("", Path(tempfile.mkdtemp()).as_uri()):
            run = self.install(downloads, PATH=self.cargo())
            self.assertEqual((run.code, run.outputs["findings"]), (0, "1"), run.log)
            self.assertIn(f"cargo build --release --locked --manifest-path {ROOT}/Cargo.toml", run.log)

    def test_neither(self):
        run = self.install(PATH="/usr/bin:/bin")
        self.assertTrue(any("no Rust to build towhom with" in line for line in run.lines("::error")), run.log)
        run = self.install(VERSION="1.0; touch x")
        self.assertTrue(any("is no version" in line for line in run.lines("::error")), run.log)
        self.assertFalse((self.folder / "x").exists())


if __name__ == "__main__":
    unittest.main()
