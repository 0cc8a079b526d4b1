"""The criteria of an answers sheet as a table: what decides each now, and the answer given."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QBrush, QColor
from PySide6.QtWidgets import QTreeWidget, QTreeWidgetItem, QWidget

from freehold.compliance.csf import CriterionState, Framework, ServiceLevel, SheetAnswer, SheetRow
from freehold.desktop import theme
from freehold.desktop.pages.compliance_answer_form import basis_words

_NAME, _TITLE, _NOW, _ANSWER, _BASIS, _EVIDENCE, _DATED = range(7)
_WIDTHS = (104, 208, 336, 208, 88, 132, 96)
_ROW = QSize(0, 26)
_KEY = int(Qt.ItemDataRole.UserRole)


@dataclass
class Sheet:
    """One service: its rows as they stand in the document, and the answers made other here."""

    rows: Mapping[str, SheetRow]
    states: Mapping[str, CriterionState]
    told: dict[str, SheetAnswer]

    @classmethod
    def of(cls, level: ServiceLevel, rows: Sequence[SheetRow]) -> "Sheet":
        """Return the sheet of a service with nothing made other yet."""
        own = {state.criterion: state for state in level.criteria if state.rank in (None, 1)}
        return cls({row.criterion: row for row in rows}, own, {})

    def answer(self, criterion: str) -> SheetAnswer:
        """Return the answer as it would stand."""
        return self.told.get(criterion, _answer_of(self.rows[criterion]))

    def keep(self, criterion: str, answer: SheetAnswer) -> None:
        """Take an answer over; one that is as in the document is none to apply."""
        row = self.rows[criterion]
        same = answer.option is None and row.option is None
        if same or answer == _answer_of(row):
            self.told.pop(criterion, None)
        else:
            self.told[criterion] = answer


class CriteriaTable(QTreeWidget):
    """Lists the criteria under their objectives; the answers made other stand in bold."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._sheet: Sheet | None = None
        tr = self.tr
        self.setAccessibleName(tr("Criteria"))
        self.setHeaderLabels(
            [
                tr("Criterion"),
                tr("Title"),
                tr("Decides now"),
                tr("Answer given"),
                tr("Basis"),
                tr("Evidence"),
                tr("Date"),
            ]
        )
        for column, width in enumerate(_WIDTHS):
            self.setColumnWidth(column, width)
        self.setAlternatingRowColors(True)
        self.setRootIsDecorated(False)
        self.setFrameShape(QTreeWidget.Shape.NoFrame)
        theme.active().changed.connect(self._recolour)

    def criterion(self) -> str:
        """Return the criterion selected, or ""."""
        item = self.currentItem()
        return str(item.data(0, _KEY) or "") if item is not None else ""

    def choose(self, criterion: str) -> None:
        """Select a criterion."""
        item = self._item(criterion)
        if item is not None:
            self.setCurrentItem(item)

    def show_sheet(self, sheet: Sheet, frame: Framework, titles: Mapping[str, str]) -> None:
        """List a sheet; `titles` names the objectives. Nothing is selected then."""
        self._sheet = sheet
        self.blockSignals(True)
        self.clear()
        for objective in frame.objectives:
            top = QTreeWidgetItem([f"{objective}  {titles.get(objective, '')}".strip()])
            top.setSizeHint(0, _ROW)
            top.setFlags(Qt.ItemFlag.ItemIsEnabled)
            font = top.font(0)
            font.setBold(True)
            top.setFont(0, font)
            self.addTopLevelItem(top)
            top.setFirstColumnSpanned(True)
            for criterion in frame.criteria.values():
                if criterion.objective == objective:
                    item = QTreeWidgetItem(top, [criterion.id, criterion.title])
                    item.setData(0, _KEY, criterion.id)
                    item.setSizeHint(0, _ROW)
                    self._show_item(sheet, item)
        self.expandAll()
        self.blockSignals(False)

    def show_criterion(self, criterion: str) -> None:
        """Show the answer to a criterion anew."""
        item = self._item(criterion)
        if item is not None and self._sheet is not None:
            self._show_item(self._sheet, item)

    def text_of(self, criterion: str) -> list[str]:
        """Return what stands in the row of a criterion."""
        item = self._item(criterion)
        return [item.text(n) for n in range(self.columnCount())] if item is not None else []

    def now(self, state: CriterionState | None) -> str:
        """Return in words what decides a criterion at present."""
        if state is None or state.basis == "undecided":
            return self.tr("nothing yet: undecided")
        option = state.option
        if option is None and len(state.assumed_options) == 1:
            option = next(iter(state.assumed_options))
        if state.rule_id is not None:
            said = self.tr("derived by {0}").format(state.rule_id)
        elif state.source == "answers" and state.basis == "assumed":
            said = self.tr("the answer given, assumed: proves nothing")
        elif state.source == "answers":
            said = self.tr("the answer given")
        else:
            said = self.tr("starting answer: {0}").format(
                basis_words().get(state.basis, state.basis)
            )
        return said if option is None else self.tr("option {0}, {1}").format(option, said)

    def _show_item(self, sheet: Sheet, item: QTreeWidgetItem) -> None:
        criterion = str(item.data(0, _KEY))
        answer = sheet.answer(criterion)
        given = answer.option is not None
        words = basis_words()
        label = dict(sheet.rows[criterion].options).get(answer.option or 0, "")
        texts = {
            _NOW: self.now(sheet.states.get(criterion)),
            _ANSWER: f"{answer.option}: {label}" if given else "",
            _BASIS: words.get(answer.basis or "", answer.basis or "") if given else "",
            _EVIDENCE: (answer.evidence or "") if given else "",
            _DATED: answer.dated.isoformat() if given and answer.dated else "",
        }
        for column, text in texts.items():
            item.setText(column, text)
            item.setToolTip(column, text)
        for column in range(self.columnCount()):
            font = item.font(column)
            font.setBold(criterion in sheet.told)
            item.setFont(column, font)
        self._colour(item, sheet)

    def _items(self) -> list[QTreeWidgetItem]:
        tops = [self.topLevelItem(i) for i in range(self.topLevelItemCount())]
        found = [top.child(i) for top in tops if top is not None for i in range(top.childCount())]
        return [item for item in found if item is not None]

    def _item(self, criterion: str) -> QTreeWidgetItem | None:
        return next((item for item in self._items() if item.data(0, _KEY) == criterion), None)

    def _colour(self, item: QTreeWidgetItem, sheet: Sheet) -> None:
        colours = theme.active().colours
        state = sheet.states.get(str(item.data(0, _KEY)))
        basis = state.basis if state is not None else "undecided"
        tone = {"assumed": colours.warn, "undecided": colours.muted}.get(basis, colours.text)
        item.setForeground(_NOW, QBrush(QColor(tone)))
        answer = sheet.answer(str(item.data(0, _KEY)))
        tone = colours.warn if answer.basis == "assumed" else colours.text
        item.setForeground(_BASIS, QBrush(QColor(tone)))

    def _recolour(self) -> None:
        if self._sheet is not None:
            for item in self._items():
                self._colour(item, self._sheet)


def _answer_of(row: SheetRow) -> SheetAnswer:
    return SheetAnswer(row.option, row.basis, row.evidence, row.dated, row.answered_by)
