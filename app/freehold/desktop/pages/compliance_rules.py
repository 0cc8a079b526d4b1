"""The rules judged, as a table that pack, framework, severity and verdict narrow."""

from collections.abc import Iterable

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from freehold.compliance import RuleResult
from freehold.compliance.rule import SEVERITIES
from freehold.desktop.native.signs import word_of
from freehold.desktop.pages.overview_panels import Fit
from freehold.desktop.tables import Column, ResultTable
from freehold.desktop.tables.columns import Row
from freehold.scenarios import Run

ANY = ""
OPEN = "open"
_TITLE = 2


class RulesView(QWidget):
    """Tells which rule is chosen (`rule_chosen`) and which is opened (`rule_opened`)."""

    rule_chosen = Signal(str)
    rule_opened = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._run: Run | None = None
        self._only: frozenset[str] | None = None
        self.pack = self._choice(self.tr("Pack"))
        self.framework = self._choice(self.tr("Framework"))
        self.severity = self._choice(self.tr("Severity"))
        self.verdict = self._choice(self.tr("Verdicts"))
        self.clear = QPushButton(self.tr("All rules"))
        self.clear.setObjectName("quiet")
        self.clear.setToolTip(self.tr("Take every filter away"))
        self.clear.clicked.connect(lambda _checked=False: self.show_all())
        self.filters = QWidget()
        line = QHBoxLayout(self.filters)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(8)
        for box in (self.pack, self.framework, self.severity, self.verdict):
            line.addWidget(box)
        line.addWidget(self.clear)
        self.table = ResultTable(self.tr("Rules"))
        self.table.set_empty_text(
            self.tr("No rule is left by these filters. Choose All rules to take them away.")
        )
        self.table.row_selected.connect(lambda row: self.rule_chosen.emit(str(row["id"])))
        self.table.row_opened.connect(lambda row: self.rule_opened.emit(str(row["id"])))
        Fit(self.table, _TITLE, least=240, spare=(6, 3, 7, 8))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.table)

    def show_run(self, run: Run) -> None:
        """List the rules of a run; the filters stay as they are where they still fit."""
        self._run = run
        self._fill(self.pack, self.tr("Packs"), [(p.id, p.title) for p in run.judgement.packs])
        self._fill(
            self.framework,
            self.tr("Frameworks"),
            [(f.id, f.title) for f in run.judgement.frameworks],
        )
        self._fill(
            self.severity,
            self.tr("Severities"),
            [
                ("critical,high", self.tr("Critical and high")),
                *((name, word_of(name)) for name in SEVERITIES),
            ],
        )
        self._fill(
            self.verdict,
            self.tr("Verdicts"),
            [
                (OPEN, self.tr("Only open: fails or unknown")),
                ("fail", self.tr("With fails")),
                ("would_fail", self.tr("Would fail if confirmed")),
                ("unknown", self.tr("With unknowns")),
                ("waived", self.tr("With waivers")),
                ("pass", self.tr("With passes")),
            ],
        )
        self.refresh()

    def show_all(self) -> None:
        """Take every filter away."""
        self._set("", "", "", "", None)

    def narrow(
        self,
        *,
        pack: str = ANY,
        framework: str = ANY,
        severity: str = ANY,
        verdict: str = ANY,
        only: Iterable[str] | None = None,
    ) -> None:
        """Show only rules of a pack, framework, severity and verdict, or those named."""
        self._set(pack, framework, severity, verdict, None if only is None else frozenset(only))

    def choose(self, rule_id: str) -> bool:
        """Select a rule, taking the filters away if they hide it; tell whether it is there."""
        if not select(self.table, "id", rule_id):
            self.show_all()
            self.table.set_filter("")
            return select(self.table, "id", rule_id)
        return True

    def chosen(self) -> str | None:
        """Return the rule selected."""
        rows = self.table.selected_rows()
        return str(rows[0]["id"]) if rows else None

    def refresh(self) -> None:
        """Apply the filters and keep the rule chosen, or choose the first."""
        if self._run is None:
            return
        before = self.chosen()
        self.table.show_rows(self._columns(), [_row(rule) for rule in self._left(self._run)])
        if before is None or not select(self.table, "id", before):
            select_first(self.table)

    def _left(self, run: Run) -> list[RuleResult]:
        wanted = self.framework.currentData()
        mapped = next((f.rules for f in run.judgement.frameworks if f.id == wanted), ())
        severities = str(self.severity.currentData() or "")
        pack, verdict = self.pack.currentData(), str(self.verdict.currentData() or "")
        order: dict[str, int] = {name: place for place, name in enumerate(SEVERITIES)}
        left = [
            rule
            for rule in run.judgement.rules
            if (not pack or rule.pack == pack)
            and (not wanted or rule.id in mapped)
            and (not severities or rule.severity in severities.split(","))
            and (not verdict or _has(rule, verdict))
            and (self._only is None or rule.id in self._only)
        ]
        return sorted(
            left, key=lambda rule: (order[rule.severity], not rule.fail, -rule.fail, rule.id)
        )

    def _columns(self) -> tuple[Column, ...]:
        tr = self.tr
        return (
            Column("severity", tr("Severity"), "sign", width=96),
            Column("id", tr("Rule"), width=132),
            Column("title", tr("Title")),
            Column("pack", tr("Pack"), width=112),
            Column("fail", tr("Fail"), "integer", width=64, tone=_red),
            Column("unknown", tr("Unknown"), "integer", width=92),
            Column(
                "would_fail",
                tr("† Would fail"),
                "integer",
                width=104,
                help=tr("Unknown only because a fact is not confirmed; fails if it is"),
            ),
            Column("waived", tr("Waived"), "integer", width=80),
            Column("passed", tr("Pass"), "integer", width=64),
            Column("score", tr("Score"), "number", decimals=0, width=72),
        )

    def _choice(self, name: str) -> QComboBox:
        box = QComboBox()
        box.setObjectName("top_field")
        box.setAccessibleName(name)
        box.setToolTip(name)
        box.setMinimumWidth(96)
        box.setMaximumWidth(184)
        box.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        box.currentIndexChanged.connect(lambda _index: self._changed())
        return box

    def _changed(self) -> None:
        self._only = None
        self.refresh()

    def _fill(self, box: QComboBox, every: str, choices: list[tuple[str, str]]) -> None:
        before = box.currentData()
        with QSignalBlocker(box):
            box.clear()
            box.addItem(every, ANY)
            for key, text in choices:
                box.addItem(text, key)
            box.setCurrentIndex(max(box.findData(before), 0))

    def _set(
        self, pack: str, framework: str, severity: str, verdict: str, only: frozenset[str] | None
    ) -> None:
        for box, value in (
            (self.pack, pack),
            (self.framework, framework),
            (self.severity, severity),
            (self.verdict, verdict),
        ):
            with QSignalBlocker(box):
                box.setCurrentIndex(max(box.findData(value), 0))
        self._only = only
        self.refresh()


