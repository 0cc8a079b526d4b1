"""Publish the views that rules read, over any tables with the columns of the estate."""

import csv
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from functools import cache, partial
from pathlib import Path

import duckdb

from freehold.errors import InputError
from freehold.estate import dictionary, kept
from freehold.estate.sql import literal, qualified, quoted
from freehold.estate.transactions import transaction
from freehold.estate.view_building import Building, to_keep
from freehold.estate.view_moves import EVERY_ROW, Near
from freehold.estate.view_parts import part

KIND = "views"
"""The folder of the user's cache that keeps published views."""

FOLDER = Path(__file__).with_name("views")

ORDER = (
    "_country", "_asked", "_fx", "_energy", "_law", "_provider", "_asked_provider",
    "_asked_contract", "_class", "_chip", "_data_set", "_bound",
    "placements", "resources", "workloads", "organisation", "legal_entities", "functions",
    "applications", "data_sets", "flows", "keys", "services", "service_profiles", "people_access",
    "answers", "contracts", "subcontractors", "exit_plans", "commitments", "_use", "providers",
    "provider_groups", "jurisdictions", "regions", "certifications", "_holding", "provider_owners",
    "provider_control", "exposures", "accelerators", "accelerator_pools", "models",
    "register_fields", "transfers", "_copies", "obligations", "chain", "failover_pairs",
    "coverages", "_weight", "shares",
)  # fmt: skip
"""Each file of `views/` in the order in which they read one another; `_` marks helpers."""

_CRITICAL_DATA = ("health", "payment", "financial", "government")
_CERTIFIED_DATA = ("health", "personal", "government")

ASKED = (
    "secnumcloud", "c5", "c3a", "c3a_national", "hds", "ens", "acn", "gaiax", "iso27001",
)  # fmt: skip
"""Families of certification for which views tell whether they are asked (`asks_FAMILY`)."""

# Three-valued "any" and "all" over rows: NULL where a row that nobody decided could turn it.
_MACROS = """
CREATE OR REPLACE TEMP MACRO fh_any(x) AS
  CASE WHEN bool_or(x) THEN TRUE WHEN count(*) > count(x) THEN NULL ELSE FALSE END;
CREATE OR REPLACE TEMP MACRO fh_all(x) AS
  CASE WHEN bool_and(x) = FALSE THEN FALSE WHEN count(*) > count(x) THEN NULL ELSE TRUE END
"""


def publish(
    connection: duckdb.DuckDBPyConnection,
    *,
    estate: str = "estate",
    catalogue: str = "catalogue",
    schema: str = "views",
    as_of: date,
    only: str | Collection[str] | None = None,
    like: str | None = None,
    touched: Mapping[str, str] | None = None,
    given: Mapping[str, str] | None = None,
    keep_as: str | None = None,
) -> tuple[str, ...]:
    """Bring every published view of `schema` up to date, as the dictionary documents it.

    A view is built only if something it is built from changed since; returns what was built.

    Args:
        connection: holds the three schemas.
        estate: schema with the tables of a document.
        catalogue: schema with the catalogue's tables and views.
        schema: schema to fill; created if it is not there, replaced wholly or not at all.
        as_of: date at which memberships, laws and rates are read.
        only: build this view, or these, and those they read from, and leave the others as they are.
        like: another schema with published views, of which equal ones are shared, and so are the
            rows that no changed table touches (see `view_moves`).
        touched: for tables that differ from those behind `like`, SQL of the keys (`changed`) of
            all rows that were changed, added or removed.
        given: hashes of the rows of the catalogue's tables and views, as far as they are known.
        keep_as: name under which views are kept in the user's cache folder: those of the same
            inputs are copied from there, and if all are asked for and most had to be built they
            replace what is there.

    Raises:
        InputError: the tables lack a column that the views are built from.
    """
    asked = (only,) if isinstance(only, str) else only
    with _missing_told(estate, catalogue):
        place = _Place(connection, estate, catalogue, schema, as_of)
        wanted = ORDER if asked is None else asked
        build = partial(_build, place, wanted, like=like, touched=touched, given=given)
        if keep_as is None:
            return build()
        name = kept.name_of((keep_as, _MACROS))
        with kept.attached(connection, KIND, name) as database:
            try:
                built = build(database=database)
            except duckdb.Error:
                if database is None:
                    raise
                built = build()  # what is kept is damaged
        if asked is None and 2 * len(built) > len(ORDER):
            kept.keep(connection, KIND, name, to_keep(schema, ORDER))
        return built


