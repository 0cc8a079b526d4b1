"""Loads the translations of the window and of Qt's own dialogs."""

from pathlib import Path

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QLocale, QObject, QTranslator

FOLDER = Path(__file__).parent / "translations"
LANGUAGES = ("en", "fr", "de")


def QT_TRANSLATE_NOOP(_context: str, text: str) -> str:  # noqa: N802 - the name lupdate looks for
    """Mark a text for translation and return it unchanged."""
    return text


def install_translators(language: str, parent: QObject) -> list[QTranslator]:
    """Install the translators for a language code ("system" asks the system) and return them."""
    locale = QLocale.system() if language == "system" else QLocale(language)
    QLocale.setDefault(locale)
    installed = []
    qt_folder = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
    for name, folder in (("qtbase", qt_folder), ("freehold", str(FOLDER))):
        translator = QTranslator(parent)
        if translator.load(locale, name, "_", folder):
            QCoreApplication.installTranslator(translator)
            installed.append(translator)
    return installed
