"""Measured serving rows predicted beside aiconfigurator where it is there.

aiconfigurator is no dependency: `make peer` puts it into build/aiconfigurator, an environment of
its own, where `make bench` finds it; elsewhere put its command on PATH. It is asked what a row
states and nothing else (see aiconfigurator_questions); our errors beside its own are those of
factors that never saw the row's source. Seconds are of the processor; each text of its YAML files
is read once, and what a call takes as the program comes is told apart.

`python -m tests.bench.aiconfigurator_beside` asks for every row and keeps the answers for the page
that tells how good the figures are; `python -m freehold.capacity.calibration --page` writes it.
"""

import json
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

import freehold.capacity.calibration as kept_beside
from freehold.capacity import Tables, estimate
from freehold.capacity.calibration.bench import Bench, read_bench
from freehold.capacity.calibration.beside import PEER_VERSION, errors_beside
from freehold.capacity.calibration.refit import read_csv_bytes
from freehold.catalogue import open_catalogue
from freehold.estate.workspace import connect
from freehold.resources import data_root
from tests.bench.aiconfigurator_questions import FIGURES, questions
from tests.bench.figures import Figure, counted, cpu_timed, peak_memory

_MOST_SECONDS: Final = 7200
_CONFIGURATIONS: Final = 10_000
"""Of Freehold, so many at once: of a few it would only tell the overhead."""

_KEPT: Final = Path(kept_beside.__file__).parent / "aiconfigurator.csv"


def measure(size: int, runs: int, folder: Path) -> list[Figure]:
    """Predict the rows of `size` configurations, and let aiconfigurator do so if it is there."""
    connection = connect()
    open_catalogue(connection)
    facts = Tables.read(connection)
    bench, asked = _asked(facts)
    chosen = asked[:: max(len(asked) // size, 1)][:size]
    where = bench.spec["config_id"].isin([question["config_id"] for question in chosen])
    spec = bench.spec[where]
    many = pd.concat([spec] * max(_CONFIGURATIONS // len(spec), 1), ignore_index=True)
    work = cpu_timed("freehold", runs, lambda: estimate(many, connection, tables=facts))
    figures = [
        work,
        Figure("freehold rate", "1/s", tuple(len(many) / seconds for seconds in work.runs)),
        peak_memory(),
    ]
    python = _python()
    if python is None:
        print(
            "aiconfigurator is not installed, so Freehold stands alone here: `make peer`, or put"
            f" its command on PATH (version {PEER_VERSION})",
            file=sys.stderr,
        )
        return figures
    answers = _answers(python, chosen, keep_yaml=True)
    calls = sum(answer["calls"] for answer in answers)
    rate = calls / sum(answer["seconds"] for answer in answers)
    alone = [question for question in chosen if question["call"].get("batch_size") != "max"][:1]
    slow = _answers(python, alone * 2, keep_yaml=False)[-1]
    figures += [
        counted("aiconfigurator rate", "1/s", rate),
        counted("aiconfigurator as it comes", "1/s", slow["calls"] / slow["seconds"]),
        counted("its answers", "share", np.mean([bool(one["figures"]) for one in answers])),
    ]
    return figures + _errors(errors_beside(_told(bench, answers)))


def _asked(facts: Tables) -> tuple[Bench, list[dict[str, Any]]]:
    content = (data_root() / "datasets" / "tables" / "bench_infer.csv").read_bytes()
    bench = read_bench(read_csv_bytes(content), facts.chips.spellings)
    return bench, questions(bench)


def _python() -> Path | None:
    """Return the Python of the environment whose command is on PATH."""
    command = shutil.which("aiconfigurator")
    if command is None:
        return None
    python = Path(command).parent / ("python.exe" if sys.platform == "win32" else "python")
    return python if python.exists() else None


def _answers(python: Path, asked: list[dict[str, Any]], *, keep_yaml: bool) -> list[dict[str, Any]]:
    done = subprocess.run(
        [str(python), str(Path(__file__).with_name("aiconfigurator_answering.py"))],
        input=json.dumps({"keep_yaml": keep_yaml, "asked": asked}),
        capture_output=True,
        text=True,
        timeout=_MOST_SECONDS,
        check=True,
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


def _told(bench: Bench, answers: list[dict[str, Any]]) -> pd.DataFrame:
    """Return case_id, metric and log_ratio of the rows that were asked for."""
    figures = {answer["config_id"]: answer["figures"] for answer in answers}
    config = bench.spec["config_id"]
    where = config.isin(list(figures)) & bench.figure.isin(list(FIGURES)) & bench.eligible
    its = [
        figures[place].get(FIGURES[name], np.nan)
        for place, name in zip(config[where], bench.figure[where], strict=True)
    ]
    measured = bench.value[where.to_numpy(dtype=np.bool_)]
    told = {
        "case_id": bench.case_id[where],
        "metric": bench.metric[where],
        "log_ratio": np.log(np.array(its, dtype=np.float64) / measured).round(4),
    }
    return pd.DataFrame(told).reset_index(drop=True)


def _errors(rows: pd.DataFrame) -> list[Figure]:
    made = []
    for metric, found in rows.dropna().groupby("metric"):
        for who, column in (("aiconfigurator", "peer"), ("freehold", "own")):
            for name, share in (("median", 0.5), ("p90", 0.9)):
                error = float(found[column].quantile(share))
                made.append(counted(f"{metric}, {who}, {name} error", "share", error))
        made.append(counted(f"{metric}, rows of both", "rows", len(found)))
    return made


def main() -> None:
    """Ask for every row and keep the answers."""
    connection = connect()
    open_catalogue(connection)
    bench, asked = _asked(Tables.read(connection))
    python = _python()
    if python is None:
        raise SystemExit("aiconfigurator is not installed: `make peer`, or put it on PATH")
    started = time.perf_counter()
    told = _told(bench, _answers(python, asked, keep_yaml=True))
    told.to_csv(_KEPT, index=False, lineterminator="\n")
    print(f"{len(told)} rows of {len(asked)} configurations, {time.perf_counter() - started:.0f} s")


if __name__ == "__main__":
    main()
