"""What a plan is asked for: objective, horizon, level, limits, rules."""

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QFormLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from freehold.planning import Ceiling, PlanOptions

_MOST_USD = 1e12
_ROW_PX = 26
_FRAME_PX = 8
_MOST_ROWS = 6


class PlanForm(QFrame):
    """The wish to plan; `solve_wanted` and `price_wanted` ask for it."""

    solve_wanted = Signal()
    price_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        self.setMinimumWidth(320)
        self.setMaximumWidth(368)
        self._make_fields()
        self._make_limits()
        self._make_rules()
        self._lay_out()

    # What callers use

    def options(self) -> PlanOptions:
        """Return what is asked."""
        seal = self.seal.currentData()
        return PlanOptions(
            minimise=str(self.objective.currentData()),
            min_seal=int(seal) if seal else None,
            months=self.months.value(),
            gap=self.gap.value() / 100.0,
            time_limit=float(self.seconds.value()),
            discount_rate=self.discount.value() / 100.0,
            unknown="exclude" if self.known_only.isChecked() else "allow",
            ceilings=tuple(self._ceilings()),
            lifted=tuple(self.lifted()),
        )

    def show_options(self, options: PlanOptions) -> None:
        """Show what was asked of a plan."""
        self.objective.setCurrentIndex(max(self.objective.findData(options.minimise), 0))
        self.seal.setCurrentIndex(max(self.seal.findData(options.min_seal or 0), 0))
        self.months.setValue(options.months)
        self.gap.setValue(options.gap * 100.0)
        self.seconds.setValue(round(options.time_limit))
        self.discount.setValue(options.discount_rate * 100.0)
        self.known_only.setChecked(options.unknown == "exclude")
        for field in self.limits.values():
            field.setValue(0.0)
        for one in options.ceilings:
            key = one.dimension or one.kind
            if key in self.limits:
                times = {"share": 100.0, "carbon_kg": 1e-3}.get(one.kind, 1.0)
                self.limits[key].setValue(one.value * times)

    def show_rules(self, obeyed: Sequence[str], lifted: Sequence[str]) -> None:
        """Offer the rules that shape the plan; a tick taken away lifts one."""
        with QSignalBlocker(self.rules):
            self.rules.clear()
            for rule in sorted({*obeyed, *lifted}):
                item = QListWidgetItem(rule)
                item.setSizeHint(QSize(0, _ROW_PX))
                item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
                on = Qt.CheckState.Unchecked if rule in lifted else Qt.CheckState.Checked
                item.setCheckState(on)
                self.rules.addItem(item)
        rows = min(self.rules.count(), _MOST_ROWS)
        self.rules.setVisible(rows > 0)
        self.rules.setFixedHeight(max(rows, 1) * _ROW_PX + _FRAME_PX)
        self.rules_hint.setText(
            self.tr("Take a tick away to plan without that rule.")
            if rows
            else self.tr("All rules of the document's packs are kept. Those that shape the plan "
                         "are listed here once it is solved.")
        )  # fmt: skip

    def lift(self, rule: str) -> None:
        """Take the tick of a rule away."""
        for item in self.rules.findItems(rule, Qt.MatchFlag.MatchExactly):
            item.setCheckState(Qt.CheckState.Unchecked)

    def lifted(self) -> list[str]:
        """Return the rules not to keep."""
        items = [self.rules.item(row) for row in range(self.rules.count())]
        return [item.text() for item in items if item.checkState() == Qt.CheckState.Unchecked]

    def show_document_limits(self, sentences: Sequence[str]) -> None:
        """Tell the limits that the document keeps itself."""
        text = self.tr("The document's own: {0}").format("; ".join(sentences)) if sentences else ""
        self.own_limits.setText(text)
        self.own_limits.setVisible(bool(text))

    def show_working(self, working: bool, has_plan: bool) -> None:
        """Let nothing be asked while something is planned."""
        self.solve_button.setEnabled(not working)
        self.price_button.setEnabled(not working and has_plan)

    # Building

    def _make_fields(self) -> None:
        self.objective, self.seal = QComboBox(), QComboBox()
        self.objective.addItem(self.tr("least cost"), "cost")
        self.objective.addItem(self.tr("least carbon"), "carbon")
        self.objective.addItem(self.tr("cost and carbon"), "both")
        self.objective.setItemData(
            2, self.tr("A kg CO₂e counts 0.10 USD, an assumption"), Qt.ItemDataRole.ToolTipRole
        )
        self.seal.addItem(self.tr("none"), 0)
        for level in range(1, 5):
            self.seal.addItem(f"SEAL-{level}", level)
        self.seal.setToolTip(
            self.tr("Every offer used has at least this level of the EU framework")
        )
        self.months, self.seconds = QSpinBox(), QSpinBox()
        self.months.setRange(1, 120)
        self.months.setValue(12)
        self.months.setSuffix(self.tr(" months"))
        self.seconds.setRange(1, 3600)
        self.seconds.setValue(60)
        self.seconds.setSuffix(self.tr(" s"))
        self.gap, self.discount = QDoubleSpinBox(), QDoubleSpinBox()
        self.gap.setRange(0.01, 50.0)
        self.gap.setValue(1.0)
        self.gap.setSuffix(" %")
        self.gap.setToolTip(self.tr("How far from the best a plan may be proven to lie"))
        self.discount.setRange(0.0, 50.0)
        self.discount.setDecimals(1)
        self.discount.setSuffix(self.tr(" % a year"))
        self.known_only = QCheckBox(self.tr("Only places that rules decide on"))

    def _make_limits(self) -> None:
        self.limits: dict[str, QDoubleSpinBox] = {}
        for key, suffix in (
            ("budget", " USD"),
            ("budget_month", " USD"),
            ("power_kw", " kW"),
            ("carbon_kg", " t CO₂e"),
            ("provider", " %"),
            ("provider_group", " %"),
            ("chip_vendor", " %"),
            ("jurisdiction", " %"),
        ):
            field = QDoubleSpinBox()
            is_share = suffix == " %"
            field.setRange(0.0, 100.0 if is_share else _MOST_USD)
            field.setDecimals(0 if suffix in {" USD", " %"} else 1)
            field.setSpecialValueText(self.tr("no limit"))
            field.setSuffix(suffix)
            field.setGroupSeparatorShown(True)
            if not is_share:
                field.setStepType(QDoubleSpinBox.StepType.AdaptiveDecimalStepType)
            self.limits[key] = field
        self.own_limits = QLabel()
        self.own_limits.setObjectName("small")
        self.own_limits.setWordWrap(True)
        self.own_limits.hide()

    def _make_rules(self) -> None:
        self.rules = QListWidget()
        self.rules.setAccessibleName(self.tr("Rules the plan keeps"))
        self.rules_hint = QLabel()
        self.rules_hint.setObjectName("small")
        self.rules_hint.setWordWrap(True)
        self.show_rules((), ())

    def _ceilings(self) -> list[Ceiling]:
        found = []
        for key, field in self.limits.items():
            value = field.value()
            if not value:
                continue
            if field.suffix() == " %":
                found.append(Ceiling("share", value / 100.0, key))
            else:
                found.append(Ceiling(key, value * (1e3 if key == "carbon_kg" else 1.0)))
        return found

    def _lay_out(self) -> None:
        scroll = QScrollArea()
        asked = self._asked()
        scroll.setWidget(asked)
        scroll.setWidgetResizable(True)
        for part in (scroll.viewport(), asked):
            part.setBackgroundRole(QPalette.ColorRole.Base)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.solve_button = QPushButton(self.tr("&Solve"))
        self.solve_button.setObjectName("primary")
        self.solve_button.clicked.connect(lambda _checked=False: self.solve_wanted.emit())
        self.price_button = QPushButton(self.tr("&Price of sovereignty"))
        self.price_button.setObjectName("quiet")
        self.price_button.setToolTip(self.tr("The least cost of each level, step by step"))
        self.price_button.clicked.connect(lambda _checked=False: self.price_wanted.emit())
        tools = QHBoxLayout()
        tools.setSpacing(8)
        tools.addWidget(self.price_button, 1)
        tools.addWidget(self.solve_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 12, 8, 12)
        layout.setSpacing(8)
        layout.addWidget(scroll, 1)
        layout.addLayout(tools)

    def _asked(self) -> QWidget:
        asked = QWidget()
        form = QFormLayout(asked)
        form.setContentsMargins(0, 0, 8, 0)
        form.setHorizontalSpacing(8)
        form.setVerticalSpacing(6)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)

        def row(text: str, field: QWidget) -> None:
            field.setAccessibleName(text)
            # A field for a trillion would ask for more room than the form has.
            field.setMinimumWidth(120)
            field.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
            form.addRow(text, field)

        def heading(text: str) -> None:
            label = QLabel(text)
            label.setObjectName("panel_title")
            form.addRow(label)

        heading(self.tr("Plan for"))
        row(self.tr("Objective"), self.objective)
        row(self.tr("Horizon"), self.months)
        row(self.tr("Least level"), self.seal)
        row(self.tr("Discount rate"), self.discount)
        form.addRow(self.known_only)
        heading(self.tr("At most"))
        row(self.tr("Over the horizon"), self.limits["budget"])
        row(self.tr("A month"), self.limits["budget_month"])
        row(self.tr("Own power"), self.limits["power_kw"])
        row(self.tr("Carbon"), self.limits["carbon_kg"])
        row(self.tr("One provider"), self.limits["provider"])
        row(self.tr("One parent"), self.limits["provider_group"])
        row(self.tr("One chip vendor"), self.limits["chip_vendor"])
        row(self.tr("One country"), self.limits["jurisdiction"])
        for key in ("provider", "provider_group", "chip_vendor", "jurisdiction"):
            self.limits[key].setToolTip(self.tr("Largest share of the plan's cost"))
        form.addRow(self.own_limits)
        heading(self.tr("Rules"))
        form.addRow(self.rules_hint)
        form.addRow(self.rules)
        heading(self.tr("Solver"))
        row(self.tr("Gap"), self.gap)
        row(self.tr("Time limit"), self.seconds)
        return asked
