"""Scenario runs and their comparison."""
