"""All rules on one subject: what each says of it, the worst first; a row opens its explanation."""

import duckdb
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from freehold.compliance.rule import SEVERITIES
from freehold.desktop.native.signs import word_of
from freehold.desktop.tables import Column, ResultTable
from freehold.desktop.work import Worker
from freehold.errors import InputError
from freehold.estate.sql import qualified
from freehold.scenarios import Run
from freehold.workflows.explaining import rules_on
from freehold.workflows.results import RuleOnSubject

SIZE = (1040, 560)
MOST_PLACEMENTS = 20
RESULTS = ("fail", "unknown", "waived", "pass", "not_applicable")


class SubjectDialog(QDialog):
    """Lists what every rule says of a subject; `rule_wanted` tells rule and subject."""

    rule_wanted = Signal(str, str)

    def __init__(self, worker: Worker, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.resize(*SIZE)
        self._worker = worker
        self.subject = ""
        self.head = QLabel()
        self.head.setObjectName("muted")
        self.head.setWordWrap(True)
        self.table = ResultTable(self.tr("Rules on this subject"))
        self.table.row_opened.connect(self._open)
        closing = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        closing.rejected.connect(self.reject)
        closing.button(QDialogButtonBox.StandardButton.Close).setAutoDefault(False)
        hint = QLabel(self.tr("Press Enter on a row to see why."))
        hint.setObjectName("small")
        last = QHBoxLayout()
        last.addWidget(hint, 1)
        last.addWidget(closing)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 16, 24, 16)
        layout.setSpacing(8)
        layout.addWidget(self.head)
        layout.addWidget(self.table, 1)
        layout.addLayout(last)

    def show_subject(self, run: Run, subject: str) -> None:
        """Read what all rules say of a subject, and show it."""
        self.subject = subject
        self.setWindowTitle(self.tr("All rules on {0}").format(subject))
        self.head.setText(self.tr("Reading …"))
        self.table.show_rows(self._columns(), [])
        connection = run.connection
        self._worker.start(
            self.tr("Reading all rules on {0}").format(subject),
            lambda task: read_rules(run, subject, task.cursor(connection)),
            lambda found: self._show(subject, found),
            failed=lambda error: self.head.setText(str(error)),
            only_latest="all rules on a subject",
        )

    def _show(self, subject: str, found: object) -> None:
        if subject != self.subject or not isinstance(found, list):
            return
        counts = {name: sum(rule.verdict == name for _, rule in found) for name in RESULTS}
        said = ", ".join(f"{word_of(name).lower()} {n}" for name, n in counts.items() if n)
        self.head.setText(self.tr("{0} rules judge {1}: {2}").format(len(found), subject, said))
        self.table.show_rows(self._columns(), [_row(*one) for one in sorted(found, key=_place)])
        if found:
            self.table.view.selectRow(0)
            self.table.view.setFocus()

    def _columns(self) -> tuple[Column, ...]:
        tr = self.tr
        return (
            Column("verdict", tr("Verdict"), "sign", width=136),
            Column("severity", tr("Severity"), "sign", width=96),
            Column("subject", tr("Subject"), width=136),
            Column("rule", tr("Rule"), width=128),
            Column("title", tr("Title"), width=336),
            Column("missing", tr("Not told"), width=168),
        )

    def _open(self, row: dict[str, object]) -> None:
        self.accept()
        self.rule_wanted.emit(str(row["rule"]), str(row["subject"]))


def read_rules(
    run: Run, subject: str, connection: duckdb.DuckDBPyConnection
) -> list[tuple[str, RuleOnSubject]]:
    """Return what rules say of a subject, or of the placements of the resource of that id.

    Safe in a thread.

    Raises:
        InputError: no rule has such a subject.
    """
    try:
        return [(subject, rule) for rule in rules_on(connection, run.judgement, subject)]
    except InputError:
        placements = connection.execute(
            f"SELECT placement FROM {qualified(run.schemas.views, 'placements')}"
            " WHERE resource = ? ORDER BY placement LIMIT ?",
            [subject, MOST_PLACEMENTS],
        ).fetchall()
        if not placements:
            raise
    return [
        (str(own), rule)
        for (own,) in placements
        for rule in rules_on(connection, run.judgement, str(own))
    ]


def _place(one: tuple[str, RuleOnSubject]) -> tuple[int, int, str, str]:
    subject, rule = one
    return RESULTS.index(rule.verdict), SEVERITIES.index(rule.severity), rule.rule, subject


def _row(subject: str, rule: RuleOnSubject) -> dict[str, object]:
    missing = [n.replace("_", " ") for n, value in rule.values.items() if value is None]
    return {
        "subject": subject,
        "verdict": rule.verdict,
        "severity": rule.severity,
        "rule": rule.rule,
        "title": rule.title,
        "missing": ", ".join(missing) if rule.verdict == "unknown" else "",
    }
