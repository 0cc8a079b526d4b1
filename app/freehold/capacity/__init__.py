"""What models need and what they then do: memory fit, serving, training, sizing."""

from freehold.capacity.candidates import candidates
from freehold.capacity.checks import Tables
from freehold.capacity.curves import latency_curve
from freehold.capacity.estimate import estimate, unused_columns
from freehold.capacity.predictions import BASIS, Metric, Predictions, metrics
from freehold.capacity.router import CLAIM, Routing, route
from freehold.capacity.search import OBJECTIVES, Objective, Search, search_serving
from freehold.capacity.search_space import Space
from freehold.capacity.sizing import size_serving
from freehold.capacity.table_estimate import estimate_table
from freehold.capacity.training import MFU_DEFINITION
from freehold.capacity.training_presets import presets
from freehold.capacity.training_search import (
    TRAINING_OBJECTIVES,
    TrainingObjective,
    TrainingSearch,
    search_training,
)
from freehold.capacity.validation import Validation, validate
from freehold.capacity.workloads import size_workloads

__all__ = [
    "BASIS",
    "CLAIM",
    "MFU_DEFINITION",
    "OBJECTIVES",
    "TRAINING_OBJECTIVES",
    "Metric",
    "Objective",
    "Predictions",
    "Routing",
    "Search",
    "Space",
    "Tables",
    "TrainingObjective",
    "TrainingSearch",
    "Validation",
    "candidates",
    "estimate",
    "estimate_table",
    "latency_curve",
    "metrics",
    "presets",
    "route",
    "search_serving",
    "search_training",
    "size_serving",
    "size_workloads",
    "unused_columns",
    "validate",
]
