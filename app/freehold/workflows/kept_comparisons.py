"""Comparisons kept with a document, so that opening one does not judge everything again."""

import gzip
import io
import json
import zlib
from collections.abc import Sequence
from dataclasses import fields

from pydantic import TypeAdapter

from freehold import __version__
from freehold.compliance import Pack, packs
from freehold.estate import Workspace, dictionary
from freehold.estate.sql import literal, qualified
from freehold.evidence import canonical_json, sha256_object
from freehold.scenarios import Comparison
from freehold.workflows.hashes import NOT_INPUTS, rules_hash

FOLDER = "comparisons/"
MOST_KEPT = 4
_MOST_BYTES = 16 * 1024**2
_COMPARISON = TypeAdapter(Comparison)
_RULES: dict[tuple[int, ...], tuple[Sequence[Pack], str]] = {}


def inputs_hash(workspace: Workspace, names: Sequence[str]) -> str:
    """Hash what a comparison is made from: the document's tables, facts, rules and version."""
    info = workspace.catalogue_info
    tables = [name for name in dictionary.tables() if name not in NOT_INPUTS]
    counted = " UNION ALL ".join(
        f"SELECT {literal(name)}, count(*), sum(hash(t)) FROM {qualified('estate', name)} t"
        for name in tables
    )
    rows = workspace.connection.execute(counted).fetchall()
    return sha256_object(
        [
            sorted([str(name), int(count), str(total)] for name, count, total in rows),
            info.sha256 if info else "",
            _rules(packs.choose(workspace.packs)),
            list(names),
            [__version__, *(part.name for part in fields(Comparison))],
        ]
    )


def keep(workspace: Workspace, names: Sequence[str], found: Comparison) -> None:
    """Keep a comparison with the document; it is written when that is saved next.

    Looking at a comparison is no change of the document, so this asks for no saving.
    """
    inputs = inputs_hash(workspace, names)
    data = canonical_json(_COMPARISON.dump_python(found, mode="json"))
    kept = [name for name in workspace.attachments if name.startswith(FOLDER)]
    for old in kept[: max(len(kept) - MOST_KEPT + 1, 0)]:
        del workspace.attachments[old]
    workspace.attachments[_name(inputs)] = gzip.compress(data, mtime=0)


def current(workspace: Workspace, names: Sequence[str]) -> Comparison | None:
    """Return the comparison of these scenarios made from the document as it is, if it is kept."""
    if not any(name.startswith(FOLDER) for name in workspace.attachments):
        return None
    data = workspace.attachments.get(_name(inputs_hash(workspace, names)))
    if data is None:
        return None
    try:
        with gzip.open(io.BytesIO(data)) as stream:
            # Cut off where it is larger than any comparison: what is left is no JSON.
            text = stream.read(_MOST_BYTES)
        return _COMPARISON.validate_python(json.loads(text))
    except (OSError, EOFError, ValueError, RecursionError, zlib.error):
        return None  # it can be made again at any time


def _rules(chosen: Sequence[Pack]) -> str:
    """Hash the rules once for the packs that are read: it takes longer than all tables."""
    key = tuple(map(id, chosen))
    if key not in _RULES:
        _RULES.clear()
        _RULES[key] = (chosen, rules_hash(chosen))
    return _RULES[key][1]


def _name(inputs: str) -> str:
    return f"{FOLDER}{inputs}.json.gz"
