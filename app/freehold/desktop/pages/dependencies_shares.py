"""How the estate is shared out over members of a dimension, and how concentrated that is."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QSplitter, QVBoxLayout, QWidget

from freehold.charts import BarChart, Reference, Series
from freehold.desktop.native import KpiCard
from freehold.desktop.numbers import show
from freehold.desktop.pages.dependencies_data import (
    BASES,
    COUNTRIES,
    DIMENSIONS,
    UNDECIDED,
    Dependencies,
    Row,
    limits_of,
)
from freehold.desktop.pages.overview_panels import ListPanel
from freehold.desktop.tables import Column
from freehold.desktop.web import ChartPane
from freehold.scenarios import Run

MOST_BARS = 6
_LABEL = 30


class SharesView(QWidget):
    """Bars, the index and the members; `member_opened` tells dimension, base and member."""

    member_opened = Signal(str, str, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._run: Run | None = None
        self._data: Dependencies | None = None
        self.dimension, self.base = QComboBox(), QComboBox()
        self.dimension.setAccessibleName(self.tr("Shared out by"))
        self.base.setAccessibleName(self.tr("Counted in"))
        for box in (self.dimension, self.base):
            box.setObjectName("top_field")
        for code in DIMENSIONS:
            self.dimension.addItem(self.dimension_word(code), code)
        self.dimension.activated.connect(lambda _index: self._offer_bases())
        self.base.activated.connect(lambda _index: self._fill())
        self.largest = KpiCard(self.tr("Largest member"))
        self.index = KpiCard(self.tr("Concentration index (HHI)"))
        self.open_share = KpiCard(self.tr("Undecided"))
        self.open_share.opened.connect(lambda: self._open(UNDECIDED))
        self.largest.opened.connect(self._open_largest)
        self.largest.set_openable()
        self.chart = ChartPane()
        self.chart.key_clicked.connect(self._open)
        self.members = ListPanel(
            self.tr("Members"),
            (
                Column("label", self.tr("Member")),
                Column("share", self.tr("Share"), "share", width=80),
                Column("high", self.tr("At most"), "share", width=80, help=self._at_most()),
            ),
            wide=0,
            empty=self.tr("Nothing of the estate can be shared out like this."),
        )
        self.members.row_opened.connect(lambda row: self._open(str(row["member"])))
        choice = QHBoxLayout()
        choice.setSpacing(8)
        for text, box in ((self.tr("By"), self.dimension), (self.tr("of"), self.base)):
            label = QLabel(text)
            label.setObjectName("muted")
            label.setBuddy(box)
            choice.addWidget(label)
            choice.addWidget(box)
        choice.addStretch(1)
        cards = QHBoxLayout()
        cards.setSpacing(16)
        for card in (self.largest, self.index, self.open_share):
            cards.addWidget(card, 1)
        split = QSplitter()
        split.setChildrenCollapsible(False)
        split.setHandleWidth(16)
        split.addWidget(self.chart)
        split.addWidget(self.members)
        split.setSizes([680, 432])
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(16)
        layout.addLayout(choice)
        layout.addLayout(cards)
        layout.addWidget(split, 1)

    def show_data(self, run: Run, data: Dependencies) -> None:
        """Show the shares of a run."""
        self._run, self._data = run, data
        self._offer_bases()

    def choose(self, dimension: str, base: str = "") -> None:
        """Show a dimension, by a base if one is named."""
        self.dimension.setCurrentIndex(max(self.dimension.findData(dimension), 0))
        self._offer_bases()
        if base and self.base.findData(base) >= 0:
            self.base.setCurrentIndex(self.base.findData(base))
            self._fill()

    def dimension_word(self, code: str) -> str:
        """Return a dimension in words."""
        return {
            "provider_group": self.tr("Parent group"),
            "provider": self.tr("Provider"),
            "parent_country": self.tr("Seat of the parent"),
            "jurisdiction": self.tr("Country it sits in"),
            "region": self.tr("Region"),
            "control_plane_country": self.tr("Country of the control plane"),
            "chip_vendor": self.tr("Chip vendor"),
            "chip_fab_country": self.tr("Country of the chip plant"),
            "model_developer": self.tr("Model developer"),
            "orchestration_tool": self.tr("Orchestration layer"),
        }[code]

    def base_word(self, code: str) -> str:
        """Return a base in words."""
        return {
            "cost": self.tr("cost"),
            "resources": self.tr("resources"),
            "critical_functions": self.tr("critical functions"),
            "accelerators": self.tr("accelerators"),
            "workloads": self.tr("workloads"),
        }[code]

    def label_of(self, dimension: str, member: object) -> str:
        """Return a member by name; countries with their code."""
        if member is None:
            return self.tr("unknown")
        text = str(member)
        name = self._data.countries.get(text) if self._data and dimension in COUNTRIES else None
        return f"{name} ({text})" if name else text

    def _at_most(self) -> str:
        return self.tr("The share if everything undecided belonged to this member")

    def _offer_bases(self) -> None:
        if self._data is None:
            return
        before = self.base.currentData()
        self.base.clear()
        offered = self._data.bases(self.dimension.currentData()) or list(BASES[:1])
        for code in offered:
            self.base.addItem(self.base_word(code), code)
        self.base.setCurrentIndex(max(self.base.findData(before), 0))
        self._fill()

    def _fill(self) -> None:
        run, data = self._run, self._data
        if run is None or data is None:
            return
        dimension, base = str(self.dimension.currentData()), str(self.base.currentData())
        rows = data.of(dimension, base)
        known = [row for row in rows if row["member"] is not None]
        open_share = _number(rows[0]["undecided_share"]) if rows else None
        self.chart.show_figure(self._figure(run, dimension, base, known, open_share))
        self.members.show_rows(self._members(dimension, known, open_share))
        self.members.set_note(self.tr("Open a member to see the rows behind it."))
        self._show_cards(run, dimension, base, known, open_share)

    def _members(self, dimension: str, rows: list[Row], open_share: float | None) -> list[Row]:
        listed: list[Row] = [
            {
                "member": row["member"],
                "label": self.label_of(dimension, row["member"]),
                "share": row["share"],
                "high": _sum(row["share"], open_share),
            }
            for row in rows
        ]
        if open_share:
            label = self.tr("Undecided: nobody has said")
            listed.append({"member": UNDECIDED, "label": label, "share": open_share, "high": None})
        return listed

    def _figure(
        self, run: Run, dimension: str, base: str, rows: list[Row], open_share: float | None
    ) -> BarChart:
        shown = [row for row in rows if row["share"] is not None][:MOST_BARS]
        labels = [_short(self.label_of(dimension, row["member"])) for row in shown]
        values: list[float | None] = [_percent(row["share"]) for row in shown]
        keys = [str(row["member"]) for row in shown]
        if open_share and shown:
            labels.append(self.tr("Undecided"))
            values.append(open_share * 100)
            keys.append(UNDECIDED)
        limits = limits_of(run, dimension, base)
        references = tuple(
            Reference(value=limit.value * 100, label=show(limit.value, "share", 0), colour="warn")
            for limit in limits
        )
        hidden = len(rows) - len(shown)
        subtitle = self.tr("Share of {0}").format(self.base_word(base))
        if hidden and shown:
            subtitle = self.tr("{0}; the {1} largest, all in the table").format(subtitle, MOST_BARS)
        if references and shown:
            words = (
                self.tr("{0}. Lines: house default")
                if all(limit.is_house_default for limit in limits)
                else self.tr("{0}. Lines: limits of the rules")
            )
            subtitle = words.format(subtitle)
        return BarChart(
            title=self.tr("{0}: share of {1}").format(
                self.dimension_word(dimension), self.base_word(base)
            ),
            subtitle=subtitle,
            unit="%",
            decimals=1,
            categories=tuple(labels),
            series=(
                Series(
                    name=self.tr("Share"),
                    values=tuple(values),
                    keys=tuple(keys),
                    hatched=tuple(key == UNDECIDED for key in keys),
                ),
            ),
            horizontal=True,
            references=references if shown else (),
            source=self.tr("Estate and catalogue"),
            as_of=run.as_of,
            empty=self._why_empty(base),
        )

    def _why_empty(self, base: str) -> str:
        if base == "cost":
            return self.tr("Some rows tell no cost in USD, so no share of cost can be given.")
        return self.tr("Some rows lack the number to be shared out, so no share can be given.")

    def _show_cards(
        self, run: Run, dimension: str, base: str, rows: list[Row], open_share: float | None
    ) -> None:
        first = next((row for row in rows if row["is_largest"]), rows[0] if rows else None)
        if first is None:
            for card in (self.largest, self.index, self.open_share):
                card.set_value(show(None, "number"))
            return
        limits = limits_of(run, dimension, base)
        share = _number(first["share"])
        over = [limit for limit in limits if share is not None and share > limit.value]
        note = _short(self.label_of(dimension, first["member"]))
        if over:
            note += "\n" + self.tr("above the limit of {0}").format(over[-1].rule_id)
        self.largest.set_value(show(share, "share"), note, "bad" if over else None)
        low, high = _number(first["hhi"]), _number(first["hhi_high"])
        text = show(low, "number", 2)
        if low is not None and high is not None and high - low >= 0.005:
            text = self.tr("{0} to {1}").format(text, show(high, "number", 2))
        lines = limits_of(run, dimension, base, "hhi")
        worst = [line for line in lines if high is not None and high > line.value]
        said = self.tr("0 spread out, 1 a single member")
        if lines:
            said = self.tr("house default: at most {0} ({1})").format(
                show(lines[0].value, "number", 2), lines[0].rule_id
            )
        self.index.set_value(text, said, "warn" if worst else None)
        self.open_share.set_openable(bool(open_share))
        self.open_share.set_value(
            show(open_share, "share"),
            self.tr("of {0}: nobody has said to whom it belongs").format(self.base_word(base))
            if open_share
            else "",
            "unknown" if open_share else None,
        )

    def _open(self, member: str) -> None:
        self.member_opened.emit(
            str(self.dimension.currentData()), str(self.base.currentData()), member
        )

    def _open_largest(self) -> None:
        if self._data is not None:
            rows = self._data.of(self.dimension.currentData(), self.base.currentData())
            for row in rows:
                if row["is_largest"] and row["member"] is not None:
                    self._open(str(row["member"]))


def _number(value: object) -> float | None:
    return None if value is None else float(str(value))


def _percent(value: object) -> float | None:
    return None if value is None else float(str(value)) * 100


def _sum(share: object, more: float | None) -> float | None:
    return None if share is None or more is None else min(float(str(share)) + more, 1.0)


def _short(text: str) -> str:
    return text if len(text) <= _LABEL else text[: _LABEL - 1].rstrip() + "…"
