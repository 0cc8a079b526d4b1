"""Table models: a query paged from DuckDB, or a short list of rows."""

import contextlib
from collections.abc import Mapping, Sequence
from itertools import count

import duckdb
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QBrush, QColor

from freehold.desktop import theme
from freehold.desktop.numbers import show
from freehold.desktop.tables.columns import Column

Index = QModelIndex | QPersistentModelIndex
RAW_ROLE = int(Qt.ItemDataRole.UserRole)
KIND_ROLE = RAW_ROLE + 1
_SCHEMA = "window_scratch"
_NUMBERS = count(1)


class TableModel(QAbstractTableModel):
    """Shows the rows that a subclass fetches, as the columns say."""

    def __init__(self, columns: Sequence[Column]) -> None:
        super().__init__()
        self.columns = tuple(columns)
        self.order: tuple[int, bool] | None = None
        self.words: tuple[str, ...] = ()

    def total(self) -> int:
        """Return the number of rows before filtering."""
        raise NotImplementedError

    def refresh(self, cursor: duckdb.DuckDBPyConnection | None = None) -> int:
        """Sort and filter anew and return the rows left; safe in a thread with its own cursor."""
        raise NotImplementedError

    def fetch(self, row: int) -> tuple[object, ...]:
        """Return the values of a row in the order of `names`."""
        raise NotImplementedError

    def names(self) -> Sequence[str]:
        """Return the names of the values `fetch` gives, which may be more than the columns."""
        raise NotImplementedError

    def adopt(self, rows: int) -> None:
        """Show what `refresh` prepared; in the window's thread."""
        raise NotImplementedError

    def row(self, row: int) -> dict[str, object]:
        """Return a row by column name, the ones not shown too."""
        return dict(zip(self.names(), self.fetch(row), strict=True))

    def value(self, row: int, column: int) -> object:
        """Return the raw value of a cell."""
        return self.row(row).get(self.columns[column].name)

    def text(self, row: int, column: int) -> str:
        """Return a cell as it is shown."""
        shown, value = self.columns[column], self.value(row, column)
        if isinstance(value, str) and value in shown.words:
            return shown.words[value]
        return show(value, shown.kind, shown.decimals)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008, N802
        """Return the number of columns."""
        return 0 if parent.isValid() else len(self.columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return what a view asks of a cell."""
        if not index.isValid():
            return None
        column = self.columns[index.column()]
        answer: object = None
        match role:
            case Qt.ItemDataRole.DisplayRole | Qt.ItemDataRole.ToolTipRole:
                answer = self.text(index.row(), index.column())
            case Qt.ItemDataRole.TextAlignmentRole:
                answer = _alignment(column)
            case Qt.ItemDataRole.ForegroundRole:
                answer = self._brush(index)
            case _ if role == RAW_ROLE:
                answer = self.value(index.row(), index.column())
            case _ if role == KIND_ROLE:
                answer = column.kind
        return answer

    def headerData(  # noqa: N802
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        """Return what a header asks."""
        if orientation == Qt.Orientation.Vertical:
            return str(section + 1) if role == Qt.ItemDataRole.DisplayRole else None
        column = self.columns[section]
        if role == Qt.ItemDataRole.DisplayRole:
            return column.title
        if role == Qt.ItemDataRole.ToolTipRole:
            return column.help or column.title
        return _alignment(column) if role == Qt.ItemDataRole.TextAlignmentRole else None

    def _brush(self, index: Index) -> QBrush | None:
        column = self.columns[index.column()]
        value = self.value(index.row(), index.column())
        colours = theme.active().colours
        if value is None:
            return QBrush(QColor(colours.muted))
        name = column.tone(value, self.row(index.row())) if column.tone else None
        return QBrush(QColor(colours.colour(name))) if name else None


class PagedModel(TableModel):
    """A query result, sorted and filtered once by DuckDB and read page by page.

    `source` is trusted SQL of the program (a table or a SELECT); typed text is only ever bound.
    """

    PAGE, KEPT = 512, 64

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        source: str,
        columns: Sequence[Column],
        parameters: Sequence[object] = (),
    ) -> None:
        super().__init__(columns)
        self.connection = connection
        self._cursor = connection.cursor()
        trimmed = source.strip()
        is_select = trimmed.lower().startswith(("select", "with", "from"))
        self._source = f"({trimmed})" if is_select else trimmed
        self._parameters = list(parameters)
        self._cursor.execute(f"CREATE SCHEMA IF NOT EXISTS {_SCHEMA}")
        described = self._cursor.execute(
            f"SELECT * FROM {self._source} LIMIT 0", self._parameters
        ).description
        self._names = [name for name, *_ in described or []]
        self._prepared = self._shown = ""
        self._pages: dict[int, list[tuple[object, ...]]] = {}
        self._rows = 0
        self._total = self._count(self._source, self._parameters)

    def total(self) -> int:
        """Return the number of rows before filtering."""
        return self._total

    def names(self) -> Sequence[str]:
        """Return the names of all columns of the source."""
        return self._names

    def refresh(self, cursor: duckdb.DuckDBPyConnection | None = None) -> int:
        """Sort and filter into a new scratch table and return its number of rows."""
        cursor = cursor or self._cursor
        table = f"{_SCHEMA}.table_{next(_NUMBERS)}"
        where, bound = self._where()
        cursor.execute(
            f"CREATE TABLE {table} AS SELECT * FROM {self._source} {where} {self._order_by()}",
            [*self._parameters, *bound],
        )
        self._prepared = table
        found = cursor.execute(f"SELECT count(*) FROM {table}").fetchone()
        return int(found[0]) if found else 0

    def adopt(self, rows: int) -> None:
        """Show the scratch table prepared last and drop the one before."""
        self.beginResetModel()
        old, self._shown = self._shown, self._prepared
        self._rows = rows
        self._pages.clear()
        self.endResetModel()
        if old and old != self._shown:
            self._cursor.execute(f"DROP TABLE IF EXISTS {old}")

    def close(self) -> None:
        """Drop the scratch table."""
        if self._shown:
            # A document that was closed has taken its scratch tables with it.
            with contextlib.suppress(duckdb.ConnectionException):
                self._cursor.execute(f"DROP TABLE IF EXISTS {self._shown}")
            self._shown = ""

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008, N802
        """Return the number of rows left by the filter."""
        return 0 if parent.isValid() else self._rows

    def fetch(self, row: int) -> tuple[object, ...]:
        """Return a row from its page, reading the page if it is not kept."""
        number, offset = divmod(row, self.PAGE)
        if number not in self._pages:
            if len(self._pages) >= self.KEPT:
                self._pages.pop(next(iter(self._pages)))
            first = number * self.PAGE
            self._pages[number] = self._cursor.execute(
                f"SELECT * FROM {self._shown} WHERE rowid BETWEEN ? AND ? ORDER BY rowid",
                [first, first + self.PAGE - 1],
            ).fetchall()
        return self._pages[number][offset]

    def _count(self, source: str, parameters: Sequence[object]) -> int:
        found = self._cursor.execute(f"SELECT count(*) FROM {source}", parameters).fetchone()
        return int(found[0]) if found else 0

    def _where(self) -> tuple[str, list[object]]:
        if not self.words:
            return "", []
        shown = ", ".join(_quoted(c.name) for c in self.columns if c.name in self._names)
        tests = [f"concat_ws(' ', {shown}) ILIKE ? ESCAPE '\\'" for _ in self.words]
        return "WHERE " + " AND ".join(tests), [f"%{_escaped(word)}%" for word in self.words]

    def _order_by(self) -> str:
        if not self._names:
            return ""
        # The first column is the key: it makes the order total, so equal rows do not jump about.
        key = _quoted(self._names[0])
        if self.order is None:
            return ""
        column, descending = self.order
        direction = "DESC" if descending else "ASC"
        return f"ORDER BY {_quoted(self.columns[column].name)} {direction} NULLS LAST, {key}"


class RowsModel(TableModel):
    """A short list of rows held in memory, sorted and filtered in Python."""

    def __init__(self, columns: Sequence[Column], rows: Sequence[Mapping[str, object]]) -> None:
        super().__init__(columns)
        names = dict.fromkeys(column.name for column in columns)
        for row in rows:
            names |= dict.fromkeys(row)
        self._names = list(names)
        self._all = [tuple(row.get(name) for name in self._names) for row in rows]
        self._prepared = self._shown = self._all

    def total(self) -> int:
        """Return the number of rows before filtering."""
        return len(self._all)

    def names(self) -> Sequence[str]:
        """Return the names of all values of the rows."""
        return self._names

    def refresh(self, cursor: duckdb.DuckDBPyConnection | None = None) -> int:
        """Sort and filter and return the number of rows left."""
        rows = self._all
        if self.words:
            shown = [self._names.index(column.name) for column in self.columns]
            rows = [
                row
                for row in rows
                if all(word in self._search_text(row, shown) for word in self.words)
            ]
        if self.order is not None:
            column, descending = self.order
            place = self._names.index(self.columns[column].name)
            known = [row for row in rows if row[place] is not None]
            unknown = [row for row in rows if row[place] is None]
            known.sort(key=lambda row: _sort_key(row[place]), reverse=descending)
            rows = known + unknown
        self._prepared = rows
        return len(rows)

    def adopt(self, rows: int) -> None:
        """Show the rows prepared last."""
        self.beginResetModel()
        self._shown = self._prepared
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008, N802
        """Return the number of rows left by the filter."""
        return 0 if parent.isValid() else len(self._shown)

    def fetch(self, row: int) -> tuple[object, ...]:
        """Return the values of a row."""
        return self._shown[row]

    def _search_text(self, row: tuple[object, ...], shown: list[int]) -> str:
        parts = []
        for column, place in zip(self.columns, shown, strict=True):
            value = row[place]
            parts.append(column.words.get(value, value) if isinstance(value, str) else str(value))
        return " ".join(parts).lower()


def _alignment(column: Column) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignRight if column.is_numeric else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignVCenter


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _escaped(word: str) -> str:
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _sort_key(value: object) -> tuple[int, float, str]:
    if isinstance(value, bool | int | float) or hasattr(value, "is_finite"):
        return (0, float(value), "")  # type: ignore[arg-type]
    return (1, 0.0, str(value).casefold())
