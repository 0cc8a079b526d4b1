"""Which category a provider's type of resource belongs to, and whether it has a region."""

from __future__ import annotations

from functools import cache

from freehold.importers.lookups import data_frame

_REASONS = {
    "not_resource": "part of the organisation or its accounts: nothing runs or is stored in it",
    "in_cluster": "object inside a Kubernetes cluster; the cluster itself counts",
}


@cache
def _prefixes() -> dict[str, tuple[str, str, str]]:
    frame = data_frame("inventory_types.csv")
    return {
        prefix.lower(): (category, scope, role)
        for prefix, category, scope, role in frame.itertuples(index=False, name=None)
    }


@cache
def _entry(type_: str) -> tuple[str, str, str]:
    """Return the entry of the longest prefix of a type that the list has."""
    lower = type_.lower()
    for length in range(len(lower), 0, -1):
        found = _prefixes().get(lower[:length])
        if found is not None:
            return found
    return ("", "", "")


def category_of(type_: str) -> tuple[str | None, str]:
    """Return (service category or None, 'global' or '') of a type as its source calls it."""
    category, scope, _ = _entry(type_[:200])
    return category or None, scope


def left_out(type_: str) -> str | None:
    """Return why records of a type are no resources; None if they are."""
    return _REASONS.get(_entry(type_[:200])[2])
