"""Scenarios edited: branch, copy, rename, reorder, switch off; undo brings everything back."""

from collections.abc import Callable, Iterator

import pytest

from freehold.errors import InputError
from freehold.estate import Workspace
from freehold.estate.stored_changes import changes_of
from freehold.scenarios import editing
from freehold.scenarios.changes import described
from freehold.scenarios.shocks import changes_of_shocks

CUT = "AWS cut-off"


@pytest.fixture(scope="module")
def bank(open_sample: Callable[[str], Workspace]) -> Iterator[Workspace]:
    workspace = open_sample("bank")
    yield workspace
    workspace.connection.close()


def columns(bank: Workspace, name: str) -> list[str | None]:
    return [change.target for change in changes_of(bank, editing.id_of(bank, name))]


def test_every_edit_can_be_undone(bank: Workspace) -> None:
    before = bank.frame("scenarios"), bank.frame("changes")
    done = [bank.apply(editing.copying(bank, CUT, "copy"))]
    assert described(bank, "copy") == described(bank, CUT)
    done.append(bank.apply(editing.renaming(bank, "copy", "renamed")))
    done.append(bank.apply(editing.moving(bank, "renamed", 4, 1)))
    assert columns(bank, "renamed") == [columns(bank, CUT)[n] for n in (3, 0, 1, 2)]
    done.append(bank.apply(editing.switching(bank, "renamed", 2, False)))
    assert described(bank, "renamed")[1].endswith("[switched off]")
    done.append(bank.apply(editing.dropping(bank, "renamed", 1)))
    assert len(described(bank, "renamed")) == 3
    done.append(bank.apply(editing.branching(bank, "renamed", "branch")))
    shocks, _, _ = changes_of_shocks(bank, ["demand_x5"], {"factor": "3"})
    done.append(bank.apply(editing.extending(bank, "branch", shocks)))
    done.append(bank.apply(editing.extending(bank, "branch", shocks)))
    assert (
        described(bank, "branch")
        == ["Multiply requests per s of workloads where kind = 'serving' times 3 (Demand x5)"] * 2
    )
    with pytest.raises(InputError, match="branches from"):
        editing.removing(bank, "renamed")
    for applied in reversed(done):
        bank.undo(applied)
    # A row put back stands at the end; what the tables say is the same.
    after = bank.frame("scenarios"), bank.frame("changes")
    for old, new, key in zip(before, after, ("scenario_id", "change_id"), strict=True):
        assert old.sort_values(key).to_dict("list") == new.sort_values(key).to_dict("list")


@pytest.mark.parametrize("name", ["", "  ", "base", "AWS cut-off"])
def test_a_name_must_be_free(bank: Workspace, name: str) -> None:
    for edit in (editing.copying, editing.branching):
        with pytest.raises(InputError):
            edit(bank, CUT, name)


def test_steps_and_scenarios_that_are_not_there_are_named(bank: Workspace) -> None:
    for call in (
        lambda: editing.switching(bank, CUT, 9, False),
        lambda: editing.moving(bank, CUT, 1, 0),
        lambda: editing.dropping(bank, CUT, 0),
    ):
        with pytest.raises(InputError, match="no step"):
            call()
    with pytest.raises(InputError, match="no-such"):
        editing.renaming(bank, "no-such", "x")
    with pytest.raises(InputError, match="estate itself"):
        editing.dropping(bank, "base", 1)
