"""The program tests itself: the bank sample, one chart on the screen, one report."""

import os
import sys
import tempfile
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QEvent, QEventLoop, QTimer

from freehold.charts import BarChart, Series
from freehold.desktop.application import make_application
from freehold.errors import FreeholdError

LONGEST_WAIT_MS = 60_000
SAMPLE = "bank"


def selftest() -> int:
    """Open the bank sample, draw a chart of it, write its report; 0 if all of it worked."""
    if sys.platform.startswith("linux") and not (
        os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    ):
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    make_application()
    try:
        with tempfile.TemporaryDirectory(prefix="freehold-selftest-") as name:
            return _tried(Path(name))
    except FreeholdError as error:
        print(f"freehold: {error}", file=sys.stderr)
        return 1


def _tried(folder: Path) -> int:
    from freehold.scenarios import run
    from freehold.workflows import documents, reporting

    path = folder / "bank.freehold"
    made = documents.create(path, sample=SAMPLE)
    print(f"opened the sample: {made.resources} resources")
    with documents.reading(path) as workspace:
        judged = run(workspace)
        counts = judged.judgement.verdicts
        print(f"judged it: {', '.join(f'{n} {word}' for word, n in counts.items())}")
        figure = BarChart(
            title="Verdicts",
            categories=tuple(counts),
            series=(Series(name="Subjects", values=tuple(float(n) for n in counts.values())),),
        )
        if not _drawn(figure):
            print("freehold: the chart was not drawn in time.", file=sys.stderr)
            return 1
        print("drew a chart")
        content = reporting.audit(judged, [], "freehold --selftest")
        written = reporting.write(content, "audit", ["pdf"], folder / "reports")
        print(f"wrote a report: {len(written.files)} files, run {written.run_id[:12]}")
    return 0


def _drawn(figure: BarChart) -> bool:
    from freehold.desktop.web import ChartPane

    pane = ChartPane()
    pane.resize(640, 400)
    loop = QEventLoop()
    pane.drawn.connect(loop.quit)
    QTimer.singleShot(LONGEST_WAIT_MS, loop.quit)
    pane.show()
    pane.show_figure(figure)
    if not pane.is_drawn:
        loop.exec()
    drawn = pane.is_drawn
    pane.release()
    pane.close()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    return drawn