def part_of(
    connection: duckdb.DuckDBPyConnection,
    view: str,
    columns: Collection[str],
    *,
    estate: str = "estate",
    catalogue: str = "catalogue",
    schema: str = "views",
    as_of: date,
    like: str | None = None,
    touched: Mapping[str, str] | None = None,
) -> str:
    """Return SQL of some columns of a view as the tables are now, without building the view.

    A row may come more than once. Other views that these columns read are brought up to date in
    `schema`; all else is as for `publish`.
    """
    with _missing_told(estate, catalogue):
        place = _Place(connection, estate, catalogue, schema, as_of)
        rooms = {room: f'"{{{room}}}"' for room in ("e", "c", "v")}
        near = {"near": Near(rooms["e"])}
        names = tuple(name for name in place.documented[view].documented if name in columns)
        text = part(_file(view).format(**place.words | rooms | near), names)
        read = {name for name in re.findall(r'"\{v\}"\."?(\w+)', text) if name in ORDER}
        connection.execute(_MACROS)
        if read:
            _build(place, read, like=like, touched=touched)
    for room, blank in rooms.items():
        text = text.replace(blank, str(place.words[room]))
    return as_documented(place.documented[view], text, names)


class _Place:
    """Where views are built from and to: the dictionary of views there, and a template's words."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        estate: str,
        catalogue: str,
        schema: str,
        as_of: date,
    ) -> None:
        self.connection, self.schema = connection, schema
        classes = _classes(connection, catalogue)
        self.documented = dictionary.views(classes)
        self.words = _words(classes, estate, catalogue, schema, as_of) | {"only": EVERY_ROW}
        known = _snapshot(connection, catalogue)
        self.words["known_at"] = f"greatest({self.words['as_of']}, {known})"

    def query(self, name: str, filled: Mapping[str, object]) -> str:
        text = _file(name).format(**filled)
        if name.startswith("_"):
            return text
        # Rows that moved stand after others, whatever their order.
        whole = filled["only"] == EVERY_ROW
        return as_documented(self.documented[name], text, ordered=whole)


def _build(
    place: _Place,
    asked: Iterable[str],
    *,
    like: str | None,
    touched: Mapping[str, str] | None,
    given: Mapping[str, str] | None = None,
    database: str | None = None,
) -> tuple[str, ...]:
    """Bring these views and all that they read up to date; return what was built."""
    connection = place.connection
    wanted = frozenset[str]().union(*map(read_by, asked))
    with transaction(connection):
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS {quoted(place.schema)}")
        connection.execute(_MACROS)
        building = Building(
            connection,
            place.schema,
            place.words,
            _file,
            place.query,
            given=given or {},
            like=like,
            touched=touched or {},
            kept=database,
        )
        building.build(name for name in ORDER if name in wanted)
        return tuple(building.built)


@contextmanager
def _missing_told(estate: str, catalogue: str) -> Iterator[None]:
    """Say it in a sentence when a table or a column is not there."""
    try:
        yield
    except (duckdb.BinderException, duckdb.CatalogException) as error:
        raise InputError(
            f"The views cannot be built: {str(error).splitlines()[0]}",
            where=f"tables of {estate} and {catalogue}",
            mend="Give the tables the columns of the data dictionary",
        ) from error


@cache
def read_by(name: str) -> frozenset[str]:
    """Return a file of `views/` and all those that it reads, directly or through others."""
    direct = {found for found in re.findall(r"\{v\}\.\"?(\w+)", _file(name)) if found in ORDER}
    return frozenset({name}).union(*(read_by(found) for found in direct if found != name))


@cache
def tables_read() -> frozenset[str]:
    """Return the tables of the estate that the views are built from."""
    text = "\n".join(_file(name) for name in ORDER)
    return frozenset(re.findall(r"\{(?:e\}\.\"?|near:)(\w+)", text)) & dictionary.tables().keys()


def as_documented(
    view: dictionary.Table,
    query: str,
    only: Collection[str] | None = None,
    *,
    ordered: bool = True,
) -> str:
    """Return a query with the view's documented columns and types, its rows by key if `ordered`.

    With `only`, it has these columns alone, its rows in any order.
    A `COL__verified` that no catalogue row decides is TRUE: nothing unverified stands behind it.
    """
    known = {column.name for column in view.columns}
    columns = [
        f"CAST({quoted(column.name)} AS {column.sql_type}) AS {quoted(column.name)}"
        if name in known
        else f"coalesce(CAST({quoted(name)} AS BOOLEAN), TRUE) AS {quoted(name)}"
        for name, column in view.documented.items()
        if only is None or name in only
    ]
    order = f" ORDER BY {quoted(view.key[0])}" if ordered and only is None else ""
    return f"SELECT {', '.join(columns)} FROM ({query}){order}"


@cache
def register_map() -> tuple[dict[str, str], ...]:
    """Return which column of the estate fills which column of the DORA register, and when asked.

    `required_if` is the fill-in option of Implementing Regulation (EU) 2024/2956, Annex I, as SQL
    over the estate; blank = mandatory for every contract.
    """
    path = FOLDER.with_name("register_map.csv")
    with path.open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


def _classes(connection: duckdb.DuckDBPyConnection, catalogue: str) -> tuple[str, ...]:
    """Return the data classes there are: those shipped in their order, then the user's own."""
    table = qualified(catalogue, "data_classes")
    present = {
        str(row[0]) for row in connection.execute(f"SELECT class_id FROM {table}").fetchall()
    }
    shipped = dictionary.data_classes()
    own = tuple(sorted(present.difference(shipped)))
    return tuple(name for name in shipped if name in present) + own


