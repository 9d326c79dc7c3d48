#!/usr/bin/env bash
# Times scans of a folder: time.sh FOLDER [RUNS [THREADS]]
set -euo pipefail
folder=${1:?usage: benches/time.sh FOLDER [RUNS [THREADS]]}
runs=${2:-5}
threads=${3:-}
here=$(cd "$(dirname "$0")/.." && pwd)
exec python3 - "${CARGO_TARGET_DIR:-$here/target}/release/towhom" "$folder" "$runs" "$threads" <<'PYTHON'
import json
import resource
import subprocess
import sys
import time

program, folder, runs, threads = sys.argv[1:]
command = [program, "scan", folder, "--quiet", "--format", "json"] + (["--threads", threads] if threads else [])
walls = []
for run in range(int(runs)):
    start = time.perf_counter()
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    walls.append(time.perf_counter() - start)
    print(f"run {run + 1}: {walls[-1]:.3f} s")
used = resource.getrusage(resource.RUSAGE_CHILDREN)
report = json.loads(done.stdout)
cpu = (used.ru_utime + used.ru_stime) / len(walls)
print(f"best {min(walls):.3f} s, processor {cpu:.3f} s a run, peak {used.ru_maxrss / 1024:.0f} MiB")
print(f"{report['coverage']['files_read']} files read, {len(report['model_calls'])} calls, {len(report['flows'])} flows")
PYTHON
