"""The frameworks of a run as bars: score, and how much of it is decided."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from freehold.desktop.native import ScoreBar
from freehold.desktop.native.elided import ElidedLabel
from freehold.desktop.numbers import show
from freehold.desktop.pages.overview_panels import OpenFrame, Panel
from freehold.scenarios import Run


class FrameworkRow(OpenFrame):
    """One framework: its name, its score as a bar, and the figures beside it."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__("plain", parent)
        self._title, self._figures = ElidedLabel(name), QLabel()
        self._figures.setObjectName("muted")
        self._figures.setAlignment(Qt.AlignmentFlag.AlignRight)
        self._bar = ScoreBar(name)
        top = QHBoxLayout()
        top.setSpacing(8)
        top.addWidget(self._title, 1)
        top.addWidget(self._figures)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 4, 0, 4)
        layout.setSpacing(4)
        layout.addLayout(top)
        layout.addWidget(self._bar)

    def set_score(self, score: float | None, coverage: float, figures: str) -> None:
        """Show a score, its coverage, and both in words."""
        self._figures.setText(figures)
        self._bar.set_score(score, coverage)
        self.setAccessibleName(f"{self._title.text()}: {figures}")


class FrameworksPanel(Panel):
    """Lists the EU framework and those that rules belong to; `opened` tells what to show."""

    opened = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("", parent)
        self.set_title(self.tr("Frameworks"))

    def rows(self) -> list[FrameworkRow]:
        """Return the rows shown."""
        found = [self.content.itemAt(number) for number in range(self.content.count())]
        widgets = [item.widget() if item else None for item in found]
        return [widget for widget in widgets if isinstance(widget, FrameworkRow)]

    def show_run(self, run: Run) -> None:
        """Show the frameworks of a run."""
        while self.content.count():
            item = self.content.takeAt(0)
            widget = item.widget() if item else None
            if widget is not None:
                widget.deleteLater()
        level = run.level
        csf = level.as_framework()
        for result in (csf, *run.judgement.frameworks):
            row = FrameworkRow(result.title)
            score = show(result.score, "number", 0)
            if result is csf and level.score is None and level.score_low is not None:
                low, high = (
                    show(value, "number", 0) for value in (level.score_low, level.score_high)
                )
                score = self.tr("{0} to {1}").format(low, high)
            row.set_score(
                result.score,
                result.coverage,
                self.tr("{0} of 100, {1} decided").format(score, show(result.coverage, "share", 0)),
            )
            key = "csf" if result is csf else f"framework:{result.id}"
            row.opened.connect(lambda k=key: self.opened.emit(k))
            self.content.addWidget(row)
        self.content.addStretch(1)
