"""Places in which workloads can sit, published as an estate of their own and judged."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase
from importlib.resources import files

import duckdb
import numpy as np
import pandas as pd

from freehold.compliance import Pack, csf
from freehold.compliance.engine import in_force, judge_rules
from freehold.compliance.rule import Rule
from freehold.estate import dictionary
from freehold.estate.publishing import publish
from freehold.estate.sql import literal, qualified, quoted
from freehold.planning.problem import Bools, Ints

ESTATE, VIEWS, RESULTS = "plan_estate", "plan_views", "plan_results"
_JUDGED = ("workloads", "placements", "transfers", "obligations")
_COPIED = ("workloads", "placements", "services", "answers", "service_profiles")
_PLACE = ("provider_id", "region_id", "country_iso2")
_APART = "\x1f"
_PLACE_COLUMNS = frozenset(
    {
        "provider", "provider_name", "provider_group", "provider_country", "parent_country",
        "parent_is_eea", "region", "region_status", "country", "is_eea", "is_eu", "exposed",
        "exposed_us", "exposed_cn", "control_plane_country", "control_plane_is_eea",
        "dpf_certified", "key_custody", "key_country", "key_is_eea", "key_same_group", "encrypted",
        "confidential_computing", "transfer_instrument", "tia_date", "tia_done", "adequacy",
        "transfer_basis", "abroad", "uk_adequacy", "instance_type", "accelerator",
        "accelerator_vendor", "accelerator_vendor_country", "term", "agreed_country",
        "asks_secnumcloud", "asks_c3a", "asks_c3a_national", "required_ual",
    }
)  # fmt: skip
"""Columns that a place decides: a rule that reads none of them is not cured by any place."""


@dataclass(frozen=True)
class Places:
    """The places of candidate pairs and what rules and framework say of them.

    Attributes:
        table: one row per place: provider_id, region_id, country_iso2, profile, seal,
            seal_proven, seal_best_case, score, capped_by.
        of_pair: place of each pair, C.
        fails: by rule id, the pairs that fail it, C each.
        unknown: by rule id, the pairs on which it cannot decide.
        titles, severities: of the rules.
        independent: rules in force that no place can cure, with how many workloads they fail.
        missing: criteria that hold each place's SEAL down.
    """

    table: pd.DataFrame
    of_pair: Ints
    fails: dict[str, Bools]
    unknown: dict[str, Bools]
    titles: dict[str, str]
    independent: dict[str, int]
    severities: dict[str, str]


def place_numbers(offers: pd.DataFrame) -> tuple[pd.DataFrame, Ints]:
    """Return the distinct places of offers and the place of each offer."""
    keys = offers[list(_PLACE)].astype("str").where(offers[list(_PLACE)].notna(), "")
    joined = keys["provider_id"] + _APART + keys["region_id"] + _APART + keys["country_iso2"]
    found, number = np.unique(joined.to_numpy(dtype=str), return_inverse=True)
    parts = [name.split(_APART) for name in found]
    table = pd.DataFrame(parts, columns=list(_PLACE))
    return table.replace({"": None}), np.asarray(number, dtype=np.int64)


def judged_places(
    connection: duckdb.DuckDBPyConnection,
    workloads: pd.DataFrame,
    offers: pd.DataFrame,
    work: Ints,
    *,
    offer: Ints,
    packs: Sequence[Pack],
    as_of: date,
    estate: str,
    catalogue: str,
    weights: str,
    check: Callable[[], None] = lambda: None,
) -> Places:
    """Publish every candidate pair as a placement, judge it and return the verdicts.

    The data sets of a workload's application are taken to be processed where it runs, under the
    estate's contract with that provider and its own key there, or today's key where it is held
    outside the provider.
    """
    table, place_of_offer = place_numbers(offers)
    place = place_of_offer[offer]
    table["profile"] = _profiles(connection, catalogue, table)
    _lay(
        connection,
        workloads,
        offers,
        table,
        work=work,
        offer=offer,
        place=place,
        estate=estate,
    )
    # At once, as every call looks anew at all that the views are built from.
    publish(
        connection,
        estate=ESTATE,
        catalogue=catalogue,
        schema=VIEWS,
        as_of=as_of,
        only=(*_JUDGED, "services", "chain", "answers"),
    )
    check()
    row_rules = [
        rule
        for _, rule in in_force(packs, as_of)[0]
        if rule.kind == "row" and rule.subject in _JUDGED
    ]
    fails, unknown, independent = _verdicts(
        connection,
        row_rules,
        as_of,
        workloads,
        work=work,
        offer=offer,
        offers=offers,
        place=place,
        estate=estate,
    )
    check()
    level = csf.estate_level(
        connection,
        as_of=as_of,
        views=VIEWS,
        catalogue=catalogue,
        weights=weights,
        packs=packs
        if any(rule.kind == "graded" for pack in packs for rule in pack.rules)
        else None,
    )
    found = {one.service: one for one in level.services}
    ours = [found.get(f"plan:{number}") for number in range(len(table))]
    table["seal"] = [one.assumed.seal_low if one else 0 for one in ours]
    table["seal_proven"] = [one.result.seal_low if one else 0 for one in ours]
    table["seal_best_case"] = [
        max(one.assumed.seal_high, one.assumed.seal_low) if one else 4 for one in ours
    ]
    table["score"] = [float(one.assumed.score_low) if one else 0.0 for one in ours]
    table["capped_by"] = [_caps(one) for one in ours]
    titles = {rule.id: rule.title for rule in row_rules}
    severities = {rule.id: str(rule.severity) for rule in row_rules}
    return Places(table, place, fails, unknown, titles, independent, severities)


def _caps(level: csf.ServiceLevel | None) -> str:
    """Return the criteria at which a place's counted SEAL ends, the unanswered marked."""
    if level is None:
        return ""
    assumed = level.assumed.seal_low
    if level.assumed.seal_low < level.assumed.seal_high:
        open_ones = [c.criterion for c in level.criteria if len(c.assumed_options) > 1]
        return "unanswered: " + ", ".join(dict.fromkeys(open_ones[:6]))
    return ", ".join(level.assumed.capped_by[:6]) if assumed < 4 else ""


