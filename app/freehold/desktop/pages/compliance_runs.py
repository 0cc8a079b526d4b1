"""Runs kept with the document, and what differs between two of them and why."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSplitter, QVBoxLayout, QWidget

from freehold.compliance.history import Comparison, KeptRun
from freehold.desktop.numbers import show
from freehold.desktop.pages.compliance_words import CAUSES, word
from freehold.desktop.pages.overview_panels import Fit
from freehold.desktop.tables import Column, ResultTable
from freehold.desktop.tables.columns import Row

_SHORT = 10
_DIFFERS = 5


class RunsView(QWidget):
    """Lists kept runs; two of them selected can be compared."""

    keep_wanted = Signal()
    compare_wanted = Signal(object, object)
    remove_wanted = Signal(object)
    rule_wanted = Signal(str, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._runs: dict[str, KeptRun] = {}
        self.keep = QPushButton(self.tr("Keep this run"))
        self.keep.setObjectName("primary")
        self.keep.setToolTip(self.tr("Keep verdicts, scores and what they were made from"))
        self.compare, self.remove = QPushButton(self.tr("Compare")), QPushButton(self.tr("Remove"))
        self.compare.setToolTip(self.tr("Compare the two runs chosen, or the one with the newest"))
        self.remove.setToolTip(self.tr("Remove the run chosen"))
        self.compare.setObjectName("quiet")
        self.remove.setObjectName("quiet")
        self.note = QLabel()
        self.note.setObjectName("muted")
        self.keep.clicked.connect(lambda _checked=False: self.keep_wanted.emit())
        self.compare.clicked.connect(lambda _checked=False: self._compare())
        self.remove.clicked.connect(lambda _checked=False: self._remove())
        self.table = ResultTable(self.tr("Kept runs"), tools=False)
        self.table.set_empty_text(
            self.tr("No run is kept yet. Keep this one, and compare it with a later one.")
        )
        self.table.row_opened.connect(lambda _row: self._compare())
        self.table.selection_changed.connect(self._enable)
        self.whole = QLabel()
        self.whole.setWordWrap(True)
        self.whole.setTextFormat(Qt.TextFormat.PlainText)
        self.causes = ResultTable(self.tr("Causes"), tools=False)
        self.causes.set_empty_text(
            self.tr("Choose two runs and press Compare to see what differs.")
        )
        self.changed = ResultTable(self.tr("Verdicts that differ"))
        self.changed.set_empty_text(self.tr("No verdict differs."))
        self.changed.row_opened.connect(
            lambda row: self.rule_wanted.emit(str(row["rule"]), str(row["subject"]))
        )
        Fit(self.causes, _DIFFERS)
        Fit(self.changed, 1)
        self._lay_out()
        self._enable()

    def show_runs(self, runs: Sequence[KeptRun], keeps: int) -> None:
        """Show the kept runs, the newest first."""
        self._runs = {run.run_id: run for run in runs}
        self.note.setText(self.tr("The newest {0} runs are kept with the document.").format(keeps))
        tr = self.tr
        self.table.show_rows(
            (
                Column("made", tr("Kept at (UTC)"), width=152),
                Column("as_of", tr("As of"), "date", width=104),
                Column("scenario", tr("Scenario"), width=144),
                Column("score", tr("Score"), "number", decimals=1, width=72),
                Column("after", tr("After waivers"), "number", decimals=1, width=112),
                Column("worst", tr("Worst case"), "number", decimals=1, width=96),
                Column("fail", tr("Fail"), "integer", width=64),
                Column("unknown", tr("Unknown"), "integer", width=88),
                Column("run", tr("Run"), width=112),
            ),
            [
                {
                    "made": f"{run.made_at:%Y-%m-%d %H:%M}" if run.made_at else "",
                    "as_of": run.as_of,
                    "scenario": run.scenario,
                    "score": run.score,
                    "after": run.score_after_waivers,
                    "worst": run.score_worst_case,
                    "fail": run.verdicts.get("fail"),
                    "unknown": run.verdicts.get("unknown"),
                    "run": run.run_id[:_SHORT],
                    "id": run.run_id,
                }
                for run in runs
            ],
        )
        self._enable()

    def show_comparison(self, found: Comparison) -> None:
        """Show what differs between two runs."""
        before, after = found.before, found.after
        text = self.tr("{0} verdicts differ between {1} and {2}; score {3} to {4}.").format(
            show(found.findings, "integer"),
            f"{before.run_id[:_SHORT]} ({before.as_of})",
            f"{after.run_id[:_SHORT]} ({after.as_of})",
            show(before.score, "number", 1),
            show(after.score, "number", 1),
        )
        if found.not_attributed_because:
            text += " " + self.tr("The causes cannot be told apart: {0}").format(
                found.not_attributed_because
            )
        self.whole.setText(text)
        tr = self.tr
        self.causes.set_empty_text(self.tr("Nothing differs between the two runs."))
        self.causes.show_rows(
            (
                Column("cause", tr("Cause"), width=136),
                Column("findings", tr("Verdicts"), "integer", width=80),
                Column("fail", tr("Fails"), width=64, tone=_tone),
                Column("score", tr("Score"), width=72),
                Column("after", tr("After waivers"), width=112),
                Column("what", tr("What differs")),
            ),
            [
                {
                    "cause": word(CAUSES, cause.cause),
                    "findings": cause.findings,
                    "fail": f"{cause.verdicts['fail']:+d}",
                    "score": _signed(cause.score),
                    "after": _signed(cause.score_after_waivers),
                    "what": ", ".join(cause.changed).replace("_", " "),
                }
                for cause in found.causes
            ],
        )
        absent = self.tr("not there")
        self.changed.show_rows(
            (
                Column("rule", tr("Rule"), width=128),
                Column("subject", tr("Subject")),
                Column("before", tr("Before"), "sign", width=128),
                Column("after", tr("After"), "sign", width=128),
                Column("causes", tr("Because"), width=200),
            ),
            [
                {
                    "rule": item.rule_id,
                    "subject": item.subject_id,
                    "before": item.before or absent,
                    "after": item.after or absent,
                    "causes": ", ".join(word(CAUSES, cause) for cause in item.causes),
                }
                for item in found.changed
            ],
        )

    def _selected(self) -> list[KeptRun]:
        return [self._runs[str(row["id"])] for row in self.table.selected_rows()]

    def _compare(self) -> None:
        chosen = self._selected()
        newest = next(iter(self._runs.values()), None)
        if len(chosen) == 1 and newest is not None and newest is not chosen[0]:
            chosen.append(newest)
        if len(chosen) == 2:
            before, after = sorted(chosen, key=lambda run: (str(run.made_at or ""), run.as_of))
            self.compare_wanted.emit(before, after)

    def _remove(self) -> None:
        for run in self._selected()[:1]:
            self.remove_wanted.emit(run)

    def _enable(self) -> None:
        chosen = len(self._selected())
        self.compare.setEnabled(chosen in {1, 2} and len(self._runs) > 1)
        self.remove.setEnabled(chosen == 1)

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self.note, 1)
        for button in (self.compare, self.remove, self.keep):
            head.addWidget(button)
        below = QWidget()
        inner = QVBoxLayout(below)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(8)
        inner.addWidget(self.whole)
        inner.addWidget(self.causes, 2)
        inner.addWidget(self.changed, 3)
        split = QSplitter(Qt.Orientation.Vertical)
        split.addWidget(self.table)
        split.addWidget(below)
        split.setSizes([200, 400])
        split.setChildrenCollapsible(False)
        split.setHandleWidth(12)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addLayout(head)
        layout.addWidget(split, 1)


def _signed(value: float | None) -> str:
    return "" if value is None else f"{round(value, 1) + 0.0:+.1f}"


def _tone(value: object, _row: Row) -> str | None:
    text = str(value)
    return "bad" if text.startswith("+") and text != "+0" else "good" if text[:1] == "-" else None
