"""The waivers of the document: what they cover, which expire, have grown or are void."""

from datetime import date

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from freehold.compliance import WaiverState
from freehold.compliance.scores import three_scores
from freehold.desktop.numbers import show
from freehold.desktop.pages.compliance_words import (
    CATEGORIES,
    WAIVER_STATES,
    translated,
    word,
)
from freehold.desktop.pages.overview_panels import Fit
from freehold.desktop.tables import Column, ResultTable
from freehold.desktop.tables.columns import Row
from freehold.scenarios import Run

SOON_DAYS = 90
_SAYS = 8
_TONES = {
    "active": "good",
    "grown": "warn",
    "expired": "bad",
    "revoked": "bad",
    "void": "bad",
    "invalid": "bad",
}
_SHOWN = {
    "soon": ("active", "grown"),
    "grown": ("grown",),
    "void": ("void", "expired", "revoked", "invalid"),
}


class WaiversView(QWidget):
    """Lists waivers; `edit_wanted` and `revoke_wanted` tell which, `rule_wanted` what it is for."""

    edit_wanted = Signal(object)
    revoke_wanted = Signal(object)
    rule_wanted = Signal(str, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._states: dict[str, WaiverState] = {}
        self._as_of = date.min
        self.scores = QLabel()
        self.scores.setObjectName("muted")
        self.filter = QComboBox()
        self.filter.setObjectName("top_field")
        self.filter.setAccessibleName(self.tr("Which waivers"))
        for text, code in (
            (self.tr("All waivers"), ""),
            (self.tr("Expiring within {0} days").format(SOON_DAYS), "soon"),
            (self.tr("Grown since approval"), "grown"),
            (self.tr("Without effect"), "void"),
        ):
            self.filter.addItem(text, code)
        self.filter.currentIndexChanged.connect(lambda _index: self._fill())
        self.table = ResultTable(self.tr("Waivers"))
        self.table.set_empty_text(
            self.tr(
                "No waiver here. To approve one, choose failing subjects under Rules or Findings "
                "and press Waive."
            )
        )
        self.table.row_opened.connect(self._open)
        self.table.selection_changed.connect(self._enable)
        self.edit, self.revoke = QPushButton(self.tr("Edit…")), QPushButton(self.tr("Revoke…"))
        self.edit.setToolTip(self.tr("Change dates, people or evidence of the waiver chosen"))
        self.revoke.setToolTip(self.tr("End the waiver chosen; what it covered fails again"))
        for button, signal in ((self.edit, self.edit_wanted), (self.revoke, self.revoke_wanted)):
            button.setObjectName("quiet")
            button.clicked.connect(lambda _checked=False, tell=signal: self._tell(tell))
        Fit(self.table, _SAYS, least=220, spare=(3, 5))
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self.filter)
        head.addWidget(self.scores, 1)
        head.addWidget(self.edit)
        head.addWidget(self.revoke)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addLayout(head)
        layout.addWidget(self.table, 1)
        self._enable()

    def show_run(self, run: Run) -> None:
        """Show the waivers of a run and what they do to the score."""
        self._states = {state.waiver.waiver_id: state for state in run.judgement.waivers}
        self._as_of = run.as_of
        three = three_scores(run.judgement.rules)
        self.scores.setText(
            self.tr("Score {0} before waivers, {1} after, {2} if all unknown fail").format(
                show(three.before_waivers, "number", 1),
                show(three.after_waivers, "number", 1),
                show(three.worst_case, "number", 1),
            )
        )
        self._fill()

    def chosen(self) -> WaiverState | None:
        """Return the waiver selected."""
        rows = self.table.selected_rows()
        return self._states.get(str(rows[0]["waiver"])) if rows else None

    def _fill(self) -> None:
        wanted = str(self.filter.currentData() or "")
        rows = [
            self._row(state)
            for state in self._states.values()
            if not wanted or state.state in _SHOWN[wanted]
        ]
        if wanted == "soon":
            rows = [row for row in rows if _is_soon(row["days"])]
        tr = self.tr
        self.table.show_rows(
            (
                Column(
                    "state", tr("State"), words=translated(WAIVER_STATES), width=128, tone=_tone
                ),
                Column("waiver", tr("Waiver"), width=80),
                Column("rule", tr("Rule"), width=120),
                Column("category", tr("Category"), words=translated(CATEGORIES), width=144),
                Column("expires", tr("Expires"), "date", width=104),
                Column("days", tr("Days left"), "integer", width=88, tone=_late),
                Column("waived", tr("Covers"), "integer", width=72),
                Column("left", tr("Still fail"), "integer", width=88, tone=_some),
                Column("says", tr("What became of it")),
                Column("owner", tr("Owner"), width=128),
                Column("approver", tr("Approved by"), width=128),
            ),
            rows,
        )
        self._enable()

    def _row(self, state: WaiverState) -> dict[str, object]:
        waiver = state.waiver
        reach = waiver.subject_id or waiver.scope or ""
        days = (waiver.expires_on - self._as_of).days if waiver.expires_on else None
        return {
            "state": state.state,
            "waiver": waiver.waiver_id,
            "rule": waiver.rule_id,
            "category": waiver.category,
            "expires": waiver.expires_on,
            "days": days,
            "waived": state.waived,
            "left": state.left_failing,
            "says": f"{state.sentence}. {reach}: {waiver.reason or ''}",
            "owner": waiver.owner,
            "approver": waiver.approver,
            "subject": waiver.subject_id or "",
        }

    def _open(self, row: dict[str, object]) -> None:
        self.rule_wanted.emit(str(row["rule"]), str(row["subject"]))

    def _tell(self, signal: object) -> None:
        state = self.chosen()
        if state is not None:
            signal.emit(state)  # type: ignore[attr-defined]

    def _enable(self) -> None:
        state = self.chosen()
        self.edit.setEnabled(state is not None)
        self.revoke.setEnabled(state is not None and state.waiver.revoked_on is None)


def _is_soon(days: object) -> bool:
    return isinstance(days, int) and 0 <= days <= SOON_DAYS


def _tone(value: object, _row: Row) -> str | None:
    return next((tone for code, tone in _TONES.items() if word(WAIVER_STATES, code) == value),
                _TONES.get(str(value)))  # fmt: skip


def _late(value: object, _row: Row) -> str | None:
    return "bad" if isinstance(value, int) and value < 0 else "warn" if _is_soon(value) else None


def _some(value: object, _row: Row) -> str | None:
    return "bad" if value else None
