"""The EU Cloud Sovereignty Framework: services, objectives, and the criteria that cap them."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

import duckdb
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from freehold.compliance.csf import CriterionState, Framework, ObjectiveResult, ServiceLevel
from freehold.compliance.engine import quoted
from freehold.desktop.numbers import show
from freehold.desktop.pages.compliance_rules import select, select_first
from freehold.desktop.pages.overview_panels import CHOSEN, Fit
from freehold.desktop.tables import Column, ResultTable
from freehold.desktop.tables.columns import Row
from freehold.scenarios import Run

ESTATE = ""
CAPPING, UNDECIDED, EVERY = "capping", "undecided", "every"


class CsfView(QWidget):
    """Lists the services, the lowest first; the one chosen shows objectives and criteria."""

    rule_wanted = Signal(str)
    answers_wanted = Signal(str)
    lifting_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._run: Run | None = None
        self._framework: Framework | None = None
        self._titles: Mapping[str, str] = {}
        self._service = ESTATE
        self.head = QLabel()
        self.head.setWordWrap(True)
        self.services = ResultTable(self.tr("Services"), tools=False)
        self.services.set_empty_text(
            self.tr("No service is in scope. Name services on the Estate page.")
        )
        self.services.row_selected.connect(lambda row: self._choose(str(row["key"])))
        Fit(self.services, 0, least=140, spare=(4, 2))
        self.objectives = ResultTable(self.tr("Objectives"), tools=False)
        Fit(self.objectives, 1, least=180, spare=(6, 5, 2))
        self.criteria = ResultTable(self.tr("Criteria"), tools=False)
        Fit(self.criteria, 3, least=200, spare=(5, 1))
        self.criteria.row_opened.connect(self._open)
        self.criteria.set_empty_text(self.tr("No criterion of this kind."))
        self._kinds = QButtonGroup(self)
        self.buttons: dict[str, QPushButton] = {}
        for kind, text in (
            (CAPPING, self.tr("What caps it")),
            (UNDECIDED, self.tr("Undecided")),
            (EVERY, self.tr("Every criterion")),
        ):
            button = QPushButton(text)
            button.setObjectName("quiet")
            button.setCheckable(True)
            button.setChecked(kind == CAPPING)
            button.setStyleSheet(CHOSEN)
            button.clicked.connect(lambda _checked=False: self._show_criteria())
            self._kinds.addButton(button)
            self.buttons[kind] = button
        self._lay_out()

    def show_run(self, run: Run, framework: Framework, titles: Mapping[str, str]) -> None:
        """Show the level of a run; `titles` names the objectives."""
        self._titles = titles
        self._run, self._framework = run, framework
        level = run.level
        self.head.setText(self._sentence(run))
        rows = [self._service_row(service) for service in level.services]
        rows.sort(key=lambda row: (row["high"], row["low"], row["name"]))
        if level.services:
            rows.insert(0, self._estate_row(run))
        before = self._service
        self.services.show_rows(self._service_columns(), rows)
        if not select(self.services, "key", before):
            select_first(self.services)

    @property
    def service(self) -> str:
        """The service chosen, or the estate ("")."""
        return self._service

    def choose(self, service: str) -> None:
        """Select a service, or the estate ("")."""
        self._service = service
        select(self.services, "key", service)

    def _sentence(self, run: Run) -> str:
        level = run.level
        if level.seal_low is None or level.seal_high is None:
            return ""
        parts = [
            self.tr(
                "A criterion is answered by the estate's facts, else by an attested answer; "
                "an assumed answer proves nothing. The lowest criterion makes the SEAL. "
                "Weights {0}."
            ).format(run.weights)
        ]
        if level.seal_assumed is not None and level.seal_assumed != level.seal:
            parts.append(
                self.tr("If assumed answers are believed: SEAL {0}.").format(level.seal_assumed)
            )
        return " ".join([*parts, *level.problems])

    def _service_columns(self) -> tuple[Column, ...]:
        tr = self.tr
        return (
            Column("name", tr("Service")),
            Column("seal", tr("SEAL"), width=72),
            Column("asked", tr("Asked"), "integer", width=68, tone=_missed),
            Column("score", tr("Score"), width=92),
            Column("coverage", tr("Decided"), "share", decimals=0, width=84),
        )

    def _estate_row(self, run: Run) -> dict[str, object]:
        level = run.level
        return {
            "key": ESTATE,
            "name": self.tr("The estate (lowest)"),
            "seal": _range(level.seal_low, level.seal_high),
            "asked": None,
            "below": None,
            "score": _range(level.score_low, level.score_high),
            "coverage": level.coverage,
            "low": -1,
            "high": -1,
        }

    def _service_row(self, service: ServiceLevel) -> dict[str, object]:
        result = service.result
        return {
            "key": service.service,
            "name": service.name or service.service,
            "seal": _range(result.seal_low, result.seal_high),
            "asked": service.required_seal,
            "below": service.below_required,
            "score": _range(result.score_low, result.score_high),
            "coverage": result.coverage,
            "low": result.seal_low,
            "high": result.seal_high,
        }

    def _choose(self, service: str) -> None:
        self._service = service
        self._show_objectives()
        self._show_criteria()

    def _shown(self) -> tuple[ServiceLevel, ...]:
        services = self._run.level.services if self._run is not None else ()
        return tuple(s for s in services if self._service in (ESTATE, s.service))

    def _show_objectives(self) -> None:
        shown, framework, run = self._shown(), self._framework, self._run
        if framework is None or run is None:
            return
        weights = framework.weight_sets.get(run.weights, {})
        rows = []
        for objective in framework.objectives:
            results = [s.result.objectives[objective] for s in shown]
            if results:
                rows.append(self._objective_row(objective, results, weights.get(objective)))
        tr = self.tr
        self.objectives.show_rows(
            (
                Column("id", tr("Objective"), width=96),
                Column("title", tr("Title")),
                Column("criteria", tr("Decided"), width=84),
                Column("seal", tr("SEAL"), width=64),
                Column("points", tr("Points"), width=120),
                Column("maximum", tr("Of"), "number", decimals=0, width=64),
                Column("weight", tr("Weight"), "number", decimals=0, width=76),
            ),
            rows,
        )

    def _objective_row(
        self, objective: str, results: Sequence[ObjectiveResult], weight: Decimal | None
    ) -> dict[str, object]:
        decided = sum(result.decided for result in results)
        asked = sum(result.criteria for result in results)
        return {
            "id": objective,
            "title": self._titles.get(objective, ""),
            "criteria": self.tr("{0} of {1}").format(decided, asked),
            "seal": _range(min(r.seal_low for r in results), min(r.seal_high for r in results)),
            "points": _range(
                min(r.points_low for r in results), min(r.points_high for r in results)
            ),
            "maximum": results[0].maximum,
            "weight": weight,
        }

    def _show_criteria(self) -> None:
        framework = self._framework
        if framework is None or self._run is None:
            return
        kind = next((k for k, b in self.buttons.items() if b.isChecked()), CAPPING)
        rows: list[dict[str, object]] = []
        for service in self._shown():
            capped = set(service.result.capped_by)
            if self._service == ESTATE and kind == CAPPING:
                capped &= set(self._run.level.capped_by)
                if service.result.seal_high != self._run.level.seal_high:
                    capped = set()
            for state in service.criteria:
                caps = state.criterion in capped
                if (kind == CAPPING and not caps) or (kind == UNDECIDED and state.option):
                    continue
                rows.append(self._criterion_row(service, state, caps, framework))
        tr = self.tr
        columns = [
            Column("criterion", tr("Criterion"), width=92),
            Column("title", tr("Title"), width=184),
            Column("party", tr("Party"), width=216),
            Column("answer", tr("Answer")),
            Column("seal", tr("SEAL"), width=64),
            Column("basis", tr("Basis"), width=216),
        ]
        self.criteria.show_rows(columns, rows)

    def _criterion_row(
        self, service: ServiceLevel, state: CriterionState, caps: bool, framework: Framework
    ) -> dict[str, object]:
        criterion = framework.criteria[state.criterion]
        options = [option for option in criterion.options if option.number in state.options]
        if len(options) == 1:
            answer = options[0].label
        else:
            answer = self.tr("undecided between options {0}").format(
                ", ".join(str(option.number) for option in options)
            )
        if state.disagreement:
            answer = self.tr("{0} (but {1})").format(answer, state.disagreement)
        party = state.party or self.tr("unknown")
        if self._service == ESTATE:
            party = f"{service.name or service.service}, {party}"
        return {
            "criterion": state.criterion,
            "title": criterion.title,
            "party": party,
            "answer": answer,
            "seal": _range(min(o.seal for o in options), max(o.seal for o in options))
            if options
            else None,
            "basis": self._basis(state),
            "caps": caps,
            "rule": state.rule_id,
        }

    def _basis(self, state: CriterionState) -> str:
        words = {
            "derived": self.tr("from the facts"),
            "assumed": self.tr("assumed, proves nothing"),
            "undecided": self.tr("nobody has answered"),
        }
        said = words.get(state.basis, state.basis.replace("_", " "))
        return ", ".join(part for part in (said, state.rule_id or state.source or "") if part)

    def _export(self) -> None:
        self.criteria.export_csv()

    def _open(self, row: dict[str, object]) -> None:
        if row.get("rule"):
            self.rule_wanted.emit(str(row["rule"]))

    def _lay_out(self) -> None:
        chips = QHBoxLayout()
        chips.setSpacing(8)
        for button in self.buttons.values():
            chips.addWidget(button)
        chips.addStretch(1)
        for text, hint, slot in (
            (
                self.tr("Answers sheet…"),
                self.tr("See and give the answers of the service chosen"),
                lambda: self.answers_wanted.emit(self._service),
            ),
            (
                self.tr("What would lift it…"),
                self.tr("Try single changes and list those that lift level or score most"),
                self.lifting_wanted.emit,
            ),
            (self.tr("Copy"), self.tr("Copy with headings (Ctrl+C)"), self.criteria.copy),
            (self.tr("CSV…"), self.tr("Export the criteria listed as CSV"), self._export),
        ):
            tool = QPushButton(text)
            tool.setObjectName("quiet")
            tool.setToolTip(hint)
            tool.clicked.connect(lambda _checked=False, do=slot: do())
            chips.addWidget(tool)
        above = QSplitter(Qt.Orientation.Horizontal)
        above.addWidget(self.services)
        above.addWidget(self.objectives)
        above.setSizes([500, 630])
        below = QWidget()
        column = QVBoxLayout(below)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(chips)
        column.addWidget(self.criteria, 1)
        split = QSplitter(Qt.Orientation.Vertical)
        split.addWidget(above)
        split.addWidget(below)
        split.setSizes([272, 300])
        for part in (above, split):
            part.setChildrenCollapsible(False)
            part.setHandleWidth(16)
        self.head.setObjectName("muted")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.head)
        layout.addWidget(split, 1)


def objective_titles(connection: duckdb.DuckDBPyConnection, catalogue: str) -> dict[str, str]:
    """Return the titles of the framework's objectives, which no criterion carries."""
    found = connection.execute(
        f"SELECT control_id, any_value(title) FROM {quoted(catalogue)}.frameworks"
        " WHERE starts_with(framework_id, 'EU-CSF') AND regexp_full_match(control_id, 'SOV-[0-9]')"
        " GROUP BY control_id"
    ).fetchall()
    return {str(control): str(title) for control, title in found}


def _range(low: object, high: object) -> str:
    decimals = 1 if isinstance(low, Decimal) else 0
    first = show(low, "number", decimals)
    return first if low == high else f"{first} – {show(high, 'number', decimals)}"


def _missed(_value: object, row: Row) -> str | None:
    return "bad" if row.get("below") else None
