"""Browser pages for chart panes: made late, few at a time, without disk or network."""

from typing import Protocol

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, QUrl
from PySide6.QtGui import QColor
from PySide6.QtWebChannel import QWebChannel
from PySide6.QtWebEngineCore import QWebEnginePage, QWebEngineProfile, QWebEngineSettings
from PySide6.QtWebEngineWidgets import QWebEngineView
from PySide6.QtWidgets import QApplication
from shiboken6 import isValid

from freehold.desktop.web.bridge import Bridge
from freehold.desktop.web.scheme import PAGE_URL, SCHEME, AssetHandler, OfflineOnly

MOST_PAGES = 4
"""Each page costs a process of about 140 MB, so hidden panes give theirs back."""


class _Holder(Protocol):
    """A pane that may hold a page."""

    def isVisible(self) -> bool: ...  # noqa: N802

    def release(self) -> None: ...


class Browser(QObject):
    """The one profile of the program and the panes that hold its pages."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.profile = QWebEngineProfile(self)  # no name: nothing is written to disk
        self.guard = OfflineOnly(self)
        self._handler = AssetHandler(self)
        self.profile.setUrlRequestInterceptor(self.guard)
        self.profile.installUrlSchemeHandler(SCHEME, self._handler)
        self._holders: list[_Holder] = []

    def make_view(self, holder: _Holder, bridge: Bridge, background: str) -> QWebEngineView:
        """Return a view with the chart page loading; older hidden panes give theirs back."""
        self._make_room()
        self._holders.append(holder)
        view = QWebEngineView()
        page = QWebEnginePage(self.profile, view)
        page.setBackgroundColor(QColor(background))
        settings = page.settings()
        attribute = QWebEngineSettings.WebAttribute
        for name in (attribute.PluginsEnabled, attribute.LocalStorageEnabled):
            settings.setAttribute(name, False)
        channel = QWebChannel(page)
        channel.registerObject("bridge", bridge)
        page.setWebChannel(channel)
        view.setPage(page)
        view.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        view.load(QUrl(PAGE_URL))
        return view

    def forget(self, holder: _Holder) -> None:
        """Take a pane from the list of those that hold a page."""
        if holder in self._holders:
            self._holders.remove(holder)

    def release_all(self) -> None:
        """Take back every page: they must be gone before the profile."""
        for holder in self._living():
            holder.release()

    def _living(self) -> list[_Holder]:
        """Return the panes that hold a page, after those that Qt deleted with their dialog left."""
        self._holders = [holder for holder in self._holders if isValid(holder)]
        return list(self._holders)

    def _make_room(self) -> None:
        hidden = [holder for holder in self._living() if not holder.isVisible()]
        while hidden and len(self._holders) >= MOST_PAGES:
            hidden.pop(0).release()


class _One:
    browser: Browser | None = None


def browser() -> Browser:
    """Return the program's browser, made on first use."""
    if _One.browser is None:
        application = QApplication.instance()
        _One.browser = Browser()
        if application is not None:
            application.aboutToQuit.connect(close_browser)
    return _One.browser


def close_browser() -> None:
    """Take back all pages and the profile; a later chart starts a fresh one."""
    current, _One.browser = _One.browser, None
    if current is not None:
        current.release_all()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        current.deleteLater()
