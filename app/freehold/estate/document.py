"""The `.freehold` document: open it, save it safely, close it.

The file is a zip of `manifest.json`, one Parquet member per table that has rows, and attachments.
It never holds a database file, because opening one would be trusting it like a program.
"""

import os
import tempfile
import weakref
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

import freehold
from freehold.errors import DocumentError
from freehold.estate import atomic, dictionary, members, migrations
from freehold.estate.archive import Archive, is_safe_name, pack, unpack
from freehold.estate.lock import Holder, Lock, acquire, lock_path
from freehold.estate.sandbox import private_folder, sandbox
from freehold.estate.sql import literal, qualified, quoted
from freehold.estate.transactions import transaction
from freehold.estate.workspace import ESTATE, Workspace, blank

SUFFIX = ".freehold"
MOST_BYTES = 2 * 1024**3
ATTACHMENTS = "attachments/"

_locks: "weakref.WeakKeyDictionary[Workspace, Lock]" = weakref.WeakKeyDictionary()
"""The lock of each open document; the workspace gives it up at its end at the latest."""


def load(path: Path, *, lock: bool = True) -> Workspace:
    """Open a document.

    It is read-only, with a notice that says why, if someone else has it open, if it cannot be
    written, or if a newer version of Freehold saved it. An older format is brought up to date in
    memory. `lock=False` is for looking only: whoever has it open is not asked.

    Raises:
        DocumentError: there is no such file, it is not a document, or it is damaged.
    """
    path = Path(path)
    where = str(path)
    _check_is_file(path)
    taken = _lock_for(path) if lock else None
    try:
        workspace = _opened(path, _read(path), where)
    except BaseException:
        if isinstance(taken, Lock):
            taken.release()
        raise
    if isinstance(taken, Lock):
        _hold(workspace, taken)
    elif taken is not None:
        workspace.read_only = True
        workspace.notices.insert(0, taken)
    if lock and not workspace.read_only:
        atomic.sweep(path)
        if not os.access(path, os.W_OK):
            workspace.read_only = True
            workspace.notices.insert(0, f"{path.name} is write-protected, so it is read-only here.")
    return workspace


def save(workspace: Workspace, path: Path | None = None) -> None:
    """Save a document to its own file, or a copy of it to another one.

    The file changes in one step or not at all; the one before is kept as a numbered backup. If
    the content is what the file holds already, nothing is written. Saving to another path leaves
    the workspace what it was; see `save_as`.

    Raises:
        DocumentError: it has no file yet, is read-only or open elsewhere, or the file cannot be
            written (disk full, no permission); the file on disk is the one before.
    """
    target = Path(path) if path is not None else workspace.path
    if target is None:
        raise DocumentError("The document has no file yet", mend="Save it under a name")
    own = workspace.path is not None and _same(target, workspace.path)
    if own and workspace.read_only:
        raise DocumentError(
            "The document is open read-only", where=str(target), mend="Save it under another name"
        )
    _check_target(target)
    with _writing(workspace, target, keep=own):
        _replace_if_different(target, content(workspace))
    if own:
        workspace.changed = False
        workspace.saved_format = None
        if workspace.catalogue_info is not None:
            info = workspace.catalogue_info
            workspace.saved_catalogue = (info.snapshot, info.sha256)


def save_as(workspace: Workspace, path: Path) -> None:
    """Save a document under another name and go on with that file, which may be written then.

    Raises:
        DocumentError: see `save`; the workspace stays with the file it had.
    """
    path = Path(path)
    if workspace.path is not None and _same(path, workspace.path):
        save(workspace)
        return
    save(workspace, path)
    workspace.path = path
    workspace.read_only = False
    workspace.changed = False
    workspace.saved_format = None
    take_lock(workspace)


def take_lock(workspace: Workspace) -> None:
    """Take the lock of the workspace's file; it becomes read-only if someone else has it."""
    if workspace.path is None or _holds(workspace, workspace.path):
        return
    taken = _lock_for(workspace.path)
    if isinstance(taken, Lock):
        _hold(workspace, taken)
    else:
        workspace.read_only = True
        workspace.notices.insert(0, taken)


def close(workspace: Workspace) -> None:
    """Give up the document's lock and close its database; doing so twice does no harm."""
    _locks.pop(workspace, None)
    workspace.close()


