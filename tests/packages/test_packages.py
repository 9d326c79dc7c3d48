"""The wheel, the npm packages and the hooks, installed and run as users do.

DIST=folder python -m unittest discover tests/packages   (what packaging/pack.py wrote; needs pip, npm, git, pre-commit)
"""

import hashlib
import json
import os
import subprocess
import sys
import tarfile
import tempfile
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "action"))
from histories import ENVIRONMENT, PROGRAM, RENAMED, WITH_PHONE, git  # noqa: E402

ROOT = Path(__file__).resolve().parent.parent.parent
DIST = Path(os.environ["DIST"]).resolve()


def run(*command, cwd, code=0, **environment):
    environ = {**ENVIRONMENT, "PIP_FIND_LINKS": str(DIST), "PIP_DISABLE_PIP_VERSION_CHECK": "1", **environment}
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == code, f"{command} ended with {done.returncode}\n{done.stdout}"
    return done.stdout


def folder():
    return Path(tempfile.mkdtemp(prefix="towhom-packages-"))


def version():
    return next(DIST.glob("*.whl")).name.split("-")[1]


class Installed(unittest.TestCase):
    def test_the_wheel(self):
        place = folder()
        run(sys.executable, "-m", "venv", place / "venv", cwd=place)
        run(place / "venv/bin/pip", "install", "--quiet", "--no-index", f"towhom=={version()}", cwd=place)
        (place / "app.py").write_text(PROGRAM, encoding="utf-8")
        said = run(place / "venv/bin/towhom", "scan", "app.py", cwd=place)
        self.assertIn("Customer.email", said)
        self.assertIn("towhom", run(place / "venv/bin/pip", "list", cwd=place))

    def test_the_npm_packages(self):
        place = folder()
        (place / "package.json").write_text('{"private": true}', encoding="utf-8")
        run("npm", "install", "--silent", "--no-audit", "--no-fund", "--offline", *DIST.glob("*.tgz"), cwd=place)
        (place / "app.py").write_text(PROGRAM, encoding="utf-8")
        said = run("npx", "--no-install", "towhom", "scan", "app.py", "--fail-on", "any", cwd=place, code=1)
        self.assertIn("Customer.email", said)
        run("npx", "--no-install", "towhom", "scan", "nothing-here", cwd=place, code=2)

    def test_the_npm_package_without_the_program(self):
        place = folder()
        (place / "package.json").write_text('{"private": true}', encoding="utf-8")
        chooser = DIST / f"towhom-{version()}.tgz"
        run("npm", "install", "--silent", "--no-audit", "--no-fund", "--offline", "--omit=optional", chooser, cwd=place)
        self.assertIn("is not installed", run("npx", "--no-install", "towhom", "scan", cwd=place, code=2))

    def test_the_archive(self):
        archive = next(DIST.glob("*.tar.gz"))
        digest = archive.with_name(archive.name + ".sha256").read_text(encoding="utf-8").split()
        self.assertEqual(digest, [hashlib.sha256(archive.read_bytes()).hexdigest(), archive.name])
        place = folder()
        with tarfile.open(archive) as file:
            names = set(file.getnames())
            file.extractall(place)
        self.assertLessEqual(
            {"README.md", "LICENSE-MIT", "LICENSE-APACHE", "man/towhom.1", "man/towhom-scan.1", "completions/_towhom"},
            names,
        )
        self.assertIn(version(), run(place / "towhom", "--version", cwd=place))
        run("bash", "-n", place / "completions/towhom.bash", cwd=place)
        for page in place.glob("man/*.1"):
            self.assertTrue(page.read_text(encoding="utf-8").startswith(".ie"), page)


