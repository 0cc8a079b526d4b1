"""What a shock takes away, as workloads to plan anew: each application's machines and data."""

from dataclasses import dataclass

import pandas as pd

from freehold.estate import dictionary
from freehold.estate.sql import literal, qualified, quoted
from freehold.scenarios.hit import Hit
from freehold.scenarios.run import Run

ESTATE = "way_back"
"""Schema of the estate in which what was lost is planned anew."""

HOURS_PER_MONTH = 730.0
STAND_IN_VCPUS = 1.0
"""What stands for an application of which no machine tells its vCPUs, so that it has a place."""

NO_APPLICATION = "what names no application"
OWN = "on-prem"


@dataclass(frozen=True)
class Unit:
    """What moves together: a workload of the document, or what an application ran and stored.

    Attributes:
        id: id of the workload, or of the application (with its chip where it has one).
        application: id of the application.
        resources, placements, views: keys of what moves: resources, explicit placements, and the
            rows of the view `placements`.
        unsized: resources whose machine is not listed, so that they keep their cost.
        kept_usd: what those cost a month.
        before_usd: what the unit cost a month before the shock; None where nothing tells it.
        is_stand_in: nothing tells its size.
    """

    id: str
    name: str
    is_workload: bool
    came_from: str
    application: str | None = None
    resources: tuple[str, ...] = ()
    placements: tuple[str, ...] = ()
    views: tuple[str, ...] = ()
    unsized: int = 0
    kept_usd: float = 0.0
    before_usd: float | None = None
    is_stand_in: bool = False


@dataclass(frozen=True)
class Lost:
    """Units by id, and one row of the table `workloads` for each that is no workload already."""

    units: dict[str, Unit]
    rows: pd.DataFrame

    @property
    def workloads(self) -> list[str]:
        """Units that are workloads of the document."""
        return [unit.id for unit in self.units.values() if unit.is_workload]


def lost_by(base: Run, shocked: Run, hit: Hit) -> Lost:
    """Return what was hit, by workload and by application.

    Machines of an application whose workload was hit too are not planned twice: the workload
    states what it needs, so they keep no size of their own.
    """
    connection = shocked.connection
    names = {"v": quoted(shocked.schemas.views), "b": quoted(base.schemas.views)}
    names["c"], names["e"] = quoted(shocked.schemas.catalogue), quoted(shocked.schemas.estate)
    workloads = connection.execute(
        _WORKLOADS.format(**names), {"ids": list(hit.workloads)}
    ).fetchall()
    priced: dict[str, object] = dict(
        base.workloads[["workload_id", "cost_per_month"]].astype(object).itertuples(index=False)
    )
    units: dict[str, Unit] = {}
    on_chips, on_cores = set(), set()
    for name, title, application, came_from, chips, cores in workloads:
        cost = priced.get(name)
        units[name] = Unit(
            name,
            title,
            True,
            came_from,
            application,
            before_usd=_known(cost),
        )
        if chips:
            on_chips.add(application)
        if cores:
            on_cores.add(application)
    machines: pd.DataFrame = connection.execute(
        _MACHINES.format(**names), {"ids": list(hit.resources)}
    ).df()
    places: pd.DataFrame = connection.execute(
        _PLACED.format(**names), {"ids": list(hit.views), "mine": list(hit.workloads)}
    ).df()
    rows: list[dict[str, object]] = []
    for application in sorted({*machines["application"], *places["application"]}):
        own = machines[machines["application"] == application]
        there = places[places["application"] == application]
        chips = own["accelerator_id"].notna() & (application not in on_chips)
        stated = (own["accelerator_id"].notna() & ~chips) | (
            (own["vcpus"] > 0) & own["accelerator_id"].isna() & (application in on_cores)
        )
        cores = (own["vcpus"] > 0) & own["accelerator_id"].isna() & ~stated
        rest = own[~chips & ~cores & ~stated]
        told = own if len(own) else there
        came_from = str(told["place"].mode().iloc[0])
        at = told[told["place"] == came_from].iloc[0]
        name = str(told["name"].dropna().iloc[0]) if told["name"].notna().any() else application
        row = {
            "application_id": None if application == NO_APPLICATION else application,
            "hours_per_month": HOURS_PER_MONTH,
            **{column: at[column] for column in ("provider_id", "region_id", "country_iso2")},
        }
        for chip, group in own[chips].groupby("accelerator_id"):
            unit = f"{application} on {chip}"
            units[unit] = Unit(
                unit,
                name,
                False,
                came_from,
                application,
                resources=tuple(group["resource"]),
                before_usd=_sum(group["cost_usd"]),
            )
            rows.append(
                {**row, "workload_id": unit, "name": name, "kind": "serving",
                 "accelerator_id": chip, "accelerator_count": float(group["chips"].sum())}
            )  # fmt: skip
        mine = own[~chips]
        vcpus = float(own.loc[cores, "vcpus"].sum())
        units[application] = Unit(
            application,
            name,
            False,
            came_from,
            application,
            resources=tuple(mine["resource"]),
            placements=tuple(there.loc[there["explicit"], "placement"]),
            views=tuple(there["placement"]),
            unsized=len(rest),
            kept_usd=float(rest["cost_usd"].fillna(0.0).sum()),
            before_usd=_sum(mine["cost_usd"]),
            is_stand_in=vcpus == 0.0,
        )
        rows.append(
            {**row, "workload_id": application, "name": name, "kind": "classic",
             "vcpus": max(vcpus, STAND_IN_VCPUS)}
        )  # fmt: skip
    return Lost(units, pd.DataFrame(rows))


