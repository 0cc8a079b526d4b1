"""Blast radius: every node by what it takes with it, and what dies with the one chosen."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from freehold.desktop.pages.overview_panels import ListPanel
from freehold.desktop.tables import Column
from freehold.desktop.tables.columns import Row
from freehold.scenarios.blast import DIMENSIONS, Blast, Rank


class BlastRadius(QWidget):
    """A ranked list of nodes, and beside it what the chosen one takes with it."""

    node_chosen = Signal(str, str)
    row_opened = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._ranking: tuple[Rank, ...] = ()
        self.dimension = QComboBox()
        self.dimension.setObjectName("top_field")
        self.dimension.setAccessibleName(self.tr("Kind of node"))
        self.dimension.addItem(self.tr("every kind"), None)
        for name in DIMENSIONS:
            self.dimension.addItem(self._kind(name), name)
        self.dimension.activated.connect(lambda _index: self._fill())
        label = QLabel(self.tr("Take out"))
        label.setObjectName("muted")
        label.setBuddy(self.dimension)
        self.nodes = ListPanel(
            self.tr("What would hurt most"),
            (
                Column("kind", self.tr("Kind"), width=120),
                Column("member", self.tr("Node")),
                Column(
                    "critical_functions_lost",
                    self.tr("Critical"),
                    "integer",
                    width=72,
                    help=self.tr("Critical functions that are lost without it"),
                    tone=_tone,
                ),
                Column(
                    "functions_lost",
                    self.tr("Lost"),
                    "integer",
                    width=48,
                    help=self.tr("Functions that are lost without it"),
                ),
                Column(
                    "functions_on_failover",
                    self.tr("Failover"),
                    "integer",
                    width=88,
                    help=self.tr("Functions that live on their failover without it"),
                ),
                Column(
                    "share",
                    self.tr("Share"),
                    "share",
                    0,
                    width=72,
                    help=self.tr("Its part of all placements"),
                ),
            ),
            wide=1,
            empty=self.tr("Nothing is placed yet. Record placements on the Estate page."),
        )
        self.nodes.table.row_selected.connect(self._choose)
        self.gone = ListPanel(
            self.tr("What dies with it"),
            (
                Column("kind", self.tr("Kind"), width=80),
                Column("name", self.tr("Name")),
                Column("critical", self.tr("Critical"), "flag", width=64),
                Column("state", self.tr("Becomes"), width=88, tone=_state_tone),
                Column("paths", self.tr("Through"), width=112),
            ),
            wide=1,
            empty=self.tr("Choose a node at the left."),
        )
        self.gone.row_opened.connect(lambda row: self.row_opened.emit(str(row["key"])))
        choice = QHBoxLayout()
        choice.setSpacing(8)
        choice.addWidget(label)
        choice.addWidget(self.dimension)
        choice.addStretch(1)
        beside = QHBoxLayout()
        beside.setSpacing(16)
        beside.addWidget(self.nodes, 1)
        beside.addWidget(self.gone, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(16)
        layout.addLayout(choice)
        layout.addLayout(beside, 1)

    def show_ranking(self, ranking: tuple[Rank, ...]) -> None:
        """List the nodes, those that take most critical functions with them first."""
        self._ranking = ranking
        self.gone.show_rows([])
        self._fill()

    def show_blast(self, blast: Blast) -> None:
        """List what dies with a node, functions first, the gravest first."""
        places = {
            "function": "functions", "application": "applications", "workload": "workloads",
            "data_set": "data_sets", "resource": "resources",
        }  # fmt: skip
        kinds = {
            "function": self.tr("function"), "application": self.tr("application"),
            "workload": self.tr("workload"), "data_set": self.tr("data set"),
            "resource": self.tr("resource"),
        }  # fmt: skip
        states = {
            "lost": self.tr("lost"), "failover": self.tr("on failover"),
            "copy_left": self.tr("copy left"), "erodes": self.tr("erodes"),
        }  # fmt: skip
        self.gone.show_rows(
            [
                {
                    "kind": kinds[item.kind],
                    "name": item.name,
                    "critical": item.critical,
                    "state": states[item.state],
                    "code": item.state,
                    "paths": item.paths,
                    "key": f"{places[item.kind]}:{item.id}",
                }
                for item in blast.gone
            ]
        )
        self.gone.set_note(
            self.tr("Without {0}: {1} functions, {2} data sets and {3} resources are lost.").format(
                blast.member, blast.count("function"), blast.count("data_set"),
                blast.count("resource"),
            )
        )  # fmt: skip

    def _fill(self) -> None:
        chosen = self.dimension.currentData()
        rows = [row for row in self._ranking if chosen is None or row.dimension == chosen]
        self.nodes.show_rows(
            [
                {
                    "kind": self._kind(row.dimension),
                    "dimension": row.dimension,
                    "member": row.member,
                    "critical_functions_lost": row.critical_functions_lost,
                    "functions_lost": row.functions_lost,
                    "functions_on_failover": row.functions_on_failover,
                    "share": row.share,
                }
                for row in rows
            ]
        )
        points = sum(row.is_single_point for row in rows)
        self.nodes.set_note(
            self.tr("{0} of {1} nodes take a critical function with them.").format(
                points, len(rows)
            )
        )

    def _choose(self, row: Row) -> None:
        if row.get("dimension"):
            self.node_chosen.emit(str(row["dimension"]), str(row["member"]))

    def _kind(self, name: str) -> str:
        words = {
            "provider": self.tr("provider"), "provider_group": self.tr("parent company"),
            "parent_country": self.tr("parent's country"),
            "jurisdiction": self.tr("jurisdiction"),
            "control_plane_country": self.tr("control plane in"), "region": self.tr("region"),
            "contract": self.tr("contract"), "service": self.tr("service"), "key": self.tr("key"),
            "chip_vendor": self.tr("chip vendor"), "chip_fab_country": self.tr("chips made in"),
            "model_developer": self.tr("model developer"), "model": self.tr("model"),
            "orchestration_tool": self.tr("orchestration tool"),
        }  # fmt: skip
        return words[name]


def _tone(value: object, _row: object) -> str | None:
    return "bad" if isinstance(value, int) and value > 0 else None


def _state_tone(_value: object, row: object) -> str | None:
    code = row.get("code") if isinstance(row, dict) else None
    return "bad" if code == "lost" else "unknown" if code in {"failover", "copy_left"} else None
