#!/bin/sh
# Make the virtual environment once, and again only when the pinned requirements or the Python changed.
# usage: setup.sh requirements.txt        environment: PYTHON (optional), VENV (default .venv)
set -eu

requirements=$1
venv=${VENV:-.venv}

fail() {
    echo "gridops: $*" >&2
    exit 1
}

new_enough() {
    "$1" -c 'import sys; sys.exit(not sys.version_info >= (3, 11))' >/dev/null 2>&1
}

# The packages are pinned and carry ready-made files for these versions; a newer Python may have to wait for them.
well_known() {
    "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' >/dev/null 2>&1
}

find_python() {
    if [ -n "${PYTHON:-}" ]; then
        new_enough "$PYTHON" || fail "PYTHON=$PYTHON is not Python 3.11 or newer; name one that is, or leave PYTHON unset."
        echo "$PYTHON"
        return
    fi
    for candidate in python3 python3.13 python3.12 python3.11; do
        if well_known "$candidate"; then
            echo "$candidate"
            return
        fi
    done
    if new_enough python3; then
        echo python3
        return
    fi
    fail "no Python 3.11 or newer was found (python3 is $(python3 --version 2>/dev/null || echo absent)); install one, or name it with PYTHON=/path/to/python3."
}

[ -r "$requirements" ] || fail "$requirements is missing; run make in the folder of the repository."
python=$(find_python)
stamp=$venv/.$(basename "$requirements").installed
wanted=$("$python" -c 'import hashlib, pathlib, sys; print(hashlib.sha256(pathlib.Path(sys.argv[1]).read_bytes()).hexdigest(), sys.version.split()[0])' "$requirements")

if [ -x "$venv/bin/python" ] && "$venv/bin/python" -c '' 2>/dev/null && [ "$(cat "$stamp" 2>/dev/null)" = "$wanted" ]; then
    exit 0
fi

free=$(df -Pk . | awk 'NR == 2 { print $4 }')
[ "$free" -gt 2000000 ] || fail "less than 2 GB is free on the disk of $(pwd), which the packages need; free some space."

if ! "$venv/bin/python" -c 'import sys; sys.exit(sys.version.split()[0] != sys.argv[1])' "${wanted#* }" 2>/dev/null; then
    echo "Creating $venv with $("$python" --version)"
    "$python" -c 'import ensurepip, venv' 2>/dev/null ||
        fail "this Python cannot make virtual environments; install its venv package (on Debian or Ubuntu: apt install python3-venv)."
    "$python" -m venv --clear "$venv"
fi

echo "Installing $requirements (some minutes the first time, then not again)"
"$venv/bin/python" -m pip install --quiet --quiet --disable-pip-version-check --no-input --require-hashes -r "$requirements" ||
    fail "the packages of $requirements could not be installed; see the message above, check the network and run make again."

# Boosted forecasts need the system's OpenMP library, which slim systems lack. Without it linear models forecast alone.
if grep -q '^lightgbm' "$requirements" && ! "$venv/bin/python" -c 'import lightgbm' 2>/dev/null; then
    if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null 2>&1; then
        echo "Installing libgomp1 for the forecasts"
        { apt-get install -y --no-install-recommends libgomp1 ||
            { timeout 120 apt-get update && apt-get install -y --no-install-recommends libgomp1; }; } >/dev/null 2>&1 || true
    fi
    "$venv/bin/python" -c 'import lightgbm' 2>/dev/null ||
        echo "gridops: forecasts go without boosted models until the OpenMP library is there (on Debian or Ubuntu: sudo apt install libgomp1)" >&2
fi
echo "$wanted" >"$stamp"
