"""The best way to cut a training run over thousands of devices, all ways evaluated at once."""

import time
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import duckdb
import numpy as np
import pandas as pd

from freehold.capacity.checks import Tables
from freehold.capacity.columns import Bools, Floats, Ints, numbers, texts
from freehold.capacity.estimate import estimate
from freehold.capacity.facts import table
from freehold.capacity.search_offers import cheapest_device_hours
from freehold.capacity.training_memory import RECOMPUTE
from freehold.capacity.training_presets import with_presets
from freehold.errors import InputError

TrainingObjective: TypeAlias = Literal["time", "cost"]
TRAINING_OBJECTIVES: Final[tuple[TrainingObjective, ...]] = ("time", "cost")
_NODE: Final = 8.0
_POWERS: Final = tuple(float(2**power) for power in range(11))
_WAYS: Final = ("tp", "pp", "cp", "ep", "dp", "zero", "interleave", "micro_batch", "recompute")


@dataclass(frozen=True)
class TrainingSearch:
    """What a search found.

    `rows`: the layouts that can run, best first, with ways, step time, MFU, memory by part, days,
    device hours, goodput, cost, each with its range; `refused`: reason, configurations.
    """

    rows: pd.DataFrame
    refused: pd.DataFrame
    configurations: int
    evaluate_seconds: float


def _divisors_of(number: float, tried: tuple[float, ...] = _POWERS) -> list[float]:
    return [way for way in tried if number % way == 0]


def _stages(layers: float) -> list[float]:
    """Stage counts up to 64 at which no stage has over 5 % more layers than the mean."""
    if not np.isfinite(layers):
        return [1.0]
    return [
        float(n) for n in range(1, 65) if n <= layers and np.ceil(layers / n) * n <= 1.05 * layers
    ]


def _grid(
    devices: float, *, layers: float, heads: float, experts: float, seq_len: float, domain: float
) -> pd.DataFrame:
    """Cross every way of cutting the run that uses exactly the devices given.

    Tensor ways stay inside a node or scale-up domain, where their links are; ZeRO-2 and -3 are
    not crossed with pipeline stages, whose micro-batches would gather the weights again and again.
    """
    tensor = [w for w in _POWERS if w <= max(domain, _NODE) and w <= 64]
    tensor = [w for w in tensor if not np.isfinite(heads) or heads % w == 0] or [1.0]
    stages = _stages(layers)
    context = [w for w in (1.0, 2.0, 4.0, 8.0, 16.0) if seq_len / w >= 2048 or w == 1]
    expert = [w for w in _divisors_of(experts) if w <= 64] if experts > 0 else [1.0]
    ways = pd.MultiIndex.from_product(
        [tensor, stages, context, expert], names=["tp", "pp", "cp", "ep"]
    ).to_frame(index=False)
    ways["dp"] = devices / (ways["tp"] * ways["pp"] * ways["cp"])
    whole = (ways["dp"] >= 1) & (ways["dp"] == np.floor(ways["dp"]))
    # Experts are spread over the data-parallel ranks, so there must be as many of those.
    ways = ways[whole & ((ways["dp"] * ways["cp"]) % ways["ep"] == 0)]
    schedule = pd.MultiIndex.from_product(
        [(1.0, 2.0, 4.0, 8.0), (0.0, 1.0, 2.0, 3.0), (1.0, 2.0, 4.0), RECOMPUTE],
        names=["micro_batch", "zero", "interleave", "recompute"],
    ).to_frame(index=False)
    schedule["recompute"] = schedule["recompute"].astype("category")
    grid: pd.DataFrame = ways.merge(schedule, how="cross")
    staged = grid["pp"] > 1
    grid = grid[(staged | (grid["interleave"] == 1)) & (~staged | (grid["zero"] <= 1))]
    chunks = grid["pp"] * grid["interleave"]
    even: pd.Series[bool] = (chunks <= layers) & (
        np.ceil(layers / chunks) * chunks <= 1.05 * layers
    )
    return grid[even | (chunks == 1)].reset_index(drop=True)


def _uneven(grid: pd.DataFrame, batch: float) -> Bools:
    """Rows whose ranks would not all get the same whole number of micro-batches."""
    each = batch / (numbers(grid, "dp") * numbers(grid, "micro_batch"))
    interleaved = (numbers(grid, "interleave") > 1) & (each % numbers(grid, "pp") != 0)
    return np.asarray((each < 1) | (each != np.floor(each)) | interleaved, dtype=np.bool_)


