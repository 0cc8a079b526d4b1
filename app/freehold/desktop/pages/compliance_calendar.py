"""What expires, begins or is due: the calendar of the document."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QComboBox,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from freehold.compliance.deadlines import HORIZONS_DAYS, Deadline, within
from freehold.desktop.errors import show_error
from freehold.desktop.pages.compliance_words import DEADLINES, translated, word
from freehold.desktop.pages.overview_panels import Fit
from freehold.desktop.tables import Column, ResultTable
from freehold.desktop.tables.columns import Row
from freehold.errors import FreeholdError
from freehold.workflows.calendar import write

_WHAT = 3
_SOON_DAYS = 30


class CalendarView(QWidget):
    """Lists deadlines; `row_wanted` tells the place and the key behind one."""

    row_wanted = Signal(str, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: Sequence[Deadline] = ()
        self._as_of, self._name = date.min, ""
        self.horizon, self.kind = QComboBox(), QComboBox()
        for box, name in ((self.horizon, self.tr("How far ahead")), (self.kind, self.tr("Kind"))):
            box.setObjectName("top_field")
            box.setAccessibleName(name)
        self.horizon.addItem(self.tr("Within a year"), HORIZONS_DAYS[-1])
        for days in HORIZONS_DAYS[:-1]:
            self.horizon.addItem(self.tr("Within {0} days").format(days), days)
        self.horizon.addItem(self.tr("Overdue"), -1)
        self.kind.addItem(self.tr("Every kind"), "")
        for code, text in translated(DEADLINES).items():
            self.kind.addItem(text, code)
        self.counts = QLabel()
        self.counts.setObjectName("muted")
        self.export = QPushButton(self.tr("Calendar file…"))
        self.export.setObjectName("quiet")
        self.export.setToolTip(self.tr("Write the deadlines listed as .ics for a calendar program"))
        self.export.clicked.connect(lambda _checked=False: self.export_ics())
        self.table = ResultTable(self.tr("Deadlines"))
        self.table.set_empty_text(
            self.tr(
                "Nothing is due here. Contracts, commitments, waivers and certificates with a date "
                "stand here once the estate names them."
            )
        )
        self.table.row_opened.connect(self._open)
        Fit(self.table, _WHAT, least=200, spare=(5, 6))
        for box in (self.horizon, self.kind):
            box.currentIndexChanged.connect(lambda _index: self._fill())
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self.horizon)
        head.addWidget(self.kind)
        head.addWidget(self.counts, 1)
        head.addWidget(self.export)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addLayout(head)
        layout.addWidget(self.table, 1)

    def show_deadlines(self, rows: Sequence[Deadline], as_of: date, name: str) -> None:
        """Show what falls within a year, or is overdue."""
        self._rows, self._as_of, self._name = rows, as_of, name
        counts = within(rows, as_of)
        self.counts.setText(
            self.tr("{0} overdue, {1} within 30 days, {2} within 90, {3} within a year").format(
                counts["overdue"], counts["30_days"], counts["90_days"], counts["365_days"]
            )
        )
        self._fill()

    def listed(self) -> list[Deadline]:
        """Return the deadlines that the filters leave."""
        most, kind = int(self.horizon.currentData()), str(self.kind.currentData() or "")
        return [
            row
            for row in self._rows
            if row.days(self._as_of) <= most and (not kind or row.kind == kind)
        ]

    def export_ics(self, path: Path | None = None) -> None:
        """Write the deadlines listed as a calendar file, asking for its name if none is given."""
        if path is None:
            chosen, _ = QFileDialog.getSaveFileName(
                self,
                self.tr("Write a calendar file"),
                f"{self._name or 'freehold'}.ics",
                self.tr("Calendars (*.ics)"),
            )
            if not chosen:
                return
            path = Path(chosen)
        try:
            write(path, self.listed(), self._name, self._as_of)
        except FreeholdError as error:
            show_error(self.window(), error)

    def _fill(self) -> None:
        tr = self.tr
        self.table.show_rows(
            (
                Column("on", tr("Day"), "date", width=104),
                Column("days", tr("In days"), "integer", width=80, tone=_tone),
                Column("kind", tr("What"), width=192),
                Column("what", tr("Which")),
                Column("provider", tr("Provider"), width=112),
                Column("owner", tr("Owner"), width=128),
                Column("source", tr("Source"), width=192),
            ),
            [
                {
                    "on": row.on,
                    "days": row.days(self._as_of),
                    "kind": word(DEADLINES, row.kind),
                    "what": row.what if row.verified else f"{row.what} †",
                    "provider": row.provider,
                    "owner": row.owner,
                    "source": row.source,
                    "table": row.table,
                    "key": row.key,
                }
                for row in self.listed()
            ],
        )

    def _open(self, row: dict[str, object]) -> None:
        self.row_wanted.emit(*place_of_deadline(str(row["table"]), str(row["key"]),
                                                str(row["provider"] or "")))  # fmt: skip


def place_of_deadline(table: str, key: str, provider: str) -> tuple[str, str]:
    """Return the place of the rail and the key of the row that a deadline is about."""
    match table:
        case "waivers":
            return "compliance", "waivers"
        case "findings_register":
            return "compliance", f"findings:{key}"
        case "rules":
            return "compliance", key
        case "certifications":
            return "catalogue", provider or key
        case "laws":
            return "catalogue", key
        case _:
            return "estate", f"{table}:{key}"


def _tone(value: object, _row: Row) -> str | None:
    if not isinstance(value, int):
        return None
    return "bad" if value < 0 else "warn" if value <= _SOON_DAYS else None
