"""The answers sheet of a service: 48 criteria, what decides each now, and the answers given."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import duckdb
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from freehold.compliance import csf
from freehold.compliance.csf import CriterionState, SheetAnswer
from freehold.desktop.errors import show_error
from freehold.desktop.pages.compliance_answer_form import AnswerForm
from freehold.desktop.pages.compliance_answer_table import CriteriaTable, Sheet
from freehold.errors import FreeholdError
from freehold.estate.changes import Change
from freehold.scenarios import Run

SIZE = (1240, 760)


class AnswersDialog(QDialog):
    """Fills the sheets of services; `changes` are what the user wants once it was accepted."""

    estate_wanted = Signal()

    def __init__(
        self,
        run: Run,
        connection: duckdb.DuckDBPyConnection,
        titles: Mapping[str, str],
        service: str = "",
        *,
        editable: bool = True,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Answers sheet"))
        self.resize(*SIZE)
        self._run, self._connection, self._titles = run, connection, titles
        self._editable = editable
        self._frame = csf.load_framework(connection, run.schemas.catalogue)
        self._levels = {level.service: level for level in run.level.services}
        self._sheets: dict[str, Sheet] = {}
        self._wrong: set[tuple[str, str]] = set()
        self._make_fields()
        self._lay_out()
        for level in self._levels.values():
            self.service.addItem(level.name or level.service, level.service)
        if self._levels:
            self.service.setCurrentIndex(max(self.service.findData(service), 0))
            self._show_service()
            self.table.setFocus()
        self.service.currentIndexChanged.connect(lambda _row: self._show_service())

    # What the dialog gives

    def changes(self) -> list[Change]:
        """Return the typed changes that bring the document's answers to those shown."""
        return [
            change
            for service, sheet in self._sheets.items()
            for change in csf.changes_of_answers(self._connection, sheet.told, service)[0]
        ]

    def import_csv(self, path: Path | None = None) -> None:
        """Fill the sheet from a CSV file; nothing is applied until the dialog is accepted."""
        if path is None:
            chosen, _ = QFileDialog.getOpenFileName(
                self, self.tr("Import answers"), "", self.tr("CSV files (*.csv)")
            )
            if not chosen:
                return
            path = Path(chosen)
        sheet = self._sheets[self._chosen()]
        try:
            found = csf.read_sheet(path, self._frame)
        except FreeholdError as error:
            show_error(self, error)
            return
        for criterion, answer in found.items():
            sheet.keep(criterion, answer)
        self._wrong = {one for one in self._wrong if one[0] != self._chosen()}
        self._fill()

    def export_csv(self, path: Path | None = None) -> None:
        """Write the sheet as it is shown to a CSV file."""
        if path is None:
            proposal = f"answers_{self._chosen()}.csv".replace("/", "_")
            chosen, _ = QFileDialog.getSaveFileName(
                self, self.tr("Export answers"), proposal, self.tr("CSV files (*.csv)")
            )
            if not chosen:
                return
            path = Path(chosen)
        sheet = self._sheets[self._chosen()]
        rows = [replace(row, **vars(sheet.answer(row.criterion))) for row in sheet.rows.values()]
        try:
            path.write_text(csf.write_sheet(rows), encoding="utf-8")
        except OSError as error:
            show_error(self, error)

    # Showing

    def choose(self, criterion: str) -> None:
        """Select a criterion."""
        self.table.choose(criterion)

    def _chosen(self) -> str:
        return str(self.service.currentData() or "")

    def _show_service(self) -> None:
        service = self._chosen()
        if service not in self._sheets:
            level = self._levels[service]
            rows = csf.sheet(self._connection, level, self._frame)
            self._sheets[service] = Sheet.of(level, rows)
        self._fill()

    def _fill(self) -> None:
        before = self.table.criterion()
        self.table.show_sheet(self._sheets[self._chosen()], self._frame, self._titles)
        self.choose(before or next(iter(self._frame.criteria)))
        self._show_sum()

    def _show_current(self) -> None:
        criterion = self.table.criterion()
        if not criterion:
            return
        sheet = self._sheets[self._chosen()]
        self.form.show_criterion(
            self._frame.criteria[criterion],
            sheet.answer(criterion),
            self._note(sheet.states.get(criterion)),
        )
        self._wrong.discard((self._chosen(), criterion))
        self._show_sum()

    def _note(self, state: CriterionState | None) -> str:
        parts = [self.tr("Decides now: {0}.").format(self.table.now(state))]
        if state is not None and state.rule_id is not None:
            parts.append(
                self.tr(
                    "The estate's facts decide this; an answer cannot override them and only "
                    "counts where they become unknown."
                )
            )
        if state is not None and state.disagreement:
            parts.append(self.tr("Beware: {0}.").format(state.disagreement))
        if state is not None and state.reason:
            parts.append(state.reason)
        if state is not None and state.source not in (None, "answers"):
            parts.append(self.tr("Source: {0}.").format(state.source))
        return " ".join(parts)

    def _show_sum(self) -> None:
        sheet = self._sheets[self._chosen()]
        answered = sum(sheet.answer(name).option is not None for name in sheet.rows)
        changed = sum(len(one.told) for one in self._sheets.values())
        said = self.tr("{0} of {1} criteria answered").format(answered, len(sheet.rows))
        if changed:
            said += ", " + self.tr("{0} changed here").format(changed)
        if self._wrong:
            wrong = ", ".join(sorted({criterion for _, criterion in self._wrong}))
            said += ", " + self.tr("a date cannot be read: {0}").format(wrong)
        self.summary.setText(said)
        self._allow()

    def _allow(self) -> None:
        changed = any(sheet.told for sheet in self._sheets.values())
        self._ok().setEnabled(self._editable and changed and not self._wrong)

    # Editing

    def _edited(self, answer: SheetAnswer) -> None:
        criterion = self.table.criterion()
        if not criterion:
            return
        service = self._chosen()
        sheet = self._sheets[service]
        if self.form.is_wrong:
            self._wrong.add((service, criterion))
        else:
            self._wrong.discard((service, criterion))
            sheet.keep(criterion, answer)
        self.table.show_criterion(criterion)
        self._show_sum()

    # Building

    def _make_fields(self) -> None:
        tr = self.tr
        self.service = QComboBox()
        self.service.setObjectName("top_field")
        self.service.setMinimumWidth(320)
        self.service.setAccessibleName(tr("Service"))
        self.summary = QLabel()
        self.summary.setObjectName("muted")
        self.table = CriteriaTable()
        self.table.currentItemChanged.connect(lambda _now, _before: self._show_current())
        self.form = AnswerForm()
        self.form.setEnabled(self._editable)
        self.form.changed.connect(self._edited)
        self.buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel
        )
        self._ok().setText(tr("Apply answers"))
        self._ok().setEnabled(False)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        self.import_button = QPushButton(tr("&Import CSV…"))
        self.import_button.clicked.connect(lambda _checked=False: self.import_csv())
        self.export_button = QPushButton(tr("E&xport CSV…"))
        self.export_button.clicked.connect(lambda _checked=False: self.export_csv())
        for button in (self.import_button, self.export_button):
            button.setObjectName("quiet")
            button.setAutoDefault(False)
        self.import_button.setEnabled(self._editable)

    def _lay_out(self) -> None:
        label = QLabel(self.tr("&Service"))
        label.setBuddy(self.service)
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(label)
        head.addWidget(self.service)
        head.addWidget(self.summary)
        head.addStretch(1)
        head.addWidget(self.import_button)
        head.addWidget(self.export_button)
        split = QSplitter(Qt.Orientation.Vertical)
        split.setChildrenCollapsible(False)
        split.setHandleWidth(16)
        split.addWidget(self.table)
        split.addWidget(self.form)
        split.setSizes([420, 212])
        sheet = QWidget()
        column = QVBoxLayout(sheet)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(head)
        if self._remark():
            remark = QLabel(self._remark())
            remark.setObjectName("notice")
            remark.setWordWrap(True)
            column.addWidget(remark)
        column.addWidget(split, 1)
        self.faces = QStackedWidget()
        self.faces.addWidget(sheet)
        self.faces.addWidget(self._nothing())
        self.faces.setCurrentIndex(0 if self._levels else 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 16, 24, 16)
        layout.setSpacing(16)
        layout.addWidget(self.faces, 1)
        layout.addWidget(self.buttons)

    def _remark(self) -> str:
        if not self._editable:
            return self.tr(
                "This document is open read-only. Save it under another name to edit it."
            )
        if self._run.schemas.estate != "estate":
            return self.tr(
                "Answers belong to the estate itself. What decides now is shown for the "
                "scenario {0}."
            ).format(self._run.name)
        return ""

    def _nothing(self) -> QWidget:
        said = QLabel(
            self.tr("No service is in scope, so there is nothing to answer. Name services first.")
        )
        said.setObjectName("muted")
        said.setWordWrap(True)
        said.setAlignment(Qt.AlignmentFlag.AlignCenter)
        button = QPushButton(self.tr("Open the services of the estate"))
        button.clicked.connect(lambda _checked=False: self._to_estate())
        whole = QWidget()
        column = QVBoxLayout(whole)
        column.addStretch(2)
        column.addWidget(said)
        column.addSpacing(16)
        column.addWidget(button, 0, Qt.AlignmentFlag.AlignCenter)
        column.addStretch(3)
        return whole

    def _to_estate(self) -> None:
        self.reject()
        self.estate_wanted.emit()

    def _ok(self) -> QPushButton:
        return self.buttons.button(QDialogButtonBox.StandardButton.Ok)
