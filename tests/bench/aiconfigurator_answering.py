"""Ask aiconfigurator 0.12 for configurations; run by the Python of its own environment.

Reads questions as JSON from standard input and writes one answer a line to standard output:
`figures` by name or `why` there are none, `database` (measured kernels alone, or helped by
formulas), the calls made and the seconds of the processor. Nothing of Freehold is imported here.
"""

import contextlib
import functools
import importlib
import json
import logging
import sys
import time
import warnings
from collections.abc import Callable
from typing import Any

_DATABASES = ("SILICON", "HYBRID")
_SMALLEST_BATCH, _LARGEST_BATCH = 4, 4096
_STEP_TOKENS = 8192


def main() -> None:
    """Answer the questions on standard input."""
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    questions = json.load(sys.stdin)
    if questions["keep_yaml"]:
        _keep_yaml()
    estimate = _Counted(importlib.import_module("aiconfigurator.cli.api").cli_estimate)
    for question in questions["asked"]:
        with contextlib.redirect_stdout(sys.stderr):
            answer = _answer(estimate, question)
        print(json.dumps(answer), flush=True)


class _Counted:
    """A function that counts its calls."""

    def __init__(self, work: Callable[..., Any]) -> None:
        self.calls = 0
        self._work = work

    def __call__(self, **given: Any) -> Any:
        self.calls += 1
        return self._work(**given)


def _keep_yaml() -> None:
    """Let each YAML text be read once: read again at every call, it is nearly all of the time."""
    yaml = importlib.import_module("yaml")
    read = functools.cache(yaml.safe_load)

    def kept(stream: Any) -> Any:
        return read(stream if isinstance(stream, str) else stream.read())

    yaml.safe_load = kept


def _answer(estimate: _Counted, question: dict[str, Any]) -> dict[str, Any]:
    why = ""
    started, before = time.process_time(), estimate.calls

    def told(figures: dict[str, float], database: str) -> dict[str, Any]:
        return {
            "config_id": question["config_id"],
            "figures": figures,
            "why": "" if figures else why or "no answer",
            "database": database,
            "calls": estimate.calls - before,
            "seconds": time.process_time() - started,
        }

    for database in _DATABASES:
        try:
            figures = _figures(estimate, {**question["call"], "database_mode": database})
        except Exception as error:  # whatever it cannot answer, and why, is the answer
            why = why or " ".join(str(error).split())[:200]
            continue
        return told(figures, database)
    return told({}, "")


def _figures(estimate: _Counted, call: dict[str, Any]) -> dict[str, float]:
    if call.get("batch_size") != "max":
        return _told(estimate(**call))
    # Its estimate wants a batch: the one that serves most tokens, of those that fit.
    best: dict[str, float] = {}
    batch = _SMALLEST_BATCH
    while batch <= _LARGEST_BATCH:
        found = []
        for tokens in sorted({call["isl"], max(call["isl"], _STEP_TOKENS)}):
            asked = {**call, "batch_size": batch, "ctx_tokens": tokens}
            try:
                result = estimate(**asked)
            except Exception:
                if not best:
                    raise
                continue
            if not result.kv_cache_warning:
                found.append(_told(result))
        if not found:
            break
        best = max([best, *found], key=lambda figures: figures.get("tokens_per_s", 0.0))
        batch *= 2
    if not best:
        raise RuntimeError("no batch fits")
    return best


def _told(result: Any) -> dict[str, float]:
    raw = result.raw
    return {
        "ttft_ms": float(result.ttft),
        "tpot_ms": float(result.tpot),
        "tokens_per_s": float(raw["tokens/s"]),
        "tokens_per_s_per_gpu": float(raw["tokens/s/gpu"]),
    }


if __name__ == "__main__":
    main()
