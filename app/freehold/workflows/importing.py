"""Take exports over into a document."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from freehold import importers
from freehold.estate import Workspace, dictionary
from freehold.importers.merge import update
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

    Records that were not understood are written beside the document as a CSV.

    Raises:
        DocumentError: the document cannot be opened or saved.
        InputError: a source is bad or holds no records.
    """
    with editing(path) as workspace:
        result = read_into(workspace, sources, kind=kind, profile=profile)
    rejected = None
    if len(result.rejected):
        rejected = path.with_name(f"{path.stem}-not-understood.csv")
        result.rejected.to_csv(rejected, index=False, lineterminator="\n")
    return ImportSummary(
        **result.account.model_dump(exclude={"sources"}),
        sources=result.account.sources,
        document=str(path),
        rejected_file=str(rejected) if rejected else None,
    )


def read_into(
    workspace: Workspace,
    sources: Sequence[Path],
    *,
    kind: str | None = None,
    profile: str | None = None,
) -> importers.ImportResult:
    """Read exports and take their rows over; a row with a known key updates the one there is."""
    saved = profile and saved_profile(workspace, profile)
    result = importers.read(
        sources, connection=workspace.connection, kind=kind, profile=saved or profile
    )
    for table, rows in result.frames.items():
        take_over(workspace, table, rows)
    return result


def take_over(workspace: Workspace, table: str, rows: pd.DataFrame) -> None:
    """Add rows to a table of the document, replacing those with the same key."""
    known = dictionary.tables()[table]
    if len(known.key) == 1:
        merged = update(workspace.frame(table), rows, known.key[0])
    else:
        merged = pd.concat([workspace.frame(table), rows], ignore_index=True)
        merged = merged.drop_duplicates(list(known.key), keep="last")
    workspace.replace(table, merged)


def saved_profile(workspace: Workspace, name: str) -> importers.Profile | None:
    """Return the column mapping of that name kept in the document, or None."""
    profiles = workspace.frame("import_profiles")
    found = profiles[(profiles["name"] == name) | (profiles["profile_id"] == name)]
    if found.empty:
        return None
    return importers.Profile.model_validate_json(str(found.iloc[0]["mapping"]))
