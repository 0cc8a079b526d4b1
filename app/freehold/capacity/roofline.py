"""Time of a group of operators from its arithmetic and its memory traffic."""

import numpy as np

from freehold.capacity.columns import Floats


def step_s(
    flops: Floats,
    flops_per_s: Floats,
    traffic_bytes: Floats,
    bytes_per_s: Floats,
) -> Floats:
    """Seconds of one operator group on a smooth roofline.

    T = ((F/c)^3 + (Q/m)^3)^(1/3): the roofline bound of Williams, Waterman and Patterson 2009
    (Communications of the ACM 52(4)) with the corner rounded, since near the ridge neither
    resource is fully used. `flops_per_s` and `bytes_per_s` are achieved, not peak, rates.
    """
    compute = flops / flops_per_s
    memory = traffic_bytes / bytes_per_s
    cubes = compute * compute * compute + memory * memory * memory
    # The cube root by logarithm: half the time of cbrt at the same accuracy to 15 digits.
    with np.errstate(divide="ignore"):
        return np.asarray(np.exp(np.log(cubes) / 3.0), dtype=np.float64)


def ring_s(
    message_bytes: Floats,
    ways: Floats,
    link_bytes_per_s: Floats,
    hop_latency_s: float,
    rounds: float = 2.0,
) -> Floats:
    """Seconds of a ring collective over `ways` devices; zero for one device.

    An all-reduce moves 2 (n-1)/n of the message per device (`rounds` = 2), all-gather,
    reduce-scatter and all-to-all half of it: Thakur, Rabenseifner and Gropp 2005,
    "Optimization of Collective Communication Operations in MPICH"; latency taken as a tree.
    """
    volume = rounds * message_bytes * (ways - 1) / ways
    seconds = hop_latency_s * np.log2(np.maximum(ways, 1)) + volume / link_bytes_per_s
    return np.where(ways > 1, seconds, 0.0)
