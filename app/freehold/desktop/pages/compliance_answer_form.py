"""The fields of one answer: the option chosen, and what it rests on."""

from datetime import date

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from freehold.compliance.csf import BASES, Criterion, SheetAnswer
from freehold.desktop import theme
from freehold.desktop.translation import QT_TRANSLATE_NOOP

OPTION_ROLE = int(Qt.ItemDataRole.UserRole)

_BASES = {
    "attested": QT_TRANSLATE_NOOP("answers", "attested"),
    "published": QT_TRANSLATE_NOOP("answers", "published"),
    "contractual": QT_TRANSLATE_NOOP("answers", "contractual"),
    "certified": QT_TRANSLATE_NOOP("answers", "certified"),
    "audited": QT_TRANSLATE_NOOP("answers", "audited"),
    "assumed": QT_TRANSLATE_NOOP("answers", "assumed, proves nothing"),
    "derived": QT_TRANSLATE_NOOP("answers", "derived"),
}


class AnswerForm(QWidget):
    """Shows one criterion; `changed` tells the answer whenever the user has made it another."""

    changed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._showing = False
        self._criterion: Criterion | None = None
        self.title, self.note, self.problem = QLabel(), QLabel(), QLabel()
        self.title.setObjectName("panel_title")
        self.note.setObjectName("muted")
        self.options = QListWidget()
        self.options.setWordWrap(True)
        self.options.setSpacing(3)
        self.options.setUniformItemSizes(False)
        self.options.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.options.currentRowChanged.connect(lambda _row: self._tell())
        self.basis, self.evidence = QComboBox(), QLineEdit()
        self.dated, self.answered_by = QLineEdit(), QLineEdit()
        self.basis.currentIndexChanged.connect(lambda _row: self._tell())
        self.evidence.setPlaceholderText(self.tr("Document, clause or link that shows it"))
        self.dated.setPlaceholderText(self.tr("YYYY-MM-DD; may stay empty"))
        self.answered_by.setPlaceholderText(self.tr("Who says so"))
        for line in (self.evidence, self.dated, self.answered_by):
            line.setObjectName("filter_line")
            line.textEdited.connect(lambda _text: self._tell())
        self.basis.setObjectName("top_field")
        self.basis.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._lay_out()

    @property
    def is_wrong(self) -> bool:
        """Whether the date cannot be read."""
        return bool(self.problem.text())

    def show_criterion(self, criterion: Criterion, answer: SheetAnswer, note: str) -> None:
        """Show a criterion with its answer; `note` says what decides at present."""
        self._showing = True
        self._criterion = criterion
        self.title.setText(f"{criterion.id}  {criterion.title}")
        self.note.setText(note)
        self.options.clear()
        self.options.setAccessibleName(self.tr("Answer to {0}").format(criterion.title))
        self._offer(None, self.tr("Undecided: no answer is given"))
        for option in criterion.options:
            said = self.tr("{0}: {1} (SEAL {2})").format(option.number, option.label, option.seal)
            self._offer(option.number, said)
        numbers = [None, *(option.number for option in criterion.options)]
        # An option that the framework does not have is shown as undecided and kept until changed.
        self.options.setCurrentRow(numbers.index(answer.option) if answer.option in numbers else 0)
        held = answer.basis or BASES[0]
        words = basis_words()
        self.basis.clear()
        for name in dict.fromkeys((*BASES, held)):
            self.basis.addItem(words.get(name, name), name)
        self.basis.setCurrentIndex(self.basis.findData(held))
        self.evidence.setText(answer.evidence or "")
        self.evidence.setCursorPosition(0)
        self.dated.setText(answer.dated.isoformat() if answer.dated else "")
        self.answered_by.setText(answer.answered_by or "")
        self.problem.setText("")
        self._allow()
        self._showing = False

    def choose(self, option: int | None) -> None:
        """Choose an option by its number; None is undecided."""
        for row in range(self.options.count()):
            if self.options.item(row).data(OPTION_ROLE) == option:
                self.options.setCurrentRow(row)

    def _offer(self, number: int | None, text: str) -> None:
        item = QListWidgetItem(text)
        item.setData(OPTION_ROLE, number)
        self.options.addItem(item)

    def _allow(self) -> None:
        item = self.options.currentItem()
        decided = item is not None and item.data(OPTION_ROLE) is not None
        for field in (self.basis, self.evidence, self.dated, self.answered_by):
            field.setEnabled(decided)

    def _tell(self) -> None:
        item = self.options.currentItem()
        if self._showing or item is None:
            return
        self._allow()
        option = item.data(OPTION_ROLE)
        self.problem.setText("")
        dated = None
        if option is not None:
            try:
                dated = _day(self.dated.text())
            except ValueError:
                self.problem.setText(
                    self.tr("'{0}' is not a date. Write it as 2026-11-27.").format(
                        self.dated.text()[:40]
                    )
                )
                self.problem.setStyleSheet(f"color: {theme.active().colours.bad}")
        self.changed.emit(
            SheetAnswer(
                option,
                str(self.basis.currentData()),
                self.evidence.text().strip() or None,
                dated,
                self.answered_by.text().strip() or None,
            )
            if option is not None
            else SheetAnswer(None)
        )

    def _lay_out(self) -> None:
        for label in (self.note, self.problem):
            label.setWordWrap(True)
        form = QFormLayout()
        form.setSpacing(8)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        form.addRow(self.tr("&Basis"), self.basis)
        form.addRow(self.tr("&Evidence"), self.evidence)
        form.addRow(self.tr("&Date of it"), self.dated)
        form.addRow(self.tr("Answered b&y"), self.answered_by)
        form.addRow(self.problem)
        across = QHBoxLayout()
        across.setSpacing(16)
        across.addWidget(self.options, 5)
        across.addLayout(form, 4)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.title)
        layout.addWidget(self.note)
        layout.addLayout(across, 1)


def basis_words() -> dict[str, str]:
    """Return what the bases of answers are called."""
    return {name: QCoreApplication.translate("answers", text) for name, text in _BASES.items()}


def _day(text: str) -> date | None:
    return date.fromisoformat(text.strip()) if text.strip() else None
