"""Import all that needs no window and read the shipped rules, once for all processes of tests.

What is started together on a new clone would otherwise compile the same modules and read the same
rules at the same time.
"""

import importlib
import pkgutil

import freehold
from freehold.compliance import packs


def _start() -> None:
    for module in pkgutil.walk_packages(freehold.__path__, "freehold."):
        if not module.name.startswith("freehold.desktop") and "__main__" not in module.name:
            importlib.import_module(module.name)
    packs.shipped()


if __name__ == "__main__":
    _start()
