"""A report on disk: one folder per run, all of it or nothing."""

import contextlib
import errno
import shutil
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from freehold.errors import InputError
from freehold.evidence import SUMS_NAME, canonical_json, sha256_file, verify_sums, write_sums
from freehold.reports import formats
from freehold.reports.blocks import Document
from freehold.reports.chapters import audit_document
from freehold.reports.content import AuditContent
from freehold.reports.csv_files import csv_bytes
from freehold.reports.html_page import html_page
from freehold.reports.pdf import pdf_bytes
from freehold.reports.tables import sheets
from freehold.reports.xlsx_book import xlsx_bytes

KINDS: tuple[str, ...] = ("audit",)
"""Kinds of report this version writes."""

FORMATS: tuple[str, ...] = ("pdf", "html", "xlsx", "csv")
"""Formats this version writes."""

_REPORTED = {
    errno.ENOSPC: "The disk is full",
    errno.EDQUOT: "The disk quota is used up",
    errno.EACCES: "The folder cannot be written to",
    errno.EPERM: "The folder cannot be written to",
    errno.EROFS: "The folder is on a read-only disk",
}


def write_report(
    content: AuditContent,
    kind: str = "audit",
    formats_wanted: Sequence[str] = FORMATS,
    out_dir: Path = Path(),
    *,
    progress: Callable[[str], None] | None = None,
) -> list[tuple[Path, str]]:
    """Write `out_dir/report-RUN/` and return its files with their SHA-256.

    The files are made in a folder beside and take their place in one step. A folder of the same
    run is replaced only if it is what an earlier report wrote. `progress` hears the name of each
    format as it begins and may raise to cancel; nothing is left behind.

    Raises:
        InputError: an unknown kind or format, a folder that cannot be written or a full disk.
    """
    _check(kind, formats_wanted)
    target = out_dir / f"report-{formats.short_id(content.cover.run_id)}"
    try:
        out_dir.mkdir(parents=True, exist_ok=True)
        _check_replaceable(target)
        building = Path(tempfile.mkdtemp(prefix=f".{target.name}.", suffix=".tmp", dir=out_dir))
    except OSError as error:
        raise _refused(error, out_dir) from error
    try:
        _build(content, formats_wanted, building, progress)
        write_sums(building)
        building.chmod(0o755)
        _take_place(building, target)
    except OSError as error:
        raise _refused(error, out_dir) from error
    finally:
        shutil.rmtree(building, ignore_errors=True)
    return [(path, sha256_file(path)) for path in sorted(target.iterdir())]


def evidence_bytes(content: AuditContent) -> bytes:
    """Return everything the report says as canonical JSON."""
    return canonical_json({"kind": "audit", "content": content.model_dump(mode="python")})


def _check(kind: str, wanted: Sequence[str]) -> None:
    if kind not in KINDS:
        raise InputError(
            f"There is no report of kind '{kind}'", mend=f"Choose one of: {', '.join(KINDS)}"
        )
    unknown = [name for name in wanted if name not in FORMATS]
    if unknown or not wanted:
        named = f"'{unknown[0]}'" if unknown else "none"
        raise InputError(
            f"The report cannot be written in format {named}",
            mend=f"Choose from: {', '.join(FORMATS)}",
        )


def _check_replaceable(target: Path) -> None:
    """Refuse to replace a folder that holds anything but an earlier report, untouched."""
    if not target.exists():
        return
    ours = target.is_dir() and (target / SUMS_NAME).is_file() and not verify_sums(target)
    if not ours:
        raise InputError(
            "The report's folder exists and holds files that were changed or added since",
            where=str(target),
            mend="Move it away or choose another folder",
        )


def _build(
    content: AuditContent,
    wanted: Sequence[str],
    folder: Path,
    progress: Callable[[str], None] | None,
) -> None:
    def begin(name: str) -> None:
        if progress is not None:
            progress(name)

    document: Document | None = None
    if {"pdf", "html"} & set(wanted):
        document = audit_document(content)
    if document is not None and "pdf" in wanted:
        begin("pdf")
        (folder / "report.pdf").write_bytes(pdf_bytes(document, content.cover.as_of))
    if document is not None and "html" in wanted:
        begin("html")
        page = html_page(document)
        (folder / "report.html").write_text(page, encoding="utf-8", newline="\n")
    if "xlsx" in wanted:
        begin("xlsx")
        (folder / "findings.xlsx").write_bytes(xlsx_bytes(content))
    if "csv" in wanted:
        begin("csv")
        for sheet in sheets(content):
            (folder / f"{sheet.file_name}.csv").write_bytes(csv_bytes(sheet))
    begin("evidence")
    (folder / "evidence.json").write_bytes(evidence_bytes(content))


def _take_place(building: Path, target: Path) -> None:
    """Put the finished folder in its place; an earlier one goes only once the new one stands."""
    if not target.exists():
        building.rename(target)
        return
    aside = building.with_name(f"{building.name}.old")
    target.rename(aside)
    try:
        building.rename(target)
    except OSError:
        with contextlib.suppress(OSError):
            aside.rename(target)
        raise
    shutil.rmtree(aside, ignore_errors=True)


def _refused(error: OSError, folder: Path) -> InputError:
    what = _REPORTED.get(error.errno or 0, "The report cannot be written")
    if isinstance(error, NotADirectoryError | FileExistsError):
        what = "The report's folder is a file"
    return InputError(
        what, where=str(folder), mend="Choose another folder or make room; nothing was written"
    )
