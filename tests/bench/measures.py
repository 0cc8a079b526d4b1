"""The measures there are: their module, sizes and what a size counts.

The parent process reads only this table: it must stay small, as a child's peak memory may start
at its parent's.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Measure:
    """One measure: `module` has `measure(size, runs, folder)`.

    Attributes:
        sizes: the sizes run by default, smallest first.
        large: sizes that the option --large adds.
        counts: what a size is a number of.
        growing: the figures whose growth with size is told.
        prepares: `module` also has `prepare(size, folder)`, which makes the input.
    """

    name: str
    title: str
    module: str
    sizes: tuple[int, ...]
    large: tuple[int, ...]
    counts: str
    growing: tuple[str, ...]
    prepares: bool = False


MEASURES = (
    Measure("catalogue", "Load the catalogue", "catalogue_loading", (1,), (), "catalogue", ()),
    Measure(
        "judge", "Publish an estate and judge it with the shipped packs", "judging",
        (1_000, 10_000, 100_000), (1_000_000,), "resources", ("publish", "judge", "floor"),
    ),
    Measure(
        "reference", "Judge the reference estate with 100 rules", "reference_judging",
        (1_000, 10_000, 100_000), (1_000_000, 10_000_000), "rows", ("judge", "floor"),
    ),
    Measure(
        "subject", "Explain a subject of the reference estate, move a weight, move a threshold",
        "reference_asking",
        (1_000, 10_000, 100_000), (1_000_000,), "rows", ("explain 100 rules", "weight"),
    ),
    Measure(
        "rules", "Judge 1,000 rows with more and more rules", "rule_growth",
        (25, 50, 75), (100, 200, 400), "rules", ("judge first time", "judge", "floor"),
    ),
    Measure(
        "asking", "Explain a subject, and score again with other weights", "asking",
        (1_000, 10_000, 100_000), (1_000_000,), "resources",
        ("explain", "explain at once", "score again"),
    ),
    Measure(
        "import", "Import a FOCUS file", "importing",
        (10_000, 100_000), (1_000_000,), "records", ("import", "floor"), prepares=True,
    ),
    Measure(
        "capacity", "Estimate configurations, out of the database and back", "estimating",
        (1_000, 10_000, 100_000), (1_000_000,), "configurations", ("estimate",),
    ),
    Measure(
        "accuracy", "Fit capacity factors and predict what was left out", "accuracy",
        (10_000,), (), "rows", ("fit",),
    ),
    Measure(
        "load", "Simulate requests on replicas that batch continuously", "simulating",
        (1_000, 10_000, 100_000), (1_000_000,), "requests", ("fixed", "lognormal", "everything"),
    ),
    Measure(
        "drift", "Compare two kept runs, a tenth of the resources moved between", "drift",
        (1_000, 10_000, 100_000), (1_000_000,), "resources", ("compare",),
    ),
    Measure(
        "document", "Save and load a document", "documents",
        (1_000, 10_000, 100_000), (1_000_000,), "resources", ("save", "load"),
    ),
    Measure(
        "report", "Write an audit report", "reporting",
        (100, 1_000, 10_000), (100_000,), "resources", ("gather", "html", "pdf", "xlsx", "csv"),
    ),
    Measure(
        "scenario", "Run a scenario that changes a tenth of the estate", "scenario_run",
        (1_000, 10_000, 100_000), (1_000_000,), "resources", ("full run", "scenario run"),
    ),
    Measure(
        "uncertainty", "Simulate a plan of 100 rows over 24 months", "uncertain_plan",
        (1_000, 10_000), (100_000,), "draws", ("simulate",),
    ),
    Measure(
        "shock", "Set a shock on an estate, beside an incremental re-score", "shock_run",
        (1_000, 10_000), (100_000, 1_000_000), "resources", ("shock", "incremental re-score"),
    ),
    Measure(
        "checkov", "Judge a Terraform plan by 40 rules, beside Checkov if it is installed",
        "checkov_beside", (1_000,), (10_000,), "resources", ("freehold",),
    ),
    Measure(
        "aiconfigurator", "Predict measured serving rows, beside aiconfigurator if it is installed",
        "aiconfigurator_beside", (24,), (1_000,), "configurations", ("freehold",),
    ),
    Measure(
        "by_hand", "Plan 24 months at 15 % per provider, beside plans made by hand",
        "handmade_plans", (12,), (), "workloads", (),
    ),
    Measure(
        "planning", "Plan 12 months with every limit", "planning",
        (400,), (), "offers", ("first plan",),
    ),
)  # fmt: skip
