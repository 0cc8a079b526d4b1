"""A table with a filter line, sorting, copying and export."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb
from PySide6.QtCore import (
    QEvent,
    QItemSelectionModel,
    QModelIndex,
    QObject,
    QSize,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFileDialog,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QPushButton,
    QStackedLayout,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from freehold.desktop import theme
from freehold.desktop.errors import show_error
from freehold.desktop.native.signs import word_of
from freehold.desktop.tables import clipboard
from freehold.desktop.tables.columns import Column
from freehold.desktop.tables.delegate import CellDelegate
from freehold.desktop.tables.model import PagedModel, RowsModel, TableModel
from freehold.desktop.work import Task, Worker

ROW_HEIGHT = 28
_AT_ONCE_ROWS = 20_000
_SAMPLE_ROWS = 40
_TYPING_PAUSE_MS = 150


class ResultTable(QWidget):
    """Shows rows; a double click or Enter on one is told by `row_opened`."""

    row_opened = Signal(dict)
    row_selected = Signal(dict)
    selection_changed = Signal()
    refreshed = Signal(int)

    def __init__(self, name: str, parent: QWidget | None = None, *, tools: bool = True) -> None:
        super().__init__(parent)
        self._name = name
        self._scale = theme.active().scale
        theme.active().changed.connect(self._follow_scale)
        self._model: TableModel | None = None
        self._worker = Worker(1, self)
        self._worker.failed.connect(lambda error: show_error(self.window(), error))
        self._empty = QLabel(self.tr("Nothing to show yet."))
        self._view = QTableView()
        self._filter = QLineEdit()
        self._count = QLabel()
        self._pause = QTimer(self, singleShot=True, interval=_TYPING_PAUSE_MS)
        self._pause.timeout.connect(self._apply_filter)
        self._set_up_view()
        self._lay_out(tools)

    # What callers use

    @property
    def view(self) -> QTableView:
        """The view, for pages that need a delegate or an action of their own."""
        return self._view

    @property
    def model(self) -> TableModel | None:
        """The model in use."""
        return self._model

    def show_query(
        self,
        connection: duckdb.DuckDBPyConnection,
        sql_source: str,
        columns: Sequence[Column],
        parameters: Sequence[object] = (),
    ) -> None:
        """Show a table or SELECT of the program's own; its first column is taken as the key."""
        self._take(PagedModel(connection, sql_source, columns, parameters))

    def show_rows(self, columns: Sequence[Column], rows: Sequence[Mapping[str, object]]) -> None:
        """Show a short list of rows; values without a column stay with the row."""
        self._take(RowsModel(columns, rows))

    def set_empty_text(self, sentence: str) -> None:
        """Set the sentence shown when there are no rows: why, and what to do."""
        self._empty.setText(sentence)

    def set_filter(self, text: str) -> None:
        """Filter at once by words that must all occur in the row."""
        self._filter.setText(text)
        self._pause.stop()
        self._apply_filter()

    def focus_filter(self) -> None:
        """Put the cursor into the filter line."""
        self._filter.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self._filter.selectAll()

    def selected_rows(self) -> list[dict[str, object]]:
        """Return the selected rows in the order shown."""
        model = self._model
        if model is None:
            return []
        return [model.row(number) for number in self._selected_numbers()]

    def copy(self) -> None:
        """Copy the selected rows with headings, or all if none is selected (100 000 at most)."""
        if self._model is None:
            return
        rows = self._selected_numbers() or range(min(self._model.rowCount(), 100_000))
        table = clipboard.rows_for_copy(self._model, rows)
        QGuiApplication.clipboard().setMimeData(clipboard.mime_data(table))

    def export_csv(self, path: Path | None = None) -> None:
        """Write all rows left by the filter to a CSV file, asking for its name if none is given."""
        if self._model is None:
            return
        if path is None:
            proposal = self._name.lower().replace(" ", "_") + ".csv"
            chosen, _ = QFileDialog.getSaveFileName(
                self, self.tr("Export as CSV"), proposal, self.tr("CSV files (*.csv)")
            )
            if not chosen:
                return
            path = Path(chosen)
        try:
            clipboard.write_csv(self._model, path)
        except OSError as error:
            show_error(self.window(), error)

    # Building

    def _set_up_view(self) -> None:
        view = self._view
        view.setAccessibleName(self._name)
        view.setItemDelegate(CellDelegate(view))
        view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        view.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        view.setAlternatingRowColors(True)
        view.setShowGrid(False)
        view.setWordWrap(False)
        view.setTabKeyNavigation(False)
        view.setFrameShape(QTableView.Shape.NoFrame)
        view.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        view.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        view.verticalHeader().setVisible(False)
        view.verticalHeader().setDefaultSectionSize(ROW_HEIGHT)
        header = view.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionsMovable(True)
        header.setStretchLastSection(True)
        header.setSectionsClickable(True)
        header.setSortIndicatorShown(False)
        header.sectionClicked.connect(self._sort_by)
        view.doubleClicked.connect(lambda index: self._open(index.row()))
        view.installEventFilter(self)

    def _lay_out(self, tools: bool) -> None:
        self._filter.setObjectName("filter_line")
        self._filter.setPlaceholderText(self.tr("Filter: words in any order"))
        self._filter.setAccessibleName(self.tr("Filter of {0}").format(self._name))
        self._filter.setClearButtonEnabled(True)
        self._filter.setMaximumWidth(360)
        self._filter.textEdited.connect(lambda _text: self._pause.start())
        self._count.setObjectName("muted")
        bar = QHBoxLayout()
        bar.setContentsMargins(0, 0, 0, 0)
        bar.setSpacing(8)
        bar.addWidget(self._filter, 1)
        bar.addWidget(self._count)
        bar.addStretch(1)
        for text, hint, slot in (
            (self.tr("Copy"), self.tr("Copy with headings (Ctrl+C)"), self.copy),
            (self.tr("Export CSV…"), self.tr("Save the rows shown"), self.export_csv),
        ):
            button = QPushButton(text)
            button.setObjectName("quiet")
            button.setToolTip(hint)
            button.clicked.connect(lambda _checked=False, do=slot: do())
            bar.addWidget(button)
        tool_row = QWidget()
        tool_row.setLayout(bar)
        tool_row.setVisible(tools)
        self._empty.setObjectName("muted")
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._empty.setWordWrap(True)
        self._stack = QStackedLayout()
        self._stack.addWidget(self._view)
        self._stack.addWidget(self._empty)
        self._stack.setCurrentWidget(self._empty)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(tool_row)
        layout.addLayout(self._stack, 1)

    # Events

    def sizeHint(self) -> QSize:  # noqa: N802
        """Return a size that does not depend on the rows, so that layouts stand still."""
        return QSize(480, 280)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """Copy with Ctrl+C, open with Enter."""
        if watched is self._view and isinstance(event, QKeyEvent):
            if event.type() == QEvent.Type.KeyPress and event.matches(
                QKeySequence.StandardKey.Copy
            ):
                self.copy()
                return True
            if event.type() == QEvent.Type.KeyPress and event.key() in {
                Qt.Key.Key_Return,
                Qt.Key.Key_Enter,
            }:
                self._open(self._view.currentIndex().row())
                return True
        return super().eventFilter(watched, event)

    def _take(self, model: TableModel) -> None:
        old, self._model = self._model, model
        if old is not None:
            model.words = self._words()
            if [c.name for c in old.columns] == [c.name for c in model.columns]:
                model.order = old.order
        if isinstance(old, PagedModel):
            self._worker.cancel_all()
        self._refresh(first=True)
        if isinstance(old, PagedModel):
            old.close()

    def _refresh(self, *, first: bool = False) -> None:
        model = self._model
        if model is None:
            return
        if model.total() <= _AT_ONCE_ROWS or not isinstance(model, PagedModel):
            self._adopt(model, model.refresh(), first=first)
            return
        paged = model

        def work(task: Task) -> object:
            return paged.refresh(task.cursor(paged.connection))

        self._worker.start(
            self.tr("Sorting {0}").format(self._name),
            work,
            lambda rows: self._adopt(paged, int(str(rows)), first=first),
            only_latest="refresh",
        )

    def _adopt(self, model: TableModel, rows: int, *, first: bool) -> None:
        if model is not self._model:
            return
        model.adopt(rows)
        if self._view.model() is not model:
            self._view.setModel(model)
            selection = self._view.selectionModel()
            selection.currentRowChanged.connect(self._select)
            selection.selectionChanged.connect(lambda _on, _off: self.selection_changed.emit())
        if first:
            self._size_columns(model)
        self._show_order(model)
        total = model.total()
        shown = f"{rows:,}".replace(",", "\u202f")
        everything = f"{total:,}".replace(",", "\u202f")
        self._count.setText(
            self.tr("{0} rows").format(shown)
            if rows == total
            else self.tr("{0} of {1} rows").format(shown, everything)
        )
        self._stack.setCurrentWidget(self._view if total else self._empty)
        self.refreshed.emit(rows)

    def _words(self) -> tuple[str, ...]:
        return tuple(self._filter.text().lower().split())

    def _apply_filter(self) -> None:
        if self._model is not None:
            self._model.words = self._words()
            self._refresh()

    def _sort_by(self, column: int) -> None:
        """Sort ascending, then descending, then as it came."""
        if self._model is None:
            return
        was = self._model.order
        if was is None or was[0] != column:
            self._model.order = (column, False)
        else:
            self._model.order = None if was[1] else (column, True)
        self._refresh()

    def _show_order(self, model: TableModel) -> None:
        header = self._view.horizontalHeader()
        header.setSortIndicatorShown(model.order is not None)
        if model.order is not None:
            column, descending = model.order
            order = Qt.SortOrder.DescendingOrder if descending else Qt.SortOrder.AscendingOrder
            header.setSortIndicator(column, order)

    def _follow_scale(self) -> None:
        if self._scale != theme.active().scale:
            self._scale = theme.active().scale
            if self._model is not None:
                self._size_columns(self._model)

    def _size_columns(self, model: TableModel) -> None:
        """Size columns from their heading and a few rows; measuring all would take seconds."""
        metrics = self._view.fontMetrics()
        bold = self._view.horizontalHeader().fontMetrics()
        sample = range(min(model.rowCount(), _SAMPLE_ROWS))
        for number, column in enumerate(model.columns):
            width = round(column.width * theme.active().scale)
            if not width:
                widest = max(
                    (metrics.horizontalAdvance(self._shown(model, row, number)) for row in sample),
                    default=0,
                )
                extra = 48 if column.kind == "sign" else 24
                width = max(widest + extra, round(bold.horizontalAdvance(column.title) * 1.12) + 30)
                width = min(max(width, 64), 420)
            self._view.setColumnWidth(number, width)
        self._view.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Interactive)

    def _shown(self, model: TableModel, row: int, column: int) -> str:
        if model.columns[column].kind == "sign":
            return word_of(model.value(row, column))
        return model.text(row, column)

    def _selected_numbers(self) -> list[int]:
        selection: QItemSelectionModel | None = self._view.selectionModel()
        return sorted(index.row() for index in selection.selectedRows()) if selection else []

    def _select(self, current: QModelIndex, _previous: QModelIndex) -> None:
        if self._model is not None and current.isValid():
            self.row_selected.emit(self._model.row(current.row()))

    def _open(self, row: int) -> None:
        if self._model is not None and 0 <= row < self._model.rowCount():
            self.row_opened.emit(self._model.row(row))
