#!/usr/bin/env bash
# Finds the commit to compare with, and fetches it where the clone is shallow. Writes `base` (a commit, or nothing) and
# `note` (why there is none) to the outputs. Never fails: without a base there is a scan and no comparison.
set -euo pipefail

# In a container the workspace may belong to somebody else.
export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=safe.directory GIT_CONFIG_VALUE_0='*'

finish() { # BASE NOTE
    printf 'base=%s\n' "$1" >> "$GITHUB_OUTPUT"
    printf 'note=%s\n' "$2" >> "$GITHUB_OUTPUT"
    if [ -n "$1" ]; then echo "Comparing with $1."; else echo "$2"; fi
    exit 0
}

if ! git rev-parse --git-dir > /dev/null 2>&1; then
    finish '' 'There is no git repository here: nothing was compared. Use actions/checkout before this step.'
fi

event() { # a path in the event's JSON, as a.b.c; nothing if it is not there
    python=$(command -v python3 || command -v python)
    "$python" - "$1" "${GITHUB_EVENT_PATH:-}" << 'PYTHON'
import json
import sys

path, file = sys.argv[1:]
try:
    with open(file, encoding="utf-8") as text:
        value = json.load(text)
    for key in path.split("."):
        value = value[key]
except (OSError, ValueError, KeyError, TypeError):
    value = None
print(value if isinstance(value, str) else "")
PYTHON
}

is_commit() { [[ "$1" =~ ^[0-9a-f]{40}([0-9a-f]{24})?$ ]] && ! [[ "$1" =~ ^0+$ ]]; }

here() { git cat-file -e "$1^{commit}" 2> /dev/null; }

# Fetches one commit. A full clone must not become a shallow one.
get() {
    here "$1" && return 0
    depth=()
    if [ "$(git rev-parse --is-shallow-repository)" = true ]; then depth=(--depth=1); fi
    git fetch --quiet --no-tags "${depth[@]+"${depth[@]}"}" origin "$1" > /dev/null 2>&1 && here "$1"
}

lost() {
    finish '' "The commit $1 to compare with is not in this clone and could not be fetched: nothing was compared. Give actions/checkout \`fetch-depth: 0\`."
}

if [ -n "${BASE:-}" ]; then
    commit=$(git rev-parse --verify --quiet --end-of-options "$BASE^{commit}" || true)
    if [ -z "$commit" ] && is_commit "$BASE" && get "$BASE"; then commit=$BASE; fi
    if [ -z "$commit" ] && git check-ref-format --allow-onelevel "$BASE" \
        && git fetch --quiet --no-tags --depth=1 origin "$BASE" > /dev/null 2>&1; then
        commit=$(git rev-parse --verify FETCH_HEAD)
    fi
    [ -n "$commit" ] || lost "\`$BASE\`"
    finish "$commit" ''
fi

case "${GITHUB_EVENT_NAME:-}" in
    pull_request | pull_request_target)
        target=$(event pull_request.base.sha)
        head=$(event pull_request.head.sha)
        # actions/checkout takes the merge of the pull request into its target: what it changes is the difference to the
        # first parent. A shallow clone has no parents, but the commit names them.
        parents=$(git cat-file commit HEAD | sed -n '/^$/q; s/^parent //p')
        if [ "$(printf '%s\n' "$parents" | wc -l)" -eq 2 ] && [ "$(printf '%s\n' "$parents" | tail -n 1)" = "$head" ]; then
            target=$(printf '%s\n' "$parents" | head -n 1)
        fi
        is_commit "$target" || finish '' 'The event names no base: nothing was compared.'
        get "$target" || lost "$target"
        # The head itself was checked out: leave out what came into the target since.
        if common=$(git merge-base "$target" HEAD 2> /dev/null) && [ -n "$common" ]; then target=$common; fi
        finish "$target" ''
        ;;
    merge_group)
        target=$(event merge_group.base_sha)
        ;;
    push)
        target=$(event before)
        if ! is_commit "$target"; then
            finish '' 'This is the first push of a branch: there is no earlier state, and nothing was compared.'
        fi
        ;;
    *)
        finish '' "A \`${GITHUB_EVENT_NAME:-run}\` has no base: nothing was compared. Give the input \`base\` to compare with a commit."
        ;;
esac
is_commit "$target" || finish '' 'The event names no base: nothing was compared.'
get "$target" || lost "$target"
finish "$target" ''
