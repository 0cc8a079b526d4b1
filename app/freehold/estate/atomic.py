"""Replace a file wholly or not at all, keeping what was there before as numbered backups."""

import contextlib
import errno
import os
import secrets
import shutil
import stat
import time
from pathlib import Path

from freehold.errors import DocumentError

BACKUPS = 3
STALE_AFTER_SECONDS = 24 * 3600

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG} if hasattr(errno, "EDQUOT") else {errno.ENOSPC}
_DENIED = {errno.EACCES, errno.EPERM, errno.EROFS}


def replace_file(path: Path, data: bytes, *, backups: int = BACKUPS) -> None:
    """Put `data` in place of the file, in one step that a crash cannot cut in two.

    The file before becomes PATH.bak1, that one PATH.bak2, and so on up to `backups`; its
    permissions are kept. Temporary files that a crash left more than a day ago are removed.

    Raises:
        DocumentError: the disk is full, the folder cannot be written or is not there; the file
            before is untouched.
    """
    try:
        sweep(path)
        _replace(path, data, backups)
    except OSError as error:
        raise DocumentError(why(error), where=str(path), mend=_mend(error)) from error


def backup_path(path: Path, number: int) -> Path:
    """Return where the backup of that number lies; 1 is the latest."""
    return path.with_name(f"{path.name}.bak{number}")


def sweep(path: Path) -> None:
    """Remove temporary files of this document that are older than a day."""
    limit = time.time() - STALE_AFTER_SECONDS
    prefix, suffix = f".{path.name}.", ".tmp"
    with contextlib.suppress(OSError):
        for found in path.parent.iterdir():
            if found.name.startswith(prefix) and found.name.endswith(suffix):
                with contextlib.suppress(OSError):
                    if found.lstat().st_mtime < limit:
                        found.unlink()


def why(error: OSError) -> str:
    """Return in plain words why a file could not be written or read."""
    if error.errno in _FULL:
        return "The disk is full, so the document was not saved"
    if error.errno in _DENIED:
        return "The file or its folder may not be written"
    if error.errno == errno.ENOENT:
        return "There is no such file or folder"
    if error.errno == errno.ENAMETOOLONG:
        return "The file's name is too long"
    if error.errno in {errno.EISDIR, errno.ENOTDIR}:
        return "This is a folder where a file is needed, or the other way round"
    return f"The file cannot be used: {error.strerror or type(error).__name__}"


def _mend(error: OSError) -> str | None:
    if error.errno in _FULL:
        return "Make room or save elsewhere; the file on disk is the one before"
    if error.errno in _DENIED:
        return "Save under another name or in another folder"
    return None


def _replace(path: Path, data: bytes, backups: int) -> None:
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(6)}.tmp")
    try:
        # Not mkstemp: a new document gets the permissions that the user's mask gives any file.
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if path.exists():
            temporary.chmod(stat.S_IMODE(path.stat().st_mode))
            _keep_backups(path, backups)
        _swap(temporary, path)
        _sync_folder(path.parent)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise


def _keep_backups(path: Path, count: int) -> None:
    if not count:
        return
    for number in range(count, 1, -1):
        earlier = backup_path(path, number - 1)
        if earlier.exists():
            earlier.replace(backup_path(path, number))
    latest = backup_path(path, 1)
    try:
        os.link(path, latest)
    except OSError:  # a file system without hard links
        copy = path.with_name(f".{path.name}.{secrets.token_hex(6)}.tmp")
        try:
            shutil.copy2(path, copy)
            copy.replace(latest)
        finally:
            copy.unlink(missing_ok=True)


def _swap(temporary: Path, path: Path) -> None:
    for wait in (0.05, 0.1, 0.2, 0.4):
        try:
            temporary.replace(path)
        except PermissionError:
            if os.name == "posix":
                raise
            time.sleep(wait)  # Windows: someone reads the file at this moment
        else:
            return
    temporary.replace(path)


def _sync_folder(folder: Path) -> None:
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        # Some network file systems cannot sync a folder; the file itself is synced already.
        with contextlib.suppress(OSError):
            os.fsync(handle)
    finally:
        os.close(handle)
