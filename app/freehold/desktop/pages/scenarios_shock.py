"""The dialog that sets shocks on the estate: search, parameters, combine, run, keep as scenario."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import cast

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from freehold.desktop.pages.scenarios_shock_result import ShockResult
from freehold.desktop.work import Task, Worker
from freehold.errors import FreeholdError
from freehold.estate import Workspace
from freehold.scenarios import Run
from freehold.scenarios.changes import ScenarioFile
from freehold.scenarios.schemas import Schemas
from freehold.scenarios.shocks import (
    Parameter,
    Shock,
    ShockRun,
    candidates,
    changes_of_shocks,
    library,
    run_shocks,
    settle,
)

SHOCK = "shock"
_MOST_OFFERED = 60
_MOST_FORM_PX = 168


class ShockDialog(QDialog):
    """Asks for shocks and their parameters and shows what they do; `kept` asks to keep them."""

    kept = Signal(str, object)

    def __init__(
        self,
        workspace: Workspace,
        worker: Worker,
        base: Run | None,
        building: Callable[[Callable[[], None]], AbstractContextManager[None]],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Shocks"))
        self.resize(1120, 720)
        self._workspace, self._worker, self._base, self._building = (
            workspace, worker, base, building,
        )  # fmt: skip
        self._place = Schemas("estate", "catalogue", "views", workspace.as_of)
        self._cursor = workspace.connection.cursor()
        self._shocks = library(self._cursor)
        self._fields: dict[str, QComboBox] = {}
        self._given: dict[str, str] = {}
        self._task: Task | None = None
        self._make()
        self._lay_out()
        for shock in self._shocks.values():
            item = QListWidgetItem(shock.title)
            item.setData(Qt.ItemDataRole.UserRole, shock.id)
            item.setToolTip(shock.title)
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            item.setCheckState(Qt.CheckState.Unchecked)
            self.list.addItem(item)
        self.list.currentItemChanged.connect(lambda _now, _before: self._show())
        self.list.itemChanged.connect(lambda _item: self._ticked())
        self.list.setCurrentRow(0)
        self._ticked()
        worker.progressed.connect(self._progressed)

    # What is chosen

    def names(self) -> list[str]:
        """Return the ids of the ticked shocks in the order of the list."""
        items = [self.list.item(row) for row in range(self.list.count())]
        return [
            str(item.data(Qt.ItemDataRole.UserRole))
            for item in items
            if item.checkState() == Qt.CheckState.Checked
        ]

    def tick(self, shock_id: str, on: bool = True) -> None:
        """Tick a shock, or take the tick away, and show it."""
        for row in range(self.list.count()):
            item = self.list.item(row)
            if item.data(Qt.ItemDataRole.UserRole) == shock_id:
                item.setCheckState(Qt.CheckState.Checked if on else Qt.CheckState.Unchecked)
                self.list.setCurrentItem(item)

    def given(self) -> dict[str, str]:
        """Return the values that differ from the defaults, for the ticked shocks."""
        names = self.names()
        return {key: text for key, text in self._given.items() if key.split(".")[0] in names}

    # Running

    def start(self) -> None:
        """Run the ticked shocks together in the worker."""
        names, given = self.names(), self.given()
        workspace, base = self._workspace, self._base

        def work(task: Task) -> ShockRun:
            beside = replace(workspace, connection=task.cursor(workspace.connection))
            with self._building(task.check):
                return run_shocks(beside, names, given, known=base, progress=task.progress)

        self._say(self.tr("Running …"))
        self.bar.setValue(0)
        self._working(True)
        self._task = self._worker.start(
            self.tr("Setting shocks"),
            work,
            lambda found: self._take(cast("ShockRun", found)),
            failed=self._failed,
            cancelled=lambda: self._stop(self.tr("Stopped")),
            only_latest=SHOCK,
        )

    def keep(self) -> None:
        """Ask the page to keep the ticked shocks as a scenario."""
        try:
            changes, _, _ = changes_of_shocks(
                replace(self._workspace, connection=self._cursor),
                self.names(),
                self.given(),
                self._place,
            )
        except FreeholdError as error:
            self._say(str(error))
            return
        title = " + ".join(self._shocks[name].title for name in self.names())
        self.kept.emit(title, ScenarioFile(changes=changes, description=self.tr("From shocks")))
        self._say(self.tr("Kept as the scenario {0}.").format(title))

    def cancel(self) -> None:
        """Stop what runs."""
        if self._task is not None:
            self._task.cancel()

    def reject(self) -> None:
        """Stop what runs and close."""
        self.cancel()
        super().reject()

    def _take(self, found: ShockRun) -> None:
        self._stop("")
        self.result_view.show_run(found)

    def _failed(self, error: Exception) -> None:
        self._stop(str(error))

    def _stop(self, sentence: str) -> None:
        self._task = None
        self._say(sentence)
        self._working(False)

    def _progressed(self, task: Task, share: float, word: str) -> None:
        if task is self._task:
            self.bar.setValue(round(share * 100))
            self._say(self.tr("Running: {0} …").format(word))

    # Building

    def _make(self) -> None:
        self.search = QLineEdit()
        self.search.setObjectName("filter_line")
        self.search.setPlaceholderText(self.tr("Search shocks"))
        self.search.setAccessibleName(self.tr("Search shocks"))
        self.search.textChanged.connect(self._search)
        self.list = QListWidget()
        self.list.setAccessibleName(self.tr("Shocks; ticked ones are combined"))
        self.list.setSpacing(2)
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.words = QLabel()
        self.words.setWordWrap(True)
        self.words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.form_host = QWidget()
        self.form = QFormLayout(self.form_host)
        self.form.setContentsMargins(0, 0, 8, 0)
        self.form.setSpacing(8)
        self.status = QLabel()
        self.status.setObjectName("muted")
        self.status.setWordWrap(True)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setFixedSize(120, 8)
        self.bar.setAccessibleName(self.tr("Progress of the shocks"))
        self.bar.setVisible(False)
        self.run_button = QPushButton(self.tr("&Run"))
        self.run_button.setObjectName("primary")
        self.run_button.clicked.connect(self.start)
        self.cancel_button = QPushButton(self.tr("Cancel"))
        self.cancel_button.setObjectName("quiet")
        self.cancel_button.clicked.connect(lambda _checked=False: self.cancel())
        self.keep_button = QPushButton(self.tr("&Keep as scenario"))
        self.keep_button.setObjectName("quiet")
        self.keep_button.clicked.connect(self.keep)
        self.result_view = ShockResult()

    def _lay_out(self) -> None:
        beside = QHBoxLayout()
        beside.setSpacing(16)
        beside.addWidget(_panel(self.search, self.list), 2)
        self.form_area = QScrollArea()
        self.form_area.setWidget(self.form_host)
        self.form_area.setWidgetResizable(True)
        self.form_area.setFrameShape(QScrollArea.Shape.NoFrame)
        for part in (self.form_area.viewport(), self.form_host):
            part.setBackgroundRole(QPalette.ColorRole.Base)
        tools = QHBoxLayout()
        tools.setSpacing(8)
        tools.addWidget(self.status, 1)
        for widget in (self.bar, self.cancel_button, self.keep_button, self.run_button):
            tools.addWidget(widget)
        right = QVBoxLayout()
        right.setSpacing(8)
        right.addWidget(_panel(self.words, self.form_area))
        right.addLayout(tools)
        right.addWidget(self.result_view, 1)
        beside.addLayout(right, 5)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.button(QDialogButtonBox.StandardButton.Close).setObjectName("quiet")
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 24, 24, 16)
        layout.setSpacing(16)
        layout.addLayout(beside, 1)
        layout.addWidget(buttons)
        self._working(False)

    def _search(self, text: str) -> None:
        wanted = text.casefold().split()
        for row in range(self.list.count()):
            item = self.list.item(row)
            shock = self._shocks[str(item.data(Qt.ItemDataRole.UserRole))]
            told = f"{shock.title} {shock.category} {shock.says} {shock.id}".casefold()
            item.setHidden(not all(word in told for word in wanted))

    def _ticked(self) -> None:
        some = bool(self.names())
        self.run_button.setEnabled(some and self._task is None)
        self.keep_button.setEnabled(some and not self._workspace.read_only)
        if not some:
            self._say(self.tr("Tick one shock, or several to combine them."))

    def _show(self) -> None:
        item = self.list.item(self.list.currentRow())
        shock = self._shocks[str(item.data(Qt.ItemDataRole.UserRole))]
        checked = self.tr("verified") if shock.verified else self.tr("† not verified")
        parts = [
            f"<b>{shock.title}</b><br>{shock.says}",
            self.tr("Seen before: {0}").format(shock.precedent),
            self.tr("Source: {0}, as of {1}, {2}").format(shock.source, shock.as_of, checked),
        ]
        if shock.not_modelled:
            parts.append(self.tr("Left out: {0}").format(shock.not_modelled))
        self.words.setText("<br>".join(parts))
        self._fill_form(shock)

    def _fill_form(self, shock: Shock) -> None:
        while self.form.rowCount():
            self.form.removeRow(0)
        self._fields = {}
        own = {k: v for k, v in self._given.items() if k.startswith(f"{shock.id}.")}
        settings = settle(self._cursor, self._place, [shock], own)[shock.id]
        values = {setting.parameter.name: setting.value for setting in settings}
        for setting in settings:
            parameter = setting.parameter
            value = setting.value
            text = ", ".join(value) if isinstance(value, list) else str(value or "")
            field = QComboBox()
            field.setEditable(True)
            field.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
            field.setMinimumHeight(28)
            field.setAccessibleName(parameter.title)
            field.addItems(candidates(self._cursor, self._place, parameter, values, _MOST_OFFERED))
            with QSignalBlocker(field):
                field.setEditText(text)
            field.editTextChanged.connect(
                lambda now, p=parameter, before=text: self._changed(p, now, before)
            )
            unit = {"d": self.tr("days"), "h": self.tr("hours")}.get(
                parameter.unit or "", parameter.unit or ""
            )
            mark = self.tr("assumed") if setting.assumed else ""
            note = QLabel(" · ".join(part for part in (unit, mark, parameter.doc) if part))
            note.setObjectName("small")
            note.setWordWrap(True)
            line = QWidget()
            row = QHBoxLayout(line)
            row.setContentsMargins(0, 0, 0, 0)
            row.setSpacing(8)
            row.addWidget(field, 2)
            row.addWidget(note, 3)
            label = QLabel(parameter.title)
            label.setBuddy(field)
            self.form.addRow(label, line)
            self._fields[parameter.name] = field
        if not settings:
            self.form.addRow(QLabel(self.tr("This shock has no parameters.")))
        # As high as its rows, so that no gap stands above the results; many rows scroll.
        height = min(self.form.sizeHint().height() + 4, _MOST_FORM_PX)
        self.form_area.setFixedHeight(height)

    def _changed(self, parameter: Parameter, text: str, before: str) -> None:
        key = f"{parameter.shock_id}.{parameter.name}"
        if text.strip() and text.strip() != before:
            self._given[key] = text.strip()
        else:
            self._given.pop(key, None)

    def _working(self, working: bool) -> None:
        self.bar.setVisible(working)
        self.cancel_button.setVisible(working)
        self.run_button.setEnabled(not working and bool(self.names()))

    def _say(self, sentence: str) -> None:
        self.status.setText(sentence)


def _panel(*widgets: QWidget) -> QFrame:
    """Put widgets into a frame; the last takes the room there is."""
    panel = QFrame()
    panel.setObjectName("panel")
    layout = QVBoxLayout(panel)
    layout.setContentsMargins(16, 12, 16, 12)
    layout.setSpacing(8)
    for widget in widgets:
        layout.addWidget(widget, 1 if widget is widgets[-1] else 0)
    return panel
