"""What a model costs over load: machines in whole units, or tokens of a priced API."""

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import duckdb
import numpy as np
import pandas as pd

from freehold.capacity.checks import Tables
from freehold.capacity.columns import Floats, Ints, numbers
from freehold.capacity.search import search_serving
from freehold.capacity.search_offers import machine_sizes
from freehold.capacity.search_space import Space
from freehold.costing.facts import relation
from freehold.errors import InputError

Side: TypeAlias = Literal["", "_low80", "_high80"]
SIDES: Final[tuple[Side, ...]] = ("", "_low80", "_high80")
OPPOSITE: Final[dict[Side, Side]] = {"": "", "_low80": "_high80", "_high80": "_low80"}
"""The end of the range that makes the other side of a ratio extreme."""


@dataclass(frozen=True)
class Machines:
    """Units a model can be served on, one entry each; rates in requests/s per unit.

    `usd_per_hour`, `rate` with its 80 % range, `e2e_ms` at full use, and `label` of each unit.
    """

    name: str
    usd_per_hour: Floats
    rate: dict[Side, Floats]
    e2e_ms: Floats
    label: list[str]

    @property
    def e2e(self) -> float:
        """Mean time of a request in ms on the unit that is cheapest per request."""
        return float(self.e2e_ms[self.cheapest])

    @property
    def cheapest(self) -> int:
        """Position of the unit whose requests cost least at full use."""
        return int(np.argmin(self.usd_per_hour / self.rate[""]))

    def hourly(self, load: Floats, peak: float, side: Side = "") -> tuple[Floats, Ints]:
        """Return USD per hour and the unit chosen for each mean load (requests/s).

        Units are bought whole and must carry the peak; the cheapest kind of unit is taken. No
        load needs no unit. A high cost goes with a low rate.
        """
        units = np.ceil(load[:, None] * peak / self.rate[OPPOSITE[side]][None, :] - 1e-9)
        cost = units * self.usd_per_hour[None, :]
        place = np.argmin(cost, axis=1)
        return cost[np.arange(len(load)), place], place

    def usd_per_request(self) -> float:
        """Return the least USD per request at full use."""
        return float((self.usd_per_hour / self.rate[""])[self.cheapest] / 3600.0)


@dataclass(frozen=True)
class Tokens:
    """A token-priced API; its latency is not published, so unknown."""

    name: str
    per_request_usd: float
    verified: bool
    source: str

    @property
    def e2e(self) -> float:
        """Unknown."""
        return float("nan")

    def hourly(self, load: Floats, peak: float, side: Side = "") -> tuple[Floats, Ints]:
        """Return USD per hour at each mean load; a price has no range and knows no peak."""
        return load * 3600.0 * self.per_request_usd, np.zeros(len(load), dtype=np.int64)

    def usd_per_request(self) -> float:
        """Return USD per request."""
        return self.per_request_usd


Supply: TypeAlias = Machines | Tokens


def machines(
    model: str,
    precision: str,
    asked: pd.DataFrame,
    connection: duckdb.DuckDBPyConnection,
    *,
    term: str | None,
    tables: Tables,
    catalogue: str = "catalogue",
) -> Machines:
    """Return the units on which a model meets the targets of `asked` (one row), at full use.

    Raises:
        InputError: it cannot be served within the targets on any priced machine.
    """
    row = asked[["input_tokens", "output_tokens", "ttft_slo_ms", "tpot_slo_ms"]]
    sold = set(machine_sizes(connection, term, catalogue, priced=True)["accelerator_id"])
    found = search_serving(
        row.assign(model_id=model, kind="serving"),
        connection,
        space=Space(chips=tuple(sorted(sold)), precisions=(precision,) if precision else None),
        term=term,
        tables=tables,
        catalogue=catalogue,
    )
    rows = found.rows[found.rows["usd_per_hour"].notna()].reset_index(drop=True)
    if rows.empty:
        counted = found.refused.groupby("reason")["configurations"].sum()
        why = f" ({counted.idxmax()})" if len(counted) else ""
        raise InputError(
            f"No priced machine serves {model} within the targets{why}",
            where=f"{model} {precision}".strip(),
            mend="Loosen the latency targets or choose another precision",
        )
    label = (
        rows["provider_id"] + " " + rows["instance_type"] + " x "
        + rows["machines"].map("{:g}".format) + ", " + rows["accelerator_id"] + ", "
        + rows["weight_precision"]
    )  # fmt: skip
    return Machines(
        name=model,
        usd_per_hour=numbers(rows, "usd_per_hour") * numbers(rows, "machines"),
        rate={side: numbers(rows, f"requests_per_s{side}") for side in SIDES},
        e2e_ms=numbers(rows, "e2e_latency_ms"),
        label=[str(one) for one in label],
    )


def tokens(
    provider: str,
    model: str,
    asked: pd.DataFrame,
    connection: duckdb.DuckDBPyConnection,
    catalogue: str = "catalogue",
) -> Tokens:
    """Return the price of one request of `asked` (one row) at a token-priced API.

    Raises:
        InputError: the catalogue has no such price.
    """
    found = connection.execute(
        "SELECT CAST(usd_per_m_input AS DOUBLE), CAST(usd_per_m_output AS DOUBLE), verified,"
        f" source, as_of FROM {relation(connection, 'token_prices', catalogue)}"
        " WHERE provider_id = ? AND model = ?",
        [provider, model],
    ).fetchone()
    if found is None or found[0] is None:
        raise InputError(
            "The catalogue has no token price of this model",
            where=f"{provider} {model}",
            mend="See the token prices on the Catalogue page",
        )
    usd_in, usd_out, verified, source, as_of = found
    prompt = float(numbers(asked, "input_tokens")[0])
    output = float(np.nan_to_num(numbers(asked, "output_tokens")[0]))
    price = (prompt * usd_in + output * (usd_out or 0.0)) / 1e6
    return Tokens(f"{provider} {model}", price, bool(verified), f"{source}, {as_of}")
