"""Where a workload may run: the machines of a search, judged as the planner judges places."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from freehold.compliance import csf, packs
from freehold.estate import Workspace
from freehold.planning.places import judged_places

FIRM: Final = ("critical", "high")
"""Severities that forbid a place, as in a plan; lesser rules are left aside."""

_PLACE: Final = ["provider_id", "region_id"]


@dataclass(frozen=True)
class Verdict:
    """What the rules say of a place; `allowed` is None where one of them cannot decide."""

    allowed: bool | None
    forbidden_by: tuple[str, ...]
    undecided_by: tuple[str, ...]


def verdicts(
    workspace: Workspace, workload: pd.DataFrame, rows: pd.DataFrame
) -> dict[tuple[str, str], Verdict]:
    """Return what the document's packs say of running a workload in the places of some rows.

    Rules of critical or high severity that the workload breaks wherever it runs are not the
    place's fault and do not count.

    Args:
        workspace: an open document whose facts are laid.
        workload: its row.
        rows: offers with provider_id, region_id, accelerator_id and term; rows without a provider
            have no place.
    """
    offers = rows[rows["provider_id"].notna()]
    offers = offers.drop_duplicates(_PLACE).reset_index(drop=True).assign(country_iso2=None)
    if offers.empty:
        return {}
    workspace.publish()
    every = np.arange(len(offers), dtype=np.int64)
    places = judged_places(
        workspace.connection,
        workload,
        offers,
        np.zeros(len(offers), dtype=np.int64),
        offer=every,
        packs=packs.choose(workspace.packs),
        as_of=workspace.as_of,
        estate="estate",
        catalogue="catalogue",
        weights=str(workspace.setting("weights", csf.DEFAULT_WEIGHTS)),
    )
    firm = [rule for rule, severity in places.severities.items() if severity in FIRM]
    found = {}
    for place, key in enumerate(offers[_PLACE].fillna("").itertuples(index=False, name=None)):
        fails = tuple(rule for rule in firm if rule in places.fails and places.fails[rule][place])
        open_ones = tuple(
            rule for rule in firm if rule in places.unknown and places.unknown[rule][place]
        )
        found[str(key[0]), str(key[1])] = Verdict(
            False if fails else None if open_ones else True, fails, open_ones
        )
    return found


def told(rows: pd.DataFrame, found: dict[tuple[str, str], Verdict]) -> pd.DataFrame:
    """Return rows with place_allowed (NULL = undecided or no place), place_forbidden_by and
    place_undecided_by, rule ids divided by semicolons."""
    keys = rows[_PLACE].fillna("").itertuples(index=False, name=None)
    of_row = [found.get((str(provider), str(region))) for provider, region in keys]
    allowed = pd.Series([None if one is None else one.allowed for one in of_row], dtype=object)
    return rows.assign(
        place_allowed=allowed.to_numpy(dtype=object),
        place_forbidden_by=["; ".join(one.forbidden_by) if one else "" for one in of_row],
        place_undecided_by=["; ".join(one.undecided_by) if one else "" for one in of_row],
    )
