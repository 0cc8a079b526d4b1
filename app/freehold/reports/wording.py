"""Every sentence and label of a report, in one place, so that it can be translated.

`text(key, ...)` fills the placeholders of a template; a language is one dictionary like `ENGLISH`.
Long explanations live in `wording_method`.
"""

from freehold.reports.wording_columns import COLUMN_TITLES
from freehold.reports.wording_method import METHOD
from freehold.reports.wording_plan import PLAN

ENGLISH: dict[str, str] = {
    # frame
    "report.title": "Audit report",
    "report.subtitle": "Jurisdiction, dependency, capacity and cost of a multi-cloud estate",
    "report.header": "Freehold audit report · {organisation} · data as of {as_of}",
    "report.footer": "Run {run_id} · scenario {scenario}",
    "report.page": "Page {page} of {total}",
    "report.contents": "Contents",
    "report.unnamed": "organisation not recorded",
    "page.skip": "Skip to the content",
    "report.footnote": "† rests on a fact that nobody has verified",
    "not_recorded": "not recorded",
    "undecided": "undecided",
    "none": "none",
    "unit.uncalibrated": "uncalibrated",
    # cover
    "cover.organisation": "Organisation",
    "cover.lei": "LEI",
    "cover.sector": "Sector and seat",
    "cover.regimes": "Regimes recorded",
    "cover.scope": "Scope",
    "cover.as_of": "Data as of",
    "cover.scenario": "Scenario",
    "cover.document": "Document",
    "cover.prepared": "Prepared by",
    "cover.reviewed": "Reviewed by",
    "cover.run": "Run id",
    "cover.app": "Freehold version",
    "cover.engine": "Engine",
    "cover.catalogue": "Catalogue snapshot",
    "cover.weights": "Weight set",
    "cover.pack": "{pack_id} {version}, {rules} rules",
    "cover.packs": "Rule packs",
    "cover.hash.estate": "Estate",
    "cover.hash.catalogue": "Catalogue",
    "cover.hash.rules": "Rules",
    "cover.hash.findings": "Findings",
    "cover.section.versions": "Versions",
    "cover.section.hashes": "SHA-256 of inputs and results",
    "cover.command": "To reproduce",
    "cover.not_reviewed": "No reviewer of this run is recorded: this report has not passed a "
    "second pair of eyes.",
    "cover.earlier": " (signed the document, not this run)",
    "cover.same_person": "Preparer and reviewer are the same person.",
    "cover.self_score": "This is an assessment by the organisation with a tool, not a "
    "certification and not legal advice.",
    "cover.sample": "This document is a sample estate: organisation and figures are invented.",
    # kinds
    "kind.resources": "resources",
    "kind.placements": "placements",
    "kind.data_sets": "data sets",
    "kind.services": "services",
    "kind.functions": "functions",
    "kind.applications": "applications",
    "kind.contracts": "contracts",
    "kind.providers": "providers",
    "kind.workloads": "workloads",
    "kind.legal_entities": "legal entities",
    "kind.keys": "keys",
    "kind.subcontractors": "subcontractors",
    # results and severities
    "result.pass": "pass",
    "result.fail": "fail",
    "result.waived": "waived",
    "result.unknown": "unknown",
    "result.not_applicable": "not applicable",
    "severity.critical": "critical",
    "severity.high": "high",
    "severity.medium": "medium",
    "severity.low": "low",
    "basis.law": "law",
    "basis.standard": "standard",
    "basis.guidance": "guidance",
    "basis.house_default": "house default: no text sets this threshold",
    "yes": "yes",
    "no": "no",
    # summary
    "summary.title": "Summary",
    "summary.lead": "What the data of {as_of} say about {organisation}, under {packs}. Every "
    "statement below is computed from the results in this report; the chapter named after it "
    "holds the rows.",
    "summary.card.level": "Level (EU CSF)",
    "summary.card.level.capped": "capped by {criterion}",
    "summary.card.level.range": "undecided: {low} to {high}",
    "summary.card.score": "Score, before waivers",
    "summary.card.score.detail": "{after} after waivers, {worst} worst case",
    "summary.card.coverage": "Coverage",
    "summary.card.coverage.detail": "{unknown} verdicts unknown",
    "summary.card.findings": "Critical and high",
    "summary.card.findings.detail": "failing verdicts; rules: {rules}",
    "summary.messages": "Key messages",
    "summary.figure": "Score three ways, by framework",
    "summary.figure.words": "Scores by framework, 0 to 100, before waivers, after waivers and in "
    "the worst case: {list}.",
    "summary.series.before": "Before waivers",
    "summary.series.after": "After waivers",
    "summary.series.worst": "Worst case",
    # key messages
    "message.seal": "The estate reaches {seal} of the EU Cloud Sovereignty Framework: the level "
    "of its weakest criterion. It is held there by {caps}. (Chapter 2)",
    "message.seal.undecided": "The level in the EU Cloud Sovereignty Framework is not decided: "
    "it lies between {low} and {high}, because criteria that could lower it are unanswered. What "
    "holds it down so far: {caps}. (Chapter 2)",
    "message.seal.required": "Services that miss the SEAL asked of them, or cannot be shown to "
    "reach it: {count} of {total}. (Chapter 2)",
    "message.seal.none": "No level of the EU Cloud Sovereignty Framework can be given: no service "
    "is recorded as in scope of it. (Chapter 2)",
    "message.clauses": "A score speaks only of the clauses that rules judged: {list}. The others "
    "need documents and people. (Chapter 4)",
    "message.clauses.one": "{title}, {judged} of {clauses}",
    "message.score": "The rules score {before} of 100 as things stand, {after} if accepted "
    "exceptions count as passed, and {worst} if everything unknown failed. (Chapter 2)",
    "message.score.none": "Nothing could be decided, so there is no score. (Chapter 4)",
    "message.findings": "{critical} critical and {high} high verdicts fail. Most weighty: "
    "{top}. (Chapter 3)",
    "message.findings.none": "No critical or high rule fails among what could be decided. "
    "(Chapter 3)",
    "message.coverage": "{coverage} of what applies could be decided; {unknown} verdicts are "
    "unknown, most often because this is missing or not verified: {field}. (Chapter 4)",
    "message.coverage.full": "Everything that applies could be decided. (Chapter 4)",
    "message.completeness": "Resources with at least one decided verdict carry {shares} of the "
    "invoiced cost. (Chapter 5)",
    "message.completeness.none": "No invoice was imported, so nothing ties the estate to what "
    "is paid for. (Chapter 5)",
    "message.unverified": "Facts nobody has verified keep verdicts open: if they were "
    "confirmed, {fail} more would fail and {passing} would pass. (Chapter 6)",
    "message.waivers": "Exceptions in force: {active}, of which {soon} expire within 90 days; "
    "expired and failing again: {expired}. (Chapter 7)",
    "message.concentration": "{member} carries {share} of the monthly cost; the concentration "
    "index (HHI) by parent company is {hhi}. (Chapter 8)",
    "message.exposure": "{exposed} of {total} located placements sit with providers that a "
    "foreign state can compel to give access. (Chapter 8)",
    "message.cost": "Estimated cost of the workloads that have a price is {cost} a month ({priced} "
    "of {total}), {carbon}; {uncalibrated}. (Chapter 9)",
    "message.cost.carbon": "and carbon {carbon} kg CO₂e a month ({known} of {total})",
    "message.cost.carbon.none": "carbon is not known",
    "message.cost.uncalibrated": "the estimates are uncalibrated",
    "message.cost.calibrated": "the estimates are calibrated on measurements",
    # levels
    "levels.title": "Levels and scores",
    "levels.lead": "A level follows the weakest link; a score is an average of what was decided; "
    "coverage tells how much could be decided. None of the three replaces another.",
    "levels.frameworks": "By framework",
    "levels.frameworks.caption": "Level, score and coverage per framework",
    "levels.frameworks.note": "Level only where the framework defines one; else the worst failing "
    "severity. Scores 0 to 100. Score and coverage are weighted by rule weight (method "
    "chapter). Clauses judged: those for which a rule with an applicable subject was evaluated; "
    "the score says nothing about the others.",
    "levels.frameworks.empty": "No framework was evaluated.",
    "levels.verdicts.caption": "Verdicts per framework",
    "levels.undecided": "nothing decided",
    "levels.no_fail": "no failure among what was decided",
    "levels.clauses": "{judged} of {clauses}",
    "levels.pack": "Rule pack: {title}",
    "levels.all_rules": "All rules, each once",
    "levels.verdicts.note": "A waived verdict is a failing one with an approved exception. The "
    "five numbers add up to rules × subjects.",
    "levels.csf": "EU Cloud Sovereignty Framework by objective",
    "levels.csf.text": "Weight set {weights}. {seal}, score {score} of 100, coverage "
    "{coverage}. A SEAL is given only where no undecided criterion could lower it; otherwise low "
    "and high are given.",
    "levels.csf.caption": "Objectives: SEAL, points and what caps them",
    "levels.csf.figure": "SEAL by objective",
    "levels.csf.figure.words": "SEAL by objective, lowest to highest possible: {list}.",
    "levels.csf.low": "Proven",
    "levels.csf.high": "Still possible",
    "levels.csf.note": "Points: lowest to highest possible of the maximum, summed over criteria. "
    "Basis of an answer stands in brackets.",
    "levels.services": "EU Cloud Sovereignty Framework by service",
    "levels.services.caption": "Services in scope",
    "levels.services.empty": "No service is in scope of the framework.",
    "levels.services.note": "Below = below the SEAL asked; open = not decided; reached = at or "
    "above it.",
    "cap.criterion": "{criterion} {title}: {seal}{answer}{basis}{service}",
    "cap.answer": ", “{answer}”",
    "cap.basis": " [{basis}]",
    "cap.service": " ({service})",
    "cap.open": "open",
    "state.below": "below",
    "state.reached": "reached",
    "state.open": "open",
    "state.unasked": "none asked",
    # findings
    "findings.title": "Findings",
    "findings.lead": "A finding is a subject on which a rule fails. Findings are grouped by rule, "
    "the most severe first. At most {limit} rows a rule are printed here; findings.csv and "
    "findings.xlsx hold every row.",
    "findings.overview": "Overview",
    "findings.overview.caption": "Rules with findings",
    "findings.overview.empty": "No rule fails.",
    "findings.figure": "Failing verdicts by severity",
    "findings.figure.words": "Failing verdicts by severity: {list}.",
    "findings.series.fail": "Fail",
    "findings.series.waived": "Waived",
    "findings.severity": "Severity {severity}",
    "findings.severity.lead": "Rules: {rules}. Failing verdicts: {fails}. Waived: {waived}.",
    "findings.rule": "{rule_id} {title}",
    "findings.rule.test": "Fails where",
    "findings.rule.applies": "Applies where",
    "findings.rule.parameters": "Parameters",
    "findings.rule.source": "Source",
    "findings.rule.source.text": "{text}, as of {as_of}{mark} ({basis})",
    "findings.rule.frameworks": "Serves",
    "findings.rule.fix": "How to mend",
    "findings.rule.pack": "Rule",
    "findings.rule.pack.text": "version {version} of pack {pack}, weight {weight}, judged on "
    "“{subject}”",
    "findings.rule.counts": "Verdicts",
    "findings.rule.counts.text": "{fail} fail, {waived} waived, {passed} pass, {unknown} unknown, "
    "{not_applicable} not applicable",
    "findings.rows.caption": "{rule_id}: {shown} of {total} findings",
    "findings.rows.rest": "{rest} more in findings.csv and findings.xlsx, same order.",
    "findings.more_rows": " (and {count} more like it)",
    "field.class": "whether the data are of class {name} ({kind})",
    "field.label": "{words} ({kind})",
    "findings.waiver": "waiver {waiver_id}",
    "findings.owner": "owner {owner}",
    "findings.due": "due {due}",
    # not assessed
    "unknown.title": "Not assessed",
    "unknown.lead": "Freehold never takes silence for consent: where a value that could change the "
    "answer is missing, the verdict is unknown and lowers coverage. This chapter lists what is "
    "missing, so that it can be supplied.",
    "unknown.fields": "Missing values",
    "unknown.fields.caption": "What is missing, by field",
    "unknown.fields.empty": "No verdict is unknown.",
    "unknown.fields.note": "Verdicts with several missing values count at each of them. Every "
    "row is in not_assessed.csv.",
    "unknown.rules": "Rules not evaluated",
    "unknown.rules.caption": "Rules of the chosen packs that were not evaluated",
    "unknown.rules.empty": "Every rule of the chosen packs was evaluated.",
    "unknown.clauses": "Clauses that no rule judges",
    "unknown.clauses.lead": "A framework asks for more than an estate can show. These clauses are "
    "left to statements, contracts and audits; no score here covers them.",
    "unknown.clauses.caption": "Clauses left to people",
    "unknown.clauses.empty": "Every clause of the frameworks is judged by a rule.",
    "clause.attested": "to be attested",
    "clause.out_of_scope": "not read from an estate",
    "reason.not_yet_valid": "not yet in force at the as-of date",
    "reason.no_longer_valid": "no longer in force at the as-of date",
    "reason.pack_not_valid": "its pack is not valid at the as-of date",
    "reason.disabled": "switched off in this document",
    "reason.no_subject": "nothing of this kind in the estate",
    "reason.error": "the predicate could not be evaluated",
    # completeness
    "complete.title": "Completeness",
    "complete.lead": "Results speak only about what is in the estate. This chapter ties the estate "
    "to the invoices it was imported from, currency by currency; amounts of different currencies "
    "are never added.",
    "complete.resources": "Resources",
    "complete.resources.text": "{judged} of {resources} resources have at least one decided "
    "verdict ({share}); {without_cost} carry no cost.",
    "complete.cost": "Cost judged, by currency",
    "complete.cost.caption": "Invoiced cost and how much of it the judged resources carry",
    "complete.cost.empty": "No import carried cost.",
    "complete.cost.note": "Invoiced: sum over all records of the imports. On resources: the part "
    "that belongs to resources; the rest is purchases, taxes, credits and records left out. "
    "Judged: on resources with at least one decided verdict. The share is of the invoiced "
    "cost, or, where nothing was invoiced, of what resources carry; credits can make the invoice "
    "smaller than what resources carry.",
    "complete.accounts": "Import accounts",
    "complete.accounts.caption": "What each import read and took over",
    "complete.accounts.empty": "Nothing was imported; the estate was entered by hand or is a "
    "sample.",
    "complete.accounts.note": "Read = imported + skipped, in source records.",
    "complete.skipped.caption": "Records left out, by reason",
    "complete.skipped.empty": "No record was left out.",
    "complete.unknown.caption": "Values the sources did not tell, by reason",
    "complete.unknown.empty": "The sources told every value asked of them.",
    # unverified
    "facts.title": "Facts that results rest on",
    "facts.lead": "Critical and high rules do not decide on a catalogue fact that nobody has "
    "verified: their verdict stays unknown, and what it would be is shown here. Medium and low "
    "rules decide on it and are marked †.",
    "facts.rules": "Verdicts that hang on unverified facts",
    "facts.rules.caption": "If the facts were confirmed",
    "facts.rules.empty": "No verdict rests on an unverified fact.",
    "facts.assumed": "Assumed answers",
    "facts.assumed.caption": "Framework answers that were assumed",
    "facts.assumed.empty": "No framework answer was assumed.",
    "facts.confirmed": "Facts confirmed or overridden by users",
    "facts.confirmed.caption": "Confirmations",
    "facts.confirmed.empty": "No fact was confirmed or overridden.",
    # waivers
    "waivers.title": "Waivers",
    "waivers.lead": "Accepted exceptions. A waived verdict is still a failing one: it is counted, "
    "listed and shown in the score before waivers. An expired waiver has no effect.",
    "waivers.overview": "Overview and details",
    "waivers.caption": "All waivers, whatever their state",
    "waivers.empty": "No waiver is recorded.",
    "waivers.matches": "{now} now, {then} at approval (– is not recorded)",
    "waiver.field.rule": "Rule",
    "waiver.field.state": "State",
    "waiver.field.scope": "Scope",
    "waiver.field.category": "Category",
    "waiver.field.reason": "Reason",
    "waiver.field.requester": "Requested by",
    "waiver.field.owner": "Risk owner",
    "waiver.field.approver": "Approver",
    "waiver.field.dates": "Approved / expires",
    "waiver.field.control": "Compensating control",
    "waiver.field.evidence": "Evidence",
    "waiver.field.effect": "Effect",
    "waiver.field.matches": "Subjects matched",
    "waiver.active": "active",
    "waiver.expired": "expired",
    "waiver.grown": "grown",
    "waiver.revoked": "revoked",
    "waiver.void": "void: the rule has another version",
    "waiver.unmatched": "matches nothing",
    "waiver.not_evaluated": "rule not evaluated",
    "waiver.invalid": "not valid",
    "waiver.not_yet": "not yet approved at the as-of date",
    # dependency
    "depend.title": "Exposure and concentration",
    "depend.map": "Where things sit",
    "depend.map.figure": "Placements by location and legal exposure",
    "depend.map.words": "{located} placements at known locations: {list}. Placements without a "
    "known location, which are not on the map: {unplaced}.",
    "depend.map.caption": "Placements by location",
    "depend.map.empty": "No placement has a known location.",
    "exposure.eea_controlled": "no foreign access law known",
    "exposure.exposed_us": "a US access law binds the provider",
    "exposure.exposed_cn": "a Chinese access law binds the provider",
    "exposure.exposed_other": "another foreign access law binds the provider",
    "exposure.unknown": "exposure unknown",
    "depend.shares": "Concentration",
    "depend.shares.text": "No law sets a percentage above which dependence is excessive; limits "
    "in rules are house defaults and say so. HHI is the sum of squared shares: 1 is a single "
    "supplier, 1/n is n equal ones. The high value adds everything undecided to the largest "
    "member.",
    "depend.shares.figure": "Share of monthly cost by parent company",
    "depend.shares.words": "Share of monthly cost by parent company: {list}.",
    "depend.shares.caption": "Shares and concentration index",
    "depend.shares.empty": "No share could be computed.",
    "depend.shares.unmeasured": "Undecided, because some rows lack what the share is measured "
    "on: {list}.",
    "depend.more": "and {count} more",
    "dimension.provider": "Provider",
    "dimension.provider_group": "Parent company",
    "dimension.jurisdiction": "Jurisdiction",
    "dimension.parent_country": "Parent's country",
    "dimension.region": "Region",
    "dimension.control_plane_country": "Control plane country",
    "dimension.chip_vendor": "Chip vendor",
    "dimension.chip_fab_country": "Chip fabrication country",
    "dimension.model_developer": "Model developer",
    "dimension.orchestration_tool": "Orchestration tool",
    "dimension.orchestration_layer": "Orchestration layer",
    "dimension.law_country": "Country of compelled-access law",
    "dimension.identity_provider_group": "Identity provider's group",
    "dimension.host_group": "Host's group",
    "dimension.technology_group": "Technology supplier's group",
    "dimension.model_developer_country": "Model developer's country",
    "base.cost": "monthly cost",
    "base.resources": "resources",
    "base.critical_functions": "critical functions",
    "base.accelerators": "accelerators",
    "base.workloads": "workloads",
    # capacity
    "capacity.title": "Capacity and cost",
    "capacity.spend": "Monthly cost by provider",
    "capacity.spend.figure": "Monthly cost by parent company, USD",
    "capacity.spend.words": "Monthly cost by parent company in USD: {list}.",
    "capacity.spend.caption": "Monthly cost by provider, USD at the as-of exchange rate",
    "capacity.spend.empty": "No cost is recorded.",
    "capacity.spend.total": "Total",
    "capacity.workloads": "Workloads",
    "capacity.uncalibrated": "Uncalibrated: capacity figures follow from physics and named "
    "assumptions and have not yet been fitted to measurements. Treat them as orders of magnitude.",
    "capacity.workloads.caption": "Workloads: fit, performance, cost, energy and carbon a month",
    "capacity.workloads.note": "Ranges are 80 % intervals where given. Cost from the catalogue's "
    "prices; energy includes the site's PUE; carbon from the grid's average intensity.",
    "capacity.workloads.empty": "No workload is recorded.",
    "capacity.fits": "fits",
    "capacity.refused": "does not fit: {reason}",
    "capacity.not_estimated": "not estimated: {reason}",
    "capacity.not_sized": "not sized: needs no accelerator",
    "metric.ttft_ms": "Time to first token, ms",
    "metric.tpot_ms": "Time per output token, ms",
    "metric.output_tokens_per_s_total": "Output tokens/s",
    "metric.devices_needed": "Accelerators needed",
    "metric.tokens_per_s_total": "Training tokens/s",
    "metric.days": "Days per run",
    "metric.gpu_hours_per_run": "GPU hours per run",
    "metric.memory_total_gib": "Memory per device, GiB",
    "capacity.price": "price: {source}, {as_of}",
    "capacity.definitions": "What the figures count",
    "capacity.assumptions": "Assumptions",
    "load.title": "Serving workloads under load",
    "load.caption": "Simulated: {count} requests in a Poisson stream, served one by one",
    "load.note": "Simulated event by event with the step times of the capacity model, not "
    "measured; ranges from runs with all steps as slow and as fast as the 80 % range allows. First "
    "token: from arrival, waiting included. Per token: a request's mean after its first. Offered "
    "load: work of the requests over what the replicas can do; above 1 there is no end to the "
    "queue. Assumed: {assumed}.",
    "load.nothing": "nothing",
    "load.overloaded": "overloaded: {why}",
    "load.p50": "half within {value}",
    "load.p95": "95 % within {value}",
    "load.met": "{share} within {target} ms",
    "load.slow": "overloaded",
    # scenarios
    "scenarios.title": "Scenarios",
    "scenarios.caption": "Side by side",
    "measure.changes": "Changes against the base",
    "measure.seal": "Level (EU CSF)",
    "measure.score": "Score, before waivers",
    "measure.coverage": "Coverage",
    "measure.cost": "Cost a month: resources, and workloads not billed as resources",
    "measure.carbon": "Carbon, kg CO₂e a month",
    "measure.parent": "Largest parent's share of cost",
    "measure.lost": "Critical functions lost",
    "scenarios.drivers": "What drives the difference",
    "scenarios.drivers.caption": "Drivers, against the base",
    "scenarios.drivers.empty": "No difference to explain.",
    # method, glossary, sources
    "method.title": "Method and limits",
    "method.decisions": "Points the texts leave open, and how they were decided",
    "method.weights": "Weight sets of the EU Cloud Sovereignty Framework",
    "method.weights.caption": "Weights per objective, per cent",
    "method.weights.note": "This report uses {weights} (✓). Weights are not a ranking of risk: "
    "procurement secures some objectives elsewhere.",
    "glossary.title": "Glossary",
    "sources.title": "Sources",
    "sources.caption": "Sources of facts",
    "sources.empty": "No source is recorded.",
    "sources.note": "Rows not verified: facts taken from a source that nobody has checked against "
    "the original.",
    # files
    "files.clipped": " … (longer than a cell can hold; whole in the CSV file)",
    "files.readme": "Freehold audit report: tables. Cells are text, numbers and dates as computed; "
    "nothing here is a formula. In the CSV files a text that begins with = + - @, a tab or a line "
    "break carries a leading apostrophe so that no spreadsheet runs it.",
} | METHOD
ENGLISH.update(PLAN)


def text(key: str, /, **values: object) -> str:
    """Return the sentence or label of `key` with its placeholders filled.

    Raises:
        KeyError: there is no such text, or a placeholder has no value.
    """
    template = ENGLISH[key]
    return template.format(**values) if values else template


def text_or(key: str, fallback: str) -> str:
    """Return the label of `key`, or `fallback` where a code has no label of its own."""
    return ENGLISH.get(key, fallback)


def title(name: str) -> str:
    """Return a column title; titles are their own keys.

    Raises:
        KeyError: the chapters use a title that is not listed for translation.
    """
    if name not in COLUMN_TITLES:
        raise KeyError(name)
    return name
