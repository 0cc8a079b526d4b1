"""One bank for the tests of shocks and blast radius, published once."""

from collections.abc import Callable, Iterator

import pytest

from freehold.estate import Workspace


@pytest.fixture(scope="session")
def published_bank(open_sample: Callable[[str], Workspace]) -> Iterator[Workspace]:
    """The bank as it ships, judged by one pack so that runs are quick; leave it as it is."""
    workspace = open_sample("bank")
    workspace.set_setting("packs", ["gdpr"])
    workspace.publish()
    yield workspace
    workspace.connection.close()
