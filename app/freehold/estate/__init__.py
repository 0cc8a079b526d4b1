"""What the organisation has: the document, its tables, typed changes and the published views."""

from freehold.estate.changes import Applied, Change
from freehold.estate.history import History
from freehold.estate.publishing import publish
from freehold.estate.scenario_schema import ScenarioSchema, build_schema, scenario_schema
from freehold.estate.workspace import Workspace

__all__ = [
    "Applied",
    "Change",
    "History",
    "ScenarioSchema",
    "Workspace",
    "build_schema",
    "publish",
    "scenario_schema",
]
