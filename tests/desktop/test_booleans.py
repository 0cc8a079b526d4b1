"""A long session emits millions of signals; Python must survive it."""

import subprocess
import sys

EMISSIONS = """
import freehold.desktop
from PySide6.QtCore import QObject, Signal

class Sender(QObject):
    told = Signal(int)

sender = Sender()
seen = []
sender.told.connect(seen.append)
for number in range(20_000):
    sender.told.emit(number)
print(len(seen))
"""


def test_many_emissions_do_not_use_up_true() -> None:
    done = subprocess.run(
        [sys.executable, "-c", EMISSIONS], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "20000\n"), done.stderr
