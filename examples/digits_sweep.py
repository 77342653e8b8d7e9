"""Track a real sweep: 30 linear classifiers on scikit-learn's digits, and look at the runs.

Run it with `make demo`. It uses the embedded engine: nothing is started, and the store is the
folder `.nbtrack` of this project.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from itertools import product
from pathlib import Path

import pandas as pd
import plotly.io
from plotly.graph_objects import Figure
from sklearn.datasets import load_digits
from sklearn.linear_model import SGDClassifier
from sklearn.metrics import log_loss
from sklearn.model_selection import train_test_split

from nbtrack import Client, ResourceDoesNotExist, frames
from nbtrack.charts import curves, scatter
from nbtrack.entities import Metric

EXPERIMENT = "digits-sweep"
LEARNING_RATES = (0.0001, 0.001, 0.01, 0.1, 1.0)
PENALTIES = (0.0001, 0.001, 0.01)
SEEDS = (0, 1)
EPOCHS = 20
REPORT = Path("demo/digits.html")


def main() -> None:
    """Run the sweep, print its runs and write a report with charts."""
    with Client() as client:
        experiment_id = find_or_create(client, EXPERIMENT)
        began = int(time.time() * 1000)
        grid = list(product(LEARNING_RATES, PENALTIES, SEEDS))
        print(f"==> Tracking {len(grid)} runs of {EPOCHS} epochs in {client.tracking_uri}")
        for number, (learning_rate, penalty, seed) in enumerate(grid, 1):
            accuracy = track_run(client, experiment_id, learning_rate, penalty, seed)
            print(
                f"\r    run {number:2} of {len(grid)}: accuracy {accuracy:.3f}", end="", flush=True
            )
        print(f"\n==> The best of these runs, by {METRIC}")
        show(client, experiment_id, began)


METRIC = "metrics.val_accuracy"


def find_or_create(client: Client, name: str) -> str:
    """Return the id of the experiment of that name, making it if it is new."""
    try:
        return client.get_by_name(name).experiment_id
    except ResourceDoesNotExist:
        return client.create_experiment(name)


def track_run(
    client: Client, experiment_id: str, learning_rate: float, penalty: float, seed: int
) -> float:
    """Train one classifier, log every epoch, and return its last validation accuracy."""
    images, labels = load_digits(return_X_y=True)
    train_x, val_x, train_y, val_y = train_test_split(
        images / 16, labels, test_size=0.3, random_state=seed, stratify=labels
    )
    model = SGDClassifier(
        loss="log_loss",
        learning_rate="constant",
        eta0=learning_rate,
        alpha=penalty,
        random_state=seed,
    )
    run = client.create_run(
        experiment_id,
        run_name=f"lr{learning_rate:g}-alpha{penalty:g}-seed{seed}",
        start_time=int(time.time() * 1000),
        tags={"dataset": "digits", "model": "SGDClassifier"},
    )
    points: list[Metric] = []
    accuracy = 0.0
    for epoch in range(EPOCHS):
        model.partial_fit(train_x, train_y, classes=range(10))
        accuracy = float(model.score(val_x, val_y))
        values = {
            "train_loss": float(log_loss(train_y, model.predict_proba(train_x))),
            "val_loss": float(log_loss(val_y, model.predict_proba(val_x))),
            "val_accuracy": accuracy,
        }
        now = int(time.time() * 1000)
        points += [Metric(key=k, value=v, timestamp=now, step=epoch) for k, v in values.items()]
    params = {"lr": f"{learning_rate:g}", "alpha": f"{penalty:g}", "seed": str(seed)}
    client.log_many(run.info.run_id, metrics=points, params=params)
    client.update_run(run.info.run_id, status="FINISHED", end_time=int(time.time() * 1000))
    return accuracy


def show(client: Client, experiment_id: str, began: int) -> None:
    """Print the best runs and write the charts."""
    runs = frames.runs(
        f"start_time >= {began}",
        client=client,
        experiments=experiment_id,
        order_by=[f"{METRIC} DESC"],
    )
    shown = ["run_name", "params.lr", "params.alpha", "params.seed", METRIC, "metrics.val_loss"]
    with pd.option_context("display.width", 120, "display.max_columns", 10):
        print(runs[shown].head(8).round(4).to_string(index=False))
    history = frames.history(runs, "val_accuracy", client=client)
    names = dict(zip(runs["run_id"], runs["run_name"], strict=True))
    figures = [
        scatter(runs, "params.lr", METRIC, colour="params.alpha"),
        curves(history, "val_accuracy", names=names),
    ]
    write_report(figures)
    print(f"==> {len(runs)} runs and {len(history)} points read back; charts: {REPORT.absolute()}")


def write_report(figures: Sequence[Figure]) -> None:
    """Write figures into one HTML file that needs no network."""
    parts = [
        plotly.io.to_html(figure, full_html=False, include_plotlyjs=number == 0)
        for number, figure in enumerate(figures)
    ]
    REPORT.parent.mkdir(exist_ok=True)
    page = "<!doctype html><html lang='en'><meta charset='utf-8'><title>Digits sweep</title>"
    REPORT.write_text(page + "".join(parts) + "</html>", encoding="utf-8")


if __name__ == "__main__":
    main()