def _snapshot(connection: duckdb.DuckDBPyConnection, catalogue: str) -> str:
    """Return SQL of the day the facts were gathered, up to which their rows speak."""
    table = qualified(catalogue, "snapshot")
    rows = connection.execute(f"SELECT max(snapshot) FROM {table}").fetchall()
    return f"DATE {literal(str(rows[0][0]))}" if rows[0][0] else "DATE '0001-01-01'"


def _words(
    classes: tuple[str, ...], estate: str, catalogue: str, schema: str, as_of: date
) -> dict[str, object]:
    names = [quoted(f"is_{name}") for name in classes]
    critical = [quoted(f"is_{name}") for name in _CRITICAL_DATA if name in classes]
    return {
        "e": quoted(estate),
        "near": Near(quoted(estate)),
        "c": quoted(catalogue),
        "v": quoted(schema),
        "as_of": f"DATE {literal(as_of.isoformat())}",
        "is_columns": ", ".join(f"x.{name}" for name in names),
        "pivot": ", ".join(
            f"coalesce(bool_or(a.ancestor = {literal(name)}), FALSE) AS {quoted(f'is_{name}')}"
            for name in classes
        ),
        "critical_data": f"({' OR '.join(critical) or 'CAST(NULL AS BOOLEAN)'})",
        "asks": ", ".join(f"q.asks_{name}" for name in ASKED),
        "asks_told": ", ".join(
            f"list_contains(families, {literal(name)}) AS asks_{name}" for name in ASKED
        ),
        "asks_any": ", ".join(f"fh_any(q.asks_{name}) AS asks_{name}" for name in ASKED),
        "register": _register_sql(),
        **{
            name: quoted(f"is_{name}") if name in classes else "CAST(NULL AS BOOLEAN)"
            for name in _CERTIFIED_DATA
        },
    }


def _register_sql() -> str:
    fields = []
    for line in register_map():
        filled = f"{line['table']}.{quoted(line['column'])} IS NOT NULL"
        if line["filled_if"]:
            filled += f" OR coalesce({line['filled_if']}, FALSE)"
        required = line["required_if"] or "TRUE"
        fields.append(
            f"{{'control': {literal(line['control_id'])}, 'filled': {filled},"
            f" 'required': {required}}}"
        )
    return f"[{', '.join(fields)}]"


@cache
def _file(name: str) -> str:
    return (FOLDER / f"{name}.sql").read_text(encoding="utf-8")
