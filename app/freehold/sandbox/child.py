"""The child's side: read one job as JSON, do it, write one answer as JSON."""

import json
import sys
from collections.abc import Callable, Mapping
from typing import Any

from freehold.errors import FreeholdError
from freehold.sandbox.limits import limit_memory

Job = Callable[[dict[str, Any]], dict[str, Any]]


def serve(jobs: Mapping[str, Job]) -> int:
    """Do the one job that stands on standard input and return the exit code.

    The answer is one JSON object: `answer`, or `error` with what, where and mend.
    """
    asked = json.loads(sys.stdin.buffer.read())
    # Nothing that a library prints may get between the answer and its reader.
    out, sys.stdout = sys.stdout, sys.stderr
    try:
        limit_memory(int(asked["memory_mib"]))
        told: dict[str, Any] = {"answer": jobs[asked["job"]](asked["request"])}
    except FreeholdError as error:
        told = {"error": {"what": error.what, "where": error.where, "mend": error.mend}}
    except (MemoryError, SystemError, ImportError):
        # Libraries tell in several ways that they got no memory.
        told = {"error": {"memory": True}}
    except Exception as error:
        name = type(error).__name__
        first = (str(error).splitlines() or [""])[0][:200].rstrip(". ")
        told = {"error": {"memory": True} if "OutOfMemory" in name else {"what": first or name}}
    out.buffer.write(json.dumps(told).encode())
    out.flush()
    return 0
