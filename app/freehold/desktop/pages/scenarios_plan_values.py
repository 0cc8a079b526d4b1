"""A plan as the window shows it: sentences, rows, and cost over time."""

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication

from freehold.charts import BarChart
from freehold.charts.figure import Series
from freehold.desktop.numbers import UNKNOWN, show
from freehold.desktop.pages.scenarios_plan_work import Incumbent
from freehold.desktop.tables import Column
from freehold.planning import DATA_SET, Migration, Row
from freehold.planning.reasons import where
from freehold.workflows import planning
from freehold.workflows.results_plan import KeptPlan, ParetoRow, PlanResult

translate = QCoreApplication.translate
Line = dict[str, object]
_MOST_SERIES = 5
_TERM_LETTERS = {"api": "API"}


def outcome(plan: KeptPlan, step: ParetoRow | None = None) -> tuple[str, str]:
    """Return the sign of a plan, or of a step of its price curve, and what it comes to."""
    result = plan.result
    if step is not None and step.cost_usd is not None:
        is_near = step.gap is not None and step.gap <= plan.options.gap + 1e-9
        return "pass" if is_near else "warn", _comes_to(
            step.cost_usd, step.carbon_kg, step.gap, result.months
        )
    if result.cost_usd is None:
        if result.status == "infeasible":
            return "fail", translate("plan", "There is no plan: {0}").format(
                first_of(result.conflict) or translate("plan", "no reason was found")
            )
        return "unknown", translate(
            "plan", "The time ran out before a plan was found. Give it more time or a wider gap."
        )
    sentence = _comes_to(result.cost_usd, result.carbon_kg, result.gap, result.months)
    return "pass" if result.status == "optimal" else "warn", sentence


def _comes_to(cost: float, carbon: float | None, gap: float | None, months: int) -> str:
    return translate("plan", "{0} USD over {1} months, {2} t CO₂e; within {3} of the best").format(
        show(cost, "money"),
        months,
        show((carbon or 0.0) / 1e3, "number", 1),
        show(gap, "share", 1),
    )


def beside(plan: KeptPlan, step: ParetoRow | None = None) -> str:
    """Return what must be said beside a plan: level, marks, what broke or was left out."""
    result = plan.result
    shown = result if step is None else step
    said: list[str] = []
    if shown.cost_usd is not None:
        said.append(
            translate("plan", "{0}, proven {1}, at best {2}. All figures are estimates.").format(
                level(shown.seal), level(shown.seal_proven), level(shown.seal_best_case)
            )
        )
    unverified = sum(not row.price_verified for row in shown.placements)
    if unverified:
        said.append(
            translate("plan", "† {0} of {1} rows rest on a price not verified.").format(
                unverified, len(shown.placements)
            )
        )
    if result.broken and step is None:
        said.append(
            translate("plan", "Judged again, the plan breaks {0}.").format(
                ", ".join(sorted(result.broken))
            )
        )
    if result.not_planned:
        said.append(
            translate("plan", "Not planned: {0}.").format(", ".join(sorted(result.not_planned)))
        )
    return " ".join(said)


def reading(incumbent: Incumbent) -> str:
    """Return how far a solve is."""
    seconds = show(incumbent.seconds, "number", 0)
    if incumbent.gap is None:
        return translate("plan", "{0} s: no plan yet, none below {1}").format(
            seconds, show(incumbent.bound, "money")
        )
    return translate("plan", "{0} s: best so far {1}, gap {2}").format(
        seconds, show(incumbent.objective, "money"), show(incumbent.gap, "share", 2)
    )


def phase(code: str) -> tuple[float, str]:
    """Return how far planning is and what it is at."""
    return {
        planning.CANDIDATES: (0.05, translate("plan", "Gathering and judging candidates …")),
        planning.SOLVE: (0.35, translate("plan", "Solving …")),
        planning.REASONS: (0.5, translate("plan", "Pricing what binds …")),
        planning.AGAIN: (0.85, translate("plan", "Judging the plan again …")),
        planning.DRAWS: (0.95, translate("plan", "Meeting 10 000 draws …")),
        planning.CURVE: (0.3, translate("plan", "Planning for each level, the highest first …")),
    }.get(code, (0.0, ""))


def level(seal: int | None) -> str:
    """Return a level of the EU framework in words."""
    return UNKNOWN if seal is None else f"SEAL-{seal}"


def first_of(sentences: Sequence[str]) -> str:
    """Return the first sentence, and how many more there are."""
    if len(sentences) < 2:
        return "".join(sentences)
    more = translate("plan", "and {0} more").format(len(sentences) - 1)
    return f"{sentences[0]} ({more})"


