"""What the Compliance page shows beside a run itself; safe to read in a thread."""

from dataclasses import dataclass

import duckdb

from freehold.compliance import csf
from freehold.compliance.unconfirmed import Unconfirmed, unconfirmed
from freehold.desktop.pages.compliance_csf import objective_titles
from freehold.scenarios import Run


@dataclass(frozen=True)
class Beside:
    """The framework, its objectives' titles by id, and the facts nobody has confirmed."""

    framework: csf.Framework
    objectives: dict[str, str]
    unconfirmed: tuple[Unconfirmed, ...]


def read_beside(run: Run, connection: duckdb.DuckDBPyConnection) -> Beside:
    """Read what stands beside a run."""
    return Beside(
        csf.load_framework(connection, run.schemas.catalogue),
        objective_titles(connection, run.schemas.catalogue),
        unconfirmed(run.judgement.judged, connection, catalogue=run.schemas.catalogue),
    )


def rules_reading(run: Run, view_and_column: str) -> list[str]:
    """Return the rules that read VIEW.COLUMN; `data_classes` stands for every class."""
    view, _, column = view_and_column.partition(".")
    classes = column == "data_classes"
    return [
        rule.rule.id
        for rule in run.judgement.judged.rules
        if rule.view.name == view
        and (
            column in rule.columns
            or (classes and any(name.startswith("is_") for name in rule.columns))
        )
    ]