def _known(usd: object) -> float | None:
    number = pd.to_numeric(pd.Series([usd]), errors="coerce").iloc[0]
    return None if pd.isna(number) else float(number)


def _sum(usd: "pd.Series[float]") -> float | None:
    known = usd.dropna()
    return float(known.sum()) if len(known) or usd.empty else None


def lay(shocked: Run, lost: Lost) -> str:
    """Lay the estate in which only what was lost is planned; return its schema.

    Own halls count with what workloads that stay leave free. Of data whose storage is out of reach
    another copy stands for it, if one is left.
    """
    connection, estate = shocked.connection, shocked.schemas.estate
    connection.execute(f"DROP SCHEMA IF EXISTS {quoted(ESTATE)} CASCADE")
    connection.execute(f"CREATE SCHEMA {quoted(ESTATE)}")
    names = ", ".join(map(literal, lost.workloads)) or "''"
    for name in dictionary.tables():
        own = _LAID.get(name, "SELECT * FROM {e}." + quoted(name))
        kind = "TABLE" if name in _COPIED else "VIEW"
        connection.execute(
            f"CREATE {kind} {qualified(ESTATE, name)} AS "
            + own.format(e=quoted(estate), own=OWN, names=names)
        )
    connection.execute(f"UPDATE {qualified(ESTATE, 'workloads')} SET available = NULL")
    if len(lost.rows):
        columns = ", ".join(map(quoted, lost.rows.columns))
        connection.register("lost_rows", lost.rows.astype(object).where(lost.rows.notna(), None))
        connection.execute(
            f"INSERT INTO {qualified(ESTATE, 'workloads')} ({columns})"
            f" SELECT {columns} FROM lost_rows"
        )
        connection.unregister("lost_rows")
    return ESTATE


def drop(shocked: Run) -> None:
    """Remove the estate of `lay`."""
    shocked.connection.execute(f"DROP SCHEMA IF EXISTS {quoted(ESTATE)} CASCADE")


