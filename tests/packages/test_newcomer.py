"""A newcomer's path: install, init, commit, a pull request with a new field in a prompt, and its acknowledgement.

DIST=folder python -m unittest discover tests/packages
"""

import json
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "action"))
from histories import PROGRAM, WITH_PHONE, Origin  # noqa: E402
from runner import Api, Run  # noqa: E402
from test_packages import ROOT, folder, run, version  # noqa: E402


class Newcomer(unittest.TestCase):
    def test_the_whole_path(self):
        place = folder()
        run(sys.executable, "-m", "venv", place / "venv", cwd=place)
        run(place / "venv/bin/pip", "install", "--quiet", "--no-index", f"towhom=={version()}", cwd=place)
        towhom = place / "venv/bin/towhom"

        # An old code base: there is a finding. `init` writes it down as known.
        origin = Origin({"app.py": PROGRAM})
        run(towhom, "scan", "--fail-on", "any", cwd=origin.folder, code=1)
        said = run(towhom, "init", "--action", "acme/towhom@0123456789abcdef0123456789abcdef01234567", cwd=origin.folder)
        for name in ("towhom.toml", "towhom-baseline.json", ".pre-commit-config.yaml", ".github/workflows/towhom.yml"):
            self.assertIn(f"wrote  {name}", said)
        self.check_files(origin.folder)
        origin.base = origin.commit({}, "Use towhom")
        inputs = {"program": str(towhom), "baseline": "towhom-baseline.json", "fail-on": "any"}

        # A pull request that changes nothing of it is green and quiet.
        quiet = self.pull_request(origin, {"app.py": PROGRAM.replace("Greet", "Welcome")}, inputs)
        self.assertEqual((quiet.code, quiet.outputs["findings"]), (0, "0"), quiet.log)
        self.assertEqual(quiet.outputs["dpia-update-needed"], "false", quiet.log)
        self.assertEqual((quiet.lines("::warning"), self.api.comments), ([], []))

        # One more field in the prompt.
        loud = self.pull_request(origin, {"app.py": WITH_PHONE}, inputs)
        self.assertEqual((loud.code, loud.outputs["findings"]), (1, "1"), loud.log)
        self.assertEqual(loud.outputs["dpia-update-needed"], "true")
        self.assertTrue([a for a in loud.lines("::warning file=app.py,line=16") if "phone" in a], loud.log)
        self.assertIn("phone", loud.summary)
        self.assertIn("phone", self.api.comments[0]["body"])

        # Somebody reviews it, and says so: in dpia.toml for the DPIA, in the code for the finding.
        with open(loud.outputs["triggers-file"], encoding="utf-8") as file:
            triggers = json.load(file)["triggers"]
        rows = "".join(
            f'[[acknowledged]]\ntrigger = "{t["key"] if "key" in t else t["code"]}"\nwho = "The DPO"\n'
            f'when = "2026-03-02"\nwhy = "Item D3 was added to the DPIA."\n\n'
            for t in triggers
        )
        accepted = WITH_PHONE.replace(
            "    response =", "    # towhom: ignore[personal-data-to-model] item D3 of the DPIA\n    response ="
        )
        done = self.pull_request(origin, {"app.py": accepted, "dpia.toml": rows}, inputs)
        self.assertEqual((done.code, done.outputs["findings"]), (0, "0"), done.log)
        self.assertEqual(done.outputs["dpia-update-needed"], "false", done.log)

    def setUp(self):
        self.api = Api()
        self.addCleanup(self.api.close)

    def pull_request(self, origin, files, inputs):
        origin.pull_request(files)
        return Run(origin.clone("refs/pull/1/merge"), "pull_request", origin.event(), inputs, self.api)

    def check_files(self, place: Path):
        """Each with the program that reads it."""
        run(sys.executable, "-m", "pre_commit", "validate-config", ".pre-commit-config.yaml", cwd=place)
        schema = ["--builtin-schema", "vendor.github-workflows"]
        run(sys.executable, "-m", "check_jsonschema", *schema, ".github/workflows/towhom.yml", cwd=place)
        # A program beside Python; there is no module of it.
        zizmor = Path(sys.executable).with_name("zizmor")
        run(zizmor, "--offline", "--no-progress", ".github/workflows/towhom.yml", cwd=place)
        gitlab = ["--builtin-schema", "vendor.gitlab-ci"]
        run(sys.executable, "-m", "check_jsonschema", *gitlab, ROOT / "src/cli/init/gitlab.yml", cwd=place)


if __name__ == "__main__":
    unittest.main()
