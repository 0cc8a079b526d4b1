"""The Dependencies page: on whom the estate rests, and what one failure or law would reach."""

from collections.abc import Sequence
from typing import cast

from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QPushButton, QStackedWidget

from freehold.desktop.pages.dependencies_blast import BlastRadius
from freehold.desktop.pages.dependencies_data import (
    BASES,
    DIMENSIONS,
    UNDECIDED,
    Dependencies,
    members_sql,
    read_dependencies,
)
from freehold.desktop.pages.dependencies_lists import DeliveryChain, ForeignLaw, SinglePoints
from freehold.desktop.pages.dependencies_shares import SharesView
from freehold.desktop.pages.overview_panels import CHOSEN
from freehold.desktop.pages.overview_rows import RowsDialog
from freehold.desktop.pages.run_page import RunPage
from freehold.desktop.palette import Entry
from freehold.desktop.tables import Column
from freehold.scenarios import Run
from freehold.scenarios.blast import Blast, blast

SHARES, SINGLE, LAWS, CHAIN = "shares", "single", "exposures", "chain"
BLAST = "blast"
FACES = (SHARES, SINGLE, BLAST, LAWS, CHAIN)
RESULT = "dependencies"


class DependenciesPage(RunPage):
    """Shares and their concentration, single points of failure, foreign law, delivery chains."""

    place = "dependencies"
    help_topic = "dependencies"

    def title(self) -> str:
        """Return the page's title."""
        return self.tr("Dependencies")

    def subtitle(self) -> str:
        """Return one line under the title."""
        return self.tr("On whom the estate rests")

    def build(self) -> None:
        """Lay out the five faces and the line that chooses between them."""
        self._pending = ""
        self._run: Run | None = None
        self.shares, self.single = SharesView(), SinglePoints()
        self.laws, self.chain, self.blast = ForeignLaw(), DeliveryChain(), BlastRadius()
        self.blast.node_chosen.connect(self._take_out)
        self.blast.row_opened.connect(lambda key: self.go_to.emit("estate", key))
        self.shares.member_opened.connect(self.open_member)
        self.single.row_opened.connect(lambda key: self.go_to.emit("estate", key))
        self.chain.service_opened.connect(lambda key: self.go_to.emit("estate", key))
        self.laws.provider_opened.connect(self._open_provider)
        self._faces = QStackedWidget()
        self._buttons: dict[str, QPushButton] = {}
        bar, group = QHBoxLayout(), QButtonGroup(self)
        bar.setSpacing(8)
        for name, text, face in (
            (SHARES, self.tr("Concentration"), self.shares),
            (SINGLE, self.tr("Single points of failure"), self.single),
            (BLAST, self.tr("Blast radius"), self.blast),
            (LAWS, self.tr("Foreign law"), self.laws),
            (CHAIN, self.tr("Delivery chain"), self.chain),
        ):
            button = QPushButton(text)
            button.setObjectName("quiet")
            button.setCheckable(True)
            button.setChecked(name == SHARES)
            button.setStyleSheet(CHOSEN)
            button.clicked.connect(lambda _checked=False, n=name: self.show_face(n))
            group.addButton(button)
            bar.addWidget(button)
            self._buttons[name] = button
            self._faces.addWidget(face)
        bar.addStretch(1)
        self.body.addLayout(bar)
        self.body.addWidget(self._faces, 1)

    def show_run(self, run: Run) -> None:
        """Read the dependencies of a run, once, and show them."""
        self._run = run
        kept = self.project.kept(RESULT)
        if isinstance(kept, Dependencies):
            self._show_data(run, kept)
            return
        connection, scenario = self.project.connection, self.project.scenario

        def take(found: object) -> None:
            self.project.keep(RESULT, found, scenario)
            if run is self.run and isinstance(found, Dependencies):
                self._show_data(run, found)

        self.show_empty(self.tr("Adding up the shares …"))
        self.worker.start(
            self.tr("Adding up the shares"),
            lambda task: read_dependencies(run, task.cursor(connection)),
            take,
            only_latest=RESULT,
        )

    def show_face(self, name: str) -> None:
        """Show shares, single points of failure, blast radius, foreign law or the chain."""
        self._faces.setCurrentIndex(FACES.index(name))
        self._buttons[name].setChecked(True)

    def view_key(self) -> str:
        """Return the face shown."""
        return FACES[self._faces.currentIndex()]

    def view_title(self) -> str:
        """Return the page and its face."""
        return f"{self.title()}: {self._buttons[self.view_key()].text()}"

    def show_key(self, key: str) -> None:
        """Show a dimension, DIMENSION:BASE, single, blast, exposures, chain or chain:SERVICE."""
        if self.is_empty:
            self._pending = key
            return
        name, _, rest = key.partition(":")
        if name in DIMENSIONS:
            self.show_face(SHARES)
            self.shares.choose(name, rest)
        elif name in BASES:
            self.show_face(SHARES)
            self.shares.choose(DIMENSIONS[0], name)
        elif name in self._buttons:
            self.show_face(name)
            if name == CHAIN and rest:
                self.chain.choose(rest)

    def commands(self) -> list[Entry]:
        """Offer the faces and the dimensions to the palette."""
        faces = [
            Entry(self.tr("Show {0}").format(button.text()), button.click)
            for button in self._buttons.values()
        ]
        shares = [
            Entry(
                self.tr("Shares by {0}").format(self.shares.dimension_word(code)),
                lambda name=code: self.show_key(name),  # type: ignore[misc]
            )
            for code in DIMENSIONS
        ]
        return faces + shares

    def open_member(self, dimension: str, base: str, member: str) -> None:
        """List the rows behind a member in a dialog."""
        run = self._run
        if run is None:
            return
        sql, values = members_sql(run, dimension, base, member)
        amounts = {
            "cost": self.tr("USD a month"),
            "resources": self.tr("Quantity"),
            "critical_functions": self.tr("Placements"),
        }
        columns = (
            Column("key", self.tr("Key"), width=160),
            Column("name", self.tr("Name")),
            Column("provider_name", self.tr("Provider")),
            Column("region", self.tr("Region")),
            Column("function", self.tr("Function")),
            Column("amount", amounts.get(base, self.tr("Accelerators")), "number", 0),
        )
        named = (
            self.tr("Undecided") if member == UNDECIDED else self.shares.label_of(dimension, member)
        )
        self._list(
            self.tr("{0}: {1}").format(self.shares.dimension_word(dimension), named),
            sql,
            columns,
            values,
        )

    def _take_out(self, dimension: str, member: str) -> None:
        """Say what dies with a node, worked out off the window's thread."""
        run, connection = self._run, self.project.connection
        if run is None:
            return
        self.worker.start(
            self.tr("Taking out {0}").format(member),
            lambda task: blast(task.cursor(connection), run.schemas, dimension, member),
            lambda found: self.blast.show_blast(cast("Blast", found)),
            only_latest=BLAST,
        )

    def _open_provider(self, provider: str, name: str) -> None:
        run = self._run
        if run is None:
            return
        columns = (
            Column("key", self.tr("Placement"), width=128),
            Column("role", self.tr("Role")),
            Column("resource", self.tr("Resource"), width=144),
            Column("data_set", self.tr("Data set")),
            Column("region", self.tr("Region")),
            Column("function", self.tr("Function")),
            Column("critical", self.tr("Critical"), "flag"),
            Column("classification", self.tr("Classification")),
            Column("key_custody", self.tr("Key custody"), "integer"),
        )
        self._list(
            self.tr("What {0} holds").format(name),
            "SELECT placement AS key, 'placements' AS place, role, resource, data_set, region,"
            " function, critical, classification, key_custody"
            f' FROM "{run.schemas.views}".placements'
            " WHERE available AND provider = ? ORDER BY critical DESC NULLS LAST, placement",
            columns,
            [provider],
        )

    def _list(
        self, title: str, sql: str, columns: Sequence[Column], values: Sequence[object]
    ) -> None:
        dialog = RowsDialog(
            title,
            self.tr("Open a row to see it on the Estate page. As of {0}.").format(
                self.project.as_of.isoformat()
            ),
            self.project.connection,
            (sql, columns, values),
            self,
        )
        dialog.row_opened.connect(
            lambda row: self.go_to.emit("estate", f"{row['place']}:{row['key']}")
        )
        dialog.open()

    def _show_data(self, run: Run, data: Dependencies) -> None:
        self.show_body()
        self.shares.show_data(run, data)
        self.single.show_data(data)
        self.blast.show_ranking(data.ranking)
        self.laws.show_data(data)
        self.chain.show_data(data)
        frail = sum(row["result"] == "fail" for row in data.functions)
        self.set_subtitle(
            self.tr("On whom the estate rests as of {0}: {1} single points of failure").format(
                run.as_of.isoformat(), frail
            )
        )
        pending, self._pending = self._pending, ""
        if pending:
            self.show_key(pending)
