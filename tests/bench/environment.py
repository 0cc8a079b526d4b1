"""The machine and versions under which figures were taken, without which they mean little."""

import os
import platform
from importlib.metadata import version
from typing import Any

_LIBRARIES = ("duckdb", "numpy", "pandas", "sqlglot", "freehold")


def described() -> dict[str, Any]:
    """Return versions, processors and, where it can be told, how busy the machine is."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return {
        "python": platform.python_version(),
        **{name: version(name) for name in _LIBRARIES},
        "system": f"{platform.system()} {platform.machine()}",
        "cpu_count": os.cpu_count(),
        "cpu_usable": usable,
        "load_average": list(os.getloadavg()) if hasattr(os, "getloadavg") else None,
    }
