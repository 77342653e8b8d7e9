"""How a run ends, with real processes and real signals."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest

from nbtrack.client.recovery import recover
from nbtrack.entities import RunStatus
from tests.tracking.victims import next_line, run_script, running

if TYPE_CHECKING:
    from pathlib import Path

    from nbtrack.client import Client
    from nbtrack.entities import Run

# A shell may have started the tests with SIGINT ignored, and children inherit that.
START = """import nbtrack, os, signal, sys, threading, time
signal.signal(signal.SIGINT, signal.default_int_handler)
run = nbtrack.start_run(run_name='victim')
"""


def only_run(client: Client) -> Run:
    (run,) = client.iter_runs(["0"])
    return run


@pytest.mark.parametrize(
    ("end", "status"),
    [
        ("pass", "FINISHED"),
        ("1 / 0", "FAILED"),
        ("sys.exit(0)", "FINISHED"),
        ("sys.exit(1)", "FAILED"),
        ("sys.exit('no data')", "FAILED"),
        ("raise KeyboardInterrupt", "KILLED"),
        ("os.kill(os.getpid(), signal.SIGINT); time.sleep(30)", "KILLED"),
        ("os.kill(os.getpid(), signal.SIGTERM); time.sleep(30)", "KILLED"),
        ("nbtrack.end_run('FAILED')", "FAILED"),
        ("sys.excepthook = lambda *_: None; 1 / 0", "FAILED"),
    ],
)
def test_a_script_ends_its_run(
    client: Client, store: str, tmp_path: Path, end: str, status: str
) -> None:
    run_script(f"{START}run.log(loss=0.5)\n{end}", cwd=tmp_path, NBTRACK_TRACKING_URI=store)
    run = only_run(client)
    assert run.info.status is RunStatus(status)
    assert [metric.value for metric in run.data.metrics] == [0.5]
    assert run.info.end_time is not None


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("pass", "FINISHED"),
        ("raise ValueError", "FAILED"),
        ("raise KeyboardInterrupt", "KILLED"),
        ("raise SystemExit(0)", "FINISHED"),
        ("raise SystemExit(3)", "FAILED"),
        ("nbtrack.end_run('KILLED')", "KILLED"),
    ],
)
def test_a_with_block_ends_its_run(
    client: Client, store: str, tmp_path: Path, body: str, status: str
) -> None:
    script = f"import nbtrack\nwith nbtrack.run(run_name='block'):\n    {body}"
    run_script(script, cwd=tmp_path, NBTRACK_TRACKING_URI=store)
    assert only_run(client).info.status is RunStatus(status)


def test_a_caught_exit_is_no_failure(client: Client, store: str, tmp_path: Path) -> None:
    script = """
        import nbtrack, sys
        try:
            sys.exit(2)
        except SystemExit:
            pass
        nbtrack.start_run()
    """
    run_script(script, cwd=tmp_path, NBTRACK_TRACKING_URI=store)
    assert only_run(client).info.status is RunStatus.FINISHED


def test_a_run_of_a_thread_ends_with_the_process(
    client: Client, store: str, tmp_path: Path
) -> None:
    script = """
        import nbtrack, threading, time
        begun = threading.Event()
        def work():
            nbtrack.start_run().log(loss=1)
            begun.set()
            time.sleep(60)
        threading.Thread(target=work, daemon=True).start()
        begun.wait()
    """
    run_script(script, cwd=tmp_path, NBTRACK_TRACKING_URI=store)
    run = only_run(client)
    assert run.info.status is RunStatus.FINISHED
    assert len(run.data.metrics) == 1


@pytest.mark.parametrize("end", ["os._exit(0)", "os.kill(os.getpid(), signal.SIGKILL)"])
def test_a_process_that_is_gone_at_once_is_recovered(
    client: Client, store: str, tmp_path: Path, end: str
) -> None:
    script = f"{START}run.log_metric('loss', 0.5)\nprint(time.time_ns() // 10**6)\n{end}"
    ended = run_script(script, cwd=tmp_path, NBTRACK_TRACKING_URI=store)
    (found,) = recover()
    run = only_run(client)
    assert run.info.status is RunStatus.KILLED
    assert [metric.value for metric in run.data.metrics] == [0.5]
    point = run.data.metrics[0]
    assert run.info.end_time == point.timestamp
    assert 0 <= int(ended.out[0]) - point.timestamp < 1000
    assert "was cut off at" in next(found.lines())
    assert recover() == []


def test_the_end_of_a_killed_run_is_its_last_record_not_its_last_point(
    client: Client, store: str, tmp_path: Path
) -> None:
    script = f"""{START}
