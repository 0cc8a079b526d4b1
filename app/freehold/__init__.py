"""Freehold: compliance, capacity and cost of a multi-cloud estate as one model."""

__version__ = "0.1.0"
