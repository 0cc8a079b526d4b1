"""Which rows name something that neither the estate nor the catalogue knows."""

from dataclasses import dataclass

import duckdb

from freehold import catalogue
from freehold.estate import dictionary
from freehold.estate.sql import literal, qualified, quoted

_EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class UnknownReference:
    """Values of one column that refer to nothing: how many rows, and a few of the values."""

    table: str
    column: str
    references: str
    rows: int
    examples: tuple[str, ...]

    def __str__(self) -> str:
        named = ", ".join(self.examples)
        return (
            f"{self.rows} rows of {self.table}.{self.column} name what {self.references} does not"
            f" know, such as {named}."
        )


def unknown_references(
    connection: duckdb.DuckDBPyConnection,
    *,
    estate: str = "estate",
    catalogue_schema: str = "catalogue",
) -> list[UnknownReference]:
    """Return every column with values that refer to nothing; they are kept, and judged unknown.

    A region counts as known only for the provider of its row.
    """
    queries = [
        _query(table, column, estate, catalogue_schema)
        for table in dictionary.tables().values()
        for column in table.columns
        if column.references
    ]
    rows = connection.execute(f"{' UNION ALL '.join(queries)} ORDER BY ALL").fetchall()
    return [
        UnknownReference(str(table), str(column), str(reference), int(count), tuple(examples))
        for table, column, reference, count, examples in rows
        if count
    ]


def _query(
    table: dictionary.Table, column: dictionary.Column, estate: str, catalogue_schema: str
) -> str:
    name, referred = column.references.split(".")
    own = dictionary.tables().get(name)
    in_estate = own is not None and referred in own.column_names
    assert in_estate or name in catalogue.dictionary()  # a test holds the dictionary to it
    known = qualified(estate if in_estate else catalogue_schema, name)
    same = f"k.{quoted(referred)} = t.{quoted(column.name)}"
    if name == "regions" and "provider_id" in table.column_names:
        same += " AND k.provider_id = t.provider_id"
    values = f"CAST(t.{quoted(column.name)} AS VARCHAR)"
    return (
        f"SELECT {literal(table.name)}, {literal(column.name)}, {literal(column.references)},"
        f" count(*), list_sort(list(DISTINCT {values}))[:{_EXAMPLES}]"
        f" FROM {qualified(estate, table.name)} AS t ANTI JOIN {known} AS k ON {same}"
        f" WHERE t.{quoted(column.name)} IS NOT NULL"
    )
