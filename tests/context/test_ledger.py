from __future__ import annotations

from nbtrack.context import Execution, Ledger


def run_cells(ledger: Ledger, *cells: str, source: str = "pass") -> list[Execution]:
    """Run cells by their names, all with the same source."""
    found: list[Execution] = []
    for cell in cells:
        count = len(ledger.executions) + 1
        found.append(
            ledger.begin_cell(
                f"{source}  # {cell}", time=count * 1000, cell_id=cell, execution_count=count
            )
        )
        ledger.end_cell()
    return found


def tracked(ledger: Ledger, cell: str, run_id: str = "run") -> Execution:
    """Run a cell that is a run."""
    execution = ledger.begin_cell(f"pass  # {cell}", time=0, cell_id=cell)
    ledger.begin_run(run_id)
    ledger.logged(run_id, ["acc"])
    ledger.end_run(run_id)
    ledger.end_cell()
    return execution


def names(executions: tuple[Execution, ...]) -> list[str]:
    return [execution.cell for execution in executions]


def test_cells_from_top_to_bottom_are_in_order() -> None:
    ledger = Ledger()
    run_cells(ledger, "load", "split")
    tracked(ledger, "fit")
    assert ledger.out_of_order("run") == ()
    assert ledger.edited_since("run") == ()


def test_a_cell_run_again_above_others_is_out_of_order() -> None:
    ledger = Ledger()
    run_cells(ledger, "load", "split", "fit", "load")
    tracked(ledger, "fit")
    assert names(ledger.out_of_order("run")) == ["load"]


def test_running_all_again_puts_things_in_order() -> None:
    ledger = Ledger()
    run_cells(ledger, "load", "split", "fit", "load", "load", "split")
    tracked(ledger, "fit")
    assert ledger.out_of_order("run") == ()


def test_what_runs_after_a_run_does_not_matter_to_it() -> None:
    ledger = Ledger()
    run_cells(ledger, "load")
    tracked(ledger, "fit")
    run_cells(ledger, "load")
    assert ledger.out_of_order("run") == ()


def test_the_order_of_the_notebook_counts_if_it_is_known() -> None:
    ledger = Ledger()
    run_cells(ledger, "split", "load")
    tracked(ledger, "fit")
    assert ledger.out_of_order("run") == ()
    assert names(ledger.out_of_order("run", ["load", "split", "fit"])) == ["load"]


def test_a_deleted_cell_stands_behind_its_forerunner() -> None:
    ledger = Ledger()
    run_cells(ledger, "load", "gone")
    tracked(ledger, "fit")
    assert ledger.out_of_order("run", ["load", "fit"]) == ()


def test_a_cell_that_ran_later_with_other_code_was_edited() -> None:
    ledger = Ledger()
    before = run_cells(ledger, "load", "split")
    tracked(ledger, "fit")
    run_cells(ledger, "load", source="other")
    run_cells(ledger, "split")
    assert ledger.edited_since("run") == (before[0],)


def test_a_cell_whose_source_differs_in_the_notebook_was_edited() -> None:
    ledger = Ledger()
    run_cells(ledger, "load")
    tracked(ledger, "fit")
    sources = {"load": "pass  # load", "fit": "fail", "never_run": "x"}
    assert names(ledger.edited_since("run", sources)) == ["fit"]


def test_a_cell_edited_before_the_run_is_not_reported() -> None:
    ledger = Ledger()
    run_cells(ledger, "load", source="old")
    run_cells(ledger, "load", source="new")
    tracked(ledger, "fit")
    assert ledger.edited_since("run") == ()


def test_why_names_the_cell_that_logged_last() -> None:
    ledger = Ledger()
    ledger.begin_cell("start()", time=1, cell_id="one")
    ledger.begin_run("run")
    ledger.logged("run", ["acc", "loss"])
    ledger.end_cell()
    second = ledger.begin_cell("log(acc=1)", time=2, cell_id="two", execution_count=5)
    ledger.logged("run", ["acc"])
    ledger.end_cell()
    assert ledger.why("run", "acc") == second
    loss = ledger.why("run", "loss")
    assert loss is not None
    assert loss.cell == "one"
    assert ledger.why("run", "other") is None
    assert ledger.why("other", "acc") is None


def test_what_a_thread_logs_between_cells_belongs_to_the_last_one() -> None:
    ledger = Ledger()
    (cell,) = run_cells(ledger, "one")
    ledger.logged("run", ["acc"])
    assert ledger.current is None
    assert ledger.why("run", "acc") == cell


def test_logging_before_any_cell_is_known_is_nothing() -> None:
    ledger = Ledger()
    ledger.logged("run", ["acc"])
    assert ledger.why("run", "acc") is None


def test_a_run_over_several_cells_has_them_all() -> None:
    ledger = Ledger()
    run_cells(ledger, "before")
    ledger.begin_cell("start()", time=1, cell_id="one")
    ledger.begin_run("run")
    ledger.end_cell()
    run_cells(ledger, "two", "three")
    assert names(ledger.cells_of("run")) == ["one", "two", "three"]
    ledger.end_run("run")
    run_cells(ledger, "after")
    assert names(ledger.cells_of("run")) == ["one", "two", "three"]
    assert ledger.cells_of("unknown") == ()


def test_a_run_that_goes_on_has_the_later_cells_too() -> None:
    ledger = Ledger()
    tracked(ledger, "one")
    run_cells(ledger, "between")
    tracked(ledger, "two")
    assert names(ledger.cells_of("run")) == ["one", "between", "two"]


def test_a_cell_without_id_is_known_by_its_source() -> None:
    ledger = Ledger()
    first = ledger.begin_cell("x = 1", time=1)
    again = ledger.begin_cell("x = 1\n", time=2)
    assert first.cell == again.cell == first.source_hash
