"""Keeps one comment on the pull request up to date.

usage: comment.py FILE   The first line of the file is the mark by which the comment is found again. While there is
nothing to say, no comment is begun; one that is there is brought up to date. What the token may not do is said, and is no
failure.
"""

import json
import os
import sys
import urllib.error
import urllib.request


def call(method, url, body=None):
    request = urllib.request.Request(url, method=method)
    request.add_header("Authorization", f"Bearer {os.environ['TOKEN']}")
    request.add_header("Accept", "application/vnd.github+json")
    request.add_header("X-GitHub-Api-Version", "2022-11-28")
    if body is not None:
        request.data = json.dumps({"body": body}).encode()
        request.add_header("Content-Type", "application/json")
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def ours(comment, mark):
    """Anybody can write the mark: only what a bot or somebody with rights wrote is taken for ours."""
    known = comment["user"]["type"] == "Bot" or comment.get("author_association") in ("OWNER", "MEMBER", "COLLABORATOR")
    return known and comment["body"].startswith(mark)


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        body = file.read()
    mark = body.split("\n", 1)[0]
    with open(os.environ["GITHUB_EVENT_PATH"], encoding="utf-8") as file:
        number = json.load(file)["pull_request"]["number"]
    issues = f"{os.environ['GITHUB_API_URL']}/repos/{os.environ['GITHUB_REPOSITORY']}/issues"
    found, page = None, 1
    while found is None:
        comments = call("GET", f"{issues}/{int(number)}/comments?per_page=100&page={page}")
        found = next((c for c in comments if ours(c, mark)), None)
        if len(comments) < 100:
            break
        page += 1
    if found is None:
        if os.environ.get("SAY") != "true":
            print("Nothing to say, and no comment that says otherwise.")
            return
        call("POST", f"{issues}/{int(number)}/comments", body)
        print("Commented.")
    elif found["body"].strip() != body.strip():
        call("PATCH", f"{issues}/comments/{int(found['id'])}", body)
        print("Brought the comment up to date.")
    else:
        print("The comment is up to date.")


try:
    main()
except urllib.error.HTTPError as error:
    if error.code not in (401, 403, 404):
        print(f"::warning title=towhom::The comment could not be written: GitHub answered {error.code}")
    else:
        print(
            f"::notice title=towhom::No comment: the token may not write one ({error.code}). Give the job "
            "`permissions: pull-requests: write`, or the action `comment: false`. The job summary has the same."
        )
except (urllib.error.URLError, TimeoutError) as error:
    print(f"::warning title=towhom::The comment could not be written: {error}")
