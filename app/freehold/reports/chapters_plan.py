"""The plan, what each step of sovereignty costs, its draws; and the blast radius."""

from freehold.reports import formats
from freehold.reports.blocks import (
    Block,
    Bullets,
    Card,
    Cards,
    Cell,
    Column,
    Facts,
    Notice,
    Section,
    Table,
    Text,
)
from freehold.reports.chapters_levels import picture
from freehold.reports.content import AuditContent
from freehold.reports.content_plan import Band, Draws, Plan, PlannedRow, PriceStep
from freehold.reports.figures_plan import months_picture, price_picture, swing_picture
from freehold.reports.signs import UNVERIFIED, seal_text
from freehold.reports.wording import text, text_or, title

_MOST_SAID = 4
_MOST_NODES = 15


def plan(content: AuditContent) -> list[Section]:
    """Return the plan chapter, or nothing where the document keeps no current plan."""
    made = content.plan
    if made is None:
        return []
    sections = [
        Section("plan", text("plan.title"), 1, tuple(_head(made)), new_page=True),
    ]
    if made.steps:
        sections.append(Section("plan-price", text("plan.price"), 2, tuple(_price(content, made))))
    if made.rows:
        sections.append(Section("plan-rows", text("plan.rows"), 2, (_rows(made),)))
    if made.cost_usd is not None:
        sections.append(Section("plan-binds", text("plan.binds"), 2, tuple(_binds(made))))
        sections.append(Section("plan-moves", text("plan.moves"), 2, (_moves(made),)))
    if made.draws is not None:
        blocks = tuple(_draws(content, made, made.draws))
        sections.append(Section("plan-draws", text("plan.draws"), 2, blocks))
    return sections


def blast(content: AuditContent) -> list[Section]:
    """Return the nodes that would take most with them, or nothing where none is ranked."""
    if not content.blast:
        return []
    points = sum(node.critical_functions_lost > 0 for node in content.blast)
    table = Table(
        text("blast.caption"),
        (
            Column(title("Kind"), 0.20),
            Column(title("Node"), 0.34),
            Column(title("Critical functions lost"), 0.14, "right"),
            Column(title("Functions lost"), 0.11, "right"),
            Column(title("On failover"), 0.11, "right"),
            Column(title("Share"), 0.10, "right"),
        ),
        [
            (
                Cell(text_or(f"blast.node.{node.dimension}", node.dimension)),
                Cell(node.member, strong=True),
                Cell(
                    formats.count(node.critical_functions_lost),
                    "bad" if node.critical_functions_lost else "neutral",
                ),
                Cell(formats.count(node.functions_lost)),
                Cell(formats.count(node.functions_on_failover)),
                Cell(formats.percent(node.share)),
            )
            for node in content.blast[:_MOST_NODES]
        ],
        note=text(
            "blast.note", points=formats.count(points), nodes=formats.count(len(content.blast))
        ),
        dense=True,
    )
    return [Section("depend-blast", text("blast.title"), 2, (table,))]


def _head(made: Plan) -> list[Block]:
    blocks: list[Block] = [Notice(text("plan.estimated"))]
    if made.cost_usd is None:
        blocks.append(Notice(text("plan.none"), "bad", "✕"))
        blocks.append(Bullets(tuple(Cell(line, "bad", "✕") for line in made.conflict)))
        return blocks
    blocks += [Text(text("plan.lead")), Facts(tuple(_facts(made)))]
    parts = ", ".join(
        f"{text_or(f'plan.part.{name}', name)} {formats.money(value, 'USD')}"
        for name, value in made.cost_parts.items()
        if value
    )
    blocks.append(Text(text("plan.parts", list=parts)))
    if made.notes:
        blocks.append(Bullets(tuple(Cell(note, sign="·") for note in made.notes)))
    return blocks