run.log_metric('loss', 0.5, timestamp=1000)
run.flush()
time.sleep(0.01)
run.log_params(late=1)
os._exit(0)
"""
    run_script(script, cwd=tmp_path, NBTRACK_TRACKING_URI=store)
    recover()
    info = only_run(client).info
    assert info.end_time is not None
    assert info.start_time is not None
    assert info.end_time > info.start_time


def test_sigterm_in_the_middle_of_logging_ends_within_a_moment(
    client: Client, store: str, tmp_path: Path
) -> None:
    script = f"""{START}
tester = os.getppid()
print('ready')
while os.getppid() == tester: run.log_metric('loss', 0.5)
"""
    with running(script, cwd=tmp_path, NBTRACK_TRACKING_URI=store) as process:
        assert next_line(process) == "ready"
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == -signal.SIGTERM
    assert only_run(client).info.status is RunStatus.KILLED
    assert recover() == []


def test_a_handler_of_the_script_goes_before_ours(
    client: Client, store: str, tmp_path: Path
) -> None:
    script = f"""{START}
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
os.kill(os.getpid(), signal.SIGTERM)
time.sleep(30)
"""
    ended = run_script(script, cwd=tmp_path, NBTRACK_TRACKING_URI=store)
    assert ended.code == 0
    assert only_run(client).info.status is RunStatus.FINISHED


def test_a_signal_handler_may_log(client: Client, store: str, tmp_path: Path) -> None:
    script = f"""{START}
import itertools
numbers = itertools.count()
def note(*_):
    number = next(numbers)
    run.log_metric('signals', number)
    run.log_params({{f'p{{number}}': 1}})
signal.signal(signal.SIGALRM, note)
signal.setitimer(signal.ITIMER_REAL, 0.001, 0.0005)
for step in range(60_000):
    run.log_metric('loss', step)
signal.setitimer(signal.ITIMER_REAL, 0)
print(next(numbers))
"""
    ended = run_script(script, cwd=tmp_path, NBTRACK_TRACKING_URI=store)
    run = only_run(client)
    loss = [point.value for point in client.iter_history(run.info.run_id, "loss")]
    signals = [point.value for point in client.iter_history(run.info.run_id, "signals")]
    assert sorted(loss) == list(range(60_000))
    assert sorted(signals) == list(range(int(ended.out[0])))
    assert len(run.data.params) == int(ended.out[0]) > 0


def test_who_starts_next_is_told_of_the_dead(client: Client, store: str, tmp_path: Path) -> None:
    run_script(f"{START}run.log(loss=1)\nos._exit(0)", cwd=tmp_path, NBTRACK_TRACKING_URI=store)
    script = """
        import nbtrack, threading
        nbtrack.start_run(run_name="next")
        for thread in threading.enumerate():
            if thread.name == "nbtrack-recovery":
                thread.join()
    """
    ended = run_script(script, cwd=tmp_path, NBTRACK_TRACKING_URI=store)
    assert ended.err.startswith("nbtrack: run victim was cut off at ")
    assert len(ended.err.splitlines()) == 1
    statuses = {run.info.run_name: run.info.status for run in client.iter_runs(["0"])}
    assert statuses == {"victim": RunStatus.KILLED, "next": RunStatus.FINISHED}


def test_recovery_leaves_the_living_alone(client: Client, store: str, tmp_path: Path) -> None:
    script = f"{START}run.log(loss=1)\nrun.flush()\nprint('ready')\ntime.sleep(60)"
    with running(script, cwd=tmp_path, NBTRACK_TRACKING_URI=store) as process:
        assert next_line(process) == "ready"
        assert recover() == []
        assert only_run(client).info.status is RunStatus.RUNNING


def test_a_run_that_only_logs_loads_what_it_needs(client: Client, tmp_path: Path) -> None:
    script = """
        import nbtrack, sys
        with nbtrack.run(params={"lr": 0.1}) as run:
            run.log(loss=1.0)
            assert run.flush(30)
            print(*sys.modules)
    """
    (tmp_path / "pyproject.toml").write_text("[project]\ndependencies = [\n  'nbtrack==1',\n]\n")
    settings = {"NBTRACK_TRACKING_URI": client.tracking_uri, "XDG_STATE_HOME": str(tmp_path)}
    ended = run_script(script, cwd=tmp_path, NBTRACK_STATE_FOLDER="", **settings)
    assert ended.code == 0, ended.err
    loaded = set(ended.out[0].split())
    heavy = {"nbtrack.search", "json", "logging", "httpx", "pandas", "plotly", "IPython"}
    slow = {"dataclasses", "shutil", "tempfile", "tomllib"}
    assert not (heavy | slow) & loaded
    assert "nbtrack.backends.sqlite" in loaded
