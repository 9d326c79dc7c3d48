#!/usr/bin/env python3
"""Replay the history of a repository: `towhom diff` of each first-parent commit with its parent, newest first.

usage: replay.py REPOSITORY [--bin TOWHOM] [--count 300] [--head HEAD] [--cache DIR] [--out FILE.jsonl] [--timeout 300]

REPOSITORY is a git repository, bare or not. Inventories are kept in the cache folder, so that each commit is scanned once;
take another folder for another build of towhom. Each trigger is printed with the commit's subject, for people to judge:
would they want to be told? A commit that fails is named, and the replay goes on. --out keeps the comparisons, one a line.
"""
import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections import Counter


def git(repository, *args):
    return subprocess.run(["git", "-C", repository, *args], capture_output=True, text=True, check=True).stdout


def compared(args, cache, base, head):
    command = [args.bin, "diff", base, head, "--repo", args.repository, "--format", "json", "--quiet", "--cache", cache]
    run = subprocess.run(command, capture_output=True, text=True, timeout=args.timeout)
    if run.returncode:
        raise ValueError(run.stderr.strip() or f"exit code {run.returncode}")
    return json.loads(run.stdout)["triggers"]


def shown(trigger):
    place = trigger["location"]
    states = [f"{side} {trigger[side]['text']}" for side in ("before", "after") if trigger.get(side)]
    lines = [f"  {trigger['code']} {trigger['id']} {place['file']}:{place['line']} [{trigger['activity']}]"]
    return "\n".join(lines + [f"      {trigger['message']}"] + [f"      {state}" for state in states])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("repository")
    parser.add_argument("--bin", default="target/release/towhom")
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--head", default="HEAD")
    parser.add_argument("--cache")
    parser.add_argument("--out")
    parser.add_argument("--timeout", type=int, default=300, help="seconds a commit")
    args = parser.parse_args()
    log = git(args.repository, "log", "--first-parent", f"-n{args.count}", "--format=%H%x09%P%x09%s", args.head)
    kept = open(args.out, "w", encoding="utf-8") if args.out else None
    codes, commits, failed, start = Counter(), 0, 0, time.time()
    with tempfile.TemporaryDirectory() as scratch:
        for line in log.splitlines():
            head, parents, subject = line.split("\t", 2)
            if not parents:
                continue
            base = parents.split()[0]
            try:
                triggers = compared(args, args.cache or scratch, base, head)
            except (ValueError, KeyError, subprocess.TimeoutExpired) as error:
                failed += 1
                print(f"{head[:10]} failed: {str(error)[:300]}", flush=True)
                continue
            commits += 1
            if kept:
                print(json.dumps({"base": base, "head": head, "subject": subject, "triggers": triggers}), file=kept, flush=True)
            if triggers:
                codes.update(t["code"] for t in triggers)
                print(f"{head[:10]} {subject}", *map(shown, triggers), sep="\n", flush=True)
    print(f"{commits} commits in {time.time() - start:.0f} s, {failed} failed, {sum(codes.values())} triggers:",
          ", ".join(f"{code} {n}" for code, n in sorted(codes.items())))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
