"""The form of the Reports page: what to write, for whom, and where."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from freehold.compliance import Pack
from freehold.desktop.pages.reports_write import Wish
from freehold.desktop.project import BASE, Project
from freehold.reports import FORMATS, KINDS

_WORDS = {"pdf": "PDF", "html": "HTML", "xlsx": "Excel", "csv": "CSV"}
_FIRST = ("pdf", "html")


class ReportForm(QFrame):
    """Tells what was chosen; `changed` when anything was."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        self.setMinimumWidth(304)
        self.setMaximumWidth(368)
        self._own_packs: tuple[str, ...] = ()
        self.kind, self.scenario = QComboBox(), QComboBox()
        for kind in KINDS:
            self.kind.addItem({"audit": self.tr("Audit report")}.get(kind, kind), kind)
        self.formats = {name: QCheckBox(_WORDS.get(name, name.upper())) for name in FORMATS}
        for name, box in self.formats.items():
            box.setChecked(name in _FIRST)
            box.toggled.connect(lambda _on: self.changed.emit())
        self.packs = QListWidget()
        self.packs.setFixedHeight(96)
        self.packs.itemChanged.connect(lambda _item: self.changed.emit())
        self.prepared, self.reviewed, self.folder = QLineEdit(), QLineEdit(), QLineEdit()
        self.folder.setText(str(Path.home() / "Freehold reports"))
        self.prepared.setPlaceholderText(self.tr("Name"))
        self.reviewed.setPlaceholderText(self.tr("Another person's name"))
        for field in (self.prepared, self.reviewed, self.folder):
            field.textChanged.connect(lambda _text: self.changed.emit())
        self.scenario.currentIndexChanged.connect(lambda _row: self.changed.emit())
        for picker in (self.kind, self.scenario):
            picker.setObjectName("top_field")
        for field in (self.prepared, self.reviewed, self.folder):
            field.setObjectName("filter_line")
        self._lay_out()

    def show_project(self, project: Project, packs: Sequence[Pack]) -> None:
        """Offer the document's scenarios and the packs there are."""
        self._own_packs = tuple(project.workspace.packs)
        with QSignalBlocker(self.scenario), QSignalBlocker(self.packs):
            self.scenario.clear()
            for name in project.scenarios():
                self.scenario.addItem(self.tr("Base: as it is") if name == BASE else name, name)
            self.scenario.setCurrentIndex(max(self.scenario.findData(project.scenario), 0))
            self.packs.clear()
            for pack in packs:
                item = QListWidgetItem(f"{pack.id} {pack.head.version}")
                item.setData(Qt.ItemDataRole.UserRole, pack.id)
                item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
                on = pack.id in self._own_packs
                item.setCheckState(Qt.CheckState.Checked if on else Qt.CheckState.Unchecked)
                self.packs.addItem(item)
        for field in (self.prepared, self.reviewed):
            field.setReadOnly(project.read_only)

    def show_people(self, prepared: str, reviewed: str) -> None:
        """Fill in who prepared and who reviewed."""
        with QSignalBlocker(self.prepared), QSignalBlocker(self.reviewed):
            self.prepared.setText(prepared)
            self.reviewed.setText(reviewed)

    def people(self) -> tuple[str, str]:
        """Return who prepared and who reviewed."""
        return self.prepared.text().strip(), self.reviewed.text().strip()

    def chosen_packs(self) -> tuple[str, ...]:
        """Return the ids of the packs ticked."""
        items = [self.packs.item(row) for row in range(self.packs.count())]
        return tuple(
            str(item.data(Qt.ItemDataRole.UserRole))
            for item in items
            if item.checkState() == Qt.CheckState.Checked
        )

    def wish(self) -> Wish:
        """Return what was chosen."""
        packs = self.chosen_packs()
        return Wish(
            kind=str(self.kind.currentData()),
            formats=tuple(name for name, box in self.formats.items() if box.isChecked()),
            scenario=str(self.scenario.currentData() or BASE),
            packs=None if set(packs) == set(self._own_packs) else packs,
            folder=Path(self.folder.text().strip()).expanduser(),
        )

    def problem(self) -> str:
        """Return why nothing can be written now, or ""."""
        prepared, reviewed = self.people()
        if not any(box.isChecked() for box in self.formats.values()):
            return self.tr("Tick at least one format.")
        if not self.chosen_packs():
            return self.tr("Tick at least one rule pack.")
        if not self.folder.text().strip():
            return self.tr("Choose a folder.")
        if prepared and prepared.casefold() == reviewed.casefold():
            return self.tr("Who prepares a report cannot review it: name two people.")
        return ""

    def choose_folder(self) -> None:
        """Ask for the folder."""
        chosen = QFileDialog.getExistingDirectory(
            self.window(), self.tr("Folder for reports"), self.folder.text()
        )
        if chosen:
            self.folder.setText(chosen)

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 12, 16, 12)
        layout.setSpacing(4)
        formats = QWidget()
        row = QHBoxLayout(formats)
        row.setContentsMargins(0, 0, 0, 0)
        for box in self.formats.values():
            row.addWidget(box)
        row.addStretch(1)
        place = QWidget()
        beside = QHBoxLayout(place)
        beside.setContentsMargins(0, 0, 0, 0)
        choose = QPushButton(self.tr("Choose…"))
        choose.setObjectName("quiet")
        choose.clicked.connect(self.choose_folder)
        beside.addWidget(self.folder, 1)
        beside.addWidget(choose)
        for text, widget, field in (
            (self.tr("&Kind"), self.kind, self.kind),
            (self.tr("Formats"), formats, None),
            (self.tr("&Scenario"), self.scenario, self.scenario),
            (self.tr("Rule &packs"), self.packs, self.packs),
            (self.tr("Pre&pared by"), self.prepared, self.prepared),
            (self.tr("Re&viewed by"), self.reviewed, self.reviewed),
            (self.tr("F&older"), place, self.folder),
        ):
            label = QLabel(text)
            label.setObjectName("muted")
            if field is not None:
                label.setBuddy(field)
                field.setAccessibleName(text.replace("&", ""))
            layout.addWidget(label)
            layout.addWidget(widget)
            layout.addSpacing(4)
        layout.addStretch(1)