def limit_sentences(rows: Sequence[tuple[object, ...]]) -> list[str]:
    """Return the limits of the document (name, kind, value) in words."""
    units = {
        "budget": "USD", "budget_month": translate("plan", "USD a month"), "power_kw": "kW",
        "quota": translate("plan", "devices"), "carbon_kg": "kg CO₂e",
    }  # fmt: skip
    found = []
    for name, kind, value in rows:
        if str(kind) in {"share", "spot_share"}:
            found.append(f"{name} {show(value, 'share', 0)}")
        else:
            found.append(f"{name} {show(value, 'number', 0)} {units.get(str(kind), '')}".strip())
    return found


# What runs where


def placement_columns() -> list[Column]:
    """Return the columns of a plan's rows."""
    return [
        Column("workload", translate("plan", "Workload"), width=88),
        Column("months", translate("plan", "Months"), width=72),
        Column("provider", translate("plan", "Provider"), width=80),
        Column("place", translate("plan", "Region"), width=84),
        Column("sku", "SKU", width=112, help=translate("plan", "Machine type or model sold")),
        Column("term", translate("plan", "Term"), width=92),
        Column("share", translate("plan", "Share"), "share", 0, width=60),
        Column(
            "machines",
            translate("plan", "Count"),
            "number",
            1,
            width=60,
            help=translate("plan", "Most machines it needs there at once"),
        ),
        Column(
            "cost_usd",
            "USD",
            "money",
            width=66,
            help=translate("plan", "Over those months; † the price is not verified"),
            tone=lambda _value, row: None if row.get("verified") else "warn",
        ),
        Column("mark", "†", width=26, help=translate("plan", "The price is not verified")),
        Column("chip", translate("plan", "Accelerator"), width=132),
        Column("seal", translate("plan", "Level"), width=62),
        Column(
            "rules",
            translate("plan", "Rules undecided there"),
            width=240,
            help=translate("plan", "Rules that cannot decide on this row"),
        ),
    ]


def placement_rows(rows: Sequence[Row]) -> list[Line]:
    """Return a plan's rows as written."""
    return [
        {
            "workload": row.workload,
            "months": f"{row.from_month}–{row.to_month}",
            "provider": row.provider,
            "place": row.region or row.country or UNKNOWN,
            "sku": row.instance_type,
            "chip": row.accelerator or UNKNOWN,
            "term": term(row.term),
            "share": row.share,
            "machines": row.machines,
            "cost_usd": row.cost_usd,
            "mark": "" if row.price_verified else "†",
            "verified": row.price_verified,
            "seal": level(row.seal),
            "rules": ", ".join(row.undecided_rules),
        }
        for row in rows
    ]


def term(code: str) -> str:
    """Return a contract term in words."""
    return " ".join(_TERM_LETTERS.get(word, word) for word in code.split("_"))


def moved_columns() -> list[Column]:
    """Return the columns of what a step of the price of sovereignty moves."""
    return [
        Column("workload", translate("plan", "Workload"), width=92),
        Column("before", translate("plan", "A level lower"), width=278),
        Column("after", translate("plan", "At this level"), width=278),
        Column(
            "more",
            translate("plan", "± USD"),
            "number",
            width=84,
            help=translate("plan", "What it costs more at this level, where it runs"),
        ),
    ]


def moved_rows(below: ParetoRow | None, step: ParetoRow) -> list[Line]:
    """Return the workloads that a step places otherwise than the one below, the dearest first."""
    before = where(below.placements) if below is not None else {}
    usd = below.per_workload if below is not None else {}
    found: list[tuple[float, Line]] = []
    for name, place in where(step.placements).items():
        if before.get(name) == place:
            continue
        more = step.per_workload.get(name, 0.0) - usd.get(name, 0.0)
        sign = "+" if more >= 0 else "−"
        found.append(
            (
                -more,
                {
                    "workload": name,
                    "before": before.get(name, UNKNOWN),
                    "after": place,
                    "more": f"{sign}{show(abs(more), 'money')}" if before else UNKNOWN,
                },
            )
        )
    return [line for _, line in sorted(found, key=lambda one: one[0])]


# Cost over time


