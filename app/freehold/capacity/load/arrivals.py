"""Random arrivals and lengths of requests; the same seed gives the same requests."""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from freehold.capacity.columns import Floats, Ints
from freehold.capacity.load.requests import Requests

_Z95: Final = 1.6448536269514722
"""95th percentile of the standard normal distribution."""


@dataclass(frozen=True)
class Demand:
    """What arrives on average.

    Attributes:
        rows: requests.
        per_s: requests per second.
        variation: coefficient of variation of the gaps between arrivals; 1 is a Poisson stream,
            more is bursty, 0 is regular.
        prompt: mean prompt tokens.
        output: mean output tokens.
        prompt_spread: standard deviation of the logarithm of the prompt length; 0 is fixed.
        output_spread: that of the output.
        longest: tokens a request may have in all.
    """

    rows: int
    per_s: float
    variation: float
    prompt: float
    output: float
    prompt_spread: float
    output_spread: float
    longest: int


def spread(median: float, p95: float) -> float:
    """Return the standard deviation of the logarithm of a lognormal with two percentiles."""
    if not (median > 0 and p95 > median):
        return 0.0
    return math.log(p95 / median) / _Z95


def synthetic(demand: Demand, seed: int) -> Requests:
    """Draw requests.

    Gaps are gamma distributed with the demand's variation: a renewal stream, Poisson at 1.
    Lengths are lognormal around their mean, cut to what a request may have in all.
    """
    arrivals, prompts, outputs = (np.random.default_rng([seed, stream]) for stream in range(3))
    gaps = _gaps(demand, arrivals)
    prompt = _lengths(demand.rows, demand.prompt, demand.prompt_spread, prompts)
    output = _lengths(demand.rows, demand.output, demand.output_spread, outputs)
    output = np.minimum(output, max(demand.longest - 1, 0))
    prompt = np.clip(prompt, 1, np.maximum(demand.longest - np.maximum(output, 1), 1))
    return Requests.of(np.cumsum(gaps), prompt, output)


def _gaps(demand: Demand, rng: np.random.Generator) -> Floats:
    mean = 1.0 / demand.per_s
    if demand.variation <= 0:
        return np.full(demand.rows, mean)
    shape = 1.0 / demand.variation**2
    return rng.gamma(shape, mean / shape, demand.rows)


def _lengths(rows: int, mean: float, log_spread: float, rng: np.random.Generator) -> Ints:
    if mean <= 0:
        return np.zeros(rows, dtype=np.int64)
    if log_spread <= 0:
        return np.full(rows, max(round(mean), 1), dtype=np.int64)
    # The mean of a lognormal is exp(mu + sigma^2 / 2).
    drawn = rng.lognormal(math.log(mean) - log_spread**2 / 2, log_spread, rows)
    return np.maximum(np.round(np.minimum(drawn, 1e12)), 1).astype(np.int64)
