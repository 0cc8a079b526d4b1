"""A small model that takes a share of the requests, with a large one or an API behind it."""

from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import duckdb
import numpy as np
import pandas as pd

from freehold.capacity.checks import Tables
from freehold.capacity.columns import Floats, numbers, texts
from freehold.capacity.router_supply import (
    OPPOSITE,
    SIDES,
    Machines,
    Side,
    Supply,
    machines,
    tokens,
)
from freehold.errors import InputError

CLAIM: Final = (3.0, 10.0)
"""The claim looked into: inference 3 to 10 times cheaper with small specialised models."""

_SHARES: Final = ("share_small", "fallback_share")
_VOLUMES: Final = np.geomspace(1e3, 1e10, 281)
_IDLE: Final = 0.3
_HOURS: Final = 730.0


@dataclass(frozen=True)
class Routing:
    """What routers cost.

    `rows`: one per router, in its order; see `route`. `curves`: router_id, requests_per_month,
    way (router, large, api), usd_per_month with its range, usd_per_m_tokens.
    """

    rows: pd.DataFrame
    curves: pd.DataFrame


Known: TypeAlias = dict[tuple[object, ...], Supply]
"""Supplies by model and shape of the requests."""


@dataclass(frozen=True)
class _Router:
    """One router: loads as shares of all requests, and where each side runs."""

    share: float
    fallback: float
    peak: float
    tokens_per_request: float
    small: Supply
    large: Supply
    api: Supply | None
    own_large: Supply | None

    @property
    def large_share(self) -> float:
        """Share of requests the large model answers: those not routed small, and the fallbacks."""
        return 1.0 - self.share + self.share * self.fallback

    def monthly(self, rate: Floats, side: Side = "") -> Floats:
        """USD per month at mean rates (requests/s)."""
        small, _ = self.small.hourly(rate * self.share, self.peak, side)
        large, _ = self.large.hourly(rate * self.large_share, self.peak, side)
        return np.asarray((small + large) * _HOURS, dtype=np.float64)


def route(
    spec: pd.DataFrame,
    connection: duckdb.DuckDBPyConnection,
    *,
    term: str | None = "on_demand",
    tables: Tables | None = None,
    catalogue: str = "catalogue",
    known: "Known | None" = None,
    volumes: Floats = _VOLUMES,
) -> Routing:
    """Compare routers with sending every request to the large model.

    Args:
        spec: router_id, input_tokens, output_tokens, requests_per_s (mean), peak_over_mean,
            share_small (share of requests tried by the small model), fallback_share (share of
            those that the large one must answer again), small_model, small_precision or
            small_provider and small_api, large_model and large_precision or large_provider and
            large_api, ttft_slo_ms, tpot_slo_ms.
        connection: holds the catalogue.
        term: machine prices of this term only; None takes the cheapest of all terms.
        tables: facts already read.
        catalogue: a scenario's schema.
        volumes: requests per month at which the curves are told.
        known: where each model runs, kept between calls on the same facts; filled as needed.

    Where the large side has both a model and an API, the API answers the fallbacks and the model
    is compared as hosting the large one oneself. Rows: usd_per_month and usd_per_m_tokens with
    ranges, large_usd_per_month, times_cheaper with its range (worst against best end of both),
    most_times_cheaper (were the small model free: 1 / share of the large one), utilisation of each
    side, e2e_latency_ms, break_even_requests_per_month and break_even_utilisation against the
    API, claim, because, refused_because. A row that cannot be answered never stops the rest.
    """
    facts = tables or Tables.read(connection, catalogue=catalogue)
    supplies: Known = {} if known is None else known
    rows: list[dict[str, object]] = []
    curves: list[pd.DataFrame] = []
    for place in range(len(spec)):
        asked = spec.iloc[[place]].reset_index(drop=True)
        name = str(texts(asked, "router_id").iloc[0]) or str(place + 1)
        try:
            router, rate = _read(asked, connection, facts, supplies, term=term, catalogue=catalogue)
        except InputError as error:
            rows.append({"router_id": name, "refused_because": str(error)})
            continue
        rows.append({"router_id": name, **_answer(router, rate), "refused_because": ""})
        curves.append(_curves(router, volumes).assign(router_id=name))
    return Routing(
        pd.DataFrame(rows, index=spec.index),
        pd.concat(curves, ignore_index=True) if curves else pd.DataFrame(),
    )