def select(table: ResultTable, name: str, value: object) -> bool:
    """Select the first row whose column has that value; tell whether there is one."""
    model = table.model
    for number in range(model.rowCount() if model is not None else 0):
        if model is not None and model.row(number).get(name) == value:
            _select_row(table, number)
            return True
    return False


def select_first(table: ResultTable) -> None:
    """Select the first row, if there is any."""
    if table.model is not None and table.model.rowCount():
        _select_row(table, 0)


def _select_row(table: ResultTable, number: int) -> None:
    table.view.selectRow(number)
    model = table.model
    if model is not None:
        table.view.setCurrentIndex(model.index(number, 0))
        table.view.scrollTo(model.index(number, 0))


def _has(rule: RuleResult, verdict: str) -> bool:
    counts = {
        OPEN: rule.fail + rule.unknown,
        "fail": rule.fail,
        "unknown": rule.unknown,
        "would_fail": rule.would_fail,
        "waived": rule.waived,
        "pass": rule.passed,
    }
    return counts.get(verdict, 0) > 0


def _row(rule: RuleResult) -> dict[str, object]:
    return {
        "severity": rule.severity,
        "id": rule.id,
        "title": rule.title,
        "pack": rule.pack,
        "fail": rule.fail,
        "unknown": rule.unknown,
        "would_fail": rule.would_fail,
        "waived": rule.waived,
        "passed": rule.passed,
        "score": rule.score,
    }


def _red(value: object, _row: Row) -> str | None:
    return "bad" if value else None
