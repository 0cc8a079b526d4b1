"""What shocks did, in four faces: figures, functions, rules that changed sides, the way back."""

from dataclasses import replace

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QStackedWidget, QTabBar, QVBoxLayout, QWidget

from freehold.desktop.pages import scenarios_measures as measures
from freehold.desktop.pages.scenarios_way_back import WayBack
from freehold.desktop.tables import Column, ResultTable
from freehold.scenarios import Comparison
from freehold.scenarios.shocks import ShockRun

FIGURES, FUNCTIONS, RULES, BACK = range(4)
_FIGURE_WIDTHS = (240, 144, 144, 168)


class ShockResult(QWidget):
    """Four faces of one shock run; empty until there is one."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.tabs = QTabBar()
        self.tabs.setDrawBase(False)
        self.tabs.setAccessibleName(self.tr("What the shocks did"))
        for text in (
            self.tr("Figures"),
            self.tr("Functions"),
            self.tr("Rules and levels"),
            self.tr("Way back"),
        ):
            self.tabs.addTab(text)
        self.figures = ResultTable(self.tr("Figures before and after"), tools=False)
        self.figures.set_empty_text(self.tr("Run the shocks to see what they do."))
        self.functions = ResultTable(self.tr("Functions lost or on failover"), tools=False)
        self.functions.set_empty_text(self.tr("No function is lost."))
        self.rules = ResultTable(self.tr("Rules and levels that changed"), tools=False)
        self.rules.set_empty_text(self.tr("No rule decides otherwise."))
        self.back = WayBack()
        self._stack = QStackedWidget()
        self._stack.setObjectName("panel")
        self._stack.setContentsMargins(16, 12, 16, 12)
        for face in (self.figures, self.functions, self.rules, self.back):
            self._stack.addWidget(face)
        self.tabs.currentChanged.connect(self._stack.setCurrentIndex)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.tabs, 0, Qt.AlignmentFlag.AlignLeft)
        layout.addWidget(self._stack, 1)

    def show_run(self, found: ShockRun) -> None:
        """Show a shock run beside the base."""
        after = replace(found.run.measures, name=self.tr("After"))
        comparison = Comparison([found.base.measures, after], [])
        columns = [
            replace(column, width=width)
            for column, width in zip(
                measures.columns(comparison.scenarios), _FIGURE_WIDTHS, strict=True
            )
        ]
        self.figures.show_rows(columns, measures.rows(comparison))
        self._show_functions(found)
        self._show_rules(found)
        self.back.show_recovery(found.recovery, found.notices)
        lost = sum(f.state == "lost" for f in found.functions)
        self.tabs.setTabText(FUNCTIONS, self.tr("Functions ({0} lost)").format(lost))
        self.tabs.setTabText(RULES, self.tr("Rules and levels ({0})").format(
            len(found.rules) + len(found.levels)
        ))  # fmt: skip

    def _show_functions(self, found: ShockRun) -> None:
        ways = {
            "failover": self.tr("its failover; how long the switch takes is not recorded"),
            "event": self.tr("the event ends"),
            "notice": self.tr("moved within the notice"),
            "exit_plan": self.tr("exit plan"),
            None: self.tr("none recorded"),
        }
        kept = {True: self.tr("yes"), False: self.tr("no"), None: self.tr("unknown")}
        states = {"lost": self.tr("lost"), "failover": self.tr("on failover")}
        self.functions.show_rows(
            [
                Column("name", self.tr("Function")),
                Column("critical", self.tr("Critical"), "flag", width=72),
                Column("state", self.tr("Becomes"), width=88),
                Column("away_hours", self.tr("Away, h"), "number", 0, width=80),
                Column("rto_hours", self.tr("RTO, h"), "number", 1, width=72),
                Column("within", self.tr("In time"), width=80),
                Column("way", self.tr("Way back"), width=200),
            ],
            [
                {
                    "name": f.name,
                    "critical": f.critical,
                    "state": states.get(f.state, f.state),
                    "away_hours": f.away_hours,
                    "rto_hours": f.rto_hours,
                    "within": kept[f.within_rto],
                    "way": ways[f.way_back],
                }
                for f in found.functions
            ],
        )

    def _show_rules(self, found: ShockRun) -> None:
        def seal(low: int | None, high: int | None) -> str:
            if low is None:
                return self.tr("none")
            return f"SEAL-{low}" if low == high else f"SEAL-{low}–{high}"

        levels: list[dict[str, object]] = [
            {
                "what": self.tr("Level of {0}").format(side.what),
                "before": seal(side.low_before, side.high_before),
                "after": seal(side.low_after, side.high_after),
                "functions": side.function or "",
            }
            for side in found.levels
        ]
        word = self.tr("{0} fail, {1} unknown")
        self.rules.show_rows(
            [
                Column("what", self.tr("Rule or level")),
                Column("before", self.tr("Before"), width=144),
                Column("after", self.tr("After"), width=144),
                Column("functions", self.tr("Functions"), width=176),
            ],
            [
                *levels,
                *(
                    {
                        "what": f"{side.id} {side.title}",
                        "before": word.format(side.fail_before, side.unknown_before),
                        "after": word.format(side.fail_after, side.unknown_after),
                        "functions": ", ".join(side.functions),
                    }
                    for side in found.rules
                ),
            ],
        )
