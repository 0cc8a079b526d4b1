"""The parent's side: start the child, wait no longer than the deadline, tell what went wrong."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

from freehold.errors import InputError

_STEP_S = 0.1


class Stopped(Exception):  # noqa: N818 - the user's wish, not an error
    """The user has asked for the end; the child is gone."""


def run_child(
    job: str,
    request: dict[str, Any],
    *,
    what: str,
    where: str | None = None,
    seconds: float = 60.0,
    memory_mib: int = 1024,
    stopped: Callable[[], bool] = lambda: False,
) -> dict[str, Any]:
    """Have a child process do one job and return its answer.

    Args:
        job: the name of the job; see `workflows.worker`.
        request: what the job is told, as JSON knows it.
        what: what is looked at, for the sentence where it takes too much: "The pack".
        where: the file or folder concerned.
        seconds: how long it may take; then it is killed.
        memory_mib: how much memory it may take beyond the program itself.
        stopped: asked ten times a second whether the user has cancelled.

    Raises:
        InputError: the child tells of bad input, or took too long or too much memory.
        Stopped: the user has cancelled.
    """
    asked = {"job": job, "request": request, "memory_mib": memory_mib}
    flags = getattr(subprocess, "CREATE_NO_WINDOW", 0)  # Windows alone would show a console
    child = subprocess.Popen(
        _command(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        creationflags=flags,
        env={**os.environ, "PYTHONSAFEPATH": "1", "OMP_NUM_THREADS": "1"},
    )
    deadline = time.monotonic() + seconds
    told: bytes | None = None
    sent: bytes | None = json.dumps(asked).encode()
    try:
        while told is None:
            try:
                told, _ = child.communicate(sent, timeout=_STEP_S)
            except subprocess.TimeoutExpired:
                sent = None
                if stopped():
                    raise Stopped from None
                if time.monotonic() > deadline:
                    raise InputError(
                        f"{what} took longer than {seconds:.0f} seconds and was stopped",
                        where=where,
                        mend="Make it smaller or simpler",
                    ) from None
    finally:
        if child.poll() is None:
            child.kill()
            child.communicate()
    return _answer(told, what, where, memory_mib)


def _command() -> list[str]:
    if getattr(sys, "frozen", False):
        return [sys.executable, "--worker"]
    return [sys.executable, "-m", "freehold", "--worker"]


def _answer(told: bytes, what: str, where: str | None, memory_mib: int) -> dict[str, Any]:
    try:
        found = json.loads(told)
    except ValueError:
        found = {"error": {"memory": True}}
    if "answer" in found:
        answer: dict[str, Any] = found["answer"]
        return answer
    error = found["error"]
    if error.get("memory"):
        raise InputError(
            f"{what} needed more than {memory_mib} MiB of memory and was stopped",
            where=where,
            mend="Make it smaller or simpler",
        )
    raise InputError(error["what"], where=error.get("where") or where, mend=error.get("mend"))
