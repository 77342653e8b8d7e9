"""Write the reference that is read off the code: operations, magics, settings.

`python tools/generate_docs.py` writes it, with `--check` it only says whether it is up to date.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from nbtrack.api import EXTENSIONS, METHODS  # noqa: E402 - the path above finds it
from nbtrack.api.operation import AnyOperation, Repeat  # noqa: E402 - as above
from tests.conformance.coverage import COLUMNS, rows  # noqa: E402 - as above
from tools.magics_docs import magics_text, settings_text  # noqa: E402 - as above

INTRODUCTION = f"""\
# The operations

<!-- Written by tools/generate_docs.py from nbtrack/api. Change that, then run the script. -->

nbtrack speaks the {len(METHODS)} methods of the Experiments API and {len(EXTENSIONS)} extensions
that MLflow's clients and web page use. Each is a method of `Client`; `help(Client.create_run)`
explains one.

The middle columns say where an operation works: in an embedded store, on `nbtrack server`, and on a
server of MLflow 3.17. *By other calls* means that the client does it with several calls of other
methods. Every one of these cells is a test in `tests/conformance/test_coverage.py`, which runs
against real servers. *Documented* means that Databricks describes the method; the tests reach no
workspace.

The last column says what the HTTP client does when a request went out and no reply came back:
"""

AFTER_A_LOST_REPLY = {
    Repeat.FREELY: "sends the call again: doing it twice is the same as once",
    Repeat.READ_SECOND_ANSWER: "sends it again, and understands that it is done already",
    Repeat.IDENTICAL_BODY: "sends the identical points again; Databricks may keep one twice",
    Repeat.NEVER: "looks whether the call was carried out, or reports the error",
}


def table(head: Iterable[str], lines: Iterable[Iterable[str]]) -> str:
    """Write a Markdown table."""
    names = list(head)
    made = [names, ["---"] * len(names), *(list(line) for line in lines)]
    return "".join(f"| {' | '.join(line)} |\n" for line in made)


def line(op: AnyOperation, cells: Iterable[str]) -> list[str]:
    """Write the row of an operation."""
    routes = "<br>".join(f"`{route.verb} {route.path}`" for route in op.routes)
    workspace = "documented" if "databricks" in op.servers else "no"
    names = [op.method] if op.method else []
    return [*names, f"`{op.name}`", routes, *cells, workspace, op.repeat.value]


def api_text() -> str:
    """Return the text of `docs/api.md`."""
    head = ["`Client`", "route", *COLUMNS, "Databricks", "repeat"]
    methods = table(["method", *head], [line(op, cells) for op, cells in rows()])
    extensions = table(head, [line(op, cells) for op, cells in rows(extensions=True)])
    groups = table(
        ["group", "after a lost reply"],
        [[group.value, AFTER_A_LOST_REPLY[group]] for group in Repeat],
    )
    return f"{INTRODUCTION}\n{groups}\n## Methods\n\n{methods}\n## Extensions\n\n{extensions}"


DOCUMENTS: dict[str, Callable[[], str]] = {
    "docs/api.md": api_text,
    "docs/magics.md": magics_text,
    "docs/settings.md": settings_text,
}


def outdated() -> list[str]:
    """Return the documents that differ from what would be written."""
    return [
        name
        for name, text in DOCUMENTS.items()
        if not (ROOT / name).is_file() or (ROOT / name).read_text("utf-8") != text()
    ]


def main() -> int:
    """Write the documents, or check them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="only say what is out of date")
    found = outdated()
    if parser.parse_args().check:
        for name in found:
            print(f"{name} is out of date. Run: python tools/generate_docs.py")
        return 1 if found else 0
    for name in found:
        (ROOT / name).write_text(DOCUMENTS[name](), "utf-8")
        print(f"Wrote {name}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
