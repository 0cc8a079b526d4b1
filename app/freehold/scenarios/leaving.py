"""What leaving takes: the time that contracts need, data taken along, commitments left behind."""

from dataclasses import dataclass

import pandas as pd

from freehold.costing import egress_cost
from freehold.estate.sql import qualified, quoted
from freehold.scenarios.lost import ESTATE, Unit
from freehold.scenarios.run import Run

DAYS_PER_MONTH = 30.4375
"""365.25 days over 12 months."""


@dataclass(frozen=True)
class Lead:
    """Days that the slowest contract of a unit needs, and what says so.

    `days` None where nothing tells them; `is_floor` where a contract, or what names none, tells
    neither an exit plan nor a transition period, so that it may take longer.
    """

    days: float | None
    basis: tuple[str, ...]
    silent: tuple[str, ...]

    @property
    def is_floor(self) -> bool:
        """Whether it may take longer."""
        return bool(self.silent)


def leads(shocked: Run, units: dict[str, Unit]) -> dict[str, Lead]:
    """Return the lead time of each unit, by its id.

    A unit that no placement tells a contract of is bound as its application is.
    """
    rows: list[tuple[str, str | None]] = []
    for unit in units.values():
        bound = unit.views or getattr(units.get(unit.application or ""), "views", ())
        rows += [(unit.id, view) for view in bound] or [(unit.id, None)]
    frame = pd.DataFrame(rows, columns=["unit", "placement"], dtype=object)
    connection = shocked.connection
    connection.register("lost_units", frame)
    found = connection.execute(
        f"""
        SELECT DISTINCT u.unit, p.contract, x.duration_months, x.target_provider,
          t.transition_days
        FROM lost_units u
        LEFT JOIN {quoted(shocked.schemas.views)}.placements p ON p.placement = u.placement
        LEFT JOIN {quoted(shocked.schemas.views)}.exit_plans x
          ON x.contract = p.contract AND x."exists"
        LEFT JOIN {quoted(shocked.schemas.views)}.contracts t ON t.contract = p.contract
        ORDER BY ALL
        """
    ).fetchall()
    connection.unregister("lost_units")
    made: dict[str, Lead] = {}
    for mine in units:
        days: list[float] = []
        basis: list[str] = []
        silent: list[str] = []
        for name, contract, months, target, transition in found:
            if name != mine:
                continue
            if months is not None:
                days.append(float(months) * DAYS_PER_MONTH)
                to = f", written for {target or 'no target'}"
                basis.append(f"exit plan of {contract} ({float(months):g} months{to})")
            elif transition is not None:
                days.append(float(transition))
                basis.append(f"transition period of {contract} ({transition} days)")
            else:
                silent.append(str(contract or "what names no contract"))
        made[mine] = Lead(max(days) if days else None, tuple(basis), tuple(silent))
    return made


def together(each: list[Lead]) -> tuple[float | None, str, bool]:
    """Return the longest lead time, what tells it, and whether it may be longer."""
    days = [one.days for one in each if one.days is not None]
    basis = sorted({text for one in each for text in one.basis})
    silent = sorted({text for one in each for text in one.silent})
    told = "; ".join(basis) or "nothing tells a lead time"
    if silent:
        told += f"; not told for {', '.join(silent)}"
    return (max(days) if days else None), told, bool(silent)


@dataclass(frozen=True)
class Data:
    """Data sets that move: what taking them out costs once, and those of which no copy is left.

    `usd` None where a price or a volume is not told; `notes` say for which.
    """

    usd: float | None
    lost: tuple[str, ...]
    notes: tuple[str, ...]


def data_moved(shocked: Run, units: dict[str, Unit]) -> Data:
    """Return what it costs to take out the data of units, from where a copy is in reach.

    The price is that of switching, or of the internet where the catalogue tells none.
    """
    views = quoted(shocked.schemas.views)
    placements = [view for unit in units.values() for view in unit.views]
    frame: pd.DataFrame = shocked.connection.execute(
        f"""
        WITH moved AS (
          SELECT DISTINCT d.data_set, d.volume_gb FROM {views}.placements p
          JOIN {views}.data_sets d ON d.data_set = p.data_set
          WHERE list_contains(?, p.placement) AND p.role IN ('storage', 'backup', 'failover'))
        SELECT m.data_set, CAST(m.volume_gb AS DOUBLE) AS gb_per_month, s.provider_id,
          s.region_id, s.country_iso2
        FROM moved m LEFT JOIN (
          SELECT * FROM {qualified(ESTATE, "placements")} WHERE role = 'storage'
          QUALIFY row_number() OVER (PARTITION BY data_set_id ORDER BY placement_id) = 1) s
        ON s.data_set_id = m.data_set ORDER BY 1
        """,
        [placements],
    ).df()
    if frame.empty:
        return Data(0.0, (), ())
    copied = frame[frame["provider_id"].notna()].reset_index(drop=True)
    gone = frame[frame["provider_id"].isna()]["data_set"]
    usd = pd.Series(float("nan"), index=copied.index)
    for to in ("switching", "internet"):
        if len(copied):
            priced = egress_cost(
                copied.assign(to=to), shocked.connection, catalogue=shocked.schemas.catalogue
            )["egress_usd_per_month"]
            usd = usd.fillna(pd.to_numeric(priced, errors="coerce").astype("float64"))
    notes = []
    untold = copied[usd.isna() & copied["gb_per_month"].isna()]["data_set"]
    if len(untold):
        notes.append(f"No volume is told of {', '.join(untold)}.")
    bare = copied[usd.isna() & copied["gb_per_month"].notna()]
    for provider, group in bare.groupby("provider_id"):
        notes.append(f"No price for data leaving {provider}: {', '.join(group['data_set'])}.")
    return Data(
        None if usd.isna().any() else float(usd.sum()),
        tuple(str(name) for name in gone),
        tuple(notes),
    )


def committed(shocked: Run, providers: list[str]) -> tuple[float, tuple[str, ...]]:
    """Return what is still promised to providers, USD, and the commitments that say so."""
    rows = shocked.connection.execute(
        f"""
        SELECT commitment, CAST(remaining_usd AS DOUBLE)
        FROM {quoted(shocked.schemas.views)}.commitments
        WHERE list_contains(?, provider) AND remaining_usd > 0 ORDER BY 1
        """,
        [providers],
    ).fetchall()
    return sum(float(usd) for _, usd in rows), tuple(str(name) for name, _ in rows)
