"""Two kept runs compared, beside a bare read of every verdict of both."""

from pathlib import Path

import duckdb

from freehold.compliance import history
from freehold.compliance.history import keeping
from freehold.estate.changes import Change
from freehold.scenarios import run
from freehold.workflows import runs as kept_runs
from tests.bench.estates import generated_workspace
from tests.bench.figures import Figure, peak_memory, side_by_side


def measure(size: int, runs: int, folder: Path) -> list[Figure]:
    """Keep a run of `size` resources, move a tenth of them, keep another, and compare both."""
    workspace = generated_workspace(size)
    first = kept_runs.keep(run(workspace))
    for table in ("resources", "placements"):
        moved = Change(
            target=table, op="set", where="resource_id LIKE 'res-%7'", column="region_id"
        )
        workspace.apply([moved])
    second = kept_runs.keep(run(workspace))
    files = []
    for number, kept in enumerate((first, second)):
        path = folder / f"run_{number}.parquet"
        path.write_bytes(keeping.file_of(workspace, kept))
        files.append(str(path))

    def floor() -> None:
        with duckdb.connect() as connection:
            for path in files:
                connection.execute("SELECT max(COLUMNS(*)) FROM read_parquet(?)", [path]).fetchall()

    compared = side_by_side(
        "compare",
        "read both runs",
        runs,
        lambda: history.compare(workspace, first, second),
        floor,
    )
    return [*compared, peak_memory()]
