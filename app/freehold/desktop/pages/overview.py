"""The Overview page: level, score, exposure, spend, findings and what ends next, in one look."""

from collections.abc import Sequence

from PySide6.QtCore import QTimer
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from freehold.compliance import RuleResult
from freehold.compliance.engine import quoted
from freehold.compliance.rule import SEVERITIES
from freehold.desktop.native import KpiCard
from freehold.desktop.numbers import show
from freehold.desktop.pages import overview_data
from freehold.desktop.pages.compliance_calendar import place_of_deadline
from freehold.desktop.pages.compliance_words import DEADLINES, word
from freehold.desktop.pages.exposure import exposure_word
from freehold.desktop.pages.overview_data import HORIZON_DAYS, OverviewData
from freehold.desktop.pages.overview_figures import (
    NO_PARENT,
    OTHERS,
    OverviewFigures,
    mostly_in_europe,
)
from freehold.desktop.pages.overview_frameworks import FrameworksPanel
from freehold.desktop.pages.overview_panels import (
    LevelPanel,
    ListPanel,
    ScorePanel,
)
from freehold.desktop.pages.overview_rows import RowsBehind
from freehold.desktop.pages.overview_texts import OverviewTexts
from freehold.desktop.pages.page import GAP
from freehold.desktop.pages.run_page import RunPage
from freehold.desktop.palette import Entry
from freehold.desktop.tables import Column
from freehold.desktop.web import ChartPane
from freehold.scenarios import Run

RESULT = "overview"
MOST_FINDINGS = 9