def _profiles(
    connection: duckdb.DuckDBPyConnection, catalogue: str, table: pd.DataFrame
) -> list[str | None]:
    """Return the offer of the framework's starting answers that each place belongs to."""
    with files("freehold.planning").joinpath("offer_regions.csv").open(encoding="utf-8") as file:
        known = pd.read_csv(file, dtype=str, keep_default_na=False)
    provider_of = dict(
        connection.execute(
            f"SELECT DISTINCT profile_id, provider_id FROM {quoted(catalogue)}.csf_profiles"
        ).fetchall()
    )
    members = {
        str(country)
        for (country,) in connection.execute(
            f"SELECT country_iso2 FROM {quoted(catalogue)}.countries WHERE eu_member"
        ).fetchall()
    }
    country = {
        (str(provider), str(region)): found
        for provider, region, found in connection.execute(
            f"SELECT provider_id, region_id, country_iso2 FROM {quoted(catalogue)}.regions"
        ).fetchall()
    }
    chosen: list[str | None] = []
    profiles = known.to_dict("records")
    for provider, region, own in table[list(_PLACE)].itertuples(index=False):
        where = own or country.get((str(provider), str(region)))
        match = None
        for row in profiles:
            if provider_of.get(row["profile_id"]) != provider or region is None:
                continue
            inside = (
                row["countries"] == "*"
                or (row["countries"] == "EU" and where in members)
                or where in str(row["countries"]).split(";")
            )
            if inside and fnmatchcase(str(region), str(row["regions"])):
                match = str(row["profile_id"])
        chosen.append(match)
    return chosen