class Hooks(unittest.TestCase):
    """The hooks with the real pre-commit, in a real repository."""

    @classmethod
    def setUpClass(cls):
        # A repository with our hooks and the wheel, as a mirror of it for pre-commit has them.
        cls.hooks = folder()
        (cls.hooks / ".pre-commit-hooks.yaml").write_bytes((ROOT / ".pre-commit-hooks.yaml").read_bytes())
        (cls.hooks / "setup.py").write_text(
            f"from setuptools import setup\nsetup(name='hooks', version='0', py_modules=[], install_requires=['towhom=={version()}'])\n",
            encoding="utf-8",
        )
        git(cls.hooks, "init", "--quiet")
        git(cls.hooks, "add", "--all")
        git(cls.hooks, "commit", "--quiet", "--message", "Hooks")
        cls.home = folder()

    def pre_commit(self, *arguments, cwd, code=0):
        return run(sys.executable, "-m", "pre_commit", *arguments, cwd=cwd, code=code, PRE_COMMIT_HOME=str(self.home))

    def repository(self):
        place = folder()
        git(place, "init", "--quiet", "--initial-branch=main")
        revision = git(self.hooks, "rev-parse", "HEAD")
        (place / ".pre-commit-config.yaml").write_text(
            f"repos:\n  - repo: {self.hooks}\n    rev: {revision}\n    hooks:\n      - id: towhom\n      - id: towhom-diff\n",
            encoding="utf-8",
        )
        (place / "app.py").write_text(PROGRAM, encoding="utf-8")
        git(place, "add", "--all")
        git(place, "commit", "--quiet", "--message", "First")
        self.pre_commit("validate-config", cwd=place)
        self.pre_commit("install", "--hook-type", "pre-commit", "--hook-type", "pre-push", cwd=place)
        return place

    def commit(self, place, name, text, code=0):
        (place / name).write_text(text, encoding="utf-8")
        run("git", "add", "--all", cwd=place)
        return run("git", "commit", "--message", "x", cwd=place, code=code, PRE_COMMIT_HOME=str(self.home))

    def test_the_manifest_is_valid(self):
        self.pre_commit("validate-manifest", ".pre-commit-hooks.yaml", cwd=ROOT)

    def test_commits(self):
        place = self.repository()
        self.commit(place, "README.md", "Nothing that matters.\n")
        self.commit(place, "app.py", RENAMED)
        self.commit(place, "app.py", PROGRAM)
        said = self.commit(place, "app.py", WITH_PHONE, code=1)
        self.assertIn("Customer.phone", said)
        self.assertIn("T06", said)
        # What is not staged does not count.
        git(place, "reset", "--quiet")
        (place / "README.md").write_text("More.\n", encoding="utf-8")
        git(place, "add", "README.md")
        run("git", "commit", "--message", "x", cwd=place, PRE_COMMIT_HOME=str(self.home))

    def test_pushes(self):
        place, remote = self.repository(), folder()
        git(remote, "init", "--quiet", "--bare")
        git(place, "remote", "add", "origin", remote)
        push = {"cwd": place, "PRE_COMMIT_HOME": str(self.home)}
        run("git", "push", "--quiet", "--set-upstream", "origin", "main", **push)
        (place / "app.py").write_text(WITH_PHONE, encoding="utf-8")
        git(place, "commit", "--quiet", "--all", "--no-verify", "--message", "More")
        self.assertIn("Customer.phone", run("git", "push", "origin", "main", code=1, **push))
        git(place, "reset", "--quiet", "--hard", "HEAD~1")
        (place / "README.md").write_text("More.\n", encoding="utf-8")
        git(place, "add", "--all")
        git(place, "commit", "--quiet", "--no-verify", "--message", "Words")
        run("git", "push", "--quiet", "origin", "main", **push)

    def test_it_is_quick_where_nothing_matters(self):
        place = folder()
        for n in range(3000):
            path = place / f"src/m{n // 100}/f{n}.py"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(PROGRAM.replace("greet", f"greet{n}"), encoding="utf-8")
        git(place, "init", "--quiet")
        git(place, "add", "--all")
        git(place, "commit", "--quiet", "--message", "First")
        (place / "README.md").write_text("x\n", encoding="utf-8")
        git(place, "add", "--all")
        run(sys.executable, "-m", "venv", place / "venv", cwd=place)
        run(place / "venv/bin/pip", "install", "--quiet", "--no-index", f"towhom=={version()}", cwd=place)
        before = time.monotonic()
        run(place / "venv/bin/towhom", "hook", "commit", cwd=place)
        took = time.monotonic() - before
        self.assertLess(took, 2, "seconds")
        print(f"the hook took {took:.2f} s on 3,000 files, none of them touched")


if __name__ == "__main__":
    unittest.main()
