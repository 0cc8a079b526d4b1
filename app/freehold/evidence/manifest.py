"""Lists of files with their hashes, and the SHA256SUMS file beside them."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from freehold.evidence.hashing import sha256_file

SUMS_NAME = "SHA256SUMS"
_LINE = re.compile(r"(?P<sha256>[0-9a-f]{64}) [ *](?P<path>.+)")


@dataclass(frozen=True, slots=True)
class HashedFile:
    """One file of a folder: its path with `/`, its SHA-256 and its size in bytes."""

    path: str
    sha256: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Problem:
    """One way in which a folder differs from its SHA256SUMS.

    `code` is `missing`, `changed`, `unlisted`, `unreadable` or `bad_line`.
    """

    code: str
    path: str

    def __str__(self) -> str:
        return _SENTENCES[self.code].format(path=self.path)


_SENTENCES = {
    "missing": "{path} is listed but not there.",
    "changed": "{path} is not the file that was listed: its bytes have changed.",
    "unlisted": "{path} is there but not listed.",
    "unreadable": "{path} cannot be read.",
    "bad_line": "SHA256SUMS has a line that is not a hash and a file name: {path}",
}


def manifest(folder: Path, files: Iterable[Path] | None = None) -> list[HashedFile]:
    """Return the files of `folder` (all below it, unless named) with hashes, sorted by path."""
    chosen = _files(folder) if files is None else files
    rows = [
        HashedFile(path.relative_to(folder).as_posix(), sha256_file(path), path.stat().st_size)
        for path in chosen
    ]
    return sorted(rows, key=lambda row: row.path)


def sums_text(rows: Iterable[HashedFile]) -> str:
    """Return the text of a SHA256SUMS file, one line a file, as `sha256sum --check` reads it."""
    ordered = sorted(rows, key=lambda row: row.path)
    return "".join(f"{row.sha256}  {row.path}\n" for row in ordered)


def write_sums(folder: Path, files: Iterable[Path] | None = None) -> Path:
    """Write SHA256SUMS for the files of `folder` and return its path."""
    target = folder / SUMS_NAME
    target.write_bytes(sums_text(manifest(folder, files)).encode("utf-8"))
    return target


def verify_sums(folder: Path) -> list[Problem]:
    """Compare a folder with its SHA256SUMS; an empty list means every byte is as listed.

    Raises:
        OSError: SHA256SUMS itself cannot be read.
    """
    listed: dict[str, str] = {}
    problems: list[Problem] = []
    for line in (folder / SUMS_NAME).read_text(encoding="utf-8", errors="replace").splitlines():
        if not line.strip():
            continue
        match = _LINE.fullmatch(line)
        if match is None or not _is_inside(match["path"]):
            problems.append(Problem("bad_line", line[:80]))
        else:
            listed[match["path"]] = match["sha256"]
    problems += [
        problem
        for path, sha256 in sorted(listed.items())
        if (problem := _check(folder, path, sha256)) is not None
    ]
    there = {path.relative_to(folder).as_posix() for path in _files(folder)}
    problems += [Problem("unlisted", path) for path in sorted(there - set(listed))]
    return problems


def _check(folder: Path, path: str, sha256: str) -> Problem | None:
    target = folder / path
    if not target.is_file():
        return Problem("missing", path)
    try:
        actual = sha256_file(target)
    except OSError:
        return Problem("unreadable", path)
    return None if actual == sha256 else Problem("changed", path)


def _files(folder: Path) -> list[Path]:
    return [
        path
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not (path.name == SUMS_NAME and path.parent == folder)
    ]


def _is_inside(path: str) -> bool:
    """Tell whether a listed path stays in the folder, so that no other file is read."""
    parts = PurePosixPath(path)
    return not parts.is_absolute() and ".." not in parts.parts and "\\" not in path
