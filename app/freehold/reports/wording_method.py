"""The explanations of method, open points and terms that every audit report carries."""

_METHOD: dict[str, tuple[str, str]] = {
    "verdicts": (
        "Verdicts",
        "Each rule is a condition under which it applies and a condition under which it fails, "
        "evaluated in three-valued logic. Both true: fail. Undecided because a value is missing: "
        "unknown. Applies but does not fail: pass. Does not apply: not applicable. A missing "
        "value therefore matters only where it could change the answer, and nothing missing ever "
        "counts as a pass.",
    ),
    "rollup": (
        "Several rows for one subject",
        "Where a rule looks at several rows of one subject, “every” takes the worst (fail, then "
        "unknown, then pass) and “some” the best (pass, then unknown, then fail).",
    ),
    "score": (
        "Score",
        "Score of a rule = 100 × weight of passing subjects ÷ weight of passing and failing "
        "subjects, over decided subjects only; a subject weighs 1 unless the rule names a base. "
        "Score of a framework = mean of its rules' scores weighted by rule weight; rules without "
        "a score are left out. Nothing decided gives no score.",
    ),
    "coverage": (
        "Coverage",
        "Coverage of a rule = decided verdicts ÷ (pass + fail + unknown). Coverage of a framework "
        "= mean weighted by rule weight over rules with at least one applicable subject. Nothing "
        "decided gives 0.",
    ),
    "three_ways": (
        "Three scores",
        "Before waivers: a waived verdict counts as a fail. After waivers: as a pass. Worst case: "
        "every unknown verdict counts as a fail and waivers do not help.",
    ),
    "csf": (
        "EU Cloud Sovereignty Framework",
        "48 criteria in 8 objectives. SEAL of a criterion: that of the option taken; of an "
        "objective: the lowest of its criteria; of a service: the lowest of its objectives; of "
        "the estate: the lowest of the services in scope. Score = points ÷ maximum points × "
        "weight, summed over objectives; the real maximum of each objective is used, so that a "
        "perfect answer is exactly 100. Over several parties of a delivery chain the lowest SEAL "
        "and the lowest points are taken. An option derived from facts beats one that was "
        "attested; a disagreement is listed.",
    ),
    "unverified": (
        "Unverified facts",
        "Each catalogue fact carries its source, date and whether somebody verified it. For "
        "critical and high rules an unverified fact counts as missing; medium and low rules use "
        "it and are marked †.",
    ),
    "waivers": (
        "Waivers",
        "A waiver names rule, subjects, reason, owner, approver (another person), expiry and "
        "compensating control. It covers what it matched at approval: subjects that join later "
        "stay failing and the waiver is marked as grown.",
    ),
    "capacity": (
        "Capacity",
        "Memory need follows from weights, activations and key-value cache; speed from the lower "
        "of compute and memory bandwidth, times named factors fitted to published measurements. "
        "The 80 % range beside a figure is the one in which four of five measurements lay whose "
        "source was left out of the fit; doubts such as an assumed length widen it.",
    ),
    "money": (
        "Money, energy, carbon",
        "Money is kept as decimals in its own currency and converted only for shares and totals, "
        "at the rate of the as-of date. Energy includes the site's PUE where known. Carbon is the "
        "average intensity of the grid, not of contracts for green power.",
    ),
    "reproduce": (
        "Reproducing this report",
        "The run id is computed from the hashes of estate, catalogue, rules and parameters and "
        "from the program version. The same inputs and the same version give the same bytes; the "
        "dates inside the files are the as-of date.",
    ),
    "limits": (
        "Limits",
        "Freehold judges what is recorded, not what is true: it does not inspect systems, read "
        "contracts or interpret law. A self-score is not a certification. Absence of a finding "
        "means that no rule of the chosen packs failed on the data given. Text written from right "
        "to left is not joined or reordered in the PDF; the HTML, XLSX and CSV files carry it "
        "properly. Signs that the PDF's font lacks stand there as their code point, as in "
        "[U+1F600].",
    ),
}