def over_time(rows: Sequence[Row], result: PlanResult) -> BarChart:
    """Return what a plan costs each month, by provider."""
    months = result.months
    by_provider: dict[str, list[float]] = {}
    for row in rows:
        line = by_provider.setdefault(row.provider, [0.0] * months)
        for place, usd in enumerate(row.monthly_usd):
            line[row.from_month - 1 + place] += usd
    order = sorted(by_provider, key=lambda name: (-sum(by_provider[name]), name))
    shown, rest = order[:_MOST_SERIES], order[_MOST_SERIES:]
    series = [
        Series(name=name, values=tuple(round(value, 2) for value in by_provider[name]))
        for name in shown
    ]
    if rest:
        sums = [round(sum(by_provider[name][m] for name in rest), 2) for m in range(months)]
        series.append(
            Series(name=translate("plan", "others"), values=tuple(sums), colour="unknown")
        )
    other = sum(value for part, value in result.cost_parts.items() if part != "placements")
    return BarChart(
        title=translate("plan", "Cost by month and provider"),
        subtitle=translate("plan", "without {0} USD for moving, promises and idle machines").format(
            show(other, "money")
        )
        if rows is result.placements and other
        else "",
        unit="USD",
        decimals=0,
        categories=tuple(str(month) for month in range(1, months + 1)),
        series=tuple(series),
        mode="stacked",
        show_values=False,
        source=translate("plan", "Freehold plan, estimated"),
        as_of=result.as_of,
        empty=translate("plan", "There is no plan whose cost could be shown."),
    )


def part_rows(result: PlanResult) -> list[Line]:
    """Return the parts that a plan's cost adds up from."""
    words = {
        "placements": translate("plan", "What runs"),
        "idle": translate("plan", "Machines held but idle"),
        "exit": translate("plan", "Terms beyond the horizon"),
        "moves": translate("plan", "Moving"),
        "promises": translate("plan", "Commitments not used up"),
    }
    return [
        {"part": words.get(name, name), "usd": value}
        for name, value in result.cost_parts.items()
        if value
    ]


def part_columns() -> list[Column]:
    """Return the columns of the parts of the cost."""
    return [
        Column("part", translate("plan", "Part of the cost"), width=200),
        Column("usd", "USD", "money", width=96),
    ]


# What binds


def binding_columns() -> list[Column]:
    """Return the columns of what binds."""
    return [
        Column("constraint", translate("plan", "Requirement"), width=152),
        Column("says", translate("plan", "What it asks"), width=284),
        Column(
            "price",
            translate("plan", "Costs, USD"),
            "money",
            width=96,
            help=translate("plan", "What the plan would save without it, planned again"),
        ),
        Column("share", translate("plan", "Of cost"), "share", 1, width=72),
        Column(
            "estimate",
            translate("plan", "At most, USD"),
            "money",
            width=116,
            help=translate("plan", "By the prices of the relaxed plan, where none was made again"),
        ),
    ]


def binding_rows(result: PlanResult) -> list[Line]:
    """Return what binds, the dearest first."""
    return [
        {
            "constraint": one.constraint,
            "says": one.says,
            "price": one.price,
            "share": one.share,
            "estimate": one.estimate or None,
        }
        for one in result.binding
    ]


def runner_up(result: PlanResult) -> str:
    """Return the second best plan in words, or "" where none was sought."""
    other = result.runner_up
    if other is None:
        return ""
    without = str(other.get("without", ""))
    more = other.get("more_usd")
    if not isinstance(more, int | float):
        return translate("plan", "Without {0} there is no plan.").format(without)
    changes = other.get("changes")
    told = first_of([str(one) for one in changes]) if isinstance(changes, list) else ""
    told = told.replace(" -> ", " → ")
    return translate("plan", "Runner-up, without {0}: {1} USD more. {2}").format(
        without, show(max(float(more), 0.0), "money"), told
    )


# What moves


def migration_columns() -> list[Column]:
    """Return the columns of the migration list."""
    return [
        Column("order", "#", "integer", width=36),
        Column("workload", translate("plan", "What moves"), width=112),
        Column("moves_from", translate("plan", "From"), width=138),
        Column("moves_to", translate("plan", "To"), width=112),
        Column("month", translate("plan", "Month"), "integer", width=68),
        Column("cost_usd", translate("plan", "USD once"), "money", width=88),
        Column("egress_gb", translate("plan", "Data, GB"), "number", 0, width=86),
        Column("contract", translate("plan", "Contract left"), width=112),
        Column("notice_months", translate("plan", "Notice, months"), "number", 0, width=128),
        Column("contract_ends", translate("plan", "Ends"), width=88),
        Column(
            "duration_months",
            translate("plan", "Takes, months"),
            "number",
            0,
            width=124,
            help=translate("plan", "As the exit plan of the contract says"),
        ),
        Column("commitments", translate("plan", "Still committed"), width=180),
    ]


def migration_rows(moves: Sequence[Migration]) -> list[Line]:
    """Return the moves in their order."""
    data = translate("plan", "{0} (data)")
    return [
        {
            **one.__dict__,
            "workload": data.format(one.workload) if one.kind == DATA_SET else one.workload,
            "commitments": ", ".join(one.commitments),
        }
        for one in moves
    ]
