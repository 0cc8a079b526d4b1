"""The help page that tells how good the figures are, from the stored errors alone."""

from collections.abc import Sequence
from typing import Final

import pandas as pd

from freehold.capacity.calibration.beside import EVERY, PEER_VERSION, beside
from freehold.capacity.calibration.crossvalidation import (
    ACCELERATOR,
    FAMILY,
    SIMULATED,
    WITHIN_LIMITS,
    fitted_on,
    stored,
    summary,
    targets,
)
from freehold.capacity.predictions import metrics
from freehold.capacity.validation import FEWEST_ROWS

_GOOD: Final = 0.20
_POOR: Final = 0.40
_HOLDS: Final = (0.75, 0.85)

_INTRO: Final = """# How good the capacity figures are

Each measured row below was predicted by factors fitted without its source (for GPU-hours: without
its model), or without its chip. Only rows that state hardware and amount of work count, and none
whose throughput follows from the arrival rate that it states. Error =
|predicted / measured - 1|. Figures by metric are means over sources, or chips, with at least {few}
such rows (over all where none has so many). The 80 % range should hold 75 to 85 % of the rows.

Beside the model stands what a spreadsheet would say: **constant MFU** is training at the median
utilisation of the other sources; **weights read once** takes for each token the time in which the
weights are read at datasheet bandwidth; **arithmetic at peak** takes 2 FLOPs per active weight and
token at datasheet peak; the **datasheet roofline** takes the slower of the two. *Times off* is the
median factor between the baseline and the measurement.

`freehold capacity validate` prints these tables, `freehold capacity validate BENCH.csv` the errors
on measurements of your own, `make bench` computes them again. This page is written by
`python -m freehold.capacity.calibration`.
"""

_SIMULATION: Final = """
## Simulated percentiles

The rows of MLPerf's server and interactive scenarios state an arrival rate, so their load can be
simulated request by request (`freehold capacity simulate`), again by factors that never saw their
source. They are the hardest rows there are: the submitters push the rate to the edge of what still
meets the latency limits, where a capacity that is off by a tenth moves latencies several times
over, and prompt lengths are not stated.

*Answered* leaves out rows that the simulation calls overloaded, more than half of them, though all
of these runs took place. Two causes: without its source the model takes Llama 2 70B to be served
at some three fifths of what was measured; and a simulated step takes the whole time of each prompt
on top, the reading of the weights included, though a step that decodes has read them already. The
closed form shares that reading where requests queue up (offline Mixtral 8x7B comes out within a
few per cent), the simulation does not: with hundreds of requests in flight it is pessimistic,
most of all for mixtures of experts. Do not take simulated percentiles near saturation as a
promise; well below it they agree with the closed form, whose errors stand above.
"""

_LIMITS: Final = """
## Load within latency limits

The rules of MLPerf's server and interactive scenarios limit the 99th percentiles of TTFT and TPOT,
and a result is the largest rate at which both hold. So these rows are predicted at the edge of
their limits: `tpot_mean_ms` above is mostly told by the limit, and says little about capacity.
What does is the rate at which the model reaches the limits, below, predicted without the rate
that the rows state. Whether the engine's batch or the queue before it takes up the limits is not
stated either, which is why TTFT at the edge stays poor. A capacity with limits on latency is to be
planned with a reserve as large as these errors.
"""

_BESIDE: Final = """
## Beside aiconfigurator

aiconfigurator {version} adds up kernels that were measured on each chip and serving framework. It
was asked for {configurations} of the rows above and answered {answered}; compared are the rows that
both answer, ours without their source. Read both ways:

- For it: the `inferencex` rows were collected in its own repository, so its authors had them at
  hand, and its tables hold kernels of every chip here. Ours never saw the source.
- Against it: its tables are of newer releases of the frameworks than most rows were measured with,
  and it does not say how far to trust a figure.
- It is the better one for offline throughput, most of all for the mixture of experts on RTX PRO
  6000; in TPOT and throughput per device the two are level; ours is nearer in TTFT, where neither
  is good.
- It was not asked for what it has no data of (AMD, CPUs, consumer and most PCIe GPUs, llama.cpp,
  Llama 2, Mistral 7B, GPT-J, Falcon), for rows that leave open how the model is cut or how long
  prompts are (MLPerf), nor for rates of arrival. It trains nothing.
- Where a row says *max* load, the best of doubled batches that fit counts, as its estimate wants a
  batch. Where precisions of the cache are not stated, the framework's usual one was told.

`make peer` installs it in an environment of its own; `make bench` then measures beside it again.
"""

_METRIC_HEAD: Final = (
    "Metric",
    "Sources",
    "Rows",
    "Answered",
    "Median error",
    "p90 error",
    "In 80 % range",
    "Aim: median",
    "Aim: p90",
    "Baseline",
    "Median error",
    "p90 error",
    "Times off",
)
_BESIDE_HEAD: Final = (
    "Source",
    "Metric",
    "Rows asked",
    "Of both",
    "aiconfigurator: median error",
    "p90 error",
    "Freehold: median error",
    "p90 error",
)
_GROUP_HEAD: Final = (
    "Metric",
    "Rows",
    "Answered",
    "Median error",
    "p90 error",
    "Bias",
    "In 80 % range",
    "Baseline: median error",
    "Times off",
)


