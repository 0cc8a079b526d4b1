"""Take exports over into a document."""

import csv
from collections.abc import Sequence
from pathlib import Path

from freehold import importers
from freehold.estate import Workspace
from freehold.workflows.documents import editing
from freehold.workflows.results import ImportSummary


def import_sources(
    path: Path,
    sources: Sequence[Path],
    *,
    kind: str | None = None,
    profile: str | None = None,
) -> ImportSummary:
    """Read exports into the document at `path`; one bad source changes nothing.

    Records that were not understood, and fields on which sources differ, are each written beside
    the document as a CSV.

    Raises:
        DocumentError: the document cannot be opened or saved.
        InputError: a source is bad or holds no records.
    """
    with editing(path) as workspace:
        result = read_into(workspace, sources, kind=kind, profile=profile)
        differing = importers.conflicts(workspace.connection)
    conflicting = None
    if differing:
        conflicting = path.with_name(f"{path.stem}-conflicts.csv")
        with conflicting.open("w", encoding="utf-8", newline="") as out:
            lines = csv.DictWriter(out, list(importers.Conflict.model_fields), lineterminator="\n")
            lines.writeheader()
            lines.writerows(entry.model_dump() for entry in differing)
    rejected = None
    if len(result.rejected):
        rejected = path.with_name(f"{path.stem}-not-understood.csv")
        result.rejected.to_csv(rejected, index=False, lineterminator="\n")
    return ImportSummary(
        **result.account.model_dump(exclude={"sources"}),
        sources=result.account.sources,
        document=str(path),
        rejected_file=str(rejected) if rejected else None,
        conflicts_file=str(conflicting) if conflicting else None,
    )


def read_into(
    workspace: Workspace,
    sources: Sequence[Path],
    *,
    kind: str | None = None,
    profile: str | None = None,
) -> importers.ImportResult:
    """Read exports and take their rows over; what a source said before is brought up to date."""
    saved = profile and saved_profile(workspace, profile)
    result = importers.read(
        sources, connection=workspace.connection, kind=kind, profile=saved or profile
    )
    importers.take_over(workspace, result)
    return result


def saved_profile(workspace: Workspace, name: str) -> importers.Profile | None:
    """Return the column mapping of that name kept in the document, or None."""
    profiles = workspace.frame("import_profiles")
    found = profiles[(profiles["name"] == name) | (profiles["profile_id"] == name)]
    if found.empty:
        return None
    return importers.Profile.model_validate_json(str(found.iloc[0]["mapping"]))
