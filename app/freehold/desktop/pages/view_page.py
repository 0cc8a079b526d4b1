"""A page that lists the rows of one published view."""

import duckdb

from freehold.desktop.numbers import Kind
from freehold.desktop.pages.page import Page
from freehold.desktop.project import Project
from freehold.desktop.tables import Column, ResultTable

_KINDS: dict[str, Kind] = {
    "DOUBLE": "number",
    "INTEGER": "integer",
    "BIGINT": "integer",
    "DATE": "date",
}


class ViewPage(Page):
    """Lists every column of `view` as the document publishes it."""

    view = ""

    def build(self) -> None:
        """Put the table into the page."""
        self.table = ResultTable(self.title())
        self.table.set_empty_text(
            self.tr("This document has no rows here yet. Import an export or open a sample.")
        )
        self.body.addWidget(self.table)

    def refresh(self, project: Project) -> None:
        """List the view's rows."""
        try:
            described = project.connection.cursor().execute(f"DESCRIBE {self.view}").fetchall()
        except duckdb.CatalogException:
            self.show_empty(self.tr("This document has no rows here yet."))
            return
        columns = [
            Column(name, name.replace("_", " ").capitalize(), kind=_kind(kind))
            for name, kind, *_ in described
            if not name.endswith("__verified")
        ]
        self.show_body()
        self.table.show_query(project.connection, self.view, columns)


def _kind(type_name: str) -> Kind:
    if type_name.startswith("DECIMAL"):
        return "number"
    return _KINDS.get(type_name, "text")
