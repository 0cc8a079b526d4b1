"""Tables that sort, filter, copy and export through DuckDB."""

from freehold.desktop.tables.columns import Column
from freehold.desktop.tables.model import PagedModel, RowsModel, TableModel
from freehold.desktop.tables.result_table import ResultTable

__all__ = ["Column", "PagedModel", "ResultTable", "RowsModel", "TableModel"]
