"""Recovery copies: what was open and not saved, kept in the user's state folder."""

import hashlib
from pathlib import Path

from freehold.errors import DocumentError
from freehold.estate import atomic, document
from freehold.estate.workspace import Workspace
from freehold.resources import user_state_folder


def write_recovery(workspace: Workspace) -> Path:
    """Write a recovery copy of the document as it is open now; return where it lies.

    Raises:
        DocumentError: the copy cannot be written; an earlier one stays.
    """
    target = recovery_path(workspace.path)
    try:
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise DocumentError(atomic.why(error), where=str(target.parent)) from error
    atomic.replace_file(target, document.content(workspace), backups=0)
    return target


def find_recovery(path: Path | None) -> Path | None:
    """Return the recovery copy of a document if it is newer than the file; None: never saved."""
    copy = recovery_path(path)
    try:
        written = copy.stat().st_mtime_ns
    except OSError:
        return None
    if path is None:
        return copy
    try:
        return copy if written > path.stat().st_mtime_ns else None
    except OSError:
        return copy


def open_recovery(path: Path | None) -> Workspace:
    """Open the recovery copy of a document as that document, changed and not yet saved.

    Raises:
        DocumentError: there is none, or it cannot be read.
    """
    copy = recovery_path(path)
    workspace = document.load(copy, lock=False)
    workspace.path = path
    workspace.changed = True
    workspace.notices.append("These are unsaved changes from a session that ended unexpectedly.")
    document.take_lock(workspace)
    return workspace


def discard_recovery(path: Path | None) -> None:
    """Remove the recovery copy of a document, if there is one.

    Raises:
        DocumentError: it cannot be removed.
    """
    try:
        recovery_path(path).unlink(missing_ok=True)
    except OSError as error:
        raise DocumentError("The recovery copy cannot be removed", where=str(path)) from error


def recovery_path(path: Path | None) -> Path:
    """Return where the recovery copy of a document lies; None for one never saved."""
    folder = user_state_folder() / "recovery"
    if path is None:
        return folder / f"untitled{document.SUFFIX}"
    full = path.resolve()
    mark = hashlib.sha256(str(full).encode()).hexdigest()[:16]
    return folder / f"{full.stem[:80]}-{mark}{document.SUFFIX}"