def _facts(made: Plan) -> list[tuple[str, Cell]]:
    proven, best = seal_text(made.seal_proven), seal_text(made.seal_best_case)
    facts = [
        (text("plan.facts.objective"), Cell(text(f"plan.objective.{made.minimise}"))),
        (
            text("plan.facts.horizon"),
            Cell(
                text(
                    "plan.horizon",
                    months=made.months,
                    as_of=formats.day(made.as_of),
                    rate=formats.percent(made.discount_rate, 1),
                )
            ),
        ),
        (
            text("plan.facts.cost"),
            Cell(
                text(
                    "plan.cost",
                    cost=formats.money(made.cost_usd, "USD"),
                    gap=formats.percent(made.gap, 1),
                ),
                strong=True,
            ),
        ),
        (
            text("plan.facts.carbon"),
            Cell(text("plan.carbon", carbon=formats.quantity((made.carbon_kg or 0.0) / 1e3))),
        ),
        (
            text("plan.facts.level"),
            Cell(text("plan.level", seal=seal_text(made.seal), proven=proven, best=best)),
        ),
    ]
    if made.kept_rules:
        facts.append((text("plan.facts.rules"), Cell(", ".join(made.kept_rules))))
    if made.lifted_rules:
        facts.append((text("plan.facts.lifted"), Cell(", ".join(made.lifted_rules), "warn", "!")))
    if made.broken_rules:
        facts.append((text("plan.facts.broken"), Cell(", ".join(made.broken_rules), "bad", "✕")))
    if made.not_planned:
        left = "\n".join(
            text("plan.left", workload=name, why=why) for name, why in made.not_planned.items()
        )
        facts.append((text("plan.facts.left"), Cell(left, "unknown", "?")))
    return facts


def _price(content: AuditContent, made: Plan) -> list[Block]:
    table = Table(
        text("plan.price.caption"),
        (
            Column(title("Level"), 0.14),
            Column(title("Least cost"), 0.22, "right"),
            Column(title("More than a level lower"), 0.26, "right"),
            Column(title("Range"), 0.24),
            Column(title("Score"), 0.14, "right"),
        ),
        [_step_row(step) for step in made.steps],
    )
    blocks: list[Block] = [
        Text(text("plan.price.text")),
        *picture(price_picture(content, made)),
        table,
    ]
    caps = [cell for step in made.steps for cell in _caps(step)]
    if caps:
        blocks += [Text(text("plan.price.caps"), "lead"), Bullets(tuple(caps))]
    for step in made.steps:
        if step.moved:
            blocks.append(
                Table(
                    text("plan.price.moved", level=f"SEAL-{step.seal}"),
                    (
                        Column(title("Workload"), 0.16),
                        Column(title("A level lower"), 0.42),
                        Column(title("At this level"), 0.42),
                    ),
                    [(Cell(m.workload, strong=True), Cell(m.before), Cell(m.after))
                     for m in step.moved],
                    dense=True,
                )
            )  # fmt: skip
    return blocks


def _caps(step: PriceStep) -> list[Cell]:
    """Return why a level has no plan, the first few reasons and how many more."""
    if step.cost_usd is not None:
        return []
    level = f"SEAL-{step.seal}"
    said = [
        Cell(text("plan.price.cap", level=level, why=line), "unknown", "✕")
        for line in step.conflict[:_MOST_SAID]
    ]
    more = len(step.conflict) - _MOST_SAID
    if more > 0:
        why = text("plan.price.more", count=more)
        said.append(Cell(text("plan.price.cap", level=level, why=why), "unknown", "✕"))
    return said


def _step_row(step: PriceStep) -> tuple[Cell, ...]:
    level = Cell(f"SEAL-{step.seal}", strong=True)
    if step.cost_usd is None:
        empty = Cell(formats.MISSING)
        return level, Cell(text("plan.price.none"), "unknown", "✕"), empty, empty, empty
    span = (
        formats.MISSING
        if step.seal_proven is None or step.seal_best_case is None
        else f"SEAL {formats.span(step.seal_proven, step.seal_best_case)}"
    )
    return (
        level,
        Cell(formats.money(step.cost_usd, "USD")),
        Cell(formats.money(step.more_usd, "USD")),
        Cell(span),
        Cell(formats.score(step.score)),
    )


def _rows(made: Plan) -> Table:
    return Table(
        text("plan.rows.caption"),
        (
            Column(title("Workload"), 0.13),
            Column(title("Months"), 0.08),
            Column(title("Where"), 0.21),
            Column(title("SKU"), 0.19),
            Column(title("Term"), 0.11),
            Column(title("Share"), 0.08, "right"),
            Column(title("Count"), 0.08, "right"),
            Column(title("USD"), 0.12, "right"),
        ),
        [_row(row) for row in made.rows],
        note=text("plan.rows.note"),
        dense=True,
    )


