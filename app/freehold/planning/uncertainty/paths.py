"""Paths over months: departures of demand and price from what was planned."""

import numpy as np

from freehold.planning.uncertainty.assumptions import Volatilities
from freehold.planning.uncertainty.draws import Draws, Floats


def log_path(normals: Floats, sigma: float, persistence: float) -> Floats:
    """Return x of x(m) = persistence x(m-1) + sigma e(m), x(-1) = 0: draws x months."""
    path = sigma * normals
    if sigma != 0.0:
        for month in range(1, path.shape[1]):
            path[:, month] += persistence * path[:, month - 1]
    return path


def price_factor(
    term: str, name: str, months: int, volatilities: Volatilities, draws: Draws
) -> Floats:
    """Return the price in each month over today's, draws x months.

    The log price follows an AR(1) (a random walk where its persistence is 1) around today's, with
    jumps that die away by the same persistence where the term has them. A term that holds its
    price for `fixed_months` meets the market only when it is renewed.
    """

    def of(parameter: str, otherwise: float) -> float:
        return volatilities.get("price", term, parameter, otherwise)

    persistence = of("persistence", 1.0)
    normals = draws.normals("price", f"{term}/{name}", months)[:]
    path = log_path(normals, of("sigma", 0.0), persistence)
    chance = of("jump_probability", 0.0)
    if chance > 0:
        jumped = draws.chances("price", f"jump/{term}/{name}", months)[:] < chance
        path += log_path(jumped.astype(np.float64), np.log(of("jump_factor", 1.0)), persistence)
    factor: Floats = np.exp(path)
    held = int(of("fixed_months", 1.0))
    if held > 1:
        month = np.arange(months)
        factor = np.where(month < held, 1.0, factor[:, month // held * held])
    return factor


def split_lognormal(normals: Floats, low80: Floats | float, high80: Floats | float) -> Floats:
    """Return factors whose 10 % and 90 % points are `low80` and `high80` and whose median is 1."""
    width = np.where(normals < 0, -np.log(low80), np.log(high80)) / 1.2815515655446004
    factor: Floats = np.exp(normals * width)
    return factor


def triangular(chances: Floats, low: float, mode: float, high: float) -> Floats:
    """Return the quantiles of a triangular distribution at `chances`; the mode if low = high."""
    width = high - low
    if width <= 0:
        return np.full_like(chances, mode)
    rising = low + np.sqrt(chances * width * (mode - low))
    falling = high - np.sqrt((1.0 - chances) * width * (high - mode))
    found: Floats = np.where(chances < (mode - low) / width, rising, falling)
    return found