def _read(
    asked: pd.DataFrame,
    connection: duckdb.DuckDBPyConnection,
    facts: Tables,
    known: Known,
    *,
    term: str | None,
    catalogue: str,
) -> tuple[_Router, float]:
    """Read a row and find where each side runs; each model and load shape is searched once."""
    for column in ("input_tokens", "output_tokens", "ttft_slo_ms", "tpot_slo_ms"):
        asked[column] = numbers(asked, column)
    values = {}
    for column, usual in (("share_small", np.nan), ("fallback_share", 0.0),
                          ("requests_per_s", np.nan), ("peak_over_mean", 1.0)):  # fmt: skip
        value = float(numbers(asked, column)[0])
        values[column] = value = usual if np.isnan(value) else value
        least, most = (0.0, 1.0) if column in _SHARES else (0.0, 1e9)
        if not (least <= value <= most) or (column == "peak_over_mean" and value < 1):
            said = "is not stated" if np.isnan(value) else f"cannot be {value:g}"
            raise InputError(f"{column} {said}")
    prompt, output = float(asked["input_tokens"][0]), float(asked["output_tokens"][0])
    if not (0 <= prompt < 1e9 and 0 <= output < 1e9 and prompt + output > 0):
        raise InputError("input_tokens and output_tokens must be stated and not negative")
    shape = tuple(asked.loc[0, ["input_tokens", "output_tokens", "ttft_slo_ms", "tpot_slo_ms"]])

    def named(column: str) -> str:
        return str(texts(asked, column).iloc[0])

    def supply(side: str, *, api: bool) -> Supply | None:
        one, other = ("provider", "api") if api else ("model", "precision")
        first, second = named(f"{side}_{one}"), named(f"{side}_{other}")
        if not (second if api else first):
            return None
        key = (api, first, second, term, *map(str, shape))
        if key not in known:
            known[key] = (
                tokens(first, second, asked, connection, catalogue)
                if api
                else machines(
                    first, second, asked, connection, term=term, tables=facts, catalogue=catalogue
                )
            )
        return known[key]

    small = supply("small", api=False) or supply("small", api=True)
    api, own = supply("large", api=True), supply("large", api=False)
    large = api or own
    if small is None or large is None:
        raise InputError(
            "A router needs a small and a large side",
            mend="Give small_model or small_api, and large_model or large_api",
        )
    router = _Router(
        share=values["share_small"],
        fallback=values["fallback_share"],
        peak=values["peak_over_mean"],
        tokens_per_request=prompt + output,
        small=small,
        large=large,
        api=api,
        own_large=own,
    )
    return router, values["requests_per_s"]


def _used(supply: Supply, load: float, peak: float) -> float:
    """Mean utilisation of the units bought for a mean load; NaN for an API."""
    if not isinstance(supply, Machines) or load <= 0:
        return float("nan")
    cost, place = supply.hourly(np.array([load]), peak)
    unit = int(place[0])
    bought = cost[0] / supply.usd_per_hour[unit]
    return float(load / (bought * supply.rate[""][unit]))


def _unit(supply: Supply, load: float, peak: float) -> str:
    if not isinstance(supply, Machines):
        return supply.name
    _, place = supply.hourly(np.array([max(load, 1e-9)]), peak)
    return supply.label[int(place[0])]


def _answer(router: _Router, rate: float) -> dict[str, Any]:
    """Return the figures of a router at its mean rate."""
    at = np.array([rate])
    month = rate * 3600.0 * _HOURS
    cost = {side: float(router.monthly(at, side)[0]) for side in SIDES}
    every = {side: float(router.large.hourly(at, router.peak, side)[0][0] * _HOURS)
             for side in SIDES}  # fmt: skip
    small_load, large_load = rate * router.share, rate * router.large_share
    waits = router.share * router.small.e2e + router.large_share * np.nan_to_num(
        router.large.e2e, nan=np.nan if router.large_share > 0 else 0.0
    )
    found: dict[str, Any] = {
        "requests_per_month": month,
        "small_on": _unit(router.small, small_load, router.peak),
        "large_on": _unit(router.large, large_load, router.peak),
        "large_share": router.large_share,
        "large_usd_per_month": every[""],
        "small_utilisation": _used(router.small, small_load, router.peak),
        "large_utilisation": _used(router.large, large_load, router.peak),
        "most_times_cheaper": 1.0 / router.large_share if router.large_share > 0 else np.inf,
        "price_ratio": router.large.usd_per_request() / max(router.small.usd_per_request(), 1e-15),
        "e2e_latency_ms": waits,
        "large_e2e_latency_ms": router.large.e2e,
    }
    for side in SIDES:
        found[f"usd_per_month{side}"] = cost[side]
        found[f"usd_per_m_tokens{side}"] = (
            cost[side] / (month * router.tokens_per_request) * 1e6 if month > 0 else np.nan
        )
    for side in SIDES:
        other = cost[OPPOSITE[side]]
        found[f"times_cheaper{side}"] = every[side] / other if other > 0 else np.nan
    found |= _break_even(router)
    times = float(found["times_cheaper"])
    found["claim"] = _claim(times)
    found["because"] = _because(router, found, times)
    return found