def _row(row: PlannedRow) -> tuple[Cell, ...]:
    mark = "" if row.verified else f" {UNVERIFIED}"
    return (
        Cell(row.workload, strong=True),
        Cell(text("plan.rows.months", first=row.from_month, last=row.to_month)),
        Cell(f"{row.provider} {row.place or ''}".strip()),
        Cell("\n".join(part for part in (row.sku, row.accelerator) if part)),
        Cell(row.term.replace("_", " ")),
        Cell(formats.percent(row.share)),
        Cell(formats.quantity(row.machines)),
        Cell(formats.count(round(row.cost_usd)) + mark),
    )


def _binds(made: Plan) -> list[Block]:
    table = Table(
        text("plan.binds.caption"),
        (
            Column(title("Requirement"), 0.24),
            Column(title("What it asks"), 0.37),
            Column(title("Costs, USD"), 0.13, "right"),
            Column(title("Of cost"), 0.12, "right"),
            Column(title("At most, USD"), 0.14, "right"),
        ),
        [
            (
                Cell(one.constraint, strong=True),
                Cell(one.says),
                Cell(_usd(one.price_usd)),
                Cell(formats.percent(one.share, 1)),
                Cell(_usd(one.at_most_usd)),
            )
            for one in made.requirements
        ],
        note=text("plan.binds.note"),
        empty=text("plan.binds.empty"),
        dense=True,
    )
    return [table, *([Text(made.runner_up)] if made.runner_up else [])]


def _usd(value: float | None) -> str:
    return formats.MISSING if value is None else formats.count(round(value))


def _moves(made: Plan) -> Table:
    return Table(
        text("plan.moves.caption"),
        (
            Column(title("Month"), 0.08, "right"),
            Column(title("Workload"), 0.14),
            Column(title("From"), 0.18),
            Column(title("To"), 0.17),
            Column(title("USD"), 0.09, "right"),
            Column(title("Data, GB"), 0.10, "right"),
            Column(title("Contract left"), 0.12),
            Column(title("Notice, months"), 0.12, "right"),
        ),
        [
            (
                Cell(formats.count(move.month)),
                Cell(move.workload, strong=True),
                Cell(move.moves_from),
                Cell(move.moves_to),
                Cell(_usd(move.cost_usd)),
                Cell(formats.quantity(move.egress_gb)),
                Cell(move.contract or formats.MISSING),
                Cell(formats.quantity(move.notice_months) if move.notice_months is not None
                     else formats.MISSING),
            )
            for move in made.moves
        ],
        empty=text("plan.moves.empty"),
        dense=True,
    )  # fmt: skip


def _draws(content: AuditContent, made: Plan, draws: Draws) -> list[Block]:
    cost, unserved, power = draws.cost_usd, draws.unserved_share, draws.power_kw
    budget = (
        text("plan.draws.no_budget")
        if draws.budget_usd is None
        else text("plan.draws.budget_of", budget=formats.money(draws.budget_usd, "USD"))
    )
    limit = (
        text("plan.draws.no_power")
        if draws.power_limit_kw is None
        else text(
            "plan.draws.over_power",
            chance=formats.percent(draws.over_power),
            limit=formats.quantity(draws.power_limit_kw),
        )
    )
    cards = [
        Card(
            text("plan.draws.cost"),
            _usd(cost.p50),
            _range(_usd(cost.p10), _usd(cost.p90)),
        ),
        Card(
            text("plan.draws.unserved"),
            formats.percent(unserved.p50, 1),
            _range(formats.percent(unserved.p10, 1), formats.percent(unserved.p90, 1)),
        ),
        Card(text("plan.draws.budget"), formats.percent(draws.over_budget), budget),
        Card(
            text("plan.draws.targets"),
            formats.percent(draws.slo_broken),
            text("plan.draws.month"),
        ),
    ]
    if _is_known(power):
        cards.append(Card(text("plan.draws.power"), f"{formats.quantity(power.p50)} kW", limit))
    return [
        Text(
            text(
                "plan.draws.lead",
                simulated=draws.simulated,
                count=formats.count(draws.draws),
                seed=draws.seed,
            )
        ),
        Cards(tuple(cards)),
        *picture(months_picture(content, made, draws)),
        *picture(swing_picture(content, made, draws)),
        *([Bullets(tuple(Cell(note, sign="·") for note in draws.notes))] if draws.notes else []),
    ]


def _range(low: str, high: str) -> str:
    return text("plan.draws.range", low=low, high=high)


def _is_known(band: Band) -> bool:
    return band.p50 is not None
