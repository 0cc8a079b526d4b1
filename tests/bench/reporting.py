"""Writing the audit report of a generated estate, each format by itself."""

from functools import partial
from pathlib import Path

from freehold.compliance import findings
from freehold.reports import AuditContent
from freehold.scenarios import run
from freehold.workflows.reporting import audit, write
from tests.bench.estates import generated_workspace
from tests.bench.figures import Figure, counted, peak_memory, timed

FORMATS = ("html", "pdf", "xlsx", "csv")


def measure(size: int, runs: int, folder: Path) -> list[Figure]:
    """Gather the content of an audit report and write it in each format."""
    workspace = generated_workspace(size)
    shown = run(workspace)
    found = findings(workspace.connection, shown.judgement, limit=0)
    contents: list[AuditContent] = []
    gather = timed("gather", runs, lambda: contents.append(audit(shown, [], "benchmark")))
    written = [
        timed(name, runs, partial(write, contents[-1], "audit", [name], folder / name))
        for name in FORMATS
    ]
    return [gather, *written, counted("findings", "findings", found.total), peak_memory()]
