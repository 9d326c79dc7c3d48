#!/usr/bin/env bash
# The verdict, after everything is reported.
set -euo pipefail

failed=0
if [ "${FINDINGS_FAIL:-0}" = 1 ]; then
    echo "::error title=towhom::There are findings of severity \`$FAIL_ON\` or above. Mend them, or accept them with a reason: towhom: ignore[rule] reason"
    failed=1
fi
if [ "${TRIGGERS_FAIL:-0}" = 1 ]; then
    echo "::error title=towhom::The DPIA needs a review: there are changes of severity \`$FAIL_ON_TRIGGERS\` or above that nobody has acknowledged. The job summary says which."
    failed=1
fi
exit "$failed"
