"""The chart pane: a figure with its title, its table twin, its pictures and its source line."""

import base64
import json
from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote_to_bytes

from PySide6.QtCore import QByteArray, QMimeData, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QImage, QShowEvent
from PySide6.QtWebEngineWidgets import QWebEngineView
from PySide6.QtWidgets import (
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QSizePolicy,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from freehold.charts.figure import Figure, PointMap
from freehold.charts.plotly_figure import plotly_figure
from freehold.charts.table import as_table
from freehold.desktop import theme
from freehold.desktop.errors import show_error
from freehold.desktop.native.elided import ElidedLabel
from freehold.desktop.tables import Column, ResultTable
from freehold.desktop.web.bridge import Bridge
from freehold.desktop.web.browser import browser

PICTURE_SIZE = (1200, 675)
_KEY = "__key__"


class ChartPane(QFrame):
    """Shows one figure at a time.

    `key_clicked` tells the row key of a mark (or of a row of the table twin) that was chosen;
    `drawn` tells that the figure is on the screen.
    """

    key_clicked = Signal(str)
    drawn = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(240, 200)
        self._figure: Figure | None = None
        self._view: QWebEngineView | None = None
        self._bridge: Bridge | None = None
        self._ready = self._is_drawn = False
        self._pictures: dict[int, Callable[[bytes], None]] = {}
        self._waiting_pictures: list[tuple[int, str, str]] = []
        self._number = 0
        self._build()
        theme.active().changed.connect(self._redraw)

    # What callers use

    def show(self, figure: Figure | None = None) -> None:
        """Show a figure (and the widget itself, as Qt does)."""
        if figure is not None:
            self.show_figure(figure)
        super().show()

    def show_figure(self, figure: Figure) -> None:
        """Show a figure; it is drawn once the pane is on the screen."""
        self._figure = figure
        self._is_drawn = False
        self._title.setText(figure.title)
        is_said = figure.unit in figure.subtitle or isinstance(figure, PointMap)
        parts = (figure.subtitle, "" if is_said else figure.unit)
        self._subtitle.setText(" · ".join(part for part in parts if part))
        self._subtitle.setVisible(bool(self._subtitle.text()))
        self._source.setText(figure.footer)
        self._source.setVisible(bool(figure.footer))
        self.setAccessibleName(self.tr("Chart: {0}").format(figure.title))
        self._fill_table(figure)
        self._redraw()
        if self.isVisible():
            self._wake()

    @property
    def figure(self) -> Figure | None:
        """The figure shown."""
        return self._figure

    @property
    def is_drawn(self) -> bool:
        """Whether the figure shown is on the screen."""
        return self._is_drawn

    @property
    def view(self) -> QWebEngineView | None:
        """The browser view, while the pane holds one."""
        return self._view

    @property
    def table(self) -> ResultTable:
        """The table twin."""
        return self._table

    @property
    def shows_table(self) -> bool:
        """Whether the table twin is shown."""
        return self._toggle.isChecked()

    def set_as_table(self, as_rows: bool) -> None:
        """Show the table twin or the drawing."""
        self._toggle.setChecked(as_rows)

    def picture(self, kind: str, done: Callable[[bytes], None]) -> None:
        """Make a picture ("svg" or "png") with titles and source line and hand over its bytes."""
        if self._figure is None:
            return
        self._number += 1
        self._pictures[self._number] = done
        text = json.dumps(plotly_figure(self._figure, "print", titled=True))
        self._waiting_pictures.append((self._number, text, kind))
        self._wake()
        self._send_pictures()

    def copy_picture(self) -> None:
        """Put a picture of the chart on the clipboard."""

        def put(data: bytes) -> None:
            mime = QMimeData()
            mime.setImageData(QImage.fromData(QByteArray(data)))
            QGuiApplication.clipboard().setMimeData(mime)

        self.picture("png", put)

    def save_picture(self, kind: str, path: Path | None = None) -> None:
        """Write a picture of the chart, asking for its name if none is given."""
        if path is None:
            name = (self._figure.title if self._figure else "chart").lower().replace(" ", "_")
            chosen, _ = QFileDialog.getSaveFileName(
                self, self.tr("Save chart"), f"{name}.{kind}", f"{kind.upper()} (*.{kind})"
            )
            if not chosen:
                return
            path = Path(chosen)
        target = path

        def write(data: bytes) -> None:
            try:
                target.write_bytes(data)
            except OSError as error:
                show_error(self.window(), error)

        self.picture(kind, write)

    def release(self) -> None:
        """Give the browser page back; the pane makes a new one when it is shown again."""
        view, self._view = self._view, None
        self._ready = self._is_drawn = False
        if view is not None:
            browser().forget(self)
            self._stack.removeWidget(view)
            view.setParent(None)
            page = view.page()
            page.deleteLater()
            view.deleteLater()
            self._stack.setCurrentWidget(self._wait)

    # Building

    def _build(self) -> None:
        self._title, self._subtitle, self._source = ElidedLabel(), ElidedLabel(), ElidedLabel()
        self._title.setObjectName("panel_title")
        self._subtitle.setObjectName("muted")
        self._source.setObjectName("small")
        self._toggle = QPushButton(self.tr("Table"))
        self._toggle.setAccessibleName(self.tr("Show as table"))
        self._toggle.setToolTip(self.tr("Show the numbers of this chart"))
        self._toggle.setObjectName("quiet")
        self._toggle.setCheckable(True)
        self._toggle.toggled.connect(self._switch)
        more = QPushButton("⋯")
        more.setObjectName("quiet")
        more.setAccessibleName(self.tr("More for this chart"))
        more.setToolTip(self.tr("Copy or save this chart"))
        more.setMenu(self._menu())
        texts = QVBoxLayout()
        texts.setSpacing(2)
        texts.addWidget(self._title)
        texts.addWidget(self._subtitle)
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addLayout(texts, 1)
        head.addWidget(self._toggle, 0, Qt.AlignmentFlag.AlignTop)
        head.addWidget(more, 0, Qt.AlignmentFlag.AlignTop)
        self._wait = QLabel(self.tr("Drawing…"))
        self._wait.setObjectName("muted")
        self._wait.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._table = ResultTable(self.tr("Chart data"), tools=False)
        self._table.row_opened.connect(self._row_opened)
        self._stack = QStackedLayout()
        self._stack.addWidget(self._wait)
        self._stack.addWidget(self._table)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 12, 12, 12)
        layout.setSpacing(8)
        layout.addLayout(head)
        layout.addLayout(self._stack, 1)
        layout.addWidget(self._source)

    def _menu(self) -> QMenu:
        menu = QMenu(self)
        menu.addAction(self.tr("Copy picture"), self.copy_picture)
        menu.addAction(self.tr("Save as SVG…"), lambda: self.save_picture("svg"))
        menu.addAction(self.tr("Save as PNG…"), lambda: self.save_picture("png"))
        menu.addSeparator()
        menu.addAction(self.tr("Copy data"), self._table_copy)
        menu.addAction(self.tr("Export data as CSV…"), self._table_export)
        return menu

    def _table_copy(self) -> None:
        self._table.copy()

    def _table_export(self) -> None:
        self._table.export_csv()

    def _fill_table(self, figure: Figure) -> None:
        twin = as_table(figure)
        columns = [
            Column(
                f"c{number}",
                title,
                kind="number" if _is_numeric(number, twin.rows) else "text",
                decimals=figure.decimals,
            )
            for number, title in enumerate(twin.columns)
        ]
        keys = twin.keys or ("",) * len(twin.rows)
        rows = [
            {f"c{number}": value for number, value in enumerate(row)} | {_KEY: key}
            for row, key in zip(twin.rows, keys, strict=True)
        ]
        self._table.set_empty_text(figure.empty)
        self._table.show_rows(columns, rows)

    # Drawing

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        """Make the page after the window has been painted."""
        super().showEvent(event)
        QTimer.singleShot(0, self, self._wake_if_visible)

    def sizeHint(self) -> QSize:  # noqa: N802
        """Return a size that does not depend on what is drawn, so that layouts stand still."""
        return QSize(480, 320)

    def _wake_if_visible(self) -> None:
        if self.isVisible() and not self._toggle.isChecked():
            self._wake()

    def _wake(self) -> None:
        if self._view is not None or self._figure is None:
            return
        self._bridge = bridge = Bridge(self)
        bridge.became_ready.connect(self._on_ready)
        bridge.was_drawn.connect(self._on_drawn)
        bridge.key_clicked.connect(self.key_clicked)
        bridge.image_made.connect(self._on_picture)
        self._view = browser().make_view(self, bridge, theme.active().colours.panel)
        self._view.setAccessibleName(self.accessibleName())
        self._stack.addWidget(self._view)

    def _redraw(self) -> None:
        if self._view is not None:
            self._view.page().setBackgroundColor(theme.active().colours.panel)
            self._view.setZoomFactor(theme.active().scale)
        if self._ready and self._bridge is not None and self._figure is not None:
            self._is_drawn = False
            text = json.dumps(plotly_figure(self._figure, theme.active().name))
            self._bridge.figureChanged.emit(text)

    def _on_ready(self) -> None:
        self._ready = True
        if not self._toggle.isChecked() and self._view is not None:
            self._stack.setCurrentWidget(self._view)
        self._redraw()
        self._send_pictures()

    def _on_drawn(self) -> None:
        self._is_drawn = True
        self.drawn.emit()

    def _switch(self, as_rows: bool) -> None:
        self._toggle.setText(self.tr("Chart") if as_rows else self.tr("Table"))
        if as_rows:
            self._stack.setCurrentWidget(self._table)
        else:
            self._stack.setCurrentWidget(self._view if self._ready and self._view else self._wait)
            self._wake_if_visible()

    def _row_opened(self, row: dict[str, object]) -> None:
        key = str(row.get(_KEY) or "")
        if key:
            self.key_clicked.emit(key)

    # Pictures

    def _send_pictures(self) -> None:
        if not self._ready or self._bridge is None:
            return
        waiting, self._waiting_pictures = self._waiting_pictures, []
        for number, text, kind in waiting:
            scale = 2.0 if kind == "png" else 1.0
            self._bridge.imageWanted.emit(number, text, kind, *PICTURE_SIZE, scale)

    def _on_picture(self, number: int, url: str) -> None:
        done = self._pictures.pop(number, None)
        if done is not None:
            done(data_of(url))


def data_of(url: str) -> bytes:
    """Return the bytes of a data URL."""
    head, _, body = url.partition(",")
    return base64.b64decode(body) if head.endswith(";base64") else unquote_to_bytes(body)


def _is_numeric(number: int, rows: tuple[tuple[object, ...], ...]) -> bool:
    values = [row[number] for row in rows if row[number] is not None]
    return bool(values) and all(isinstance(value, int | float) for value in values)
