from __future__ import annotations

import threading
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from nbtrack.context import SystemMetrics
from nbtrack.context.system_metrics import Values, available_probes, gpu_probe, machine_probe

PATIENCE = 30.0


def nvidia() -> ModuleType:
    """As much of NVIDIA's library as two cards need."""
    module: Any = ModuleType("pynvml")
    module.nvmlInit = lambda: None
    module.nvmlDeviceGetCount = lambda: 2
    module.nvmlDeviceGetHandleByIndex = lambda card: card
    module.nvmlDeviceGetUtilizationRates = lambda card: SimpleNamespace(gpu=40 + card)
    module.nvmlDeviceGetMemoryInfo = lambda card: SimpleNamespace(used=1000 * card)
    checked: ModuleType = module
    return checked


def failing() -> Values:
    raise RuntimeError("the driver is gone")


def one() -> Values:
    return {"system/one": 1.0}


def test_the_machine_is_measured() -> None:
    values = machine_probe(pytest.importorskip("psutil"))()
    assert set(values) == {
        "system/cpu_percent",
        "system/memory_used",
        "system/memory_percent",
        "system/process_memory",
    }
    assert 0 < values["system/process_memory"] < values["system/memory_used"] * 10
    assert 0 <= values["system/cpu_percent"] <= 100


def test_each_card_is_measured() -> None:
    assert gpu_probe(nvidia())() == {
        "system/gpu0_util": 40.0,
        "system/gpu0_memory_used": 0.0,
        "system/gpu1_util": 41.0,
        "system/gpu1_memory_used": 1000.0,
    }


def test_a_library_that_is_missing_or_has_no_driver_is_left_out() -> None:
    def load(name: str) -> ModuleType:
        if name == "psutil":
            raise ModuleNotFoundError(name)
        module: Any = ModuleType(name)
        module.nvmlInit = failing
        found: ModuleType = module
        return found

    assert available_probes(load) == []
    assert len(available_probes(lambda _: nvidia())) == 1


def test_a_probe_that_fails_is_dropped_and_the_others_go_on() -> None:
    metrics = SystemMetrics(print, probes=[failing, one])
    assert metrics.sample() == {"system/one": 1.0}
    assert metrics.sample() == {"system/one": 1.0}


def test_values_are_emitted_until_it_is_stopped() -> None:
    got: list[Values] = []
    twice = threading.Event()

    def emit(values: Values) -> None:
        got.append(values)
        if len(got) == 2:
            twice.set()

    metrics = SystemMetrics(emit, seconds=0.001, probes=[one])
    metrics.start()
    metrics.start()
    assert twice.wait(PATIENCE)
    metrics.stop(PATIENCE)
    count = len(got)
    metrics.start()
    assert not [t for t in threading.enumerate() if t.name == "nbtrack-system-metrics"]
    assert got == [{"system/one": 1.0}] * count


def test_nothing_is_measured_while_it_is_paused() -> None:
    got: list[Values] = []
    metrics = SystemMetrics(got.append, probes=[one])
    metrics.pause()
    metrics.measure()
    assert got == []
    metrics.resume()
    metrics.measure()
    assert got == [{"system/one": 1.0}]
    metrics.stop()
    metrics.measure()
    assert len(got) == 1


def test_the_thread_goes_on_after_a_pause() -> None:
    got: list[Values] = []
    twice = threading.Event()
    paused = threading.Event()

    def emit(values: Values) -> None:
        got.append(values)
        if len(got) == 1:
            metrics.pause()
            paused.set()
        else:
            twice.set()

    metrics = SystemMetrics(emit, seconds=0.001, probes=[one])
    metrics.start()
    assert paused.wait(PATIENCE)
    metrics.resume()
    assert twice.wait(PATIENCE)
    metrics.stop(PATIENCE)


def test_a_receiver_that_raises_does_not_end_the_measuring() -> None:
    calls: list[Values] = []
    twice = threading.Event()

    def emit(values: Values) -> None:
        calls.append(values)
        if len(calls) == 2:
            twice.set()
        raise ValueError("the run has ended")

    metrics = SystemMetrics(emit, seconds=0.001, probes=[one])
    metrics.start()
    assert twice.wait(PATIENCE)
    metrics.stop(PATIENCE)


def test_without_a_probe_there_is_no_thread() -> None:
    metrics = SystemMetrics(print, probes=[])
    metrics.start()
    assert not metrics.can_measure
    assert not [t for t in threading.enumerate() if t.name == "nbtrack-system-metrics"]
    metrics.stop()


def test_it_may_be_stopped_out_of_emit() -> None:
    done = threading.Event()

    def emit(_: Values) -> None:
        metrics.stop()
        done.set()

    metrics = SystemMetrics(emit, seconds=0.001, probes=[one])
    metrics.start()
    assert done.wait(PATIENCE)