_DECISIONS: tuple[str, ...] = (
    "The framework has two official weight sets, of October 2025 and June 2026; results name the "
    "one used. SEAL-3 goes by two names in the texts; the number counts.",
    "“EU” and “EU/EEA” are used side by side in the framework's calculator. EU rules here test "
    "membership of the EU, EEA rules membership of the EEA; Switzerland and the United Kingdom "
    "belong to neither.",
    "“Control” has no single definition. The rules test capital, veto and board majority "
    "(SecNumCloud 19.6) and the seat of the ultimate parent; votes, control in the sense of "
    "Regulation (EU) 2021/697 and effective control (BSI C3A) are not judged.",
    "That foreign requests are “always rejected” (SOV-2.3) cannot be proven by a statement; it is "
    "accepted only with evidence of immunity.",
    "A key held by the customer keeps a provider from reading data only with client-side "
    "encryption or attested confidential computing; otherwise the lower option is taken.",
    "Telemetry and other technical data are placements of their own: some texts include them in "
    "the duty to stay, others speak of customer data only.",
    "For the United States, adequacy depends on the recipient's certification under the Data "
    "Privacy Framework, never on the country alone.",
    "Sources disagree on how strict some localisation laws are (Kazakhstan, India, Saudi Arabia, "
    "Türkiye): the law's details and the † mark are shown.",
    "No law sets a percentage for concentration. Limits in rules are house defaults and labelled "
    "so.",
    "Of BSI C3A only single criteria that rules name are used; its national criteria, written for "
    "Germany, are not judged.",
    "A critical function that several providers serve counts in equal parts for each of them, "
    "whatever their role; losing one of them may still stop it.",
    "Exposure means that a law could compel the provider or its parent. It does not say that a "
    "request was made, nor that the data are readable.",
    "The implementation guidance of the framework is an aid for public buyers, not law.",
    "The guidance does not say how points of several parties combine: the lowest is taken.",
)

_TERMS: dict[str, str] = {
    "As-of date": "The date whose facts and laws apply. All validity is judged at it.",
    "BYOK, HYOK": "Bring or hold your own key: the customer supplies the key to the provider, or "
    "keeps it outside the provider's reach.",
    "CLOUD Act": "US statute of 2018 under which providers within US jurisdiction must hand over "
    "data in their possession or control, wherever stored.",
    "Control plane": "The systems through which a service is administered; may sit elsewhere than "
    "the data.",
    "Coverage": "Share of what applies that could be decided.",
    "DORA": "Regulation (EU) 2022/2554 on digital operational resilience of the financial sector.",
    "DPF": "EU-US Data Privacy Framework, on which adequacy for certified US recipients rests.",
    "EEA": "European Economic Area: the EU with Iceland, Liechtenstein and Norway.",
    "Exposure": "A foreign law can compel the provider, or its ultimate parent, to give access.",
    "HHI": "Herfindahl-Hirschman index: the sum of squared shares, 0 to 1.",
    "Placement": "A resource, data set or workload at a provider and region, in a role such as "
    "storage, processing, backup or telemetry.",
    "PUE": "Power usage effectiveness: energy of the site ÷ energy of the IT equipment.",
    "SEAL": "Sovereignty Effective Assurance Level of the EU Cloud Sovereignty Framework, 0 to 4.",
    "TTFT, TPOT": "Time to first token, and time per output token after it.",
    "Ultimate parent": "The company at the top of a provider's ownership.",
    "Unknown": "Not decided, because a value that could change the answer is missing or "
    "unverified.",
    "Verdict": "The result of one rule on one subject.",
    "Waiver": "An approved, dated exception; the verdict stays a failing one underneath.",
}

_SEALS: tuple[str, ...] = (
    "no sovereignty",
    "jurisdictional sovereignty",
    "data sovereignty",
    "digital resilience",
    "full digital sovereignty",
)

METHOD: dict[str, str] = (
    {f"method.{key}.title": title for key, (title, _) in _METHOD.items()}
    | {f"method.{key}.text": body for key, (_, body) in _METHOD.items()}
    | {f"decision.{number}": body for number, body in enumerate(_DECISIONS, 1)}
    | {f"term.{name}": meaning for name, meaning in _TERMS.items()}
    | {f"seal.{number}": name for number, name in enumerate(_SEALS)}
)
METHOD_KEYS: tuple[str, ...] = tuple(_METHOD)
DECISION_COUNT: int = len(_DECISIONS)
TERMS: tuple[str, ...] = tuple(_TERMS)
