"""Plans kept with a document, so that pages and reports show them without planning again."""

import gzip
import io
import json
import zlib
from collections.abc import Sequence

from pydantic import TypeAdapter, ValidationError

from freehold import __version__
from freehold.compliance import packs
from freehold.errors import FreeholdError
from freehold.estate import Workspace
from freehold.estate.changes import Change
from freehold.evidence import canonical_json, sha256_object
from freehold.planning import PlanOptions
from freehold.scenarios import BASE
from freehold.workflows.hashes import NOT_INPUTS, rules_hash, table_hashes
from freehold.workflows.results_plan import KeptPlan

FOLDER = "plans/"
MOST_KEPT = 8
_MOST_BYTES = 64 * 1024**2
_OPTIONS = TypeAdapter(PlanOptions)
_OF_SCENARIOS = ("scenarios", "changes")


def inputs_hash(workspace: Workspace, scenario: str = BASE) -> str:
    """Hash what a plan is made from: estate, facts, rules, date, and the steps of its scenario.

    Another scenario, such as the plan taken over, leaves it as good as it was.
    """
    info = workspace.catalogue_info
    steps = workspace.connection.execute(
        """
        WITH RECURSIVE chain AS (
          SELECT scenario_id, parent_id, as_of FROM estate.scenarios WHERE name = ?
          UNION
          SELECT s.scenario_id, s.parent_id, s.as_of
          FROM estate.scenarios s JOIN chain c ON s.scenario_id = c.parent_id)
        SELECT c.scenario_id, c.as_of, h.target, h.op, h.key, h.where_sql, h.column_name, h.value,
          h.parameters, h.enabled
        FROM (SELECT scenario_id, as_of FROM chain UNION ALL SELECT NULL, NULL) c
        LEFT JOIN estate.changes h ON h.scenario_id IS NOT DISTINCT FROM c.scenario_id
        ORDER BY c.scenario_id NULLS FIRST, h.position, h.change_id
        """,
        [scenario],
    ).fetchall()
    return sha256_object(
        [
            table_hashes(workspace, {*NOT_INPUTS, *_OF_SCENARIOS}),
            [[None if cell is None else str(cell) for cell in row] for row in steps],
            info.sha256 if info else "",
            rules_hash(packs.choose(workspace.packs)),
            scenario,
        ]
    )


def plan_id(inputs: str, options: PlanOptions) -> str:
    """Return the name of a plan: the hash of what it was made from and what was asked."""
    asked = _OPTIONS.dump_python(options, mode="json")
    return sha256_object([inputs, asked, __version__])


def keep(workspace: Workspace, plan: KeptPlan) -> None:
    """Keep a plan with the document, which must be saved after; the oldest beyond 8 go."""
    data = canonical_json(plan.model_dump(mode="json", by_alias=True))
    workspace.attachments[_name(plan)] = gzip.compress(data, mtime=0)
    workspace.changed = True
    left = {_name(one) for one in kept(workspace)[:MOST_KEPT]}
    for name in [name for name in workspace.attachments if name.startswith(FOLDER)]:
        if name not in left:
            del workspace.attachments[name]


def kept(workspace: Workspace, scenario: str | None = None) -> list[KeptPlan]:
    """Return the plans kept, of one scenario if it is named, the newest first.

    One that cannot be read, such as another version's, is left out: a plan can be made again.
    """
    names = sorted(name for name in workspace.attachments if name.startswith(FOLDER))
    read = [_read(workspace.attachments[name]) for name in names]
    found = [plan for plan in read if plan is not None]
    found = [plan for plan in found if scenario is None or plan.scenario == scenario]
    dated = [(plan.made_at.isoformat() if plan.made_at else "", plan) for plan in found]
    return [plan for _, plan in sorted(dated, key=lambda one: one[0], reverse=True)]


def are_kept(workspace: Workspace) -> bool:
    """Tell whether any plan is kept, be it current or not."""
    return any(name.startswith(FOLDER) for name in workspace.attachments)


def current(workspace: Workspace, scenario: str = BASE) -> KeptPlan | None:
    """Return the newest kept plan that was made from the document as it is; None if none was.

    A wish that could not be met counts only where no other plan does.
    """
    plans = kept(workspace, scenario)
    if not plans:
        return None
    inputs = inputs_hash(workspace, scenario)
    fresh = [plan for plan in plans if plan.inputs == inputs]
    met = [plan for plan in fresh if plan.result.cost_usd is not None]
    return next(iter([*met, *fresh]), None)


def changes_for(plan: KeptPlan, seal: int | None = None) -> Sequence[Change]:
    """Return the changes that take over a plan, or the plan of a step of its price curve."""
    return plan.changes if seal is None else plan.step_changes.get(seal, [])


def _name(plan: KeptPlan) -> str:
    return f"{FOLDER}{plan.plan_id}.json.gz"


def _read(data: bytes) -> KeptPlan | None:
    try:
        with gzip.open(io.BytesIO(data)) as stream:
            text = stream.read(_MOST_BYTES + 1)
        # Cut off where it is larger than any plan: what is left is no JSON.
        return KeptPlan.model_validate(json.loads(text[:_MOST_BYTES]))
    except (OSError, EOFError, zlib.error, ValueError, TypeError, ValidationError, FreeholdError):
        return None
