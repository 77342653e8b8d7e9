#!/bin/sh
# Make the virtual environment, if it is not there, and install nbtrack into it.
# Usage: [PYTHON=python3.12] tools/make_env.sh FOLDER EXTRAS
set -eu
folder=$1
extras=$2

fail() {
    echo "nbtrack: $1" >&2
    exit 1
}

is_recent() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

has_venv() {
    "$1" -c 'import ensurepip, venv' >/dev/null 2>&1
}

find_python() {
    if [ -n "${PYTHON:-}" ]; then
        set -- "$PYTHON"
    else
        set -- python3.13 python3.12 python3.11 python3 python
    fi
    recent=
    for name in "$@"; do
        is_recent "$name" || continue
        recent=$name
        if has_venv "$name"; then
            python=$name
            return
        fi
    done
    if [ -n "$recent" ]; then
        fail "$recent cannot make virtual environments. Install its venv module (Debian, Ubuntu: apt install python3-venv), then run make again."
    fi
    found=$("${PYTHON:-python3}" --version 2>&1) || found="no ${PYTHON:-python3}"
    fail "Python 3.11 or later is needed, and this machine has $found. Install one, or name it: make test PYTHON=/path/to/python3.12."
}

if ! [ -w . ]; then
    fail "The folder $(pwd) cannot be written. Copy the project to one that can, and run make there."
fi
if ! is_recent "$folder/bin/python" || ! "$folder/bin/python" -m pip --version >/dev/null 2>&1; then
    find_python
    echo "==> Making $folder with $("$python" --version)"
    "$python" -m venv --clear "$folder" ||
        fail "$folder could not be made. Look at the message above, then run make again."
fi
echo "==> Installing nbtrack[$extras]; the first time this downloads for a few minutes"
"$folder/bin/python" -m pip install --disable-pip-version-check --no-input -e ".[$extras]" ||
    fail "The install failed. Check the network and the message above, then run make again."
echo "==> Installed"