def accuracy_page() -> str:
    """Return the page as Markdown; the same stored errors give the same text."""
    table = stored()
    families = summary(table, FAMILY)
    parts = [
        _INTRO.format(few=FEWEST_ROWS),
        "## In plain words\n",
        *_plainly(families),
        "\n## Sources left out\n",
        _by_metric(families),
        "\n## Chips left out\n",
        _by_metric(summary(table, ACCELERATOR)).replace("| Sources |", "| Chips |", 1),
        _SIMULATION,
        _by_metric(summary(table, SIMULATED)),
        _LIMITS,
        _by_metric(summary(table, WITHIN_LIMITS)),
        "",
        _groups(table, WITHIN_LIMITS, "Source"),
        _beside(),
        "\n## Each source left out\n",
        _groups(table, FAMILY, "Source"),
        "\n## Each chip left out\n",
        _groups(table, ACCELERATOR, "Chip"),
        "\n## Fitted on\n",
        *(
            f"- `{name}.csv`, {rows:,} rows, SHA-256 `{digest}`"
            for name, digest, rows in fitted_on()
        ),
    ]
    return "\n".join(parts) + "\n"


def _beside() -> str:
    """Return the section on the peer: one line per metric, then one per metric and source."""
    found = beside()
    rows = [
        (
            f"**{row['metric']}**" if row["family"] == EVERY else row["family"],
            row["metric"],
            f"{row['asked']:,}",
            f"{row['both']:,}",
            *(
                _share(row[f"{who}_{name}"])
                for who in ("peer", "own")
                for name in ("median", "p90")
            ),
        )
        for row in found.to_dict("records")
    ]
    every = found[found["family"] == EVERY]
    text = _BESIDE.format(
        version=PEER_VERSION,
        configurations=f"{every['asked'].sum():,}",
        answered=f"{every['both'].sum():,}",
    )
    return f"{text}\n{_markdown(_BESIDE_HEAD, rows)}"


def _plainly(families: pd.DataFrame) -> list[str]:
    """Sort the metrics by how far their median error is from what one may plan with."""
    told = families[families["median_ape"].notna()]
    kinds = (
        ("Good", f"median error up to {_GOOD:.0%}", told["median_ape"] <= _GOOD),
        (
            "Fair",
            f"up to {_POOR:.0%}: compare alternatives with it, keep a reserve",
            (told["median_ape"] > _GOOD) & (told["median_ape"] <= _POOR),
        ),
        ("Poor", "an order of magnitude only: measure first", told["median_ape"] > _POOR),
    )
    lines = []
    for word, meaning, where in kinds:
        names = ", ".join(
            f"`{row.metric}` {row.median_ape:.0%}" for row in told[where].itertuples()
        )
        lines.append(f"- **{word}** ({meaning}): {names or 'none'}")
    none = families[families["median_ape"].isna()]["metric"]
    if len(none):
        names = ", ".join(f"`{name}`" for name in none)
        lines.append(f"- **Not answered**, as the rows leave out what is needed: {names}")
    rows, answered = int(families["rows"].sum()), (families["rows"] * families["answered"]).sum()
    lines.append(f"- Of {rows:,} rows, {answered / rows:.1%} are answered")
    aims = targets()
    for column, words in (("median", "in the median"), ("p90", "at p90")):
        missed = [
            f"`{row['metric']}` {row[f'{column}_ape']:.0%} instead of {aim:.0%}"
            for row in told.to_dict("records")
            if row["metric"] in aims
            and round(row[f"{column}_ape"], 2) > (aim := getattr(aims[row["metric"]], column))
        ]
        lines.append(f"- Aims missed {words}: {', '.join(missed) or 'none'}")
    held = told["coverage80"].round(2)
    outside = told[(held < _HOLDS[0]) | (held > _HOLDS[1])]
    names = ", ".join(f"`{row.metric}` {row.coverage80:.0%}" for row in outside.itertuples())
    lines.append(
        f"- 80 % ranges that hold fewer than {_HOLDS[0]:.0%} or more than {_HOLDS[1]:.0%} of the "
        f"rows: {names or 'none'}"
    )
    return lines


def _by_metric(found: pd.DataFrame) -> str:
    aims = targets()
    rows = []
    for row in found.to_dict("records"):
        aim = aims.get(row["metric"])
        rows.append(
            (
                f"{row['metric']} ({metrics()[row['metric']].unit})",
                f"{row['groups']}",
                f"{row['rows']:,}",
                _share(row["answered"]),
                _share(row["median_ape"]),
                _share(row["p90_ape"]),
                _share(row["coverage80"]),
                _share(aim.median if aim else None),
                _share(aim.p90 if aim else None),
                aim.naive if aim else "",
                _share(row["naive_median_ape"]),
                _share(row["naive_p90_ape"]),
                _times(row["naive_times_off"]),
            )
        )
    return _markdown(_METRIC_HEAD, rows)


def _groups(table: pd.DataFrame, split: str, what: str) -> str:
    rows = [
        (
            row["left_out"],
            row["metric"],
            f"{row['rows']:,}",
            _share(row["predicted"] / row["rows"]),
            _share(row["median_ape"]),
            _share(row["p90_ape"]),
            _share(row["bias"]),
            _share(row["coverage80"]),
            _share(row["naive_median_ape"]),
            _times(row["naive_times_off"]),
        )
        for row in table[table["split"] == split].to_dict("records")
    ]
    return _markdown((what, *_GROUP_HEAD), rows)


def _share(value: float | None) -> str:
    return "" if value is None or pd.isna(value) else f"{value:.0%}"


def _times(value: float) -> str:
    return "" if pd.isna(value) else f"{value:.1f}"


def _markdown(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    numbers = "|".join("---" if place < 2 else "---:" for place in range(len(head)))
    lines = [f"| {' | '.join(head)} |", f"|{numbers}|"]
    return "\n".join([*lines, *(f"| {' | '.join(cells)} |" for cells in rows)])
