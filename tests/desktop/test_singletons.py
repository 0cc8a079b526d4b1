"""A long session makes millions of Qt calls; Python must survive them."""

import subprocess
import sys

import pytest

EMIT = """
class Sender(QObject):
    told = Signal(int)

sender = Sender()
sender.told.connect(lambda number: None)
for number in range(20_000):
    sender.told.emit(number)
"""
PARENT = """
child = QObject()
for _ in range(200_000):
    child.parent()
"""


@pytest.mark.parametrize("calls", [EMIT, PARENT], ids=["emit", "parent"])
def test_many_calls_do_not_use_up_a_singleton(calls: str) -> None:
    imports = "import freehold.desktop\nfrom PySide6.QtCore import QObject, Signal\n"
    code = f"{imports}{calls}\nprint('alive')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "alive\n"), done.stderr
