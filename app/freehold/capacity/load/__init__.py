"""Requests over time on replicas that batch continuously, simulated event by event.

The closed form gives means of a steady state; this room gives percentiles, bursts, queues,
preemptions, failures and autoscaling, with the same step times.
"""

from freehold.capacity.load.autoscaling import Autoscaling
from freehold.capacity.load.failures import Failures
from freehold.capacity.load.fleet import Fleet, Outcome, simulate
from freehold.capacity.load.replica import Limits
from freehold.capacity.load.requests import Requests
from freehold.capacity.load.routing import ROUTING
from freehold.capacity.load.steps import StepTimes
from freehold.capacity.load.summary import LATENCIES, STATISTICS, Summary, summarise
from freehold.capacity.load.timeline import replicas_over_time, timeline
from freehold.capacity.load.traces import Trace, read_trace
from freehold.capacity.load.workload import (
    SIMULATED,
    Question,
    Simulation,
    check,
    simulate_workload,
)

__all__ = [
    "LATENCIES",
    "ROUTING",
    "SIMULATED",
    "STATISTICS",
    "Autoscaling",
    "Failures",
    "Fleet",
    "Limits",
    "Outcome",
    "Question",
    "Requests",
    "Simulation",
    "StepTimes",
    "Summary",
    "Trace",
    "check",
    "read_trace",
    "replicas_over_time",
    "simulate",
    "simulate_workload",
    "summarise",
    "timeline",
]
