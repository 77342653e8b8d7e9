"""Track a real sweep: 30 linear classifiers on scikit-learn's digits, and look at the runs.

Run it with `make demo`. It uses the embedded engine: nothing is started, and the store is the
folder `.nbtrack` of this project. Nothing is fetched from a network.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from html import escape
from itertools import product
from pathlib import Path
from string import Template

import pandas as pd
import plotly.io
from plotly.offline import get_plotlyjs
from sklearn.datasets import load_digits
from sklearn.linear_model import SGDClassifier
from sklearn.metrics import log_loss
from sklearn.model_selection import train_test_split
from tqdm import tqdm

import nbtrack
from nbtrack.charts import THEMES, ChartFigure, group_curves, parallel, scatter

LEARNING_RATES = (0.0001, 0.001, 0.01, 0.1, 1.0)
PENALTIES = (0.0001, 0.01)
SEEDS = (0, 1, 2)
EPOCHS = 20
METRIC = "metrics.val_accuracy"
REPORT = Path("demo/digits.html")
PAGE = Template("""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Digits sweep</title>
<style>
  :root { color-scheme: light dark; --ground: #fff; --ink: #24292f; --line: #d0d7de }
  @media (prefers-color-scheme: dark) {
    :root { --ground: #111; --ink: #e6e6e5; --line: #2b2f35 }
  }
  body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; background: var(--ground);
    color: var(--ink); font: 15px/1.5 system-ui, sans-serif }
  h1, h2 { line-height: 1.2 }
  h2 { margin-top: 2rem; font-size: 1.2rem }
  .table { overflow-x: auto }
  table { border-collapse: collapse; font-variant-numeric: tabular-nums }
  th, td { padding: .25rem 1rem .25rem 0; border-bottom: 1px solid var(--line); text-align: right }
  th:first-child, td:first-child { text-align: left; white-space: nowrap }
  .chart { margin-top: 2rem }
  .parcoords text { text-shadow: none !important } /* plotly's is made for a light ground */
  .parcoords .domain { stroke: var(--ink) !important }
</style>
<h1>Digits sweep</h1>
<p>Linear classifiers on scikit-learn's digits, tracked and drawn with nbtrack.</p>
$body
<script>$plotly</script>
<script>
  const charts = $charts;
  const places = document.querySelectorAll(".chart");
  const dark = matchMedia("(prefers-color-scheme: dark)");
  function draw() {
    charts.forEach((themes, number) => {
      const figure = themes[dark.matches ? "dark" : "light"];
      const config = { responsive: true, displaylogo: false };
      Plotly.react(places[number], figure.data, figure.layout, config);
    });
  }
  dark.addEventListener("change", draw);
  draw();
</script>
</html>
""")


def main() -> None:
    """Run the sweep, then show where it is, its runs, the best one and a report."""
    try:
        sweep()
    except nbtrack.NbtrackError as problem:
        sys.exit(f"nbtrack: {problem}")
    except OSError as problem:
        sys.exit(f"nbtrack: {problem.filename} cannot be written ({problem.strerror}).")


def sweep() -> None:
    """Track every run of the grid, and look at what came of it."""
    nbtrack.set_experiment("digits-sweep")
    began = datetime.now(UTC)
    grid = list(product(LEARNING_RATES, PENALTIES, SEEDS))
    print(f"==> Tracking {len(grid)} runs of {EPOCHS} epochs on scikit-learn's digits", flush=True)
    for lr, penalty, seed in tqdm(grid, unit="run", file=sys.stdout, ncols=78):
        train(lr, penalty, seed)
    nbtrack.flush()
    show(began)


def train(lr: float, penalty: float, seed: int) -> None:
    """Train one classifier as a run, with a point of each metric per epoch."""
    images, labels = load_digits(return_X_y=True)
    train_x, val_x, train_y, val_y = train_test_split(
        images / 16, labels, test_size=0.3, random_state=seed, stratify=labels
    )
    model = SGDClassifier(
        loss="log_loss", learning_rate="constant", eta0=lr, alpha=penalty, random_state=seed
    )
    params = {"lr": lr, "penalty": penalty, "seed": seed}
    with nbtrack.run(run_name=f"lr{lr:g}-p{penalty:g}-s{seed}", params=params) as run:
        for epoch in range(EPOCHS):
            model.partial_fit(train_x, train_y, classes=range(10))
            run.log(
                train_loss=float(log_loss(train_y, model.predict_proba(train_x))),
                val_loss=float(log_loss(val_y, model.predict_proba(val_x))),
                val_accuracy=float(model.score(val_x, val_y)),
                step=epoch,
            )


def show(began: datetime) -> None:
    """Print the store, a table of the runs and the best one, and write the report."""
    # A second before it began, as a filter's times are whole ones.
    since = int(began.timestamp() * 1000) - 1000
    runs = nbtrack.runs(f"start_time >= {since}", order_by=f"{METRIC} DESC")
    print(f"==> The store: {runs.attrs['source']}")
    print(f"==> The best 8 of {len(runs)} runs, by {METRIC}")
    columns = ["run_name", "params.lr", "params.penalty", "params.seed", METRIC, "metrics.val_loss"]
    table = runs[columns].head(8)
    print_table(table)
    best = runs.iloc[0]
    print(f"==> The best run: {best['run_name']} ({best['run_id']}), {METRIC} {best[METRIC]:.4f}")
    groups = nbtrack.groups(runs, metrics="val_accuracy")
    print(f"==> {METRIC} over {len(SEEDS)} seeds, with 95 % intervals of the mean")
    numbers = [f"{word}({METRIC})" for word in ("mean", "ci_low", "ci_high")]
    means = groups[["group", "n", *numbers]].sort_values(numbers[0], ascending=False).head(4)
    means.columns = ["group", "n", "mean", "ci_low", "ci_high"]
    print_table(means)
    curves = nbtrack.group_history(nbtrack.history(runs, "val_accuracy"), groups)
    write_report(
        {f"The best 8 of {len(runs)} runs": table, f"{METRIC} over {len(SEEDS)} seeds": means},
        [
            group_curves(curves, title="Validation accuracy, mean of 3 seeds"),
            scatter(runs, "params.lr", METRIC, colour="params.penalty", log_x=True),
            parallel(runs, ["params.lr", "params.penalty", "params.seed", METRIC], colour=METRIC),
        ],
    )
    print(f"==> A report with charts: {REPORT.absolute()}")
    print("==> To look at the runs in JupyterLab: make lab, then nbtrack.browse() in a notebook")


def print_table(frame: pd.DataFrame) -> None:
    """Print a frame as lines of text."""
    with pd.option_context("display.width", 140, "display.max_columns", 10):
        print(frame.round(4).to_string(index=False))


def write_report(tables: Mapping[str, pd.DataFrame], figures: Sequence[ChartFigure]) -> None:
    """Write tables and figures into one HTML file, light or dark as the reader's system is."""
    parts = [f"<h2>{title}</h2>{html_table(table)}" for title, table in tables.items()]
    parts += [
        f'<div class="chart" role="img" aria-label="{escape(figure.alt)}"></div>'
        for figure in figures
    ]
    themes = [{name: figure.in_theme(name).to_dict() for name in THEMES} for figure in figures]
    charts = plotly.io.json.to_json_plotly(themes).replace("</", "<\\/")  # it stands in a script
    page = PAGE.substitute(body="\n".join(parts), charts=charts, plotly=get_plotlyjs())
    REPORT.parent.mkdir(exist_ok=True)
    REPORT.write_text(page, encoding="utf-8")


def html_table(frame: pd.DataFrame) -> str:
    """Return a frame as an HTML table of a page that can be narrow."""
    table: str = frame.round(4).to_html(index=False, border=0)
    return f'<div class="table">{table}</div>'


if __name__ == "__main__":
    main()
