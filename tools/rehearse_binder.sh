#!/bin/sh
# Do what mybinder.org does with binder/, without Docker: a fresh environment of the Python that
# runtime.txt names, its base packages, requirements.txt and postBuild; then run the notebooks.
# It cannot check the base image. Usage: [PYTHON=/path/to/python3.12] tools/rehearse_binder.sh
set -eu
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
began=$(date +%s)

fail() {
    echo "rehearse_binder: $1" >&2
    exit 1
}

named=$(sed -n 's/^python-//p' binder/runtime.txt)
python=${PYTHON:-python$named}
found=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null) ||
    fail "There is no $python. Name one: PYTHON=/path/to/python$named tools/rehearse_binder.sh."
[ "$found" = "$named" ] || echo "==> Python $found stands in for $named"
[ -x binder/postBuild ] || fail "binder/postBuild is not executable."

echo "==> Copying what git knows of, and what is new"
mkdir "$work/repo" "$work/home"
git ls-files --cached --others --exclude-standard -z | xargs -0 tar -cf - | tar -xf - -C "$work/repo"
"$python" -m venv "$work/env"
PATH="$work/env/bin:$PATH" HOME="$work/home" REPO_DIR="$work/repo"
export PATH HOME REPO_DIR
cd "$work/repo"
echo "==> Installing the base packages and binder/requirements.txt"
pip install --quiet --disable-pip-version-check jupyterlab notebook jupyterhub
pip install --quiet --disable-pip-version-check -r binder/requirements.txt
echo "==> Running binder/postBuild"
./binder/postBuild
echo "==> Checking the environment and running the notebooks that need no more"
pip check
jupyter labextension list 2>&1 | grep -E 'jupyter-widgets|anywidget' ||
    fail "JupyterLab does not know the widgets."
for notebook in 01_quickstart 02_run_lifecycle 04_compare 06_experiments_api; do
    jupyter execute "notebooks/$notebook.ipynb"
done
store=$(du -sk .nbtrack | cut -f1)
echo "==> The rehearsal passed in $(($(date +%s) - began)) s; the demo store has $store KiB"
