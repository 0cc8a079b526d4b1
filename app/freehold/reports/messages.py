"""The key messages of the summary, computed from the results and nothing else."""

from collections import Counter
from datetime import timedelta

from freehold.reports import formats
from freehold.reports.blocks import Cell
from freehold.reports.content import AuditContent, Criterion, Csf, Tone
from freehold.reports.signs import field_label, seal_text, tone_sign
from freehold.reports.wording import text

_SOON = timedelta(days=90)
_EXPOSED = frozenset({"exposed_us", "exposed_cn", "exposed_other"})


def key_messages(content: AuditContent) -> tuple[Cell, ...]:
    """Return the statements a board should read, each with its tone and sign."""
    pairs = [
        *_level(content),
        _score(content),
        _findings(content),
        _coverage(content),
        _completeness(content),
        *_clauses(content),
        *_unverified(content),
        *_waivers(content),
        *_concentration(content),
        *_exposure(content),
        *_cost(content),
    ]
    return tuple(Cell(sentence, tone, tone_sign(tone)) for tone, sentence in pairs)


def caps_of(csf: Csf) -> tuple[Criterion, ...]:
    """Return the distinct criteria that hold the estate's SEAL down, lowest first."""
    seen: dict[str, Criterion] = {}
    caps = [cap for service in csf.services for cap in service.capped_by]
    caps += [cap for objective in csf.objectives for cap in objective.capped_by]
    for cap in sorted(caps, key=lambda c: (9 if c.seal is None else c.seal, c.criterion)):
        seen.setdefault(cap.criterion, cap)
    decided = csf.seal is not None
    return tuple(
        cap
        for cap in seen.values()
        if (not decided if cap.seal is None else cap.seal <= csf.seal_high)
    )


def _named(caps: tuple[Criterion, ...], limit: int = 4) -> str:
    shown = ", ".join(f"{cap.criterion} {cap.title}" for cap in caps[:limit])
    rest = len(caps) - limit
    return f"{shown}, {text('depend.more', count=rest)}" if rest > 0 else shown or text("none")


def _level(content: AuditContent) -> list[tuple[Tone, str]]:
    csf = content.csf
    if csf is None:
        return [("unknown", text("message.seal.none"))]
    caps = _named(caps_of(csf))
    messages: list[tuple[Tone, str]] = []
    if csf.seal is None:
        low, high = f"SEAL-{csf.seal_low}", f"SEAL-{csf.seal_high}"
        messages.append(("unknown", text("message.seal.undecided", low=low, high=high, caps=caps)))
    else:
        tone: Tone = "bad" if csf.seal < (csf.required_seal or 2) else "good"
        messages.append((tone, text("message.seal", seal=seal_text(csf.seal), caps=caps)))
    asked = [s for s in csf.services if s.required_seal is not None]
    below = [s for s in asked if s.seal_low < (s.required_seal or 0)]
    if below:
        sentence = text("message.seal.required", count=len(below), total=len(csf.services))
        messages.append(("bad", sentence))
    return messages


def _score(content: AuditContent) -> tuple[Tone, str]:
    score = content.score
    if score.before_waivers is None:
        return "unknown", text("message.score.none")
    tone: Tone = "good" if score.before_waivers >= 80 else "warn"
    return tone, text(
        "message.score",
        before=formats.score(score.before_waivers),
        after=formats.score(score.after_waivers),
        worst=formats.score(score.worst_case),
    )


def _findings(content: AuditContent) -> tuple[Tone, str]:
    by_severity: Counter[str] = Counter()
    for group in content.findings:
        by_severity[group.severity] += group.counts.failed
    heavy = [g for g in content.findings if g.severity in {"critical", "high"} and g.counts.failed]
    if not heavy:
        return "good", text("message.findings.none")
    top = "; ".join(f"{g.title} ({g.rule_id}, {formats.count(g.counts.failed)})" for g in heavy[:3])
    return "bad", text(
        "message.findings",
        critical=formats.count(by_severity["critical"]),
        high=formats.count(by_severity["high"]),
        top=top,
    )


