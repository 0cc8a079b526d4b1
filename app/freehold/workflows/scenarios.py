"""List and add the scenarios of a document."""

from pathlib import Path

from freehold.scenarios.changes import add as add_scenario
from freehold.scenarios.changes import described, read_file
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