def _lay(
    connection: duckdb.DuckDBPyConnection,
    workloads: pd.DataFrame,
    offers: pd.DataFrame,
    table: pd.DataFrame,
    *,
    work: Ints,
    offer: Ints,
    place: Ints,
    estate: str,
) -> None:
    """Lay the candidate estate: the estate's tables with candidates in place of what is moved."""
    connection.execute(f"DROP SCHEMA IF EXISTS {quoted(ESTATE)} CASCADE")
    connection.execute(f"DROP SCHEMA IF EXISTS {quoted(VIEWS)} CASCADE")
    connection.execute(f"CREATE SCHEMA {quoted(ESTATE)}")
    for name in dictionary.tables():
        kind = "TABLE" if name in _COPIED else "VIEW"
        connection.execute(
            f"CREATE {kind} {qualified(ESTATE, name)} AS FROM {qualified(estate, name)}"
        )
    pairs = pd.DataFrame(
        {
            "workload_id": workloads["workload_id"].to_numpy()[work],
            "place": place,
            "accelerator_id": offers["accelerator_id"].to_numpy()[offer],
            "term": offers["term"].to_numpy()[offer],
        }
    )
    distinct = pairs.drop_duplicates(ignore_index=True)
    distinct["candidate"] = [f"plan:{number}" for number in range(len(distinct))]
    spots = table.reset_index(names="place")
    connection.register("plan_pairs", distinct)
    connection.register("plan_places", spots[["place", *_PLACE, "profile"]])
    columns = [c.name for c in dictionary.tables()["workloads"].columns]
    replaced = {
        "workload_id": "p.candidate",
        "provider_id": "s.provider_id",
        "region_id": "s.region_id",
        "country_iso2": "s.country_iso2",
        "accelerator_id": "p.accelerator_id",
        "term": "p.term",
        "model_source": "CASE WHEN p.term = 'token_api' THEN 'api'"
        " WHEN w.model_source = 'api' THEN 'self_hosted' ELSE w.model_source END",
    }
    values = ", ".join(
        f"{replaced.get(name, 'w.' + quoted(name))} AS {quoted(name)}" for name in columns
    )
    connection.execute(
        f"CREATE OR REPLACE TABLE {qualified(ESTATE, 'workloads')} AS SELECT {values}"
        f" FROM plan_pairs p JOIN {qualified(estate, 'workloads')} w USING (workload_id)"
        " JOIN plan_places s USING (place)"
    )
    # The estate's own service of the same provider and offer lends its contract and answers.
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE plan_services AS
        SELECT s.place, s.provider_id, s.profile,
          arg_min(v.service_id, v.service_id) AS like_service,
          arg_min(v.contract_id, v.service_id) AS contract_id
        FROM plan_places s LEFT JOIN {qualified(estate, "services")} v
          ON v.provider_id = s.provider_id
          AND (v.offer IS NOT DISTINCT FROM s.profile OR v.offer IN (
            SELECT offer FROM catalogue.csf_profiles c WHERE c.profile_id = s.profile))
        GROUP BY ALL;
        CREATE OR REPLACE TEMP TABLE plan_contracts AS
        SELECT provider_id, min(contract_id) AS contract_id FROM {qualified(estate, "contracts")}
        WHERE status IS NULL OR status IN ('active', 'planned') GROUP BY provider_id;
        CREATE OR REPLACE TEMP TABLE plan_keys AS
        SELECT provider_id, arg_max(key_id, custody) AS key_id FROM {qualified(estate, "keys")}
        WHERE provider_id IS NOT NULL GROUP BY provider_id;
        DELETE FROM {qualified(ESTATE, "services")};
        INSERT INTO {qualified(ESTATE, "services")}
          (service_id, provider_id, offer, contract_id, in_scope)
        SELECT 'plan:' || place, provider_id, coalesce(profile, 'no answers'), contract_id,
          -- A place without any answer has SEAL 0 and needs no look at its criteria.
          profile IS NOT NULL OR like_service IS NOT NULL
        FROM plan_services
        """
    )
    for name in ("answers", "service_profiles"):
        key = dictionary.tables()[name].key[0]
        own = [c.name for c in dictionary.tables()[name].columns]
        made = ", ".join(
            "'plan:' || s.place"
            if column == "service_id"
            else f"a.{quoted(column)} || '/' || s.place"
            if column == key
            else f"a.{quoted(column)}"
            for column in own
        )
        connection.execute(
            f"INSERT INTO {qualified(ESTATE, name)} ({', '.join(map(quoted, own))})"
            f" SELECT {made} FROM {qualified(estate, name)} a"
            " JOIN plan_services s ON s.like_service = a.service_id"
        )
    # Data sets are processed where their application's workload runs.
    connection.execute(
        f"""
        INSERT INTO {qualified(ESTATE, "placements")}
          (placement_id, workload_id, role, provider_id, region_id, country_iso2, service_id,
           contract_id)
        SELECT 'plan:' || p.candidate, p.candidate, 'processing', s.provider_id, s.region_id,
          s.country_iso2, 'plan:' || s.place, coalesce(v.contract_id, t.contract_id)
        FROM (SELECT workload_id, place, min(candidate) AS candidate FROM plan_pairs
          GROUP BY workload_id, place) p
        JOIN plan_places s USING (place) JOIN plan_services v USING (place)
        LEFT JOIN plan_contracts t ON t.provider_id = s.provider_id;
        INSERT INTO {qualified(ESTATE, "placements")}
          (placement_id, data_set_id, role, provider_id, region_id, country_iso2, contract_id,
           key_id, transfer_instrument)
        SELECT 'plan:' || d.data_set_id || '@' || s.place, d.data_set_id, 'processing',
          s.provider_id, s.region_id, s.country_iso2, coalesce(v.contract_id, t.contract_id),
          CASE WHEN now.custody >= 4 THEN now.key_id ELSE k.key_id END, NULL
        FROM (SELECT DISTINCT d.data_set_id, p.place FROM plan_pairs p
          JOIN {qualified(estate, "workloads")} w USING (workload_id)
          JOIN {qualified(estate, "data_sets")} d ON d.application_id = w.application_id) d
        JOIN plan_places s USING (place) JOIN plan_services v USING (place)
        LEFT JOIN plan_contracts t ON t.provider_id = s.provider_id
        LEFT JOIN plan_keys k ON k.provider_id = s.provider_id
        LEFT JOIN (SELECT l.data_set_id, max(y.custody) AS custody,
            arg_max(y.key_id, y.custody) AS key_id
          FROM {qualified(estate, "placements")} l
          JOIN {qualified(estate, "keys")} y USING (key_id)
          WHERE l.data_set_id IS NOT NULL GROUP BY l.data_set_id) now
          ON now.data_set_id = d.data_set_id
        """
    )
    connection.unregister("plan_places")
    connection.unregister("plan_pairs")


def _verdicts(
    connection: duckdb.DuckDBPyConnection,
    rules: Sequence[Rule],
    as_of: date,
    workloads: pd.DataFrame,
    *,
    work: Ints,
    offer: Ints,
    offers: pd.DataFrame,
    place: Ints,
    estate: str,
) -> tuple[dict[str, Bools], dict[str, Bools], dict[str, int]]:
    # A rule that rolls up is judged on each candidate row of its own.
    single = [rule.model_copy(update={"per": None, "quantifier": "every"}) for rule in rules]
    judged = judge_rules(connection, single, as_of, views=VIEWS, store=RESULTS)
    subject = {rule.rule.id: rule.view.name for rule in judged.rules}
    moved = {rule.rule.id: bool(set(rule.columns) & _PLACE_COLUMNS) for rule in judged.rules}
    rows = connection.execute(
        f"""
        SELECT v.rule_id, v.subject_id, v.result, t.placement AS transfer, o.placement AS duty
        FROM {quoted(RESULTS)}.verdicts v
        LEFT JOIN {quoted(VIEWS)}.transfers t ON t.transfer = v.subject_id
        LEFT JOIN {quoted(VIEWS)}.obligations o ON o.obligation = v.subject_id
        WHERE v.result IN ('fail', 'unknown')
        """
    ).fetchall()
    pairs = pd.DataFrame(
        {
            "workload": workloads["workload_id"].to_numpy()[work],
            "place": place,
            "accelerator": offers["accelerator_id"].to_numpy()[offer],
            "term": offers["term"].to_numpy()[offer],
        }
    )
    codes = pairs.groupby(["workload", "place", "accelerator", "term"], dropna=False, sort=False)
    candidate = codes.ngroup().to_numpy()
    by_spot = pairs.groupby(["workload", "place"], sort=False)
    spot = by_spot.ngroup().to_numpy()
    spot_of = dict(zip(candidate.tolist(), spot.tolist(), strict=True))
    data_sets: dict[str, list[str]] = {}
    for workload, data_set in connection.execute(
        f"SELECT DISTINCT w.workload_id, d.data_set_id FROM {qualified(estate, 'workloads')} w"
        f" JOIN {qualified(estate, 'data_sets')} d ON d.application_id = w.application_id"
    ).fetchall():
        data_sets.setdefault(str(data_set), []).append(str(workload))
    names = workloads["workload_id"].to_numpy()
    row_of = {str(name): row for row, name in enumerate(names)}
    fails: dict[str, Bools] = {}
    unknown: dict[str, Bools] = {}
    hits: dict[tuple[str, str], tuple[set[int], set[int], set[tuple[int, int]]]] = {}
    for rule_id, subject_id, result, transfer, duty in rows:
        view = subject[rule_id]
        text = {"transfers": transfer, "obligations": duty}.get(view, subject_id)
        if text is None or not str(text).startswith("plan:"):
            continue
        name = str(text)[len("plan:") :]
        held = hits.setdefault((rule_id, result), (set(), set(), set()))
        if view == "workloads":
            held[0].add(int(name))
        elif name.startswith("plan:"):
            held[1].add(spot_of[int(name[len("plan:") :])])
        else:
            data_set, _, number = name.rpartition("@")
            held[2].update(
                (row_of[one], int(number)) for one in data_sets.get(data_set, ()) if one in row_of
            )
    most = int(place.max(initial=0)) + 1
    independent: dict[str, int] = {}
    for (rule_id, result), (candidates, spots, held_places) in sorted(hits.items()):
        mask = np.isin(candidate, list(candidates)) | np.isin(spot, list(spots))
        keys = [row * most + number for row, number in held_places]
        mask |= np.isin(work * most + place, keys)
        if not mask.any():
            continue
        if not moved[rule_id]:
            if result == "fail":
                independent[rule_id] = len(set(work[mask].tolist()))
            continue
        (fails if result == "fail" else unknown)[rule_id] = mask
    return fails, unknown, independent


def region_where(connection: duckdb.DuckDBPyConnection, catalogue: str) -> pd.DataFrame:
    """Return the coordinates of each region."""
    found: pd.DataFrame = connection.execute(
        f"SELECT provider_id, region_id, country_iso2, lat, lon FROM {quoted(catalogue)}.regions"
    ).df()
    return found


__all__ = ["Places", "judged_places", "literal", "place_numbers", "region_where"]
