"""Bring documents of older formats up to the present one, a step at a time, in memory.

A format changes when a table or column is renamed, split, or changes its type or meaning. A new
table or column needs no step: in older documents it is simply unknown. Each step comes with a
stored document of the older format that a test opens.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import duckdb

from freehold.errors import DocumentError

FORMAT = 1
"""The format that documents are saved in."""


@dataclass(slots=True)
class Draft:
    """A document while it is being opened.

    Attributes:
        connection: a private database with one view or table per table of the document, all in
            its main schema, with the columns and types of the document's format.
        manifest: the document's manifest.
        attachments: the document's attachments by name.
        notices: sentences that the user should read.
    """

    connection: duckdb.DuckDBPyConnection
    manifest: dict[str, Any]
    attachments: dict[str, bytes]
    notices: list[str] = field(default_factory=list)


Step = Callable[[Draft], None]

STEPS: dict[int, Step] = {}
"""The step from each older format to the next; format 1 is the first that was released."""


def migrate(draft: Draft, where: str, steps: Mapping[int, Step] | None = None) -> bool:
    """Bring a draft to the present format; return whether there was anything to do.

    Raises:
        DocumentError: no step leads on from the draft's format, or its content does not fit it.
    """
    chosen = STEPS if steps is None else steps
    saved = int(draft.manifest["format_version"])
    for version in range(saved, FORMAT):
        step = chosen.get(version)
        if step is None:
            raise DocumentError(
                f"The document has format {version}, which this version of Freehold cannot read",
                where=where,
                mend="Open and save it with an older version of Freehold first",
            )
        try:
            step(draft)
        except duckdb.Error as error:
            raise DocumentError(
                f"The document does not hold what format {version} should", where=where
            ) from error
        draft.manifest["format_version"] = version + 1
    if saved < FORMAT:
        draft.notices.append(
            f"This document was in the older format {saved} and was brought to format {FORMAT}; "
            "the file changes when you save, and the one before is kept as a backup."
        )
    return saved < FORMAT