def _coverage(content: AuditContent) -> tuple[Tone, str]:
    if not content.missing_fields:
        return "good", text("message.coverage.full")
    most = max(content.missing_fields, key=lambda field: (field.verdicts, field.field))
    return "unknown", text(
        "message.coverage",
        coverage=formats.percent(content.coverage),
        unknown=formats.count(content.totals.unknown),
        field=field_label(most.field, most.description),
    )


def _completeness(content: AuditContent) -> tuple[Tone, str]:
    lines = [c for c in content.completeness.currencies if c.invoiced]
    if not lines:
        return "unknown", text("message.completeness.none")
    shares = ", ".join(f"{formats.percent(c.judged_share)} ({c.currency})" for c in lines)
    tone: Tone = "good" if all((c.judged_share or 0) >= 0.9 for c in lines) else "warn"
    return tone, text("message.completeness", shares=shares)


def _clauses(content: AuditContent) -> list[tuple[Tone, str]]:
    """Return how much of each framework the rules judged at all: a score speaks of no more."""
    partial = [
        text("message.clauses.one", title=f.title, judged=f.clauses_judged or 0, clauses=f.clauses)
        for f in content.frameworks
        if f.clauses_left and f.clauses and f.rules_evaluated
    ]
    return [("warn", text("message.clauses", list="; ".join(partial)))] if partial else []


def _unverified(content: AuditContent) -> list[tuple[Tone, str]]:
    fail = sum(rule.would_fail for rule in content.unverified)
    passing = sum(rule.would_pass for rule in content.unverified)
    if fail + passing == 0:
        return []
    filled = text("message.unverified", fail=formats.count(fail), passing=formats.count(passing))
    return [("warn" if fail else "unknown", filled)]


def _waivers(content: AuditContent) -> list[tuple[Tone, str]]:
    if not content.waivers:
        return []
    active = [w for w in content.waivers if w.state in {"active", "grown"}]
    expired = [w for w in content.waivers if w.state == "expired"]
    limit = content.cover.as_of + _SOON
    soon = [w for w in active if w.expires_on is not None and w.expires_on <= limit]
    sentence = text("message.waivers", active=len(active), expired=len(expired), soon=len(soon))
    return [("warn" if expired or soon else "neutral", sentence)]


def _concentration(content: AuditContent) -> list[tuple[Tone, str]]:
    for row in content.concentration:
        if row.dimension == "provider_group" and row.base == "cost" and row.members:
            largest = row.members[0]
            if largest.share is None:
                return []
            hhi = formats.MISSING if row.hhi is None else f"{row.hhi:.2f}"
            sentence = text(
                "message.concentration",
                member=largest.member,
                share=formats.percent(largest.share),
                hhi=hhi,
            )
            return [("warn" if largest.share > 0.5 else "neutral", sentence)]
    return []


def _exposure(content: AuditContent) -> list[tuple[Tone, str]]:
    total = sum(point.placements for point in content.map_points)
    exposed = sum(p.placements for p in content.map_points if p.exposure in _EXPOSED)
    if total == 0:
        return []
    sentence = text("message.exposure", exposed=formats.count(exposed), total=formats.count(total))
    return [("warn" if exposed else "good", sentence)]


def _cost(content: AuditContent) -> list[tuple[Tone, str]]:
    workloads = content.capacity.workloads
    costs = [w.usd_per_month.value for w in workloads if w.usd_per_month.value is not None]
    if not costs:
        return []
    carbon = [w.kg_co2e_per_month.value for w in workloads if w.kg_co2e_per_month.value is not None]
    calibrated = all(w.calibrated for w in workloads)
    key = "message.cost.calibrated" if calibrated else "message.cost.uncalibrated"
    sentence = text(
        "message.cost",
        cost=formats.money(sum(costs), "USD"),
        priced=formats.count(len(costs)),
        total=formats.count(len(workloads)),
        carbon=text(
            "message.cost.carbon",
            carbon=formats.quantity(sum(carbon)),
            known=formats.count(len(carbon)),
            total=formats.count(len(workloads)),
        )
        if carbon
        else text("message.cost.carbon.none"),
        uncalibrated=text(key),
    )
    return [("neutral", sentence)]
