"""Verdicts that rest on facts nobody has confirmed, and what they would be if confirmed."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from freehold.compliance.unconfirmed import Fact, Unconfirmed
from freehold.desktop.numbers import show
from freehold.desktop.pages.overview_panels import Fit
from freehold.desktop.tables import Column, ResultTable


def _in_words(fact: Fact) -> str:
    name = fact.column.replace("_", " ")
    return f"{name} ({fact.row})" if fact.row else name


class UnconfirmedView(QWidget):
    """Lists them; a row opens its rule and subject."""

    verdict_opened = Signal(str, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._note = QLabel(
            self.tr(
                "Critical and high rules take a catalogue fact that nobody has verified as "
                "unknown; medium and low rules decide on it and are listed here. Confirm a fact "
                "on the Catalogue page with its source."
            )
        )
        self._note.setObjectName("muted")
        self._note.setWordWrap(True)
        self._count = QLabel()
        self.table = ResultTable(self.tr("Unconfirmed facts"))
        self.table.set_empty_text(self.tr("No verdict rests on a fact that is not confirmed."))
        Fit(self.table, 2, spare=(4, 0))
        self.table.row_opened.connect(
            lambda row: self.verdict_opened.emit(str(row["rule"]), str(row["subject"]))
        )
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        for widget in (self._note, self._count):
            layout.addWidget(widget)
        layout.addWidget(self.table, 1)

    def show_rows(self, rows: tuple[Unconfirmed, ...]) -> None:
        """Show verdicts that rest on unconfirmed facts."""
        failing = sum(1 for row in rows if row.if_confirmed == "fail")
        self._count.setText(
            self.tr(
                "{0} verdicts rest on such facts; {1} would fail if they are confirmed."
            ).format(show(len(rows), "integer"), show(failing, "integer"))
        )
        tr = self.tr
        self.table.show_rows(
            (
                Column("severity", tr("Severity"), "sign", width=96),
                Column("rule", tr("Rule"), width=132),
                Column("title", tr("Title")),
                Column("subject", tr("Subject"), width=160),
                Column("result", tr("Now"), "sign", width=104),
                Column("confirmed", tr("If confirmed"), "sign", width=144),
                Column("facts", tr("Facts †"), width=240),
            ),
            [
                {
                    "severity": row.severity,
                    "rule": row.rule_id,
                    "title": row.title,
                    "subject": row.subject_id,
                    "result": row.result,
                    "confirmed": row.if_confirmed or row.result,
                    "facts": ", ".join(_in_words(fact) for fact in row.facts),
                }
                for row in rows
            ],
        )
