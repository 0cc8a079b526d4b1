"""Takes a picture of every page, light and dark: `python -m freehold.desktop.screenshots OUT`."""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QEvent, QEventLoop, QSettings, QTimer

from freehold.desktop import theme
from freehold.desktop.actions import PLACE_NAMES
from freehold.desktop.application import make_application, make_window
from freehold.desktop.main_window import SIZE, MainWindow
from freehold.errors import FreeholdError

MODES: tuple[theme.Mode, ...] = ("light", "dark")
_PATIENCE_S = 180.0
_STEP_MS = 40


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the pictures and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path, help="folder for the pictures")
    parser.add_argument("--document", type=Path, help="the document to show (default: a sample)")
    parser.add_argument("--sample", help="name of the sample to show (default: the first)")
    options = parser.parse_args(arguments)
    options.out.mkdir(parents=True, exist_ok=True)
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")  # pictures need no display
    make_application()
    with tempfile.TemporaryDirectory(prefix="freehold-") as folder:
        settings = QSettings(str(Path(folder) / "window.ini"), QSettings.Format.IniFormat)
        window = make_window(settings)
        window.resize(*SIZE)
        window.show()
        try:
            written = take(window, options.out, options.document, options.sample)
        except FreeholdError as error:
            print(error, file=sys.stderr)
            return 2
        finally:
            window.shut_down()
    for path in written:
        print(path)
    return 0


def take(
    window: MainWindow, out: Path, document: Path | None = None, sample: str | None = None
) -> list[Path]:
    """Take the start page and, where there is a document, every place, in each theme."""
    written = shoot(window, out, "start")
    failures: list[Exception] = []
    window.worker.failed.disconnect()
    window.worker.failed.connect(failures.append)
    if document is not None:
        window.commands.load_path(document)
    else:
        samples = window.project.documents.samples()
        chosen = next((s for s in samples if s.name == sample), samples[0] if samples else None)
        if chosen is None:
            return written
        window.commands.load_sample(chosen.name, chosen.title)
    wait_until(lambda: window.project.is_open or bool(failures))
    for error in failures:
        raise error
    window.show_notices([])
    for place in PLACE_NAMES:
        window.go_to(place)
        written += shoot(window, out, place)
    return written


def shoot(window: MainWindow, out: Path, name: str) -> list[Path]:
    """Write the window as it is, in each theme, once nothing moves any more."""
    written = []
    for mode in MODES:
        theme.active().set_mode(mode)
        settle(window)
        path = out / f"{name}_{mode}.png"
        window.grab().save(str(path))
        written.append(path)
    return written


def settle(window: MainWindow) -> None:
    """Wait until no work runs and every chart on the page is drawn."""

    def is_still() -> bool:
        charts = window.page.charts() if window.page is not None else []
        shown = [chart for chart in charts if chart.isVisible() and chart.figure is not None]
        drawn = all(chart.is_drawn or chart.shows_table for chart in shown)
        return not window.worker.running and drawn

    pause(3 * _STEP_MS)
    wait_until(is_still)
    pause(5 * _STEP_MS)


def wait_until(holds: Callable[[], bool]) -> None:
    """Run the event loop until a condition holds, three minutes at most."""
    deadline = time.monotonic() + _PATIENCE_S
    while not holds() and time.monotonic() < deadline:
        pause(_STEP_MS)


def pause(milliseconds: int) -> None:
    """Run the event loop for a while."""
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


if __name__ == "__main__":
    raise SystemExit(main())