def content(workspace: Workspace) -> bytes:
    """Return the bytes of the document's file, read again and found to hold the same rows.

    Equal content under the same catalogue and build gives equal bytes.

    Raises:
        DocumentError: the disk is full, an attachment has an unsafe name, or what would be
            written does not read back as what is open.
    """
    try:
        with private_folder() as folder:
            return _content(workspace, folder)
    except OSError as error:
        raise DocumentError(atomic.why(error), where=str(workspace.path or "")) from error
    except duckdb.Error as error:
        if members.is_disk_full(error):
            raise DocumentError(
                "The disk is full, so the document was not saved",
                where=tempfile.gettempdir(),
                mend="Make room there",
            ) from error
        raise DocumentError(
            "The document's tables could not be written", where=str(workspace.path or "")
        ) from error


# Reading


def _check_is_file(path: Path) -> None:
    where = str(path)
    try:
        if path.is_dir():
            raise DocumentError("This is a folder, not a Freehold document", where=where)
        if not path.exists():
            raise DocumentError("There is no such file", where=where)
        if not path.is_file():
            raise DocumentError("This is not a file", where=where)
        size = path.stat().st_size
    except (OSError, ValueError) as error:
        raise DocumentError("The file cannot be read", where=where) from error
    if size > MOST_BYTES:
        raise DocumentError(
            f"The file is larger than the {MOST_BYTES >> 30} GiB a document may have", where=where
        )


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise DocumentError(
            f"The file cannot be read: {error.strerror or 'unknown reason'}", where=str(path)
        ) from error


def _opened(path: Path, data: bytes, where: str) -> Workspace:
    archive = unpack(data, where)
    is_newer = archive.format_version > migrations.FORMAT
    try:
        workspace = _workspace(archive, where)
    except DocumentError as error:
        if not is_newer:
            raise
        raise DocumentError(
            f"The document was saved by a newer version of Freehold (format"
            f" {archive.format_version}) and cannot be shown by this one",
            where=where,
            mend="Open it with a newer version of Freehold",
        ) from error
    workspace.path = path
    if is_newer:
        workspace.read_only = True
        workspace.notices.insert(
            0,
            f"{path.name} was saved by a newer version of Freehold (format"
            f" {archive.format_version}), so it is open read-only here and may show less.",
        )
    return workspace


def _workspace(archive: Archive, where: str) -> Workspace:
    workspace = blank()
    connection = workspace.connection
    try:
        with private_folder() as folder:
            _fill(workspace, archive, folder, where)
        _take_manifest(workspace, archive.manifest, where)
    except OSError as error:
        connection.close()
        raise DocumentError(f"The document cannot be unpacked: {error}", where=where) from error
    except BaseException:
        connection.close()
        raise
    workspace.changed = False
    return workspace


def _fill(workspace: Workspace, archive: Archive, folder: Path, where: str) -> None:
    with sandbox() as private:
        others = members.lay_out(private, archive.members, folder, where)
        draft = migrations.Draft(private, archive.manifest, {})
        for name, data in others.items():
            if name.startswith(ATTACHMENTS):
                draft.attachments[name.removeprefix(ATTACHMENTS)] = data
            else:
                members.keep_unknown(draft, name, others, f"The part {name}")
        saved_format = archive.format_version
        migrated = migrations.migrate(draft, where)
        if migrated:
            workspace.saved_format = saved_format
        checked = members.check_tables(draft, archive.members, where, migrated=migrated)
        with transaction(workspace.connection):
            for sound in checked:
                file = members.clean_file(private, sound, folder, where)
                names = ", ".join(quoted(column.name) for column in sound.columns)
                workspace.connection.execute(
                    f"INSERT INTO {qualified(ESTATE, sound.table.name)} ({names}) SELECT {names}"
                    f" FROM read_parquet({literal(str(file))}, hive_partitioning = false)"
                )
    workspace.attachments = draft.attachments
    workspace.notices += draft.notices


def _take_manifest(workspace: Workspace, manifest: dict[str, Any], where: str) -> None:
    if workspace.setting("as_of") is None and isinstance(manifest.get("as_of"), str):
        workspace.set_setting("as_of", manifest["as_of"])
    try:
        _ = workspace.as_of
    except DocumentError as error:
        raise DocumentError("The document has no date", where=where) from error
    saved = manifest.get("catalogue")
    if not isinstance(saved, dict) or workspace.catalogue_info is None:
        return
    snapshot, sha256 = str(saved.get("snapshot")), str(saved.get("sha256"))
    workspace.saved_catalogue = (snapshot, sha256)
    info = workspace.catalogue_info
    if sha256 != info.sha256:
        workspace.notices.append(
            f"This document was saved under the catalogue of {snapshot} ({sha256[:8]}) and is open"
            f" under that of {info.snapshot} ({info.sha256[:8]}); results may differ."
        )


