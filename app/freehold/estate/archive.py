"""The zip around a document: packed to the same bytes each time, unpacked with suspicion."""

import hashlib
import io
import json
import struct
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from freehold.errors import DocumentError

MANIFEST = "manifest.json"
KIND = "freehold document"

MOST_MEMBERS = 2_000
MOST_BYTES = 4 * 1024**3
MOST_BYTES_MANIFEST = 8 * 1024**2
MOST_RATIO = 200
RATIO_COUNTS_FROM_BYTES = 1024**2

_BAD_ZIP = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    NotImplementedError,
    OSError,
    OverflowError,
    RuntimeError,
    ValueError,
)
_MEND = "Open one of its backups (.bak1 to .bak3) or another copy"
_OTHER_KINDS = {
    b"%PDF": "a PDF",
    b"\x89PNG": "a picture",
    b"PAR1": "a Parquet file",
    b"SQLite format 3": "an SQLite database",
}


@dataclass(slots=True)
class Archive:
    """A document's manifest, and its other members by name."""

    manifest: dict[str, Any]
    members: dict[str, bytes]

    @property
    def format_version(self) -> int:
        """The format it was saved in."""
        return int(self.manifest["format_version"])


def pack(manifest: Mapping[str, Any], members: Mapping[str, bytes], dated: date) -> bytes:
    """Return the zip of these members; the manifest gains each one's size and SHA-256.

    Members carry the date `dated`, never the clock, so that equal content gives equal bytes.

    Raises:
        DocumentError: a member's name could leave the folder it is unpacked to.
    """
    listed = {
        name: {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
        for name, data in sorted(members.items())
    }
    if unsafe := [name for name in listed if not is_safe_name(name) or name == MANIFEST]:
        raise DocumentError(
            "A part of the document has a name that cannot be kept", where=repr(unsafe[0])
        )
    head = json.dumps(
        {"kind": KIND, **manifest, "members": listed}, ensure_ascii=False, indent=1, sort_keys=True
    )
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        _add(archive, MANIFEST, head.encode(), dated)
        for name in listed:
            _add(archive, name, members[name], dated)
    return buffer.getvalue()


def unpack(data: bytes, where: str) -> Archive:
    """Return the members of a document, every one checked against the manifest.

    Raises:
        DocumentError: it is not a Freehold document, it is damaged, or it is larger than allowed.
    """
    if not data:
        raise DocumentError("The file is empty", where=where, mend=_MEND)
    if not data.startswith(b"PK"):
        raise DocumentError(
            f"This is {_kind_words(data)}, not a Freehold document",
            where=where,
            mend="Open a .freehold file, or import this file into one",
        )
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            infos = _checked_infos(archive, where)
            manifest = _manifest(archive, infos, where)
            members = {name: archive.read(info) for name, info in infos.items() if name != MANIFEST}
    except _BAD_ZIP as error:
        raise DocumentError("The document is damaged", where=where, mend=_MEND) from error
    _check_members(manifest, members, where)
    return Archive(manifest, members)


def is_safe_name(name: str) -> bool:
    """Return whether a member's name stays inside the folder it would be unpacked to."""
    parts = name.split("/")
    return (
        0 < len(name.encode("utf-8", "replace")) <= 400
        and name.isprintable()
        and not any(sign in name for sign in '\\:*?"<>|')
        and all(part not in {"", ".", ".."} for part in parts)
    )


def _add(archive: zipfile.ZipFile, name: str, data: bytes, dated: date) -> None:
    info = zipfile.ZipInfo(name, (max(dated.year, 1980), dated.month, dated.day, 0, 0, 0))
    info.create_system = 3  # the same on every platform
    info.external_attr = 0o600 << 16
    archive.writestr(info, data)


def _checked_infos(archive: zipfile.ZipFile, where: str) -> dict[str, zipfile.ZipInfo]:
    found = archive.infolist()
    if len(found) > MOST_MEMBERS:
        raise DocumentError(
            f"The document has {len(found)} parts, more than the {MOST_MEMBERS} allowed",
            where=where,
        )
    if sum(info.file_size for info in found) > MOST_BYTES:
        raise DocumentError(
            f"Unpacked, the document would be larger than the {MOST_BYTES >> 30} GiB allowed",
            where=where,
        )
    infos: dict[str, zipfile.ZipInfo] = {}
    for info in found:
        name = info.filename
        if not is_safe_name(name) or info.is_dir():
            raise DocumentError(
                f"The document has a part with an unsafe name {name!r}", where=where
            )
        if name in infos:
            raise DocumentError(f"The document has the part {name} twice", where=where)
        if (
            info.file_size > RATIO_COUNTS_FROM_BYTES
            and info.file_size > MOST_RATIO * info.compress_size
        ):
            raise DocumentError(
                f"A part of the document unpacks to more than {MOST_RATIO} times its size",
                where=f"{where}, {name}",
            )
        if info.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
            raise DocumentError(
                "A part of the document is packed in an unknown way", where=f"{where}, {name}"
            )
        infos[name] = info
    return infos


def _manifest(
    archive: zipfile.ZipFile, infos: Mapping[str, zipfile.ZipInfo], where: str
) -> dict[str, Any]:
    info = infos.get(MANIFEST)
    if info is None:
        raise DocumentError(
            f"This zip has no {MANIFEST}, so it is not a Freehold document",
            where=where,
            mend="Open a .freehold file",
        )
    if info.file_size > MOST_BYTES_MANIFEST:
        raise DocumentError("The document's manifest is too large", where=where)
    try:
        manifest = json.loads(archive.read(info).decode())
    except (ValueError, RecursionError) as error:
        raise DocumentError(
            "The document's manifest cannot be read", where=where, mend=_MEND
        ) from error
    if not isinstance(manifest, dict) or manifest.get("kind") != KIND:
        raise DocumentError("The manifest is not that of a Freehold document", where=where)
    version = manifest.get("format_version")
    if not isinstance(version, int) or isinstance(version, bool) or version < 0:
        raise DocumentError("The document does not say which format it has", where=where)
    return manifest


def _check_members(manifest: dict[str, Any], members: Mapping[str, bytes], where: str) -> None:
    listed = manifest.get("members")
    if not isinstance(listed, dict):
        raise DocumentError("The document's manifest lists no parts", where=where, mend=_MEND)
    if missing := sorted(listed.keys() - members.keys()):
        raise DocumentError(f"The document lacks its part {missing[0]}", where=where, mend=_MEND)
    if extra := sorted(members.keys() - listed.keys()):
        raise DocumentError(
            f"The document holds {extra[0]}, which its manifest does not list", where=where
        )
    for name, data in members.items():
        entry = listed[name]
        expected = entry.get("sha256") if isinstance(entry, dict) else None
        if expected != hashlib.sha256(data).hexdigest():
            raise DocumentError(
                f"The document's part {name} is not what was saved", where=where, mend=_MEND
            )


def _kind_words(data: bytes) -> str:
    for start, words in _OTHER_KINDS.items():
        if data.startswith(start):
            return words
    if data[8:12] == b"DUCK":
        return "a DuckDB database"
    try:
        text = data[:4096].decode("utf-8-sig")
    except UnicodeDecodeError as error:
        # A character cut off at the end of the piece looked at does not make a text binary.
        return "a text file" if len(data) > 4096 and error.start > 4090 else "a binary file"
    if not all(sign.isprintable() or sign in "\r\n\t" for sign in text):
        return "a binary file"
    return "a JSON file" if text.lstrip()[:1] in {"{", "["} else "a text file"
