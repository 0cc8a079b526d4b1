"""Run one size of one measure in a process of its own, so that its peak memory is its own."""

import importlib
import multiprocessing
import os
import tempfile
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from tests.bench.figures import Figure
from tests.bench.measures import Measure


class MeasureFailedError(Exception):
    """The process of a measure ended without figures; the text says why."""


def measured(measure: Measure, size: int, runs: int) -> list[Figure]:
    """Return the figures of one size, its inputs prepared in another process beforehand.

    Raises:
        MeasureFailedError: the measure raised, or its process was ended (out of memory).
    """
    with tempfile.TemporaryDirectory(prefix="freehold-bench-") as folder:
        if measure.prepares:
            _in_child(_prepare, measure.module, size, Path(folder))
        found: list[Figure] = _in_child(_measure, measure.module, size, runs, Path(folder))
    return found


def _in_child(work: Callable[..., Any], *given: Any) -> Any:
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe(duplex=False)
    child = context.Process(target=_answer, args=(there, work, given))
    child.start()
    there.close()
    try:
        answer, failure = here.recv()
    except EOFError as error:
        child.join()
        raise MeasureFailedError(f"its process ended with code {child.exitcode}") from error
    child.join()
    if failure is not None:
        raise MeasureFailedError(failure)
    return answer


def _answer(pipe: Connection, work: Callable[..., Any], given: tuple[Any, ...]) -> None:
    answer: tuple[Any, str | None]
    os.environ["FREEHOLD_KEEP"] = "no"  # what was kept by an earlier run would be measured
    try:
        answer = (work(*given), None)
    except Exception:  # the parent tells it and goes on with the next measure
        answer = (None, traceback.format_exc())
    pipe.send(answer)
    pipe.close()


def _prepare(module: str, size: int, folder: Path) -> None:
    importlib.import_module(f"tests.bench.{module}").prepare(size, folder)


def _measure(module: str, size: int, runs: int, folder: Path) -> list[Figure]:
    found: list[Figure] = importlib.import_module(f"tests.bench.{module}").measure(
        size, runs, folder
    )
    return found
