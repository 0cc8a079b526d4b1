"""One rule: its text, source and fix, and its subjects with the sentence filled in."""

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from freehold import compliance
from freehold.compliance import Finding, Rule, RuleResult
from freehold.desktop.native import SignLabel
from freehold.desktop.native.elided import ElidedLabel
from freehold.desktop.numbers import show
from freehold.desktop.pages.compliance_rules import select, select_first
from freehold.desktop.pages.overview_panels import TICKED, Fit, SignButton
from freehold.desktop.tables import Column, ResultTable
from freehold.desktop.work import Worker
from freehold.scenarios import Run

RESULTS = ("fail", "unknown", "waived", "pass")
MOST_SUBJECTS = 1000
_SAYS = 2


@dataclass(frozen=True)
class Subjects:
    """The subjects read of one rule, and how many there are in all."""

    rows: tuple[Finding, ...]
    total: int


class RulePanel(QFrame):
    """Shows the rule chosen; `subject_chosen` and `subject_opened` tell rule and subject."""

    subject_chosen = Signal(str, str)
    subject_opened = Signal(str, str)
    waive_wanted = Signal(str, list)
    try_wanted = Signal(str)

    def __init__(self, worker: Worker, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        self._worker = worker
        self._run: Run | None = None
        self._rule = ""
        self._wanted: str | None = None
        self._severity, self._title = SignLabel("low"), ElidedLabel()
        self._title.setObjectName("panel_title")
        self._meta, self._source, self._fix = QLabel(), QLabel(), QLabel()
        self._meta.setObjectName("muted")
        self._source.setObjectName("muted")
        for label in (self._source, self._fix):
            label.setWordWrap(True)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.chips = {code: SignButton(code) for code in RESULTS}
        self.table = ResultTable(self.tr("Subjects"), tools=False)
        self.table.row_selected.connect(
            lambda row: self.subject_chosen.emit(self._rule, str(row["subject"]))
        )
        self.table.row_opened.connect(
            lambda row: self.subject_opened.emit(self._rule, str(row["subject"]))
        )
        Fit(self.table, _SAYS, spare=(1,))
        self._lay_out()

    @property
    def rule_id(self) -> str:
        """The rule shown."""
        return self._rule

    def show_rule(self, run: Run, rule_id: str, subject: str | None = None) -> None:
        """Show a rule of a run, and select one of its subjects."""
        self._run, self._rule, self._wanted = run, rule_id, subject
        result = run.judgement.rule(rule_id)
        rule = run.judgement.judged.rule(rule_id).rule
        self._say(result, rule)
        self.try_button.setEnabled(True)
        open_results = result.fail + result.unknown + result.waived
        for code, chip in self.chips.items():
            chip.set_count(_count(result, code))
            chip.setEnabled(_count(result, code) > 0)
            chip.setChecked(_count(result, code) > 0 and (code != "pass" or not open_results))
        if subject is not None:
            for chip in self.chips.values():
                chip.setChecked(True)
        self.table.set_empty_text(self._why_empty(result))
        self._read()

    def forget(self) -> None:
        """Let the next rule be read anew, even the same one."""
        self._rule = ""

    def focus_subjects(self) -> None:
        """Move the keyboard to the subjects."""
        self.table.view.setFocus(Qt.FocusReason.OtherFocusReason)
        if not self.table.selected_rows():
            select_first(self.table)

    def _say(self, result: RuleResult, rule: Rule) -> None:
        self._severity.set_sign(result.severity)
        self._title.setText(result.title)
        score = self.tr("score {0} on {1} coverage").format(
            show(result.score, "number", 0), show(result.coverage, "share", 0)
        )
        self._meta.setText(
            self.tr("{0}, {1}, {2}").format(result.id, self._basis(result.basis), score)
        )
        source = rule.source
        if source is None:
            self._source.setText(self.tr("Source: a threshold of this house, no text gives it"))
        else:
            mark = "" if source.verified else self.tr(" † not verified in the text itself")
            dated = self.tr(", as of {0}").format(source.as_of) if source.as_of else ""
            self._source.setText(
                self.tr("Source: {0}{1}{2}").format(source.text.rstrip(), dated, mark)
            )
            self._source.setToolTip(source.url or "")
        self._source.setTextFormat(Qt.TextFormat.PlainText)
        self._fix.setTextFormat(Qt.TextFormat.PlainText)
        self._fix.setText(self.tr("To mend: {0}").format(rule.fix) if rule.fix else "")
        self._fix.setVisible(bool(rule.fix))

    def _basis(self, basis: str) -> str:
        words = {
            "law": self.tr("required by law"),
            "standard": self.tr("asked by a standard"),
            "guidance": self.tr("asked by guidance"),
            "house_default": self.tr("threshold of the house"),
        }
        return words.get(basis, basis)

    def _why_empty(self, result: RuleResult) -> str:
        if not result.applicable:
            return self.tr("The rule applies to none of its {0} subjects.").format(
                show(result.not_applicable, "integer")
            )
        return self.tr("Choose above which verdicts to list.")

    def _read(self) -> None:
        run, rule_id = self._run, self._rule
        wanted = [code for code, chip in self.chips.items() if chip.isChecked()]
        if run is None:
            return
        connection = run.connection
        self._worker.start(
            self.tr("Reading {0}").format(rule_id),
            lambda task: read_subjects(run, rule_id, wanted, task.cursor(connection)),
            lambda found: self._show_subjects(rule_id, found),
            only_latest="subjects",
        )

    def _show_subjects(self, rule_id: str, found: object) -> None:
        if rule_id != self._rule or not isinstance(found, Subjects):
            return
        columns = (
            Column("result", self.tr("Verdict"), "sign", width=104),
            Column("subject", self.tr("Subject"), width=128),
            Column("says", self.tr("What was found")),
        )
        self.table.show_rows(
            columns,
            [
                {
                    "result": item.result,
                    "subject": item.subject_id,
                    "says": f"{item.says} †" if item.rests_on_unverified else item.says,
                }
                for item in found.rows
            ],
        )
        if found.total > len(found.rows):
            self._note.setText(
                self.tr("The first {0} of {1}; the report lists all.").format(
                    show(len(found.rows), "integer"), show(found.total, "integer")
                )
            )
        self._note.setVisible(found.total > len(found.rows))
        self._choose(found)

    def _choose(self, found: Subjects) -> None:
        wanted, self._wanted = self._wanted, None
        if wanted is None or not select(self.table, "subject", wanted):
            select_first(self.table)
        if not found.rows:
            self.subject_chosen.emit(self._rule, "")

    def _waive(self) -> None:
        if fails := self._chosen_fails():
            self.waive_wanted.emit(self._rule, fails)

    def _chosen_fails(self) -> list[str]:
        rows = self.table.selected_rows()
        return [str(row["subject"]) for row in rows if row["result"] == "fail"]

    def _export(self) -> None:
        self.table.export_csv()

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self._severity)
        head.addWidget(self._title, 1)
        self.try_button = QPushButton(self.tr("&Try…"))
        self.try_button.setObjectName("quiet")
        self.try_button.setToolTip(
            self.tr("Try another weight or threshold, and see what the score would be")
        )
        self.try_button.setEnabled(False)
        self.try_button.clicked.connect(lambda _checked=False: self.try_wanted.emit(self._rule))
        head.addWidget(self.try_button)
        chips = QHBoxLayout()
        chips.setSpacing(8)
        for chip in self.chips.values():
            chip.setCheckable(True)
            chip.setStyleSheet(TICKED)
            chip.setToolTip(self.tr("List or leave out these subjects"))
            chip.clicked.connect(lambda _checked=False: self._read())
            chips.addWidget(chip)
        chips.addStretch(1)
        for text, hint, slot in (
            (self.tr("Waive…"), self.tr("Approve a waiver for the fails chosen"), self._waive),
            (self.tr("Copy"), self.tr("Copy with headings (Ctrl+C)"), self.table.copy),
            (self.tr("CSV…"), self.tr("Export the subjects listed as CSV"), self._export),
        ):
            button = QPushButton(text)
            button.setObjectName("quiet")
            button.setToolTip(hint)
            button.clicked.connect(lambda _checked=False, do=slot: do())
            chips.addWidget(button)
            if slot == self._waive:
                self.waive_button = button
        self.waive_button.setEnabled(False)
        self.table.selection_changed.connect(
            lambda: self.waive_button.setEnabled(bool(self._chosen_fails()))
        )
        self._note = QLabel()
        self._note.setObjectName("small")
        self._note.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 12, 16, 12)
        layout.setSpacing(4)
        layout.addLayout(head)
        for label in (self._meta, self._source, self._fix):
            layout.addWidget(label)
        layout.addLayout(chips)
        layout.addWidget(self.table, 1)
        layout.addWidget(self._note)


def read_subjects(
    run: Run, rule_id: str, results: Sequence[str], connection: duckdb.DuckDBPyConnection
) -> Subjects:
    """Return the subjects of a rule, the worst verdict first; safe in a thread."""
    rows: list[Finding] = []
    total = 0
    for code in RESULTS:
        if code in results:
            page = compliance.findings(
                connection,
                run.judgement,
                results=(code,),
                rules=(rule_id,),
                limit=max(MOST_SUBJECTS - len(rows), 0),
            )
            rows += page.rows
            total += page.total
    return Subjects(tuple(rows), total)


def _count(result: RuleResult, code: str) -> int:
    return {
        "fail": result.fail,
        "unknown": result.unknown,
        "waived": result.waived,
        "pass": result.passed,
    }[code]