# Writing


def _content(workspace: Workspace, folder: Path) -> bytes:
    cursor = workspace.connection.cursor()  # a transaction of its own: all tables at one moment
    with transaction(cursor):
        written = members.write_tables(cursor, ESTATE, folder)
    parts = {members.member_name(name): path.read_bytes() for name, (path, _) in written.items()}
    for name, data in list(workspace.attachments.items()):  # the window may add one meanwhile
        if not is_safe_name(name):
            raise DocumentError("An attachment has a name that cannot be kept", where=repr(name))
        parts[ATTACHMENTS + name] = data
    as_of = workspace.as_of
    data = pack(_manifest(workspace, as_of), parts, as_of)
    _verify(data, {name: found for name, (_, found) in written.items()}, workspace.path, folder)
    return data


def _manifest(workspace: Workspace, as_of: date) -> dict[str, Any]:
    info = workspace.catalogue_info
    return {
        "format_version": migrations.FORMAT,
        "app_version": freehold.__version__,
        "as_of": as_of.isoformat(),
        "catalogue": {"snapshot": info.snapshot, "sha256": info.sha256} if info else None,
    }


def _verify(
    data: bytes, expected: Mapping[str, members.Fingerprint], path: Path | None, folder: Path
) -> None:
    where = str(path or "")
    again = folder / "again"
    again.mkdir(mode=0o700)
    with sandbox() as private:
        archive = unpack(data, where)
        members.lay_out(private, archive.members, again, where)
        found = {
            name: members.fingerprint(private, dictionary.tables()[name], quoted(name))
            for name in members.table_names(private)
        }
        # What opening would refuse must not be written: better told while it can be mended.
        draft = migrations.Draft(private, archive.manifest, {})
        members.check_tables(draft, archive.members, where)
    if found != expected:
        raise DocumentError(
            "What would be saved does not read back as what is open, so nothing was saved",
            where=where,
            mend="Try again, or save on another disk",
        )


def _check_target(target: Path) -> None:
    try:
        is_folder, has_folder = target.is_dir(), target.absolute().parent.is_dir()
    except (OSError, ValueError) as error:
        why = atomic.why(error) if isinstance(error, OSError) else "This is not a file's name"
        raise DocumentError(why, where=str(target), mend="Choose another name") from error
    if is_folder:
        raise DocumentError("There is a folder of this name", where=str(target))
    if not has_folder:
        raise DocumentError(
            "There is no such folder", where=str(target.absolute().parent), mend="Make it first"
        )


def _replace_if_different(target: Path, data: bytes) -> None:
    real = target.resolve()  # a link stays a link
    try:
        if real.is_file() and real.stat().st_size == len(data) and real.read_bytes() == data:
            return
    except OSError:
        pass  # writing tells what is wrong
    atomic.replace_file(real, data)


# Locks


def _lock_for(path: Path) -> Lock | str:
    """Take a document's lock, or say in a sentence why it can only be looked at."""
    try:
        taken = acquire(path.resolve())
    except OSError:
        return f"The folder of {path.name} cannot be written, so it is open read-only here."
    if isinstance(taken, Holder):
        return f"{path.name} is open already in {taken}, so it is open read-only here."
    return taken


def _hold(workspace: Workspace, lock: Lock) -> None:
    workspace.hold(lock)
    _locks[workspace] = lock


def _holds(workspace: Workspace, path: Path) -> bool:
    lock = _locks.get(workspace)
    return lock is not None and lock.path == lock_path(path.resolve()) and lock.is_held


@contextmanager
def _writing(workspace: Workspace, target: Path, *, keep: bool) -> Iterator[None]:
    if _holds(workspace, target):
        yield
        return
    try:
        taken = acquire(target.resolve())
    except OSError as error:
        raise DocumentError(
            atomic.why(error), where=str(target), mend="Save it in another folder"
        ) from error
    if isinstance(taken, Holder):
        raise DocumentError(
            f"The document is open in {taken}",
            where=str(target),
            mend="Close it there or save under another name",
        )
    try:
        yield
    finally:
        if keep:
            _hold(workspace, taken)
        else:
            taken.release()


def _same(first: Path, second: Path) -> bool:
    return first.resolve() == second.resolve()
