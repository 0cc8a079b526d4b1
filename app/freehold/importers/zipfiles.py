"""Zip files, looked at before anything is unpacked: size, number and names of the members."""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import PurePosixPath

from freehold.errors import InputError
from freehold.importers.source import Source

UNPACKED_LIMIT_BYTES = 500 * 1024**2
RATIO_LIMIT = 100
RATIO_FREE_BYTES = 10 * 1024**2
MEMBER_LIMIT = 10_000
_TABLE = re.compile(r"(?:^|/)b_\d\d\.\d\d\.csv$")


def check_zip(source: Source) -> list[str]:
    """Return the names of a zip file's members.

    Raises:
        InputError: it is damaged, would unpack to far more than it is, or names a path outside.
    """
    try:
        with zipfile.ZipFile(source.text_path) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise InputError(
            "The workbook or zip file is cut off or damaged",
            where=source.name,
            mend="Copy it again",
        ) from error
    unpacked = sum(member.file_size for member in members)
    packed = max(source.text_path.stat().st_size, 1)
    if len(members) > MEMBER_LIMIT or unpacked > UNPACKED_LIMIT_BYTES:
        raise InputError(
            f"The zip file unpacks to {unpacked // 1024**2} MiB in {len(members)} parts, "
            "more than Freehold opens",
            where=source.name,
            mend="Unpack it yourself if you trust it; of a workbook, save the sheet as CSV",
        )
    if unpacked > RATIO_FREE_BYTES and unpacked / packed > RATIO_LIMIT:
        raise InputError(
            f"The zip file unpacks to {unpacked // packed} times its size, which no real one does",
            where=source.name,
            mend="Unpack it yourself if you trust it; of a workbook, save the sheet as CSV",
        )
    for member in members:
        name = member.filename.replace("\\", "/")
        if name.startswith("/") or ":" in name or ".." in PurePosixPath(name).parts:
            raise InputError("The zip file holds a path that leaves it", where=source.name)
    return [member.filename for member in members if not member.is_dir()]


def is_package(names: Sequence[str]) -> bool:
    """Tell by its members whether a zip file is an xBRL report package, or the tables of one."""
    lower = [name.lower() for name in names]
    if any(_TABLE.search(name) for name in lower):
        return True
    return any(name.endswith("reports/report.json") for name in lower) or any(
        name.endswith("meta-inf/reportpackage.json") for name in lower
    )


def text_of(source: Source, name: str) -> str:
    """Return a member as UTF-8 text.

    Raises:
        InputError: it is damaged, protected by a password, larger than it says, or not UTF-8.
    """
    try:
        with zipfile.ZipFile(source.text_path) as archive:
            info = archive.getinfo(name)
            if info.flag_bits & 1:
                raise InputError(
                    "The zip file is protected by a password",
                    where=f"{source.name}, {name}",
                    mend="Unpack it and pack it again without one",
                )
            with archive.open(info) as stream:
                data = stream.read(info.file_size + 1)
    except (
        zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, NotImplementedError,
        KeyError, RuntimeError,
    ) as error:  # fmt: skip
        raise InputError(
            "A part of the zip file is damaged",
            where=f"{source.name}, {name}",
            mend="Copy it again",
        ) from error
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(
            "A part of the zip file is not UTF-8 text", where=f"{source.name}, {name}"
        ) from error
