"""Verdicts that rest on facts nobody has confirmed, and what they would be if confirmed."""

from dataclasses import dataclass

import duckdb
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from freehold.compliance.compiled import unverified_name
from freehold.compliance.engine import quoted
from freehold.compliance.findings import rows_sql
from freehold.desktop.numbers import show
from freehold.desktop.pages.overview_panels import Fit
from freehold.desktop.tables import Column, ResultTable
from freehold.scenarios import Run

MOST_ROWS = 2000


@dataclass(frozen=True, slots=True)
class Unconfirmed:
    """A verdict and the columns of unverified facts that it rests on."""

    rule_id: str
    severity: str
    title: str
    subject_id: str
    result: str
    if_confirmed: str | None
    facts: tuple[str, ...]


def read_unconfirmed(run: Run, connection: duckdb.DuckDBPyConnection) -> tuple[Unconfirmed, ...]:
    """Return the verdicts resting on unverified facts, those that would fail first."""
    judged = run.judgement.judged
    store = quoted(run.store)
    counted = connection.execute(
        f"SELECT DISTINCT rule_id FROM {store}.verdicts WHERE reason = 'unverified'"
    ).fetchall()
    found: list[Unconfirmed] = []
    for (rule_id,) in counted:
        rule = judged.rule(str(rule_id))
        documented = rule.view.documented
        facts = [name for name in rule.columns if documented[name].verified]
        listed = ", ".join(
            f"CASE WHEN shown.{quoted(unverified_name(name))} = FALSE THEN ? END" for name in facts
        )
        rows = connection.execute(
            f"SELECT v.subject_id, v.result, v.if_confirmed"
            f"{', ' if listed else ''}{listed} FROM {store}.verdicts AS v"
            f" LEFT JOIN ({rows_sql(judged, rule)}) AS shown"
            " ON shown.finding_subject = v.subject_id"
            " WHERE v.rule_id = ? AND v.reason = 'unverified'"
            " ORDER BY v.if_confirmed IS DISTINCT FROM 'fail', v.subject_id LIMIT ?",
            [*facts, rule_id, MOST_ROWS],
        ).fetchall()
        for subject, result, confirmed, *names in rows:
            found.append(
                Unconfirmed(
                    rule.rule.id,
                    rule.rule.severity,
                    rule.rule.title,
                    str(subject),
                    str(result),
                    confirmed,
                    tuple(name for name in names if name is not None),
                )
            )
    found.sort(key=lambda item: (item.if_confirmed != "fail", item.rule_id, item.subject_id))
    return tuple(found)


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
                    "facts": ", ".join(name.replace("_", " ") for name in row.facts),
                }
                for row in rows
            ],
        )
