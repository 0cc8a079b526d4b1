"""A sample that the tests of this room share; none of them changes it."""

from collections.abc import Iterator

import pytest

from freehold.estate import Workspace, samples
from freehold.planning import uncertainty as u


@pytest.fixture(scope="session")
def sample() -> Iterator[Workspace]:
    workspace = samples.load("manufacturer")
    yield workspace
    workspace.connection.close()


@pytest.fixture(scope="session")
def shipped(sample: Workspace) -> u.Volatilities:
    return u.volatilities(sample.connection)
