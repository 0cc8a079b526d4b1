"""Starts the window."""

import sys
from pathlib import Path

from PySide6.QtCore import QSettings, QTimer
from PySide6.QtWidgets import QApplication

from freehold.desktop.collecting import Collector
from freehold.desktop.documents import Documents
from freehold.desktop.errors import install_excepthook
from freehold.desktop.main_window import MainWindow, PageFactory
from freehold.desktop.pages import make_page
from freehold.desktop.project import Project
from freehold.desktop.settings import open_settings
from freehold.desktop.theme import Theme
from freehold.desktop.translation import install_translators
from freehold.desktop.web.scheme import register_scheme


def run(path: Path | None = None) -> int:
    """Open the window, on a document if a path is given, and return the exit code."""
    application = make_application()
    collector = Collector(application)
    window = make_window(open_settings())
    install_excepthook(QApplication.activeWindow)
    window.show()
    if path is not None:
        document = Path(path)
        QTimer.singleShot(0, window, lambda: window.commands.load_path(document))
    code = application.exec()
    window.shut_down()
    collector.deleteLater()
    return code


def make_application() -> QApplication:
    """Return the QApplication, with the browser's scheme registered before it as it must be."""
    existing = QApplication.instance()
    if isinstance(existing, QApplication):
        return existing
    register_scheme()
    application = QApplication(sys.argv[:1])
    application.setApplicationName("Freehold")
    application.setDesktopFileName("freehold")
    return application


def make_window(
    settings: QSettings, documents: Documents | None = None, pages: PageFactory = make_page
) -> MainWindow:
    """Return the window with language and colours as the settings say, not yet shown."""
    application = make_application()
    install_translators(str(settings.value("view/language", "en")), application)
    theme = Theme(settings, application)
    theme.install()
    return MainWindow(Project(documents), settings, pages)
