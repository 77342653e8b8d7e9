from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import pytest

from nbtrack import Client, ResourceDoesNotExist
from nbtrack.backends.sqlite import SqliteBackend
from nbtrack.config import set_setting
from nbtrack.entities import Metric, Run
from nbtrack.errors import InvalidParameterValue
from nbtrack.frames import Comparison, compare, groups, runs

Make = Callable[..., str]


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    with Client(backend=SqliteBackend(tmp_path / ".nbtrack")) as client:
        yield client


@pytest.fixture
def make(client: Client) -> Make:
    """Return a function that makes a run: params, metrics as `m_...`, tags, files."""

    def made(
        name: str,
        params: dict[str, str] | None = None,
        metrics: dict[str, float] | None = None,
        tags: dict[str, str] | None = None,
        files: dict[str, str] | None = None,
    ) -> str:
        run_id = client.create_run("0", run_name=name, tags=tags or {}).info.run_id
        client.log_batch(run_id, params=params or {})
        points = [Metric(key=k, value=v, timestamp=0, step=0) for k, v in (metrics or {}).items()]
        for start in range(0, len(points), 1000):
            client.log_batch(run_id, metrics=points[start : start + 1000])
        for path, text in (files or {}).items():
            client.run_artifacts(run_id).write(path, text.encode())
        return run_id

    return made


def rows(comparison: Comparison, *columns: str) -> list[list[object]]:
    return comparison.metrics[list(columns)].to_numpy(dtype=object).tolist()


def test_only_differences_are_told(client: Client, make: Make) -> None:
    a = make("a", {"lr": "0.1", "depth": "3"}, {"loss": 0.5, "acc": 0.7}, {"who": "ann"})
    b = make("b", {"lr": "0.2", "depth": "3"}, {"loss": 0.4, "acc": 0.7}, {"who": "bob"})
    found = compare([a, b], client=client)
    assert found.params.to_dict("index") == {
        "lr": dict(zip(found.names, ("0.1", "0.2"), strict=True))
    }
    assert found.tags.to_numpy().tolist() == [["ann", "bob"]]
    assert found.metrics["metric"].tolist() == ["loss"]
    assert found.frame.index.tolist() == ["params.lr", "metrics.loss", "tags.who"]
    assert found.names == (f"a ({a[:8]})", f"b ({b[:8]})")


def test_metrics_have_a_delta_and_a_direction(client: Client, make: Make) -> None:
    a = make("a", metrics={"loss": 0.5, "acc": 0.5, "zero": 0.0})
    b = make("b", metrics={"loss": 0.25, "acc": 0.25, "zero": 2.0})
    found = rows(compare([a, b], client=client), "metric", "delta", "direction", "change")
    assert found == [
        ["acc", -0.25, "max", "worse"],
        ["loss", -0.25, "min", "better"],
        ["zero", 2.0, "max", "better"],
    ]
    relative = compare([a, b], client=client).metrics["relative"]
    assert relative.fillna(9).tolist() == [-0.5, -0.5, 9]


def test_nan_missing_and_infinite_values_are_told_apart(client: Client, make: Make) -> None:
    a = make("a", metrics={"nan": math.nan, "both": math.nan, "here": 1.0, "inf": math.inf})
    b = make("b", metrics={"nan": 1.0, "both": math.nan, "inf": math.inf, "x": math.nan})
    found = compare([a, b], client=client).metrics
    assert found["metric"].tolist() == ["here", "nan", "x"]
    assert found["baseline"].isna().tolist() == [False, False, True]
    assert found["value"].isna().tolist() == [True, False, False]
    assert found["change"].tolist() == ["", "", ""]
    assert found["delta"].isna().all()


def test_every_run_is_compared_with_the_baseline(client: Client, make: Make) -> None:
    ids = [
        make(name, metrics={"loss": value}) for name, value in (("a", 3.0), ("b", 1.0), ("c", 1.0))
    ]
    found = compare(ids, baseline=ids[1], client=client)
    assert found.run_ids == (ids[1], ids[0], ids[2])
    assert found.baseline == ids[1]
    assert rows(found, "run_id", "delta", "change") == [[ids[0], 2.0, "worse"]]


def test_a_baseline_may_stand_outside(client: Client, make: Make) -> None:
    ids = [make(name, {"lr": name}) for name in "abc"]
    frame = runs("run_name != 'a'", client=client)
    assert compare(frame, baseline=ids[0], client=client).run_ids[0] == ids[0]
    assert len(compare(frame, baseline=ids[0], client=client).run_ids) == 3


def test_directions_come_from_tags_settings_and_the_caller(client: Client, make: Make) -> None:
    ids = [make(name, metrics={"score": value}) for name, value in (("a", 1.0), ("b", 2.0))]
    assert rows(compare(ids, client=client), "change") == [["better"]]
    assert compare(ids, client=client).notes == ()
    set_setting("directions", "score=min")
    assert rows(compare(ids, client=client), "change") == [["worse"]]
    client.set_experiment_tag("0", "nbtrack.direction.score", "max")
    found = compare(ids, client=client)
    assert rows(found, "change") == [["better"]]
    assert "tag nbtrack.direction.score = 'max' of the experiment" in found.notes[0]
    assert rows(compare(ids, client=client, directions="min"), "change") == [["worse"]]


