from __future__ import annotations

import math
from collections.abc import Iterable

import pytest

from nbtrack.widgets.live_progress import Progress
from nbtrack.widgets.live_trend import Trend


def notices(key: str, values: Iterable[float]) -> list[str]:
    """Return what is told of a metric after these values."""
    trend = Trend(key)
    for step, value in enumerate(values):
        trend.add(step, value)
    return [notice.text for notice in trend.notices()]


def falling(count: int = 200) -> list[float]:
    """Return a loss that falls."""
    return [math.exp(-step / 50) + 0.02 * math.sin(step) for step in range(count)]


@pytest.mark.parametrize(
    ("value", "word"), [(math.nan, "NaN"), (math.inf, "infinite"), (-math.inf, "infinite")]
)
def test_what_is_not_finite_is_told_with_its_step(value: float, word: str) -> None:
    assert notices("lr", [1.0, value]) == [f"lr is {word} at step 1"]


def test_points_that_are_not_finite_are_counted() -> None:
    assert notices("loss", [math.nan] * 1200) == ["loss is NaN at step 0, 1,200 such points"]


def test_falling_loss_is_no_news() -> None:
    assert notices("loss", falling()) == []


def test_loss_that_rises_beyond_its_start_is_told() -> None:
    (text,) = notices("val/loss", falling(100) + [0.2 + step / 10 for step in range(60)])
    assert text.startswith("val/loss rises beyond where it began; best ")


def test_loss_that_rises_from_the_start_is_told() -> None:
    (text,) = notices("loss", [float(step) for step in range(100)])
    assert text == "loss rises beyond where it began; best 0 at step 0"


def test_score_that_falls_below_its_start_is_told() -> None:
    values = [0.5 + step / 200 for step in range(80)] + [0.9 - step / 50 for step in range(40)]
    (text,) = notices("val_acc", values)
    assert text.startswith("val_acc falls beyond where it began; best 0.9")


def test_plateau_is_told_with_the_step_since_when() -> None:
    (text,) = notices("loss", [math.exp(-min(step, 100) / 20) for step in range(400)])
    assert text.startswith("loss has not got better since step 1")


def test_overfitting_that_stays_below_the_start_is_no_divergence() -> None:
    values = falling(100) + [0.15 + step / 400 for step in range(50)]
    assert not any("beyond" in text for text in notices("val_loss", values))


@pytest.mark.parametrize("key", ["lr", "grad_norm", "epoch"])
def test_metric_without_a_good_direction_is_not_judged(key: str) -> None:
    assert notices(key, [1.0] * 300) == []
    assert notices(key, [300.0 - step for step in range(300)]) == []


def test_constant_noise_is_no_divergence() -> None:
    noise = [1 + 0.1 * math.sin(step * 12.9898) for step in range(300)]
    assert not any("beyond" in text for text in notices("loss", noise))


def test_summary_has_the_last_and_the_best_value() -> None:
    trend = Trend("loss")
    for step, value in enumerate([0.5, 0.125, 0.25]):
        trend.add(step, value)
    assert trend.summary(0.25) == "loss 0.25 (best 0.125 at step 1)"
    assert trend.summary(math.nan) == "loss NaN (best 0.125 at step 1)"


def test_progress_tells_the_time_left() -> None:
    progress = Progress(1000, started=0.0)
    progress.sample(0.0, 0)
    progress.sample(10.0, 100)
    assert progress.text() == "step 100 of 1,000 · 10% · 1 min 29 s left"
    assert progress.done == pytest.approx(0.101)


def test_progress_without_a_total_tells_the_pace() -> None:
    progress = Progress(None, started=0.0)
    assert progress.text() == "waiting for the first point"
    progress.sample(0.0, 0)
    progress.sample(2.0, 100)
    assert progress.text() == "step 100 · 50 steps/s"
    assert progress.done is None


def test_progress_never_passes_the_end() -> None:
    progress = Progress(10, started=0.0)
    progress.sample(0.0, 0)
    progress.sample(1.0, 10)
    assert (progress.done, progress.text()) == (1.0, "step 10 of 10 · 100%")
