"""Take measured use over, and hold it against the demand that was expected."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

from freehold.capacity import size_workloads
from freehold.costing import house_defaults
from freehold.errors import InputError
from freehold.estate import Workspace
from freehold.estate.transactions import transaction
from freehold.importers import Profile, actuals, load_profile, prometheus
from freehold.importers.account import IMPORTER_VERSION, skipped_entries
from freehold.planning import forecast_error
from freehold.scenarios.run import scenario_names
from freehold.scenarios.schemas import BASE, schemas_of
from freehold.workflows import results_actuals as r
from freehold.workflows.documents import editing, reading
from freehold.workflows.importing import saved_profile

TABLE_KIND, PROMETHEUS_KIND = "actuals_table", "prometheus"


def import_actuals(
    path: Path,
    source: Path,
    *,
    profile: str | None = None,
    workload: str | None = None,
    label: str | None = None,
) -> r.ActualsImport:
    """Read measured use into the document at `path`; a bad source changes nothing.

    A CSV with the columns of `actuals`, or a mapping to them, or the answer to a Prometheus range
    query. A period that was read before is replaced. What is left out is written beside the
    document with its reason.

    Args:
        path: the document.
        source: the file.
        profile: a column mapping, by file or by the name it was saved under.
        workload: the workload that everything in the file is about, whatever it says.
        label: the Prometheus label that names the workload.

    Raises:
        DocumentError: the document cannot be opened or saved.
        InputError: the source is bad, or none of its records can be used.
    """
    with editing(path) as workspace:
        result, rejected = read_into(
            workspace, source, profile=profile, workload=workload, label=label
        )
    written = None
    if len(rejected):
        written = path.with_name(f"{path.stem}-not-understood.csv")
        rejected.assign(source=source.name).to_csv(written, index=False, lineterminator="\n")
    return result.model_copy(
        update={"document": str(path), "rejected_file": str(written) if written else None}
    )


def read_into(
    workspace: Workspace,
    source: Path,
    *,
    profile: str | None = None,
    workload: str | None = None,
    label: str | None = None,
) -> tuple[r.ActualsImport, pd.DataFrame]:
    """Read measured use into an open document; return what was done and what was left out."""
    if not source.is_file():
        raise InputError("There is no such file", where=str(source))
    mapping = _mapping(workspace, profile)
    answered = mapping is None and prometheus.is_answer(source)
    known = _names(workspace, workload)
    measured = (
        prometheus.read_answer(source, known, label)
        if answered
        else actuals.read_table(source, mapping)
    )
    rows, rejected = actuals.settled(measured, known)
    skipped = skipped_entries((str(reason), 1) for reason in rejected["reason"])
    if rows.empty:
        reasons = "; ".join(f"{entry.count} x {entry.reason}" for entry in skipped[:3])
        raise InputError(
            f"None of the {measured.read} records can be imported: {reasons}", where=source.name
        )
    digest = hashlib.sha256(source.read_bytes()).hexdigest()
    kind = PROMETHEUS_KIND if answered else TABLE_KIND
    added, updated = _keep(workspace, rows, source.name, digest, kind)
    if mapping is not None:
        _keep_profile(workspace, mapping)
    result = r.ActualsImport(
        document="",
        kind=kind,
        source=source.name,
        sha256=digest,
        read=measured.read,
        imported=measured.read - len(rejected),
        skipped=skipped,
        rows=len(rows),
        added=added,
        updated=updated,
        workloads=sorted(rows["workload_id"].unique()),
        first=rows["period_start"].min().date(),
        last=rows["period_start"].max().date(),
        rejected_file=None,
        notes=list(measured.notes),
    )
    return result, rejected


def _mapping(workspace: Workspace, profile: str | None) -> Profile | None:
    if profile is None:
        return None
    found = saved_profile(workspace, profile) or load_profile(profile)
    if found.table != actuals.TABLE:
        raise InputError(
            f"The mapping fills {found.table}, not {actuals.TABLE}",
            where=found.name,
            mend=f"Write 'table: {actuals.TABLE}' in it",
        )
    return found


def _names(workspace: Workspace, workload: str | None) -> Callable[[str], str | None]:
    """Return how a name in a source finds its workload: by id or name, or the one asked for."""
    rows = workspace.connection.execute(
        "SELECT workload_id, name FROM estate.workloads ORDER BY workload_id"
    ).fetchall()
    by_id = {str(key): str(key) for key, _ in rows}
    by_name: dict[str, str] = {}
    for key, name in rows:
        by_name.setdefault(str(key).casefold(), str(key))
        if name:
            by_name.setdefault(str(name).casefold(), str(key))

    def known(text: str) -> str | None:
        return by_id.get(text) or by_name.get(text.casefold())

    if workload is None:
        return known
    chosen = known(workload)
    if chosen is None:
        raise InputError(
            f"There is no workload '{workload}'", mend=f"Workloads are: {', '.join(by_id)}"
        )
    return lambda _text: chosen


def _keep(
    workspace: Workspace, rows: pd.DataFrame, name: str, digest: str, kind: str
) -> tuple[int, int]:
    """Put the rows in place of those of the same workload and start; return added and updated."""
    connection = workspace.connection
    origin = f"actuals-{digest[:16]}"
    table = rows.drop(columns="record").assign(
        provenance_id=[f"{origin}:{record}" for record in rows["record"]]
    )
    told = pd.DataFrame(
        {
            "provenance_id": table["provenance_id"],
            "import_id": origin,
            "source_name": name,
            "sha256": digest,
            "record": rows["record"].astype("Int64"),
            "records": 1,
            "importer": f"{kind} {IMPORTER_VERSION}",
            "source_id": f"{kind}: {name}",
        }
    ).drop_duplicates("provenance_id")
    connection.register("fh_actuals", table[["actual_id"]])
    connection.register("fh_origins", told[["provenance_id"]])
    try:
        with transaction(connection):
            updated = connection.execute(
                "DELETE FROM estate.actuals WHERE actual_id IN (SELECT actual_id FROM fh_actuals)"
            ).fetchall()[0][0]
            connection.execute(
                "DELETE FROM estate.provenance WHERE provenance_id IN (FROM fh_origins)"
            )
            workspace.append("provenance", told)
            workspace.append("actuals", table)
    finally:
        connection.unregister("fh_actuals")
        connection.unregister("fh_origins")
    return len(table) - int(updated), int(updated)


def _keep_profile(workspace: Workspace, mapping: Profile) -> None:
    workspace.connection.execute(
        "DELETE FROM estate.import_profiles WHERE profile_id = ?", [mapping.name]
    )
    workspace.append("import_profiles", mapping.row())


def compare(path: Path, *, scenario: str | None = None, by: str = "week") -> r.ForecastErrors:
    """Hold what was measured against the demand that the base or a scenario expects.

    Raises:
        InputError: nothing was measured, or there is no such scenario.
    """
    with reading(path) as workspace:
        return compared(workspace, scenario or BASE, by, str(path))


def compared(
    workspace: Workspace, scenario: str = BASE, by: str = "week", document: str = ""
) -> r.ForecastErrors:
    """Hold measured against expected demand in an open document; see `compare`."""
    names = scenario_names(workspace)
    if scenario != BASE and scenario not in names:
        there = ", ".join(names) or "none yet"
        raise InputError(f"There is no scenario '{scenario}'", mend=f"Scenarios are: {there}")
    connection = workspace.connection
    measured = connection.execute(
        "SELECT * FROM estate.actuals ORDER BY workload_id, period_start"
    ).df()
    if measured.empty:
        raise InputError(
            "Nothing was measured yet", mend="Take it over with: freehold actuals import FILE CSV"
        )
    schemas = schemas_of(workspace, scenario)
    workloads = connection.execute(
        f'SELECT * FROM "{schemas.estate}".workloads ORDER BY workload_id'
    ).df()
    told = workloads
    if measured["device_hours"].notna().any():
        sized = size_workloads(workloads, connection, catalogue=schemas.catalogue)
        hours = sized["device_hours_per_month"].to_numpy()
        told = workloads.assign(device_hours_per_month=hours)
    month = house_defaults(connection, schemas.catalogue)["hours_per_month"]
    forecast = forecast_error.expected(measured, told, schemas.as_of, month)
    found = forecast_error.errors(measured, forecast, by)
    called = dict(zip(workloads["workload_id"], workloads["name"], strict=True))
    return r.ForecastErrors(
        document=document,
        scenario=scenario,
        as_of=schemas.as_of,
        by=by,
        rows=len(measured),
        errors=[_error(row, called) for row in found.to_dict("records")],
        not_compared=_not_compared(measured, forecast),
    )


def _error(row: dict[Any, Any], called: dict[str, str]) -> r.ForecastError:
    def share(name: str) -> float | None:
        return None if pd.isna(row[name]) else round(float(row[name]), 6)

    return r.ForecastError(
        workload_id=row["workload_id"],
        name=str(called.get(row["workload_id"]) or row["workload_id"]),
        figure=row["figure"],
        periods=int(row["periods"]),
        first=str(row["first"].start_time.date()),
        last=str(row["last"].start_time.date()),
        measured=round(float(row["measured"]), 6),
        expected=round(float(row["expected"]), 6),
        mape=share("mape"),
        wape=share("wape"),
        bias=share("bias"),
        spread=share("spread"),
    )


def _not_compared(measured: pd.DataFrame, forecast: pd.DataFrame) -> list[dict[str, Any]]:
    """Return what was measured and cannot be compared, since nothing is expected of it."""
    found = []
    for figure in actuals.MEASURED:
        lost = measured[figure].notna() & forecast[figure].isna()
        for workload in sorted(measured["workload_id"][lost].unique()):
            reason = "the workload does not state what is expected of it"
            found.append({"workload_id": workload, "figure": figure, "reason": reason})
    return found
