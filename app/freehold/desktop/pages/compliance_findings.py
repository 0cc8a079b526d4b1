"""All findings with the register: who does what about them until when."""

from collections.abc import Sequence
from datetime import date

from PySide6.QtCore import QDate, QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDateEdit,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from freehold.compliance.register import DONE, STATUSES
from freehold.desktop.pages.compliance_words import STATUSES as WORDS
from freehold.desktop.pages.compliance_words import translated, word
from freehold.desktop.pages.overview_panels import Fit
from freehold.desktop.tables import Column, ResultTable
from freehold.desktop.tables.columns import Row
from freehold.workflows.results_register import RegisteredFinding

_SUBJECT = 3


class FindingsView(QWidget):
    """Lists findings; `entry_wanted` tells keys and values, `waive_wanted` rule and subjects."""

    entry_wanted = Signal(list, dict)
    waive_wanted = Signal(str, list)
    rule_wanted = Signal(str, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: Sequence[RegisteredFinding] = ()
        self.owner, self.status = QComboBox(), QComboBox()
        for box, name in ((self.owner, self.tr("Owner")), (self.status, self.tr("Status"))):
            box.setObjectName("top_field")
            box.setAccessibleName(name)
            box.setMinimumWidth(128)
        self.status.addItem(self.tr("Any status"), "")
        for code in STATUSES:
            self.status.addItem(word(WORDS, code), code)
        self.overdue = QCheckBox(self.tr("Over&due only"))
        self.overdue.toggled.connect(lambda _on: self._fill())
        self.note = QLabel()
        self.note.setObjectName("muted")
        self.table = ResultTable(self.tr("Findings"))
        self.table.set_empty_text(self.tr("No finding is left by these filters."))
        self.table.row_opened.connect(
            lambda row: self.rule_wanted.emit(str(row["rule"]), str(row["subject"]))
        )
        self.table.selection_changed.connect(self._offer)
        Fit(self.table, _SUBJECT, least=160, spare=(7, 8, 9))
        for box in (self.owner, self.status):
            box.currentIndexChanged.connect(lambda _index: self._fill())
        self._lay_out()
        self._offer()

    def show_findings(self, rows: Sequence[RegisteredFinding], total: int) -> None:
        """Show findings; `total` may be more than are listed."""
        self._rows = rows
        owners = sorted({row.owner for row in rows if row.owner})
        held = self.owner.currentData()
        with QSignalBlocker(self.owner):
            self.owner.clear()
            self.owner.addItem(self.tr("Any owner"), "")
            for name in owners:
                self.owner.addItem(name, name)
            self.owner.setCurrentIndex(max(self.owner.findData(held), 0))
        shown = len(rows)
        self.note.setText(
            self.tr("{0} findings").format(total)
            if shown >= total
            else self.tr("The first {0} of {1} findings").format(shown, total)
        )
        self._fill()

    def choose(self, rule: str, subject: str) -> None:
        """Select a finding."""
        self.overdue.setChecked(False)
        self.status.setCurrentIndex(0)
        self.owner.setCurrentIndex(0)
        model = self.table.model
        for number in range(model.rowCount() if model is not None else 0):
            row = model.row(number) if model is not None else {}
            if (row.get("rule"), row.get("subject")) == (rule, subject):
                self.table.view.selectRow(number)
                return

    def _fill(self) -> None:
        owner, status = str(self.owner.currentData() or ""), str(self.status.currentData() or "")
        tr = self.tr
        self.table.show_rows(
            (
                Column("severity", tr("Severity"), "sign", width=96),
                Column("result", tr("Verdict"), "sign", width=96),
                Column("rule", tr("Rule"), width=120),
                Column("subject", tr("Subject")),
                Column("status", tr("Status"), words=translated(WORDS), width=104),
                Column("owner", tr("Owner"), width=120),
                Column("due", tr("Due"), "date", width=96, tone=_late),
                Column("first", tr("First seen"), "date", width=96),
                Column("last", tr("Last seen"), "date", width=96),
                Column("reopened", tr("Reopened"), "integer", width=88),
            ),
            [
                {
                    "severity": row.severity,
                    "result": row.result,
                    "rule": row.rule,
                    "subject": row.subject,
                    "status": row.status,
                    "owner": row.owner,
                    "due": row.due_on,
                    "first": row.first_seen,
                    "last": row.last_seen,
                    "reopened": row.reopened or None,
                    "comment": row.comment,
                    "says": row.says,
                    "overdue": row.overdue,
                }
                for row in self._rows
                if (not owner or row.owner == owner)
                and (not status or (row.status or "open") == status)
                and (row.overdue or not self.overdue.isChecked())
            ],
        )
        self._offer()

    # The panel that changes what is chosen

    def _offer(self) -> None:
        rows = self.table.selected_rows()
        self.panel.setEnabled(bool(rows))
        rules = {str(row["rule"]) for row in rows}
        self.waive.setEnabled(
            len(rules) == 1 and bool(rows) and all(row["result"] == "fail" for row in rows)
        )
        if not rows:
            self.said.setText(self.tr("Choose a finding to say who does what about it."))
            return
        row = rows[0]
        self.said.setText(
            str(row["says"] or row["subject"])
            if len(rows) == 1
            else self.tr("{0} findings chosen").format(len(rows))
        )
        self.person.setText(str(row["owner"] or ""))
        self.state.setCurrentIndex(max(self.state.findData(row["status"]), 0))
        self.comment.setText(str(row["comment"] or ""))
        due = row["due"]
        self.has_due.setChecked(isinstance(due, date))
        self.due.setDate(
            QDate(due.year, due.month, due.day)
            if isinstance(due, date)
            else QDate.currentDate().addDays(30)
        )

    def _tell(self) -> None:
        keys = [(str(row["rule"]), str(row["subject"])) for row in self.table.selected_rows()]
        if not keys:
            return
        values = {
            "owner": self.person.text().strip() or None,
            "due_on": self.due.date().toString(Qt.DateFormat.ISODate)
            if self.has_due.isChecked()
            else None,
            "status": self.state.currentData(),
            "comment": self.comment.text().strip() or None,
        }
        self.entry_wanted.emit(keys, values)

    def _waive(self) -> None:
        rows = self.table.selected_rows()
        if rows:
            self.waive_wanted.emit(str(rows[0]["rule"]), [str(row["subject"]) for row in rows])

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(8)
        for widget in (self.owner, self.status, self.overdue):
            head.addWidget(widget)
        head.addWidget(self.note, 1)
        self.panel = QFrame()
        self.panel.setObjectName("panel")
        self.said = QLabel()
        self.said.setWordWrap(True)
        self.said.setTextFormat(Qt.TextFormat.PlainText)
        self.person, self.comment = QLineEdit(), QLineEdit()
        self.person.setPlaceholderText(self.tr("nobody yet"))
        self.comment.setPlaceholderText(self.tr("what is being done"))
        self.state, self.due = QComboBox(), QDateEdit()
        for code in STATUSES:
            self.state.addItem(word(WORDS, code), code)
        self.due.setCalendarPopup(True)
        self.due.setDisplayFormat("yyyy-MM-dd")
        self.has_due = QCheckBox(self.tr("D&ue"))
        self.has_due.toggled.connect(self.due.setEnabled)
        self.due.setEnabled(False)
        self.save, self.waive = QPushButton(self.tr("Set")), QPushButton(self.tr("Waive…"))
        self.save.setObjectName("primary")
        self.waive.setObjectName("quiet")
        self.save.setToolTip(self.tr("Write this into the register for all that are chosen"))
        self.waive.setToolTip(self.tr("Approve a waiver for the fails chosen, all of one rule"))
        self.save.clicked.connect(lambda _checked=False: self._tell())
        self.waive.clicked.connect(lambda _checked=False: self._waive())
        row = QHBoxLayout()
        row.setSpacing(8)
        for text, field, stretch in (
            (self.tr("&Owner"), self.person, 2),
            (self.tr("&Status"), self.state, 0),
            ("", self.has_due, 0),
            ("", self.due, 0),
            (self.tr("Co&mment"), self.comment, 4),
        ):
            if text:
                label = QLabel(text)
                label.setBuddy(field)
                row.addWidget(label)
                field.setAccessibleName(text.replace("&", ""))
            row.addWidget(field, stretch)
        self.due.setAccessibleName(self.tr("Due"))
        row.addWidget(self.save)
        row.addWidget(self.waive)
        inner = QVBoxLayout(self.panel)
        inner.setContentsMargins(16, 12, 16, 12)
        inner.setSpacing(8)
        inner.addWidget(self.said)
        inner.addLayout(row)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addLayout(head)
        layout.addWidget(self.table, 1)
        layout.addWidget(self.panel)


def _late(_value: object, row: Row) -> str | None:
    return "bad" if row.get("overdue") and row.get("status") not in DONE else None
