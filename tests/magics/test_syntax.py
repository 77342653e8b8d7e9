from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from IPython.core.error import UsageError

from nbtrack.magics.syntax import Option, Positional, Syntax
from nbtrack.magics.transform import is_help, replace_head
from nbtrack.magics.variables import settable_names
from nbtrack.magics.words import split_expressions, split_words

SYNTAX = Syntax(
    "%track try",
    "Try.",
    (Positional("name", "a name"), Positional("more", "more names", "any")),
    (
        Option("--tag", "tags", "KEY=VALUE", repeats=True),
        Option("--kind", "a kind", "KIND", choices=("one", "two")),
        Option("--loud", "a switch"),
    ),
)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("", []),
        ("  a   b ", ["a", "b"]),
        ("'a b' \"c d\"", ["a b", "c d"]),
        ("k='a b' k=\"it's\"", ["k=a b", "k=it's"]),
        ("it's fine", ["it's", "fine"]),
        (r"C:\data\x.txt 'D:\a b'", [r"C:\data\x.txt", r"D:\a b"]),
        (r"'it\'s'", ["it's"]),
        ("''", [""]),
    ],
)
def test_words_are_split_as_a_shell_does(line: str, words: list[str]) -> None:
    assert [word.text for word in split_words(line)] == words


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("a b", ["a", "b"]),
        ("k=f(x, 'a b') j=d['x y']", ["k=f(x, 'a b')", "j=d['x y']"]),
        ("k=[i for i in x] step=1", ["k=[i for i in x]", "step=1"]),
        ("k=')' j=1", ["k=')'", "j=1"]),
    ],
)
def test_expressions_are_split_outside_of_brackets(line: str, words: list[str]) -> None:
    assert [word.text for word in split_expressions(line)] == words


@given(st.text())
def test_any_line_is_split_or_refused(line: str) -> None:
    for split in (split_words, split_expressions):
        with suppress(UsageError):
            words = split(line)
            assert "".join(line.split()) == "".join("".join(w.raw.split()) for w in words)


def test_options_stand_anywhere() -> None:
    found = SYNTAX.parse("--tag a=1 base --loud x --tag=b=2 y --kind two")
    assert found.one("name") == "base"
    assert found.all("more") == ["x", "y"]
    assert found.all("--tag") == ["a=1", "b=2"]
    assert found.get("--kind") == "two"
    assert found.has("--loud")


def test_behind_two_dashes_everything_is_a_word() -> None:
    found = SYNTAX.parse("base -- --help --loud")
    assert not found.wants_help
    assert found.all("more") == ["--help", "--loud"]


def test_quoted_words_are_no_options() -> None:
    assert SYNTAX.parse("'--loud'").one("name") == "--loud"


def test_an_option_takes_a_value_that_begins_with_a_dash() -> None:
    assert SYNTAX.parse("base --tag -x=1").get("--tag") == "-x=1"


@pytest.mark.parametrize("line", ["-h", "--help", "base --help", "--what -h", "--kind -h"])
def test_help_wins_over_everything(line: str) -> None:
    assert SYNTAX.parse(line).wants_help


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("", "NAME is missing. Usage: %track try NAME [MORE]..."),
        ("base --tga a=1", "There is no option of %track try '--tga'. Did you mean '--tag'?"),
        ("base -x", "There is no option of %track try '-x'. Use one of --tag, --kind"),
        ("base --tag", "--tag needs a value: --tag KEY=VALUE."),
        ("base --tag --loud", "--tag needs a value: --tag KEY=VALUE."),
        ("base --loud=1", "--loud takes no value, but '1' was given. Leave it out."),
        ("base --kind onw", "There is no choice for --kind 'onw'. Did you mean 'one'?"),
        ("base --kind one --kind two", "--kind was given twice. Give it once."),
        ("base 'open", "The quote ' has no end in \"base 'open\". Close it."),
    ],
)
def test_mistakes_are_told_in_one_line(line: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        SYNTAX.parse(line)
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)


def test_help_names_everything() -> None:
    text = SYNTAX.help_text()
    assert text.startswith("usage: %track try NAME [MORE]... [--tag KEY=VALUE]... [--kind one|two]")
    assert all(part in text for part in ("a name", "more names", "a kind: one, two", "a switch"))


def test_the_head_of_a_cell_becomes_one_call() -> None:
    assert replace_head(["%%track a 'b'\n", "x = 1\n"]) == [
        "__nbtrack__.begin(\"a 'b'\")\n",
        "x = 1\n",
    ]
    assert replace_head(["%%track"]) == ["__nbtrack__.begin('')\n"]
    assert replace_head(["\n", "%%track\n", "x\n"]) == ["\n", "__nbtrack__.begin('')\n", "x\n"]


@given(st.lists(st.sampled_from(["%%track\n", "%%track a\n", "x = 1\n", "'''\n", "\n", "# c\n"])))
def test_the_transform_is_stable(lines: list[str]) -> None:
    once = replace_head(list(lines))
    assert replace_head(list(once)) == once


@pytest.mark.parametrize("first", ["%%tracks\n", "%%track?\n", "%%trackx a\n", "%track runs\n"])
def test_other_heads_are_left_alone(first: str) -> None:
    assert replace_head([first, "x = 1\n"]) == [first, "x = 1\n"]


def test_a_broken_quote_asks_for_no_help() -> None:
    assert not is_help("'--help")
    assert not is_help("name--help")


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("a = 1; b += 1; (c, [d]) = x", {"a", "b", "c", "d"}),
        ("for i in y: pass\nwith z as f: pass\nif (n := 1): pass", {"i", "f", "n"}),
        ("import os.path, numpy as np\nfrom x import y as z", {"os", "np", "z"}),
        ("def f(): pass\nclass C: pass", {"f", "C"}),
        ("match x:\n    case [one, *rest]: pass\n    case k: pass", {"one", "rest", "k"}),
        ("print(a.b, c[0])", set[str]()),
    ],
)
def test_names_that_a_cell_sets(source: str, names: set[str]) -> None:
    assert settable_names(source, lambda text: text) == frozenset(names)


@pytest.mark.parametrize("source", ["from x import *", "exec(code)", "globals()['a'] = 1", "a = ("])
def test_where_it_cannot_be_told_any_name_may_be_set(source: str) -> None:
    assert settable_names(source, lambda text: text) is None
