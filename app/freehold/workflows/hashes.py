"""The hashes that name a run: what it was made from, in canonical form."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from freehold import __version__
from freehold.compliance import Pack
from freehold.estate import Workspace, content, dictionary
from freehold.estate.sql import qualified, quoted
from freehold.estate.workspace import ESTATE
from freehold.evidence import run_id, sha256_object
from freehold.scenarios import JudgedEstate

NOT_INPUTS = {"findings_register", "import_claims", "runs", "saved_views", "sign_offs"}
"""Tables that tell of runs, findings, the window or of who said what, not of the estate."""


@dataclass(frozen=True)
class RunHashes:
    """SHA-256 of a run's estate, catalogue, rules and parameters; `run_id` names all of them."""

    estate: str
    catalogue: str
    rules: str
    parameters: str
    run_id: str


def run_hashes(run: JudgedEstate) -> RunHashes:
    """Hash what a run was made from."""
    info = run.workspace.catalogue_info
    estate = estate_hash(run.workspace)
    catalogue = info.sha256 if info else ""
    rules = rules_hash(run.packs)
    parameters = sha256_object(
        {"scenario": run.name, "as_of": run.as_of.isoformat(), "weights": run.weights}
    )
    named = run_id(
        data_sha256=sha256_object([estate, catalogue]),
        rules_sha256=rules,
        params_sha256=parameters,
        version=__version__,
    )
    return RunHashes(estate, catalogue, rules, parameters, named)


def rules_hash(packs: Sequence[Pack]) -> str:
    """Hash the rules of packs, their tests left out."""
    return sha256_object(
        [
            [pack.id, str(pack.head.version), rule.model_dump(mode="json", exclude={"tests"})]
            for pack in packs
            for rule in pack.rules
        ]
    )


def estate_hash(workspace: Workspace) -> str:
    """Hash every table of the document that says something about the estate."""
    return sha256_object(table_hashes(workspace, NOT_INPUTS))


def table_hashes(workspace: Workspace, apart: Collection[str]) -> dict[str, str]:
    """Hash each table of the document that has rows, some set apart."""
    tables = {
        name: (qualified(ESTATE, name), table.column_names)
        for name, table in dictionary.tables().items()
        if name not in apart
    }
    return content.table_hashes(workspace.connection, tables, _by_key)


def _by_key(name: str, table: str, columns: Sequence[str]) -> str:
    """Return SQL of a hash of a table's rows in the order of their keys."""
    # One hash a table in the database: rows never pass through Python.
    listed = ", ".join(f"CAST({quoted(column)} AS VARCHAR)" for column in columns)
    keys = ", ".join(map(quoted, dictionary.tables()[name].key))
    return (
        "SELECT sha256(coalesce(string_agg(row_hash, '' ORDER BY n), '')) FROM ("
        f"SELECT sha256(CAST([{listed}] AS VARCHAR)) AS row_hash,"
        f" row_number() OVER (ORDER BY {keys}) AS n FROM {table})"
    )
