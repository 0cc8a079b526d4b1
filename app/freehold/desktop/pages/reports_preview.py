"""The preview of a report: the page that was written, shown as it is, without scripts or net."""

from pathlib import Path

from PySide6.QtCore import QUrl
from PySide6.QtWebEngineCore import QWebEngineSettings
from PySide6.QtWebEngineWidgets import QWebEngineView
from PySide6.QtWidgets import QFrame, QLabel, QStackedLayout, QWidget

from freehold.desktop.web.bridge import Bridge
from freehold.desktop.web.browser import browser
from freehold.desktop.web.scheme import SERVED

_PATH = "/report.html"
_URL = f"freehold://charts{_PATH}"
_PAPER = "#ffffff"


class ReportPreview(QFrame):
    """Shows one written page; it gives its browser process back when others need it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        self._html = b""
        self._view: QWebEngineView | None = None
        self._hint = QLabel(
            self.tr(
                "Press Preview to see the report here. It is made by the same steps as the files, "
                "so what stands here stands in the PDF."
            )
        )
        self._hint.setObjectName("muted")
        self._hint.setWordWrap(True)
        self._hint.setMargin(24)
        self._stack = QStackedLayout(self)
        self._stack.setContentsMargins(1, 1, 1, 1)
        self._stack.addWidget(self._hint)

    @property
    def html(self) -> str:
        """The page shown, or ""."""
        return self._html.decode("utf-8")

    def show_file(self, path: Path) -> None:
        """Show a page from a file."""
        self.show_html(path.read_bytes())

    def show_html(self, page: bytes) -> None:
        """Show a page."""
        self._html = page
        SERVED[_PATH] = (b"text/html", lambda: page)
        view = self._view or self._made()
        view.load(QUrl(_URL))
        self._stack.setCurrentWidget(view)

    def clear(self) -> None:
        """Show the hint again."""
        self._html = b""
        self._stack.setCurrentWidget(self._hint)

    def release(self) -> None:
        """Give the browser page back."""
        view, self._view = self._view, None
        if view is not None:
            browser().forget(self)
            self._stack.removeWidget(view)
            view.setParent(None)
            view.page().deleteLater()
            view.deleteLater()
            self._stack.setCurrentWidget(self._hint)

    def _made(self) -> QWebEngineView:
        self._view = view = browser().make_view(self, Bridge(self), _PAPER)
        attribute = QWebEngineSettings.WebAttribute
        view.page().settings().setAttribute(attribute.JavascriptEnabled, False)
        view.setAccessibleName(self.tr("Preview of the report"))
        self._stack.addWidget(view)
        return view
