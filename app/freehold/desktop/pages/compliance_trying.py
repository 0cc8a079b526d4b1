"""Another weight or threshold for a rule, tried: what the score would then be.

Nothing is kept and the estate is not judged again, only the rule tried; see `workflows.trying`.
"""

import time
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from PySide6.QtCore import QSignalBlocker
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from freehold.compliance import FrameworkResult, Rule
from freehold.desktop.numbers import Kind, show
from freehold.desktop.pages.compliance_trying_fields import Field, Value, field_for
from freehold.desktop.tables import Column, ResultTable
from freehold.desktop.work import Worker
from freehold.errors import FreeholdError
from freehold.scenarios import Run
from freehold.scenarios.measures import overall
from freehold.workflows.trying import WEIGHT, Trial, trial, with_value

SIZE = (760, 620)


class _Line(NamedTuple):
    """One figure as it is and as it would be: a share 0-1, a score 0-100 or a count."""

    what: str
    now: float | None
    then: float | None
    kind: Kind


class TryingDialog(QDialog):
    """Fields for a rule's weight and parameters above, the figures that they move below."""

    def __init__(self, worker: Worker, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Try other values"))
        self.resize(*SIZE)
        self._worker = worker
        self._run: Run | None = None
        self._rule: Rule | None = None
        self._is_trying = self._is_behind = False
        self.fields: dict[str, Field] = {}
        self.trial: Trial | None = None
        self.seconds = 0.0
        self.head, self.said = QLabel(), QLabel()
        self.said.setObjectName("muted")
        for label in (self.head, self.said):
            label.setWordWrap(True)
        self._form = QWidget()
        self.table = ResultTable(self.tr("Figures that move"), tools=False)
        self.reset_button = QPushButton(self.tr("&Reset"))
        self.reset_button.setObjectName("quiet")
        self.reset_button.setToolTip(self.tr("Back to the values of the rule"))
        self.reset_button.setAutoDefault(False)
        self.reset_button.clicked.connect(lambda _checked=False: self.reset())
        closing = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        closing.rejected.connect(self.reject)
        closing.button(QDialogButtonBox.StandardButton.Close).setAutoDefault(False)
        last = QHBoxLayout()
        last.setSpacing(8)
        last.addWidget(self.reset_button)
        last.addStretch(1)
        last.addWidget(closing)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(24, 16, 24, 16)
        self._layout.setSpacing(12)
        self._layout.addWidget(self.head)
        self._layout.addWidget(self._form)
        self._layout.addWidget(self.table, 1)
        self._layout.addWidget(self.said)
        self._layout.addLayout(last)

    @property
    def is_trying(self) -> bool:
        """Whether an answer is awaited."""
        return self._is_trying

    def show_rule(self, run: Run, rule_id: str) -> None:
        """Offer the values of a rule of a run."""
        self._run, self._rule = run, run.judgement.judged.rule(rule_id).rule
        self.head.setText(
            self.tr("{0}: {1}. Values tried here are not kept; nothing else changes.").format(
                rule_id, self._rule.title
            )
        )
        self._make_fields(self._rule)
        self._try()

    def reset(self) -> None:
        """Put the rule's own values back."""
        rule = self._rule
        if rule is None:
            return
        for name, value in _values(rule).items():
            with QSignalBlocker(self.fields[name]):
                self.fields[name].set_value(value)
        self._try()

    def _make_fields(self, rule: Rule) -> None:
        form = QWidget()
        grid = QGridLayout(form)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(8)
        self.fields = {}
        for number, (name, value) in enumerate(_values(rule).items()):
            words = self.tr("Weight") if name == WEIGHT else name.replace("_", " ").capitalize()
            field = field_for(words, value, least=0 if name == WEIGHT else None)
            field.changed.connect(self._try)
            label = QLabel(words)
            label.setBuddy(field.focusProxy() or field)
            grid.addWidget(label, number, 0)
            grid.addWidget(field, number, 1)
            self.fields[name] = field
        grid.setColumnStretch(1, 1)
        self._layout.replaceWidget(self._form, form)
        self._form.deleteLater()
        self._form = form
        self.fields[WEIGHT].setFocus()

    def _try(self) -> None:
        """Score with the values in the fields; while one answer is awaited, the last one counts."""
        run, rule = self._run, self._rule
        if run is None or rule is None:
            return
        if self._is_trying:
            self._is_behind = True
            return
        changed = rule
        try:
            for name, value in _values(rule).items():
                wanted = self.fields[name].value()
                if wanted != value:
                    changed = with_value(changed, name, wanted)
        except FreeholdError as error:
            self.said.setText(str(error))
            return
        self._is_trying = True
        started = time.perf_counter()
        self._worker.start(
            self.tr("Trying {0}").format(rule.id),
            lambda task: trial(run, changed, task.cursor(run.connection)),
            lambda found: self._take(found, time.perf_counter() - started),
            failed=self._failed,
            cancelled=self._ended,
        )

    def _take(self, found: object, seconds: float) -> None:
        if isinstance(found, Trial) and self._run is not None:
            self.trial, self.seconds = found, seconds
            self.table.show_rows(self._columns(), [_row(line) for line in self._lines(found)])
            self.said.setText(self._sentence(found))
        self._ended()

    def _failed(self, error: Exception) -> None:
        self.said.setText(str(error))
        self._ended()

    def _ended(self) -> None:
        self._is_trying = False
        if self._is_behind:
            self._is_behind = False
            self._try()

    def _sentence(self, found: Trial) -> str:
        run = self._run
        score = overall(run.judgement.rules)[0] if run is not None else None
        if score is None or found.score is None:
            return self.tr("Nothing is decided, so there is no score.")
        moved = found.score - score
        if not round(moved, 2):
            return self.tr("The score stays at {0}.").format(show(score, "number", 2))
        return (
            self.tr("The score would be {0}, {1} more than now.").format(
                show(found.score, "number", 2), show(moved, "number", 2)
            )
            if moved > 0
            else self.tr("The score would be {0}, {1} less than now.").format(
                show(found.score, "number", 2), show(-moved, "number", 2)
            )
        )

    def _lines(self, found: Trial) -> Sequence[_Line]:
        run = self._run
        assert run is not None  # there is a trial of it
        before = run.judgement.rule(found.rule.id)
        score, coverage = overall(run.judgement.rules)
        lines = [
            _Line(self.tr("Score over all rules"), score, found.score, "number"),
            _Line(self.tr("Coverage over all rules"), coverage, found.coverage, "share"),
        ]
        groups: tuple[tuple[str, Sequence[FrameworkResult], Sequence[FrameworkResult]], ...] = (
            (self.tr("Score of the pack {0}"), run.judgement.packs, found.packs),
            (self.tr("Score of {0}"), run.judgement.frameworks, found.frameworks),
        )
        for words, held, results in groups:
            known = {one.id: one.score for one in held}
            for then in results:
                now = known.get(then.id)
                lines.append(_Line(words.format(then.title), now, then.score, "number"))
        after = found.rule
        return [
            *lines,
            _Line(self.tr("Score of this rule"), before.score, after.score, "number"),
            _Line(self.tr("Fails of this rule"), before.fail, after.fail, "integer"),
            _Line(self.tr("Unknowns of this rule"), before.unknown, after.unknown, "integer"),
            _Line(self.tr("Passes of this rule"), before.passed, after.passed, "integer"),
        ]

    def _columns(self) -> tuple[Column, ...]:
        tr = self.tr
        return (
            Column("what", tr("Figure"), width=380),
            Column("now", tr("Now"), width=88),
            Column("then", tr("Tried"), width=88),
            Column("moved", tr("Difference"), width=112, tone=_tone),
        )


def _values(rule: Rule) -> Mapping[str, Value]:
    return {WEIGHT: rule.weight, **rule.params}


def _row(line: _Line) -> dict[str, object]:
    decimals = 0 if line.kind == "integer" else 2
    moved = None if line.now is None or line.then is None else line.then - line.now
    is_still = moved is None or not round(moved, 4)
    sign = "" if moved is None or moved < 0 else "+"
    return {
        "what": line.what,
        "now": show(line.now, line.kind, decimals),
        "then": show(line.then, line.kind, decimals),
        "moved": "" if is_still else f"{sign}{show(moved, line.kind, decimals)}",
        "is_score": line.kind == "number",
        "sign": 0 if moved is None or is_still else moved,
    }


def _tone(_value: object, row: Mapping[str, object]) -> str | None:
    moved = float(str(row["sign"]))
    if not row["is_score"] or not moved:
        return None
    return "good" if moved > 0 else "bad"
