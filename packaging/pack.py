"""Packs a built program: the release archive with its checksum, the wheel, and the npm packages.

usage: pack.py [--target TRIPLE] [--profile PROFILE] --out FOLDER

The program is the build of the target and profile (release) in the target directory of cargo. The wheel is made by
maturin, which has to be installed and finds that build done.
"""

import argparse
import gzip
import hashlib
import io
import json
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

# Rust's name of a system, and npm's.
NPM = {
    "x86_64-unknown-linux-gnu": ("linux", "x64"),
    "aarch64-unknown-linux-gnu": ("linux", "arm64"),
    "x86_64-apple-darwin": ("darwin", "x64"),
    "aarch64-apple-darwin": ("darwin", "arm64"),
    "x86_64-pc-windows-msvc": ("win32", "x64"),
}


def run(*command, **more):
    return subprocess.run(command, check=True, cwd=ROOT, **more)


def version():
    return re.search(r'^version = "(.+)"$', (ROOT / "Cargo.toml").read_text(encoding="utf-8"), re.M)[1]


def host():
    text = run("rustc", "-vV", stdout=subprocess.PIPE, text=True).stdout
    return re.search(r"^host: (.+)$", text, re.M)[1]


def tar(path, files):
    """A .tar.gz of (name, bytes, mode) that is the same whenever and wherever it is made."""
    with open(path, "wb") as raw, gzip.GzipFile("", "wb", mtime=0, fileobj=raw) as packed:
        with tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as archive:
            for name, content, mode in files:
                entry = tarfile.TarInfo(name)
                entry.size, entry.mode = len(content), mode
                archive.addfile(entry, io.BytesIO(content))


def archive(program, target, out):
    def says(*arguments):
        return subprocess.run([program, *arguments], check=True, stdout=subprocess.PIPE).stdout

    files = [(program.name, program.read_bytes(), 0o755)]
    files += [(name, (ROOT / name).read_bytes(), 0o644) for name in ("README.md", "LICENSE-MIT", "LICENSE-APACHE")]
    with tempfile.TemporaryDirectory() as folder:
        says("man", "--output", folder)
        files += [(f"man/{page.name}", page.read_bytes(), 0o644) for page in sorted(Path(folder).iterdir())]
    for shell, name in (
        ("bash", "towhom.bash"),
        ("elvish", "towhom.elv"),
        ("fish", "towhom.fish"),
        ("powershell", "_towhom.ps1"),
        ("zsh", "_towhom"),
    ):
        files.append((f"completions/{name}", says("completions", shell), 0o644))
    path = out / f"towhom-{version()}-{target}.tar.gz"
    tar(path, files)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    path.with_name(path.name + ".sha256").write_text(f"{digest}  {path.name}\n", encoding="utf-8", newline="\n")


def wheel(target, profile, out):
    command = [sys.executable, "-m", "maturin", "build", "--profile", profile, "--locked", "--out", str(out)]
    run(*command, *(["--target", target] if target else []))


def npm(program, target, out):
    """The package that carries the program, and the one that people install, which picks it."""
    system, processor = NPM[target]
    with tempfile.TemporaryDirectory() as folder:
        package = Path(folder) / "carrier"
        (package / "bin").mkdir(parents=True)
        shutil.copy2(program, package / "bin" / program.name)
        (package / "bin" / program.name).chmod(0o755)
        main = json.loads((ROOT / "npm/towhom/package.json").read_text(encoding="utf-8"))
        facts = {
            "name": f"towhom-{system}-{processor}",
            "version": version(),
            "description": f"The program of the package towhom, for {system} on {processor}",
            "license": main["license"],
            "os": [system],
            "cpu": [processor],
            "files": ["bin"],
        }
        if system == "linux":
            facts["libc"] = ["glibc"]
        (package / "package.json").write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")
        chooser = Path(folder) / "chooser"
        shutil.copytree(ROOT / "npm/towhom", chooser)
        main["version"] = version()
        main["optionalDependencies"] = {name: version() for name in sorted(main["optionalDependencies"])}
        (chooser / "package.json").write_text(json.dumps(main, indent=2) + "\n", encoding="utf-8")
        assert facts["name"] in main["optionalDependencies"], facts["name"]
        for source in (package, chooser):
            run(shutil.which("npm"), "pack", "--silent", "--pack-destination", str(out.resolve()), str(source))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--target", default=None)
    parser.add_argument("--profile", default="release")
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    target = args.target or host()
    facts = run("cargo", "metadata", "--no-deps", "--format-version=1", stdout=subprocess.PIPE).stdout
    built = Path(json.loads(facts)["target_directory"]) / (args.target or "")
    folder = {"dev": "debug"}.get(args.profile, args.profile)
    program = built / folder / f"towhom{'.exe' if 'windows' in target else ''}"
    out = args.out.resolve()
    out.mkdir(parents=True, exist_ok=True)
    archive(program, target, out)
    wheel(args.target, args.profile, out)
    npm(program, target, out)
    for path in sorted(out.iterdir()):
        print(path.name, path.stat().st_size)


main()
