"""List and add the scenarios of a document."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from freehold.estate import Workspace
from freehold.estate.changes import Change
from freehold.estate.scenario_schema import scenario_schema
from freehold.scenarios import editing as edits
from freehold.scenarios.changes import ScenarioFile, described, read_file
from freehold.scenarios.changes import add as add_scenario
from freehold.scenarios.shocks import changes_of_shocks
from freehold.workflows.documents import editing, reading
from freehold.workflows.results import ScenarioInfo, ScenarioList


def list_scenarios(path: Path) -> ScenarioList:
    """List the scenarios of the document with their changes in words."""
    with reading(path) as workspace:
        rows = workspace.frame("scenarios")
        return ScenarioList(
            document=str(path),
            scenarios=[
                ScenarioInfo(
                    name=str(row.name_),
                    description=row.description if isinstance(row.description, str) else "",
                    changes=described(workspace, str(row.name_)),
                )
                for row in rows.rename(columns={"name": "name_"}).itertuples()
            ],
        )


def add(path: Path, name: str, changes: Path) -> ScenarioList:
    """Add a scenario made of the changes in a YAML file.

    Raises:
        InputError: the name is taken or reserved, or a change cannot be applied; nothing changed.
    """
    file = read_file(changes)
    with editing(path) as workspace:
        add_scenario(workspace, name, file)
    return list_scenarios(path)


def rename(path: Path, name: str, new_name: str) -> ScenarioList:
    """Give a scenario another name; raises InputError."""
    return _edited(path, lambda w: edits.renaming(w, name, new_name))


def copy(path: Path, name: str, new_name: str) -> ScenarioList:
    """Add a copy of a scenario under another name; raises InputError."""
    return _edited(path, lambda w: edits.copying(w, name, new_name))


def branch(path: Path, name: str, new_name: str) -> ScenarioList:
    """Add a scenario that goes on from another and follows it; raises InputError."""
    return _edited(path, lambda w: edits.branching(w, name, new_name))


def remove(path: Path, name: str) -> ScenarioList:
    """Remove a scenario and its steps; raises InputError."""
    return _edited(path, lambda w: edits.removing(w, name))


def move(path: Path, name: str, number: int, to: int) -> ScenarioList:
    """Put a step of a scenario at another place; raises InputError, nothing changed."""
    return _edited(path, lambda w: edits.moving(w, name, number, to), tried=name)


def switch(path: Path, name: str, number: int, on: bool) -> ScenarioList:
    """Switch a step of a scenario on or off; raises InputError, nothing changed."""
    return _edited(path, lambda w: edits.switching(w, name, number, on), tried=name)


def drop(path: Path, name: str, number: int) -> ScenarioList:
    """Take a step out of a scenario; raises InputError, nothing changed."""
    return _edited(path, lambda w: edits.dropping(w, name, number), tried=name)


def add_shocks(
    path: Path, name: str, shocks: Sequence[str], given: Mapping[str, str] | None = None
) -> ScenarioList:
    """Add a scenario made of shocks of the library; raises InputError, nothing changed."""
    with editing(path) as workspace:
        changes, _, _ = changes_of_shocks(workspace, shocks, given)
        add_scenario(workspace, name, ScenarioFile(changes=changes))
    return list_scenarios(path)


def _edited(
    path: Path, changes: Callable[[Workspace], list[Change]], tried: str | None = None
) -> ScenarioList:
    """Apply changes of the scenarios; with `tried`, that scenario must still fit afterwards."""
    with editing(path) as workspace:
        workspace.apply(changes(workspace))
        if tried is not None:
            scenario_schema(workspace, edits.id_of(workspace, tried), publish=False)
    return list_scenarios(path)
