"""What a shock hit: what stops, what rests on an ending contract, and what newly breaks a rule."""

from dataclasses import dataclass

from freehold.compliance.engine import judge_rules
from freehold.estate.sql import literal, quoted
from freehold.scenarios.measures import unserved
from freehold.scenarios.run import Run

ENDING = ("suspended", "to_be_ended", "terminated", "insolvent")
_ROWS = "hit_rows"
MOST = 20_000
"""Rows of one table beyond which no way back is looked for here."""


@dataclass(frozen=True)
class Hit:
    """Keys of what must move: resources, explicit placements, workloads; `views` are placements.

    `unserved` are those of the workloads that stay in reach but can no longer serve all that is
    asked of them.
    """

    resources: tuple[str, ...]
    placements: tuple[str, ...]
    workloads: tuple[str, ...]
    views: tuple[str, ...]
    unserved: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.views or self.unserved)

    @property
    def is_too_much(self) -> bool:
        """Whether more was hit than a way back is looked for."""
        return len(self.views) > MOST


def hit_by(base: Run, shocked: Run) -> Hit:
    """Return what must move after a shock.

    That is every placement that is out of reach or whose contract ends because of it, every one
    that newly fails a critical or high rule about placements, and every workload that can no longer
    serve all that is asked of it.
    """
    views, before = quoted(shocked.schemas.views), quoted(base.schemas.views)
    endings = ", ".join(literal(status) for status in ENDING)
    rows = shocked.connection.execute(
        f"""
        WITH gone AS (
          SELECT p.placement FROM {views}.placements p
          LEFT JOIN {before}.placements b ON b.placement = p.placement
          WHERE NOT p.available AND b.available IS DISTINCT FROM FALSE
          UNION
          SELECT p.placement FROM {views}.placements p
          JOIN {views}.contracts t ON t.contract = p.contract
          LEFT JOIN {before}.contracts o ON o.contract = p.contract
          WHERE t.status IN ({endings}) AND o.status IS DISTINCT FROM t.status
          UNION {_breaking(base, shocked)}
          UNION
          SELECT 'workload:' || w.workload FROM {views}.workloads w
          LEFT JOIN {before}.workloads b ON b.workload = w.workload
          WHERE NOT w.available AND b.available IS DISTINCT FROM FALSE
        )
        SELECT p.placement, p.resource, p.workload, p.explicit
        FROM {views}.placements p SEMI JOIN gone g ON g.placement = p.placement
        WHERE p.role IS NULL OR p.role NOT IN ('telemetry', 'support', 'control')
        UNION ALL
        SELECT g.placement, NULL, substr(g.placement, 10), FALSE FROM gone g
        WHERE g.placement LIKE 'workload:%'
        ORDER BY 1
        """
    ).fetchall()
    gone = dict.fromkeys(str(row[2]) for row in rows if row[2] is not None)
    short = [name for name in _unserved(base, shocked) if name not in gone]
    return Hit(
        tuple(dict.fromkeys(str(row[1]) for row in rows if row[1] is not None)),
        tuple(str(row[0]) for row in rows if row[3]),
        (*gone, *short),
        tuple(str(row[0]) for row in rows),
        tuple(short),
    )


def _unserved(base: Run, shocked: Run) -> list[str]:
    """Return the workloads of which a larger share goes unanswered than before."""
    before = unserved(base.connection, base.schemas, base.workloads)
    after = unserved(shocked.connection, shocked.schemas, shocked.workloads)
    return sorted(
        name for name, (_, share) in after.items() if share > before.get(name, (0.0, 0.0))[1] + 1e-9
    )


def _breaking(base: Run, shocked: Run) -> str:
    """Return SQL of the placements that newly fail a critical or high rule about placements."""
    before = {rule.id: rule.fail for rule in base.judgement.rules}
    worse = [
        shocked.judgement.judged.rule(result.id)
        for result in shocked.judgement.rules
        if result.severity in {"critical", "high"}
        and result.id in before
        and result.fail > before[result.id]
    ]
    worse = [rule for rule in worse if "placement" in rule.view.documented]
    rolled = [rule for rule in worse if rule.parent_column is not None]
    if rolled:
        # Judged row by row, these tell which placements of a newly failing parent are at fault.
        ids = {rule.rule.id for rule in rolled}
        single = [
            rule.model_copy(update={"per": None, "quantifier": "every"})
            for pack in shocked.packs
            for rule in pack.rules
            if rule.id in ids
        ]
        judge_rules(
            shocked.connection, single, shocked.as_of, views=shocked.schemas.views, store=_ROWS
        )
    parts = ["SELECT CAST(NULL AS VARCHAR) AS placement WHERE FALSE"]
    for rule in worse:
        where = f"rule_id = {literal(rule.rule.id)} AND result = 'fail'"
        newly = (
            f"SELECT subject_id FROM {quoted(shocked.store)}.verdicts WHERE {where}"
            f" EXCEPT SELECT subject_id FROM {quoted(base.store)}.verdicts WHERE {where}"
        )
        key = quoted(rule.view.key[0])
        if rule.parent_column is not None:
            at_fault = f"SELECT subject_id FROM {quoted(_ROWS)}.verdicts WHERE {where}"
            own = f"v.{key} IN ({at_fault}) AND v.{quoted(rule.parent_column)} IN ({newly})"
        else:
            own = f"v.{key} IN ({newly})"
        parts.append(
            f"SELECT v.placement FROM {quoted(shocked.schemas.views)}.{quoted(rule.view.name)} v"
            f" WHERE {own} AND v.placement IS NOT NULL"
        )
    return " UNION ".join(parts)
