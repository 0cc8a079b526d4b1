"""Benchmarks: speed, memory and scaling, as ratios against a floor measured in the same run."""