def _claim(times: float) -> str:
    if np.isnan(times):
        return "undecided"
    return "below" if times < CLAIM[0] else "above" if times > CLAIM[1] else "within"


def _because(router: _Router, found: dict[str, Any], times: float) -> str:
    """Say what holds the saving down, or what makes it large."""
    reasons = []
    most, ratio = float(found["most_times_cheaper"]), float(found["price_ratio"])
    used = float(found["small_utilisation"])
    if most < CLAIM[0]:
        reasons.append(
            f"the large model still answers {router.large_share:.0%} of the requests, which caps "
            f"the saving at {most:.1f}x"
        )
    if ratio < CLAIM[0]:
        reasons.append(f"per request the small model is only {ratio:.1f}x cheaper at full use")
    if used < _IDLE and times < CLAIM[0]:
        reasons.append(f"the small model's machines are {used:.0%} used")
    if not reasons and times < CLAIM[0]:
        reasons.append(
            f"{ratio:.1f}x cheaper per request, but the large model still answers "
            f"{router.large_share:.0%}"
        )
    if times >= CLAIM[0]:
        reasons.append(
            f"per request the small model is {ratio:.1f}x cheaper and the large one answers "
            f"{router.large_share:.0%}"
        )
    return "; ".join(reasons)


def _break_even(router: _Router) -> dict[str, object]:
    """Return the volume and the utilisation from which hosting the small model beats the API.

    A request kept from the API saves its price; a fallback is paid twice. So the hour of a unit
    is earned at utilisation = USD per hour / (requests per hour x (1 - fallback) x API price).
    The volume is the least at which the router costs less than the API for everything, machines
    bought whole.
    """
    nothing = {"break_even_requests_per_month": np.nan, "break_even_utilisation": np.nan,
               "large_break_even_requests_per_month": np.nan,
               "large_break_even_utilisation": np.nan}  # fmt: skip
    if router.api is None:
        return dict(nothing)
    rate = _VOLUMES / (3600.0 * _HOURS)
    api = router.api.hourly(rate, router.peak)[0] * _HOURS
    found: dict[str, object] = dict(nothing)
    price = router.api.usd_per_request()
    if isinstance(router.small, Machines):
        found["break_even_requests_per_month"] = _first(router.monthly(rate) < api)
        saved = price * (1.0 - router.fallback)
        found["break_even_utilisation"] = (
            router.small.usd_per_request() / saved if saved > 0 else np.inf
        )
    if router.own_large is not None:
        own = router.own_large.hourly(rate, router.peak)[0] * _HOURS
        found["large_break_even_requests_per_month"] = _first(own < api)
        found["large_break_even_utilisation"] = router.own_large.usd_per_request() / price
    return found


def _first(cheaper: "np.ndarray[tuple[int], np.dtype[np.bool_]]") -> float:
    """Return the least volume from which it stays cheaper more often than not; inf if never."""
    return float(_VOLUMES[np.argmax(cheaper)]) if cheaper.any() else float("inf")


def _curves(router: _Router, volumes: Floats) -> pd.DataFrame:
    """Return cost over volume of the router, of the large model alone, and of the API alone."""
    rate = volumes / (3600.0 * _HOURS)
    ways: list[tuple[str, dict[Side, Floats]]] = [
        ("router", {side: router.monthly(rate, side) for side in SIDES})
    ]
    for way, supply in (("large", router.own_large), ("api", router.api)):
        if supply is not None:
            each: dict[Side, Floats] = {
                side: supply.hourly(rate, router.peak, side)[0] * _HOURS for side in SIDES
            }
            ways.append((way, each))
    made = [
        pd.DataFrame(
            {
                "way": way,
                "requests_per_month": volumes,
                **{f"usd_per_month{side}": cost[side] for side in SIDES},
                "usd_per_m_tokens": cost[""] / (volumes * router.tokens_per_request) * 1e6,
            }
        )
        for way, cost in ways
    ]
    return pd.concat(made, ignore_index=True)
