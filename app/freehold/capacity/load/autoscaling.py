"""How many replicas a fleet should have at the load it sees."""

import math
from collections import deque
from dataclasses import dataclass


@dataclass(frozen=True)
class Autoscaling:
    """A target per replica, as of the Horizontal Pod Autoscaler of Kubernetes.

    Replicas wanted = ceil(sum of the metric / target), unless within the tolerance of what there
    is; down to the largest wanted of the last `calm_s` seconds (Kubernetes documentation,
    "Horizontal Pod Autoscaling": algorithm details, stabilization window).

    Attributes:
        least: replicas kept at least.
        most: replicas at most.
        target: of the metric per replica.
        metric: `outstanding` (requests not ended) or `waiting` (those without a started prompt).
        interval_s: seconds between two looks.
        calm_s: seconds of lower load before replicas are given up.
        tolerance: share by which the metric may miss its target.
    """

    least: int
    most: int
    target: float
    metric: str = "outstanding"
    interval_s: float = 15.0
    calm_s: float = 300.0
    tolerance: float = 0.1


class Scaler:
    """Remembers what was wanted lately."""

    def __init__(self, rule: Autoscaling) -> None:
        self.rule = rule
        self._lately: deque[tuple[float, int]] = deque()

    def wanted(self, time_s: float, metric: float, replicas: int) -> int:
        """Return the replicas to have from now on."""
        rule = self.rule
        ratio = metric / (rule.target * max(replicas, 1))
        by_load = math.ceil(metric / rule.target)
        wanted = replicas if abs(ratio - 1.0) <= rule.tolerance else by_load
        wanted = min(max(wanted, rule.least), rule.most)
        self._lately.append((time_s, wanted))
        while self._lately[0][0] < time_s - rule.calm_s:
            self._lately.popleft()
        if wanted >= replicas:
            return wanted
        return min(max(number for _, number in self._lately), replicas)
