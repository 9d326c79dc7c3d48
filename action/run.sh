#!/usr/bin/env bash
# Scans, compares with BASE if there is one, and writes every report. Fails only where towhom itself fails: findings are
# judged in the last step, when everything is reported.
set -euo pipefail

export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=safe.directory GIT_CONFIG_VALUE_0='*'
action=$(cd "$(dirname "$0")" && pwd)
reports="$RUNNER_TEMP/towhom-reports"
rm -rf "$reports"
mkdir -p "$reports"

# 0 and 1 are answers; anything else is a failure.
answer() { # NAME COMMAND…
    local name=$1 code=0
    shift
    "$@" || code=$?
    if [ "$code" -gt 1 ]; then
        echo "::error title=towhom::$1 ended with code $code; what it said stands above"
        exit "$code"
    fi
    printf '%s=%s\n' "$name" "$code" >> "$GITHUB_OUTPUT"
}

common=()
if [ -n "${CONFIG:-}" ]; then common+=(--config="$CONFIG"); fi
known=()
if [ -n "${BASELINE:-}" ]; then known+=(--baseline="$BASELINE"); fi

echo '::group::Scan'
answer findings-fail "$TOWHOM" scan \
    --format=json --output="$reports/inventory.json" \
    --format=sarif --output="$reports/towhom.sarif" \
    --format=github --output="$reports/annotations.txt" \
    --format=text --color=never --quiet --hide-suppressed \
    --path-prefix="$SCAN_PATH" --sarif-category="${CATEGORY:-towhom}" --fail-on="${FAIL_ON:-none}" \
    "${known[@]+"${known[@]}"}" "${common[@]+"${common[@]}"}" -- "$SCAN_PATH"
echo '::endgroup::'

if [ -n "${BASE:-}" ]; then
    echo '::group::Compare'
    answer triggers-fail "$TOWHOM" diff \
        --format=json --output="$reports/triggers.json" \
        --format=markdown --output="$reports/triggers.md" \
        --format=text --color=never --quiet --fail-on="${FAIL_ON_TRIGGERS:-none}" \
        "${common[@]+"${common[@]}"}" -- "$BASE" HEAD
    echo '::endgroup::'
fi

"$TOWHOM" dpia --format=md --output="$reports/dpia.md" --inventory="$reports/inventory.json" "${common[@]+"${common[@]}"}" -- "$SCAN_PATH"
"$TOWHOM" graph --format=mermaid --output="$reports/diagram.mmd" --inventory="$reports/inventory.json" "${common[@]+"${common[@]}"}" -- "$SCAN_PATH"

python=$(command -v python3 || command -v python)
"$python" "$action/report.py" "$reports"
