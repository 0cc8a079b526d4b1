"""A file given by the user: what it is made of, its hash, and its text as UTF-8."""

from __future__ import annotations

import codecs
import gzip
import hashlib
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Literal

from freehold.errors import InputError
from freehold.importers import arrow

CHUNK = 1 << 20
SAMPLE = 1 << 18
TEXT_LIMIT_BYTES = 200 * 1024**3
GZIP_RATIO_LIMIT = 500
GZIP_FREE_BYTES = 64 * 1024**2
MAX_WRAPPINGS = 2

Content = Literal["text", "zip", "parquet", "database"]

_BOMS: tuple[tuple[bytes, str], ...] = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass(frozen=True)
class Source:
    """A readable file: `content` says what it is made of, `text_path` holds its UTF-8 text.

    `sha256` is of the file as given (still packed); `encoding` is the one the text was in;
    `head` is the beginning of the decoded text, for recognition.
    """

    path: Path
    name: str
    sha256: str
    content: Content
    text_path: Path
    encoding: str | None
    head: str


def examine(path: Path, workroom: Path, *, number: int = 0) -> Source:
    """Open a file safely and prepare its text; `workroom` takes unpacked or re-encoded copies.

    Raises:
        InputError: the file is missing, a folder, empty, unreadable, binary or damaged.
    """
    _checked_size(path)
    try:
        return _look(path, path, workroom, number)
    except OSError as error:
        raise InputError(
            f"The file cannot be read: {error.strerror or error}", where=path.name
        ) from error


def _look(given: Path, plain: Path, workroom: Path, number: int, wrappings: int = 0) -> Source:
    """Tell what `plain`, the given file as far as it is unpacked, is made of."""
    with plain.open("rb") as stream:
        first = stream.read(16)
    size = plain.stat().st_size
    if first.startswith(b"\x1f\x8b") and wrappings < MAX_WRAPPINGS:
        unpacked = workroom / f"{number}-unpacked-{wrappings}"
        _gunzip(plain, unpacked, size, given.name)
        return _look(given, unpacked, workroom, number, wrappings + 1)
    if first.startswith(b"PK\x03\x04"):
        member = only_member(plain)
        if member is None or wrappings >= MAX_WRAPPINGS:
            return Source(given, given.name, _sha256(given), "zip", plain, None, "")
        unpacked = workroom / f"{number}-unpacked-{wrappings}"
        _unzip(plain, member, unpacked, given.name)
        return _look(given, unpacked, workroom, number, wrappings + 1)
    if first.startswith((arrow.FILE_MAGIC, arrow.STREAM_START)):
        rewritten = workroom / f"{number}-arrow.parquet"
        arrow.to_parquet(plain, rewritten, given.name)
        return Source(given, given.name, _sha256(given), "parquet", rewritten, None, "")
    if first[8:12] == b"DUCK":  # after a checksum of the header
        return Source(given, given.name, _sha256(given), "database", plain, None, "")
    if first.startswith(b"PAR1"):
        _check_parquet(plain, size, given.name)
        return Source(given, given.name, _sha256(given), "parquet", plain, None, "")
    return _text(given, plain, workroom, number)