def search_training(
    job: pd.DataFrame,
    connection: duckdb.DuckDBPyConnection,
    *,
    devices: tuple[float, ...] = (),
    by: TrainingObjective = "time",
    term: str | None = "on_demand",
    top: int = 50,
    tables: Tables | None = None,
    catalogue: str = "catalogue",
) -> TrainingSearch:
    """Return the best layouts of a training run of one row.

    Args:
        job: a training specification or a workload: model (or params_b), accelerator_id, phase,
            precision, seq_len, global_batch, tokens_b; presets of the phase fill what is blank.
        connection: holds the catalogue.
        devices: device counts to try; the job's own if not given.
        by: time of the run (with failures), or its cost at the chip's cheapest price.
        term: prices of this term only; None takes the cheapest of all terms.
        top: layouts to return.
        tables: facts already read.
        catalogue: a scenario's schema.

    Raises:
        InputError: not exactly one job, or no model, chip or device count.
    """
    if len(job) != 1:
        raise InputError("A training search is made for one run at a time")
    started = time.perf_counter()
    facts = tables or Tables.read(connection, catalogue=catalogue)
    names = {"model_id": "model", "task": "phase", "accelerator_count": "accelerators"}
    spec = job.rename(columns={k: v for k, v in names.items() if v not in job})
    spec["phase"] = texts(spec, "phase").replace("", "pretrain")
    spec = with_presets(spec)
    counts = devices or tuple(numbers(spec, "accelerators"))
    for count in counts:
        if not (np.isfinite(count) and 1 <= count <= 1e6 and count == np.floor(count)):
            raise InputError(
                f"A run cannot have {count:g} devices", mend="Give a whole number, as in 2048"
            )
    a = facts.models.architectures(spec, facts.assumed)
    chips = table(connection, "accelerators", catalogue).set_index("accelerator_id")
    chip = str(texts(spec, "accelerator_id").iloc[0])
    domain = float(pd.to_numeric(chips["scale_up_domain"]).get(chip, np.nan))
    batch, length = float(spec["global_batch"].iloc[0]), float(spec["seq_len"].iloc[0])
    parts = [
        _grid(
            count,
            layers=float(a.layers[0]),
            heads=float(a.heads[0]),
            experts=float(a.experts[0]),
            seq_len=length,
            domain=np.nan_to_num(domain, nan=1.0),
        ).assign(accelerators=count)
        for count in counts
    ]
    grid = pd.concat(parts, ignore_index=True)
    uneven = _uneven(grid, batch)
    if not np.isfinite(a.total_weights[0]):
        # One row is enough to say by name what is wrong with the model.
        uneven = np.arange(len(grid)) > 0
    tried = grid[~uneven].reset_index(drop=True)
    refused = pd.DataFrame(
        {
            "reason": [f"a global batch of {batch:g} sequences does not divide evenly"],
            "configurations": [int(uneven.sum())],
        }
    )
    if tried.empty:
        return TrainingSearch(tried, refused, len(grid), time.perf_counter() - started)
    skipped = {*_WAYS, "accelerators", "parallelism", "config_id", "scenario"}
    for column in spec.columns:
        if column not in skipped:
            value = spec[column].iloc[0]
            text = isinstance(value, str)
            tried[column] = pd.Categorical([value]).repeat(len(tried)) if text else value
    answer = estimate(tried, connection, tables=facts).table
    ok = np.asarray(answer["refused_because"] == "", dtype=np.bool_)
    reasons = answer.loc[~ok, "refused_because"].str.replace(r"\d[\d.e+]*", "#", regex=True)
    counted = reasons.value_counts().rename_axis("reason").reset_index(name="configurations")
    refused = pd.concat([refused, counted], ignore_index=True)
    price = cheapest_device_hours(connection, term, catalogue).reindex([chip]).iloc[0]
    rows = pd.concat([tried[["accelerators", *_WAYS]], answer.drop(columns="config_id")], axis=1)
    rows = _priced(rows[ok], price)
    best = _order(rows, by)[:top]
    return TrainingSearch(
        rows.iloc[best].reset_index(drop=True),
        refused[refused["configurations"] > 0].reset_index(drop=True),
        len(grid),
        time.perf_counter() - started,
    )


def _priced(rows: pd.DataFrame, price: "pd.Series[float]") -> pd.DataFrame:
    """Add the cost of the run and of a step's device time at the chip's cheapest price."""
    usd = float(price["usd_per_device_hour"])
    made = rows.assign(usd_per_device_hour=usd)
    for side in ("", "_low80", "_high80"):
        made[f"usd_per_run{side}"] = numbers(rows, f"gpu_hours{side}") * usd
    made["price_source"] = price["price_source"]
    made["price_verified"] = price["price_verified"]
    return made


def _order(rows: pd.DataFrame, by: TrainingObjective) -> Ints:
    """Rank by wall time per token or by device time per token, both with failures; then by memory.

    Both are known without the amount of work, which only scales them.
    """
    total: Floats = numbers(rows, "tokens_per_s_total") * numbers(rows, "goodput")
    lasting = 1.0 / total
    spent = lasting * numbers(rows, "accelerators")
    first = lasting if by == "time" else spent
    # Layouts that differ in nothing but unused memory savings tie up to rounding.
    return np.lexsort((numbers(rows, "memory_total_gib"), np.round(np.log(first), 9)))
