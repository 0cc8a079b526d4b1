"""The sentences of the Overview page, composed from a run."""

from PySide6.QtCore import QObject

from freehold.desktop.numbers import show
from freehold.desktop.pages.overview_data import OverviewData
from freehold.scenarios import Run

_FIRST_GOOD_SEAL = 3


class OverviewTexts(QObject):
    """Says level, caps and scores in words."""

    def level(self, run: Run) -> tuple[str, str]:
        """Return the level or its range, and its tone."""
        level = run.level
        if level.seal_low is None or level.seal_high is None:
            return self.tr("No level"), "unknown"
        if level.seal is None:
            return self.tr("SEAL {0} to {1}").format(level.seal_low, level.seal_high), "warn"
        tone = "good" if level.seal >= _FIRST_GOOD_SEAL else "warn" if level.seal else "bad"
        return self.tr("SEAL {0}").format(level.seal), tone

    def level_head(self, run: Run) -> str:
        """Return the framework's name with the weight set in force."""
        return self.tr("EU Cloud Sovereignty Framework, weights {0}").format(run.weights)

    def level_note(self, run: Run) -> str:
        """Return score, coverage and the services below what is asked of them."""
        level = run.level
        if not level.services:
            return self.tr("No service is in scope. Name services on the Estate page.")
        if level.score is not None:
            score = self.tr("score {0} of 100").format(show(level.score, "number", 1))
        else:
            score = self.tr("score {0} to {1} of 100").format(
                show(level.score_low, "number", 1), show(level.score_high, "number", 1)
            )
        below = [service.below_required for service in level.services]
        return self.tr(
            "{0}, {1} of answers decided\n{2} of {3} services below the SEAL asked"
        ).format(
            score,
            show(level.coverage, "share", 0),
            sum(1 for is_below in below if is_below),
            len(below),
        )

    def caps(self, run: Run, data: OverviewData) -> str:
        """Return which criteria hold the level down, by title."""
        named = [
            self.tr("{0} {1}").format(criterion, data.framework.criteria[criterion].title)
            for criterion in run.level.capped_by
            if criterion in data.framework.criteria
        ]
        if not named:
            return self.tr("Nothing holds it down.") if run.level.services else ""
        return self.tr("Held there by {0}").format("; ".join(named))

    def score_head(self, run: Run) -> str:
        """Return how many rules of which packs were judged."""
        titles = [pack.title.partition(" (")[0] for pack in run.judgement.packs]
        return self.tr("Score of {0} rules: {1}").format(
            len(run.judgement.rules), ", ".join(titles)
        )

    def score_note(self, run: Run, data: OverviewData) -> str:
        """Return coverage and the other two readings of the score."""
        return self.tr(
            "of 100, on {0} coverage, before waivers\n{1} after waivers, {2} if all unknown fail"
        ).format(
            show(run.measures.coverage, "share", 0),
            show(data.scores.after, "number", 1),
            show(data.scores.worst, "number", 1),
        )

    def gpu_note(self, data: OverviewData) -> str:
        """Return hours and carbon of the GPU workloads and how many tell them."""
        gpu = data.gpu
        hours = (
            self.tr("{0} device hours").format(show(gpu.hours, "integer"))
            if gpu.hours is not None
            else self.tr("hours unknown")
        )
        carbon = (
            self.tr("{0} kg CO₂e").format(show(gpu.carbon_kg, "integer"))
            if gpu.carbon_kg is not None
            else self.tr("carbon unknown")
        )
        return self.tr("USD, {2} of {3} priced; {0}, {1}; estimated").format(
            hours, carbon, gpu.cost_of, gpu.workloads
        )

    def cost_note(self, run: Run) -> str:
        """Return what the cost per month leaves out."""
        cost = run.cost
        return self.tr("USD; {0} resources, {1} workloads without price").format(
            show(cost.unpriced_resources, "integer"), show(cost.unpriced_workloads, "integer")
        )