class OverviewPage(RunPage):
    """Answers in one look where the estate stands; every figure opens the rows behind it."""

    place = "overview"
    help_topic = "overview"

    def title(self) -> str:
        """Return the page's title."""
        return self.tr("Overview")

    # Building

    def build(self) -> None:
        """Lay the panels out, the most asked for first, in a page that scrolls."""
        self._texts, self._figures = OverviewTexts(self), OverviewFigures(self)
        self._rows = RowsBehind(self.project, self)
        self._rows.row_wanted.connect(lambda key: self.go_to.emit("estate", key))
        self._data: OverviewData | None = None
        self.level, self.score = LevelPanel(), ScorePanel()
        self.level.opened.connect(lambda: self.go_to.emit("compliance", "csf"))
        self.score.opened.connect(lambda code: self.go_to.emit("compliance", f"result:{code}"))
        self.map, self.spend = ChartPane(), ChartPane()
        self.map.key_clicked.connect(self._open_site)
        self.spend.key_clicked.connect(self._open_parent)
        self._world = self.add_tool(
            self.tr("World map"), self._draw_map, hint=self.tr("Show the whole world on the map")
        )
        self._world.setCheckable(True)
        inside = QWidget()
        rows = QVBoxLayout(inside)
        rows.setContentsMargins(0, 0, 8, 0)
        rows.setSpacing(GAP)
        self._add(rows, (self.level, self.score), (6, 5))
        cards = self._cards()
        self._add(rows, cards, (1,) * len(cards))
        self._lists()
        self._add(rows, (self.map, self.findings), (6, 5), 376)
        self._add(rows, (self.spend, self.frameworks), (6, 5), 296)
        self._add(rows, (self.expiries, self.missing), (6, 5), 264)
        scroll = QScrollArea()
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidgetResizable(True)
        scroll.setWidget(inside)
        self.body.addWidget(scroll)

    def _add(
        self,
        rows: QVBoxLayout,
        widgets: Sequence[QWidget],
        stretches: tuple[int, ...],
        height: int = 0,
    ) -> None:
        row = QHBoxLayout()
        row.setSpacing(GAP)
        for widget, stretch in zip(widgets, stretches, strict=True):
            row.addWidget(widget, stretch)
            if height:
                widget.setMinimumHeight(height)
        rows.addLayout(row, height)

    def _cards(self) -> list[KpiCard]:
        self.fails = KpiCard(self.tr("Serious fails"))
        self.outside = KpiCard(self.tr("Outside the EEA"))
        self.parent_share = KpiCard(self.tr("Largest parent"))
        self.cost = KpiCard(self.tr("Cost per month"))
        self.gpu = KpiCard(self.tr("GPU cost per month"))
        opens = (
            (self.fails, lambda: self.go_to.emit("compliance", "severity:critical,high")),
            (self.outside, self._open_outside),
            (self.parent_share, lambda: self.go_to.emit("dependencies", "provider_group")),
            (self.cost, self._open_costs),
            (self.gpu, lambda: self.go_to.emit("capacity", "")),
        )
        for card, slot in opens:
            card.set_openable()
            card.opened.connect(slot)
        return [card for card, _ in opens]

    def _lists(self) -> None:
        tr = self.tr
        self.findings = ListPanel(
            tr("Top findings"),
            (
                Column("severity", tr("Severity"), "sign", width=96),
                Column("title", tr("Rule")),
                Column("fail", tr("Fails"), "integer", width=72),
            ),
            wide=1,
            empty=tr("No rule fails on what is known. See the unknowns under coverage."),
        )
        self.findings.row_opened.connect(
            lambda row: self.go_to.emit("compliance", str(row["rule"]))
        )
        self.expiries = ListPanel(
            tr("What ends or is due next"),
            (
                Column("on", tr("Day"), "date", width=104),
                Column("days", tr("Days"), "integer", width=64),
                Column("kind", tr("What"), width=168),
                Column("what", tr("Name")),
                Column("provider", tr("Provider"), width=96),
            ),
            wide=3,
            spare=(4, 1),
            empty=tr("Nothing with a known end date ends within 365 days."),
        )
        self.expiries.row_opened.connect(self._open_expiry)
        self.missing = ListPanel(
            tr("What keeps verdicts unknown"),
            (
                Column("doc", tr("Not told")),
                Column("view", tr("Of"), width=120),
                Column("verdicts", tr("Verdicts"), "integer", width=88),
                Column("rules", tr("Rules"), "integer", width=68),
            ),
            wide=0,
            spare=(3,),
            empty=tr("No verdict is unknown."),
        )
        self.missing.row_opened.connect(
            lambda row: self.go_to.emit("compliance", f"missing:{row['view']}.{row['column']}")
        )
        self.frameworks = FrameworksPanel()
        self.frameworks.opened.connect(lambda key: self.go_to.emit("compliance", key))

    # Showing

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        """Show a run that another page has made in the meantime."""
        super().showEvent(event)
        if self.run is not None and self.is_empty:
            QTimer.singleShot(0, self, lambda: self.refresh(self.project))

    def show_run(self, run: Run) -> None:
        """Show the run; what is not in it is read in a worker first."""
        at_hand = self.project.kept(RESULT)
        if isinstance(at_hand, OverviewData):
            self._show_data(run, at_hand)
            return
        self.show_empty(self.tr("Reading the estate …"))
        scenario = self.project.scenario
        connection = self.project.connection

        def take(found: object) -> None:
            self.project.keep(RESULT, found, scenario)
            if self.run is run and isinstance(found, OverviewData):
                self.show_body()
                self._show_data(run, found)

        self.worker.start(
            self.tr("Reading {0}").format(scenario),
            lambda task: overview_data.read(run, task.cursor(connection)),
            take,
            failed=self._failed,
            only_latest=RESULT,
        )

    def _show_data(self, run: Run, data: OverviewData) -> None:
        self._data = data
        self._rows.run = run
        self.set_subtitle(self._subtitle_of(run))
        value, tone = self._texts.level(run)
        self.level.set_level(
            self._texts.level_head(run),
            value,
            self._texts.level_note(run),
            self._texts.caps(run, data),
            tone,
        )
        self.score.set_score(
            self._texts.score_head(run),
            run.measures.score,
            run.measures.coverage,
            self._texts.score_note(run, data),
        )
        self.score.set_counts(run.judgement.verdicts)
        self._show_cards(run, data)
        self._show_lists(run, data)
        self.frameworks.show_run(run)
        self._world.setChecked(not mostly_in_europe(data.placed.sites))
        self._draw_map()
        self.spend.show_figure(self._figures.spend(data, run.as_of))

    def _subtitle_of(self, run: Run) -> str:
        found = self.project.connection.cursor().execute(
            f"SELECT name FROM {quoted(run.schemas.views)}.organisation LIMIT 1"
        )
        row = found.fetchone()
        parts = [str(row[0])] if row and row[0] else []
        if run.name != "base":
            parts.append(self.tr("scenario {0}").format(run.name))
        return ", ".join([*parts, self.tr("as of {0}").format(run.as_of.isoformat())])

    def _show_cards(self, run: Run, data: OverviewData) -> None:
        measures, rules = run.measures, run.judgement.rules
        worst = [rule for rule in rules if rule.severity in SEVERITIES[:2]]
        fails = sum(rule.fail for rule in worst)
        self.fails.set_value(
            show(fails, "integer"),
            self.tr("of critical or high rules; {0} of {1} such rules fail").format(
                sum(1 for rule in worst if rule.fail), len(worst)
            ),
            "bad" if fails else "good",
        )
        outside = measures.outside_eea_share
        self.outside.set_value(
            show(outside, "share"),
            self.tr("of placements; {0} under a foreign compelled-access law").format(
                show(measures.exposed_share, "share", 0)
            ),
            None if outside is None else "warn" if outside else "good",
        )
        base = self.tr("cost") if data.share_base == "cost" else self.tr("resources")
        group = (measures.largest_group or "").partition(" (")[0]
        self.parent_share.set_value(
            show(measures.largest_group_share, "share", 0),
            self.tr("of {0}: {1}").format(base, group) if group else self.tr("No parent is known"),
        )
        self.cost.set_value(show(measures.cost_usd, "money"), self._texts.cost_note(run))
        self.gpu.setVisible(data.gpu.workloads > 0)
        self.gpu.set_value(show(data.gpu.cost_usd, "money"), self._texts.gpu_note(data))

    def _show_lists(self, run: Run, data: OverviewData) -> None:
        failing = top_findings(run.judgement.rules)
        self.findings.show_rows(
            [
                {
                    "rule": rule.id,
                    "severity": rule.severity,
                    "title": rule.title,
                    "fail": rule.fail,
                }
                for rule in failing[:MOST_FINDINGS]
            ]
        )
        self.findings.set_note(
            self.tr("{0} more rules fail; the Compliance page lists them all.").format(
                len(failing) - MOST_FINDINGS
            )
            if len(failing) > MOST_FINDINGS
            else ""
        )
        self.expiries.show_rows(
            [
                {
                    "on": item.on,
                    "days": (item.on - run.as_of).days,
                    "kind": word(DEADLINES, item.kind),
                    "what": item.what if item.verified else f"{item.what} †",
                    "provider": item.provider,
                    "view": item.table,
                    "key": item.key,
                }
                for item in data.expiries
            ]
        )
        self.expiries.set_note(
            self.tr(
                "Within {0} days; Compliance > Calendar lists what is overdue too; † not verified"
            ).format(HORIZON_DAYS)
        )
        self.missing.show_rows(
            [
                {
                    "doc": item.doc,
                    "view": item.view.replace("_", " "),
                    "column": item.column,
                    "verdicts": item.verdicts,
                    "rules": item.rules,
                }
                for item in data.missing
            ]
        )
        self.missing.set_note(
            self.tr("{0} more verdicts are unknown only because a fact is not confirmed.").format(
                show(data.unconfirmed, "integer")
            )
            if data.unconfirmed
            else ""
        )

    def _draw_map(self) -> None:
        run = self.run
        if run is not None and self._data is not None:
            self.map.show_figure(
                self._figures.map(self._data.placed, run.as_of, world=self._world.isChecked())
            )

    # Opening the rows behind a figure

    def commands(self) -> list[Entry]:
        """Offer what the cards open."""
        return [
            Entry(self.tr("Show placements outside the EEA"), self._open_outside),
            Entry(self.tr("Show what costs most"), self._open_costs),
        ]

    def _open_site(self, key: str) -> None:
        sites = self._figures.sites.get(key, ())
        if sites:
            regions = [site.region_key for site in sites]
            self._rows.placements(
                self.tr("{0}: {1}").format(
                    sites[0].city or sites[0].region, exposure_word(sites[0].exposure)
                ),
                f"concat(provider, '/', region) IN ({', '.join('?' * len(regions))})",
                regions,
            )

    def _open_outside(self) -> None:
        self._rows.placements(self.tr("Placements outside the EEA"), "NOT is_eea", [])

    def _open_costs(self) -> None:
        self._rows.resources(self.tr("What costs most"), "cost_usd IS NOT NULL", [])

    def _open_parent(self, key: str) -> None:
        if key == OTHERS:
            self._open_costs()
        elif key == NO_PARENT:
            self._rows.resources(
                self.tr("Resources without a known parent"), "provider_group IS NULL", []
            )
        else:
            self._rows.resources(key, "provider_group = ?", [key])

    def _open_expiry(self, row: dict[str, object]) -> None:
        self.go_to.emit(
            *place_of_deadline(str(row["view"]), str(row["key"]), str(row["provider"] or ""))
        )


def top_findings(rules: Sequence[RuleResult]) -> list[RuleResult]:
    """Return the rules that fail, the worst severity first, then by what they cost the score."""
    order: dict[str, int] = {name: place for place, name in enumerate(SEVERITIES)}
    return sorted(
        (rule for rule in rules if rule.fail),
        key=lambda rule: (
            order[rule.severity],
            -rule.weight * (100 - (rule.score if rule.score is not None else 100)),
            rule.id,
        ),
    )
