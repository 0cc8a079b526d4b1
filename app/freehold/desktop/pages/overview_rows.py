"""The rows behind a figure, in a dialog from which each row opens in its place."""

from collections.abc import Sequence

import duckdb
from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QVBoxLayout, QWidget

from freehold.compliance.engine import quoted
from freehold.desktop.project import Project
from freehold.desktop.tables import Column, ResultTable
from freehold.scenarios import Run


class RowsDialog(QDialog):
    """Lists rows of a query of the program's own; a row opened closes the dialog."""

    row_opened = Signal(dict)

    def __init__(
        self,
        title: str,
        note: str,
        connection: duckdb.DuckDBPyConnection,
        query: tuple[str, Sequence[Column], Sequence[object]],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.resize(960, 560)
        heading, said = QLabel(title), QLabel(note)
        heading.setObjectName("page_title")
        said.setObjectName("muted")
        said.setWordWrap(True)
        said.setVisible(bool(note))
        self.table = ResultTable(title)
        self.table.row_opened.connect(self._open)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 16, 24, 16)
        layout.setSpacing(8)
        for widget in (heading, said):
            layout.addWidget(widget)
        layout.addWidget(self.table, 1)
        layout.addWidget(buttons)
        sql, columns, values = query
        self.table.show_query(connection, sql, columns, values)

    def _open(self, row: dict[str, object]) -> None:
        self.accept()
        self.row_opened.emit(row)


class RowsBehind(QObject):
    """Opens placements and resources behind a figure; `run` is the one shown."""

    row_wanted = Signal(str)

    def __init__(self, project: Project, page: QWidget) -> None:
        super().__init__(page)
        self._project, self._page = project, page
        self.run: Run | None = None

    def placements(self, title: str, where: str, values: Sequence[object]) -> None:
        """List the placements for which trusted SQL holds; values are bound."""
        columns = (
            Column("placement", self.tr("Placement")),
            Column("role", self.tr("Role")),
            Column("provider_name", self.tr("Provider")),
            Column("region", self.tr("Region")),
            Column("country", self.tr("Country")),
            Column("application", self.tr("Application")),
            Column("data_set", self.tr("Data set")),
            Column("classification", self.tr("Classification")),
            Column("key_custody", self.tr("Key custody"), "integer"),
        )
        self._list(title, "placements", columns, (where, "placement"), values)

    def resources(self, title: str, where: str, values: Sequence[object]) -> None:
        """List the resources for which trusted SQL holds, the dearest first."""
        columns = (
            Column("resource", self.tr("Resource")),
            Column("name", self.tr("Name")),
            Column("provider_name", self.tr("Provider")),
            Column("service_name", self.tr("Service")),
            Column("region", self.tr("Region")),
            Column("application", self.tr("Application")),
            Column("cost_usd", self.tr("USD per month"), "money"),
        )
        self._list(title, "resources", columns, (where, "cost_usd DESC, resource"), values)

    def _list(
        self,
        title: str,
        view: str,
        columns: Sequence[Column],
        rules: tuple[str, str],
        values: Sequence[object],
    ) -> None:
        run = self.run
        if run is None:
            return
        where, order = rules
        names = ", ".join(quoted(column.name) for column in columns)
        extra = ", resource" if view == "placements" else ""
        dialog = RowsDialog(
            title,
            self.tr("Open a row to see it on the Estate page. As of {0}.").format(
                run.as_of.isoformat()
            ),
            self._project.connection,
            (
                f"SELECT {names}{extra} FROM {quoted(run.schemas.views)}.{view} "
                f"WHERE {where} ORDER BY {order}",
                columns,
                values,
            ),
            self._page,
        )
        dialog.row_opened.connect(self._tell)
        dialog.open()

    def _tell(self, row: dict[str, object]) -> None:
        # A placement that only follows from its resource has no row of its own.
        if row.get("resource"):
            self.row_wanted.emit(f"resources:{row['resource']}")
        else:
            self.row_wanted.emit(f"placements:{row['placement']}")