def only_member(path: Path) -> str | None:
    """Return the one file a zip holds, None where it holds several, or is no readable zip."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = [
                member.filename
                for member in archive.infolist()
                if not member.is_dir() and not member.filename.startswith("__MACOSX/")
            ]
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return None
    # A part of a workbook or of a report package alone is a damaged one, not a file in a zip.
    if len(names) != 1 or names[0].startswith(("xl/", "META-INF/")):
        return None
    return names[0]


def _unzip(packed: Path, member: str, target: Path, name: str) -> None:
    """Unpack the one file of a zip, whatever its path says, within the limits of gzip."""
    limit = max(packed.stat().st_size * GZIP_RATIO_LIMIT, GZIP_FREE_BYTES)
    try:
        with (
            zipfile.ZipFile(packed) as archive,
            archive.open(member) as stream,
            target.open("wb") as out,
        ):
            _copy(stream, out, limit, name, "zip")
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise InputError(
            "The zip file is cut off or damaged", where=name, mend="Fetch it again"
        ) from error
    except RuntimeError as error:  # what zipfile raises for a password
        raise InputError(
            "The zip file is protected by a password", where=name, mend="Unpack it yourself"
        ) from error


def _copy(
    stream: IO[bytes] | gzip.GzipFile, out: IO[bytes], limit: int, name: str, kind: str
) -> None:
    written = 0
    while chunk := stream.read(CHUNK):
        written += len(chunk)
        if written > limit:
            raise InputError(
                f"The {kind} file unpacks to more than {GZIP_RATIO_LIMIT} times its size",
                where=name,
                mend="Unpack it yourself if you trust it, then import the result",
            )
        out.write(chunk)
    if written == 0:
        raise InputError(f"The {kind} file holds nothing", where=name)


def _checked_size(path: Path) -> int:
    try:
        if path.is_dir():
            raise InputError(
                "This is a folder, not a file", where=str(path), mend="Name the files to import"
            )
        if not path.exists():
            raise InputError("There is no such file", where=str(path), mend="Check the path")
        if not path.is_file():
            raise InputError("This is not an ordinary file", where=str(path))
        size = path.stat().st_size
    except (OSError, ValueError) as error:
        raise InputError("The path cannot be read", where=repr(str(path))[:200]) from error
    if size == 0:
        raise InputError(
            "The file is empty (0 bytes)", where=path.name, mend="Export it again and retry"
        )
    if size > TEXT_LIMIT_BYTES:
        raise InputError("The file is larger than 200 GiB", where=path.name, mend="Split it")
    return size


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _check_parquet(path: Path, size: int, name: str) -> None:
    with path.open("rb") as stream:
        stream.seek(max(size - 4, 0))
        if size < 12 or stream.read(4) != b"PAR1":
            raise InputError(
                "The Parquet file ends too early: it is cut off or damaged",
                where=name,
                mend="Export it again",
            )


def _gunzip(packed: Path, target: Path, size: int, name: str) -> None:
    """Unpack gzip in pieces, stopping at a ratio no real export reaches."""
    limit = max(size * GZIP_RATIO_LIMIT, GZIP_FREE_BYTES)
    try:
        with gzip.open(packed, "rb") as stream, target.open("wb") as out:
            _copy(stream, out, limit, name, "gzip")
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise InputError(
            "The gzip file is cut off or damaged", where=name, mend="Fetch it again"
        ) from error


def _text(given: Path, plain: Path, workroom: Path, number: int) -> Source:
    digest = None if plain != given else hashlib.sha256()
    decoder = codecs.getincrementaldecoder("utf-8")()
    valid, zero = True, False
    sample = b""
    with plain.open("rb") as stream:
        while chunk := stream.read(CHUNK):
            if digest:
                digest.update(chunk)
            if not sample:
                sample = chunk[:SAMPLE]
            zero = zero or b"\x00" in chunk
            valid = valid and _decodes(decoder, chunk)
    valid = valid and _decodes(decoder, b"", final=True)
    sha256 = digest.hexdigest() if digest else _sha256(given)
    encoding = _encoding(sample, valid=valid, zero=zero, name=given.name)
    target = plain
    if encoding != "utf-8":
        target = workroom / f"{number}-utf8"
        _transcode(plain, target, encoding, given.name)
    with target.open("rb") as stream:
        head = stream.read(SAMPLE).decode("utf-8", errors="ignore")
    if not head.strip():
        raise InputError("The file holds only blank space", where=given.name)
    return Source(given, given.name, sha256, "text", target, encoding, head)


def _decodes(decoder: codecs.IncrementalDecoder, chunk: bytes, *, final: bool = False) -> bool:
    try:
        decoder.decode(chunk, final)
    except UnicodeDecodeError:
        return False
    return True


def _encoding(sample: bytes, *, valid: bool, zero: bool, name: str) -> str:
    for bom, encoding in _BOMS:
        if sample.startswith(bom):
            return encoding
    if valid and not zero:
        return "utf-8"
    if zero:
        guess = _zero_pattern(sample)
        if guess:
            return guess
        raise InputError(
            "This is a binary file of a kind Freehold does not read",
            where=name,
            mend="Give a CSV, JSON, XLSX, Parquet, Arrow or DuckDB export",
        )
    from charset_normalizer import from_bytes

    best = from_bytes(sample).best()
    if best is None:
        raise InputError(
            "The text's encoding cannot be told",
            where=name,
            mend="Save the file as UTF-8 and import it again",
        )
    return str(best.encoding)


def _zero_pattern(sample: bytes) -> str | None:
    """Tell UTF-16 without a mark by where its zero bytes stand; None for anything else."""
    if len(sample) < 4:
        return None
    half = len(sample) // 2
    even = sample[0::2].count(0) / half
    odd = sample[1::2].count(0) / half
    if odd > 0.4 and even < 0.1:
        return "utf-16-le"
    if even > 0.4 and odd < 0.1:
        return "utf-16-be"
    return None


def _transcode(plain: Path, target: Path, encoding: str, name: str) -> None:
    try:
        source: IO[str]
        with (
            plain.open("r", encoding=encoding, newline="") as source,
            target.open("w", encoding="utf-8", newline="") as out,
        ):
            while piece := source.read(CHUNK):
                if "\x00" in piece:
                    raise InputError("This is a binary file, not text", where=name)
                out.write(piece)
    except (UnicodeError, LookupError) as error:
        raise InputError(
            f"The text is not valid {encoding.upper()}",
            where=name,
            mend="Save the file as UTF-8 and import it again",
        ) from error
