"""List what expires, begins or is due, and write it as a calendar file."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from freehold.compliance import deadlines as found_in
from freehold.compliance import packs
from freehold.compliance.deadlines import KINDS
from freehold.compliance.deadlines import Deadline as Row
from freehold.compliance.icalendar import ics as as_ics
from freehold.errors import InputError
from freehold.scenarios.schemas import schemas_of
from freehold.workflows.documents import reading
from freehold.workflows.results_register import Deadline, Deadlines

TITLES = {
    "waiver": "Waiver expires",
    "finding": "Finding is due",
    "certificate": "Certificate expires",
    "contract_end": "Contract ends",
    "contract_notice": "Last day to give notice",
    "commitment": "Commitment ends",
    "exit_plan_test": "Exit plan test is due",
    "law_begins": "Law begins to apply",
    "law_ends": "Law ceases to apply",
    "rule_begins": "Rule comes into force",
    "rule_ends": "Rule ceases to be in force",
}


def list_deadlines(
    path: Path,
    *,
    within_days: int = 365,
    kinds: Sequence[str] | None = None,
    as_of: date | None = None,
    ics: Path | None = None,
) -> Deadlines:
    """List what falls within so many days or is overdue, and write it to `ics` if given.

    Raises:
        DocumentError: the document cannot be opened.
        InputError: there is no such kind, the days are negative, or the file cannot be written.
    """
    if within_days < 0:
        raise InputError(f"{within_days} days lie in the past", mend="Give 0 days or more")
    if unknown := [name for name in kinds or () if name not in KINDS]:
        raise InputError(f"There is no kind '{unknown[0]}'", mend=f"Kinds are: {', '.join(KINDS)}")
    with reading(path) as workspace:
        schemas = schemas_of(workspace, as_of=as_of)
        rows = found_in.deadlines(
            workspace.connection,
            packs.choose(workspace.packs),
            schemas.as_of,
            within_days=within_days,
            kinds=kinds,
            views=schemas.views,
            estate=schemas.estate,
            catalogue=schemas.catalogue,
        )
    if ics is not None:
        write(ics, rows, path.stem, schemas.as_of)
    return Deadlines(
        document=str(path),
        as_of=schemas.as_of,
        within=found_in.within(rows, schemas.as_of),
        deadlines=[
            Deadline(
                on=row.on,
                days=row.days(schemas.as_of),
                kind=row.kind,
                key=row.key,
                what=row.what,
                provider=row.provider,
                owner=row.owner,
                source=row.source,
                verified=row.verified,
            )
            for row in rows
        ],
        ics=str(ics) if ics else None,
    )


def write(path: Path, rows: Sequence[Row], name: str, as_of: date) -> None:
    """Write deadlines as a calendar file.

    Raises:
        InputError: it cannot be written.
    """
    try:
        path.write_bytes(as_ics(rows, TITLES, name, as_of))
    except OSError as error:
        raise InputError(
            f"The calendar cannot be written: {error.strerror or 'unknown reason'}",
            where=str(path),
            mend="Choose another name or folder",
        ) from error
