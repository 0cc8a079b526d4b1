"""Spares and queues against what can be worked out by hand, and the inventory of a sample."""

import numpy as np
import pytest

from freehold.cli import text
from freehold.estate import Workspace
from freehold.planning.reserve import queue_wait_hours, spare_devices
from freehold.workflows.inventory import inventory_of


def test_one_server_waits_as_in_the_textbook() -> None:
    # M/M/1: W = rho / (mu - lambda); Erlang C of one server is its load.
    wait, chance = queue_wait_hours(
        np.array([1.0, 2.0, 1.0]), np.array([0.5, 1.0, 2.0]), np.ones(3), 1.0, 1.0
    )
    assert wait[0] == pytest.approx(1.0)
    assert chance[0] == pytest.approx(0.5)
    # M/M/2 at the same load each: C = 1/3, W = C / (c mu - lambda).
    assert chance[1] == pytest.approx(1 / 3)
    assert wait[1] == pytest.approx(1 / 3)
    assert np.isinf(wait[2]) and chance[2] == 1.0


def test_even_lengths_halve_the_wait() -> None:
    one, even = (
        queue_wait_hours(np.array([3.0]), np.array([2.0]), np.array([1.0]), 1.0, cv)[0][0]
        for cv in (1.0, 0.0)
    )
    assert even == pytest.approx(one / 2)


def test_many_servers_do_not_overflow() -> None:
    wait, chance = queue_wait_hours(
        np.array([5000.0]), np.array([4900.0]), np.array([1.0]), 1.0, 1.0
    )
    assert 0 < chance[0] < 1 and 0 < wait[0] < 1


def test_the_reserve_is_the_smallest_that_holds() -> None:
    # One device at 90 %: two give 0.99, three 0.999.
    assert spare_devices(1, 0.1, 0.9) == 0
    assert spare_devices(1, 0.1, 0.985) == 1
    assert spare_devices(1, 0.1, 0.995) == 2
    assert spare_devices(0, 0.1, 0.99) == 0
    assert spare_devices(64, 0.0, 0.99) == 0
    assert spare_devices(1000, 0.02, 0.99) > spare_devices(1000, 0.02, 0.5) > 0


def test_the_inventory_of_a_sample_adds_up(sample: Workspace) -> None:
    found = inventory_of(sample)
    used = sample.connection.execute(
        "SELECT sum(accelerator_count) FROM estate.workloads WHERE accelerator_id IS NOT NULL"
    ).fetchall()[0][0]
    quantity = sample.connection.execute(
        "SELECT sum(quantity) FROM estate.accelerator_pools"
    ).fetchall()[0][0]
    assert sum(h.used or 0 for h in found.holdings) == used
    assert "estimates from assumptions" in text.render(found)
    assert sum((h.held or 0) + (h.ordered or 0) for h in found.holdings) <= quantity
    assert any(h.held for h in found.holdings)
    for h in found.holdings:
        assert (h.short is None) == (h.held is None or h.used is None)
    assert found.queues
    for q in found.queues:
        assert (q.wait_hours is None) == (q.utilisation >= 1)