def test_code_and_packages_are_compared(client: Client, make: Make) -> None:
    old = {
        "nbtrack/cell.py": "x = 1\ny = 2",
        "nbtrack/packages.json": '{"packages": {"numpy": "1"}}',
    }
    new = {
        "nbtrack/cell.py": "x = 1\ny = 3",
        "nbtrack/packages.json": '{"packages": {"numpy": "2"}}',
    }
    found = compare([make("a", files=old), make("b", files=new)], client=client)
    assert found.packages.to_dict("split")["data"] == [["1", "2"]]
    columns = ["cell", "change", "removed", "added"]
    assert found.code[columns].to_numpy().tolist() == [["cell 1", "changed", "y = 2", "y = 3"]]
    assert found.frame.index.tolist() == ["packages.numpy", "code.cell 1"]
    without = compare(list(found.run_ids), client=client, files=False)
    assert without.is_empty


def test_environment_is_told_and_other_tags_of_the_system_are_not(
    client: Client, make: Make
) -> None:
    a = make("a", tags={"nbtrack.python": "3.11", "mlflow.user": "ann", "nbtrack.cell.hash": "1"})
    b = make("b", tags={"nbtrack.python": "3.12", "mlflow.user": "bob", "nbtrack.cell.hash": "2"})
    found = compare([a, b], client=client)
    assert found.environment.to_dict("split")["data"] == [["3.11", "3.12"]]
    assert found.tags.empty


def test_packages_of_one_run_only_are_noted(client: Client, make: Make) -> None:
    files = {"nbtrack/packages.json": '{"packages": {"numpy": "1"}}'}
    found = compare([make("a", files=files), make("b")], client=client)
    assert found.packages.empty
    assert found.notes == (f"packages are not recorded of {found.names[1]}",)


def test_a_file_of_somebody_else_is_no_obstacle(client: Client, make: Make) -> None:
    files = {"nbtrack/packages.json": "[1]", "nbtrack/cells.json": "{"}
    assert compare([make("a", files=files), make("b", files=files)], client=client).is_empty


def test_the_text_shows_all_sections(client: Client, make: Make) -> None:
    a = make("a", {"lr": "0.1"}, {"loss": 0.5}, files={"nbtrack/cell.py": "x = 1\ny = 2"})
    b = make("b", {}, {"loss": 0.4}, files={"nbtrack/cell.py": "x = 1\ny = 3"})
    lines = repr(compare([a, b], client=client)).splitlines()
    assert lines[0] == f"b ({b[:8]}) compared with a ({a[:8]})"
    assert [line for line in lines if line and not line.startswith(" ")][1:] == [
        "params",
        "metrics",
        "code",
    ]
    assert "  loss    0.5       0.4    -0.1   -20.0%    min        better" in lines


def test_runs_without_differences_say_so(client: Client, make: Make) -> None:
    found = compare([make("a"), make("b")], client=client)
    assert repr(found).endswith("\n  no differences")
    assert "no differences" in found.html
    assert found.frame.empty


def test_html_has_every_value_escaped_and_no_script(client: Client, make: Make) -> None:
    evil = "<script>alert('ä')</script>"
    found = compare([make(evil, {"x": evil}), make("b", {"x": "&"})], client=client)
    html = found.html
    assert "<script" not in html
    assert "&lt;script&gt;alert(&#x27;ä&#x27;)" in html
    assert "&amp;" in html


def test_long_sections_are_cut_and_say_so(client: Client, make: Make) -> None:
    a = make("a", {f"p{n}": "1" for n in range(40)})
    found = compare([a, make("b")], client=client)
    assert len(found.params) == 40
    assert "and 10 more rows in .params" in repr(found)
    assert "and 10 more rows in .params" in found.html


def test_long_code_is_cut_where_it_is_shown_and_whole_in_the_frame(
    client: Client, make: Make
) -> None:
    code = "\n".join(f"x{n} = {'1' * 500}" for n in range(1000))
    files = {"nbtrack/cell.py": "y = 2"}, {"nbtrack/cell.py": code}
    found = compare(
        [make(name, files=f) for name, f in zip("ab", files, strict=True)], client=client
    )
    assert found.code["added"].tolist() == [code]
    for shown in (repr(found), found.html):
        assert "x19 = 1" in shown
        assert "x20 = 1" not in shown
        assert "… and 980 more lines" in shown
        assert len(shown) < 5_000


def test_runs_are_given_as_frame_run_or_id(client: Client, make: Make) -> None:
    ids = [make("a", {"lr": "1"}), make("b", {"lr": "2"})]
    entities: list[Run] = [client.get_run(run_id) for run_id in ids]
    for given in (ids, entities, runs(client=client).iloc[::-1]):
        assert compare(given, client=client).run_ids == tuple(ids)


def test_ten_thousand_keys_are_compared(client: Client, make: Make) -> None:
    keys = {f"k{n}": float(n) for n in range(10_000)}
    ids = [make("a", metrics=keys), make("b", metrics={**keys, "k7": 8.0})]
    assert rows(compare(ids, client=client), "metric", "delta") == [["k7", 1.0]]


def test_bad_input_is_refused(client: Client, make: Make) -> None:
    run_id = make("a", {"lr": "1"}, {"loss": 1.0})
    with pytest.raises(InvalidParameterValue, match="needs two runs"):
        compare([run_id, run_id], client=client)
    with pytest.raises(InvalidParameterValue, match=r"Compare them with nbtrack\.compare_groups"):
        compare(groups(runs(client=client)), client=client)
    with pytest.raises(InvalidParameterValue, match="The baseline is 2 runs"):
        compare(run_id, baseline=[run_id, "b"], client=client)
    with pytest.raises(ResourceDoesNotExist):
        compare([run_id, "0" * 32], client=client)
    with pytest.raises(InvalidParameterValue, match="'min' or 'max'"):
        compare([run_id, make("b")], directions="up", client=client)
    with pytest.raises(InvalidParameterValue, match="no column 'run_id'"):
        compare(pd.DataFrame({"a": [1]}), client=client)