_COPIED = ("workloads", "placements")
_LAID = {
    "workloads": "SELECT * FROM {e}.workloads WHERE workload_id IN ({names})",
    # One row of the own halls of each country is enough to know that they are there.
    "resources": """SELECT * FROM {e}.resources WHERE provider_id = '{own}'
        QUALIFY row_number() OVER (PARTITION BY country_iso2 ORDER BY resource_id) = 1""",
    "placements": """SELECT * REPLACE (CASE WHEN role IN ('backup', 'failover') AND
            NOT bool_or(role = 'storage') OVER (PARTITION BY data_set_id)
          THEN 'storage' ELSE role END AS role)
        FROM {e}.placements
        WHERE data_set_id IS NOT NULL AND available IS DISTINCT FROM FALSE
          AND NOT (resource_id IS NOT NULL AND resource_id IN (
            SELECT resource_id FROM {e}.resources WHERE available IS NOT DISTINCT FROM FALSE))""",
    "accelerator_pools": """SELECT p.* REPLACE (greatest(p.quantity - coalesce(u.used, 0), 0)
            AS quantity)
        FROM {e}.accelerator_pools p LEFT JOIN (
          SELECT provider_id, accelerator_id, region_id, country_iso2,
            sum(accelerator_count) AS used
          FROM {e}.workloads
          WHERE available IS DISTINCT FROM FALSE AND workload_id NOT IN ({names}) GROUP BY ALL) u
        ON u.provider_id = p.provider_id AND u.accelerator_id = p.accelerator_id
          AND u.region_id IS NOT DISTINCT FROM p.region_id
          AND u.country_iso2 IS NOT DISTINCT FROM p.country_iso2""",
}

_PLACE = "coalesce({0}.provider, '?') || '/' || coalesce({0}.region, {0}.country, '*')"

_WORKLOADS = """
SELECT w.workload, coalesce(w.name, w.workload), w.application, {place},
  coalesce(e.accelerator_count, 0) > 0, coalesce(e.vcpus, 0) > 0
FROM {{b}}.workloads w JOIN {{e}}.workloads e ON e.workload_id = w.workload
WHERE list_contains($ids, w.workload) ORDER BY 1
""".format(place=_PLACE.format("w"))

_MACHINES = f"""
SELECT r.resource, coalesce(r.application, '{NO_APPLICATION}') AS application, p.name,
  r.provider AS provider_id, r.region AS region_id,
  CASE WHEN r.region IS NULL THEN r.country END AS country_iso2, {_PLACE.format("r")} AS place,
  CAST(b.cost_usd AS DOUBLE) AS cost_usd,
  s.vcpus * coalesce(CAST(r.quantity AS DOUBLE), 1) AS vcpus,
  CASE WHEN a.kind <> 'cpu' THEN a.accelerator_id END AS accelerator_id,
  coalesce(CAST(r.accelerator_count AS DOUBLE), s.accelerator_count, 1)
    * coalesce(CAST(r.quantity AS DOUBLE), 1) AS chips
FROM {{v}}.resources r JOIN {{b}}.resources b USING (resource)
LEFT JOIN {{c}}.skus s ON s.provider_id = r.provider AND s.instance_type = r.instance_type
LEFT JOIN {{c}}.accelerators a ON a.accelerator_id = coalesce(r.accelerator, s.accelerator_id)
LEFT JOIN {{v}}.applications p ON p.application = r.application
WHERE list_contains($ids, r.resource) ORDER BY 1
"""

_PLACED = f"""
SELECT p.placement, p.explicit, coalesce(p.application, '{NO_APPLICATION}') AS application,
  a.name, p.provider AS provider_id, p.region AS region_id,
  CASE WHEN p.region IS NULL THEN p.country END AS country_iso2, {_PLACE.format("p")} AS place
FROM {{v}}.placements p LEFT JOIN {{v}}.applications a ON a.application = p.application
WHERE list_contains($ids, p.placement)
  AND (p.workload IS NULL OR NOT list_contains($mine, p.workload)) ORDER BY 1
"""
