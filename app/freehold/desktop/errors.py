"""What a user sees when something goes wrong: one sentence; the log gets the rest."""

import logging
import sys
from collections.abc import Callable
from logging.handlers import RotatingFileHandler
from types import TracebackType

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QMessageBox, QWidget

from freehold.errors import FreeholdError
from freehold.resources import user_state_folder

_LOG = logging.getLogger("freehold.desktop")


def sentence(error: BaseException) -> str:
    """Return the sentence shown for an error; only Freehold's own errors speak for themselves."""
    if isinstance(error, FreeholdError):
        return str(error)
    if isinstance(error, OSError) and error.strerror:
        place = f" ({error.filename})" if error.filename else ""
        return f"{error.strerror}{place}."
    return QCoreApplication.translate(
        "errors",
        "Something went wrong inside Freehold. Your document is unchanged; "
        "the details are in the log file.",
    )


def show_error(parent: QWidget | None, error: BaseException) -> None:
    """Show an error's sentence in a dialog and write its details to the log."""
    if not isinstance(error, FreeholdError):
        _LOG.error("unexpected error", exc_info=error)
    box = QMessageBox(parent)
    box.setIcon(QMessageBox.Icon.Warning)
    box.setWindowTitle("Freehold")
    box.setText(sentence(error))
    if not isinstance(error, FreeholdError | OSError):
        box.setInformativeText(str(log_path()))
    box.exec()


def log_path() -> str:
    """Return the path of the log file."""
    return str(user_state_folder() / "freehold.log")


def install_excepthook(parent: Callable[[], QWidget | None]) -> None:
    """Log every uncaught exception and show one sentence for it."""
    folder = user_state_folder()
    folder.mkdir(parents=True, exist_ok=True)
    handler = RotatingFileHandler(log_path(), maxBytes=1_000_000, backupCount=2, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    _LOG.addHandler(handler)
    _LOG.propagate = False

    def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
            return
        _LOG.error("uncaught", exc_info=(kind, error, trace))
        show_error(parent(), error)

    sys.excepthook = hook
