"""Physics meets measurements: fitted factors by level, their folds and their residuals.

`python -m freehold.capacity.calibration` fits them again; the tables beside this module are what
it writes, with the SHA-256 of what it read.
"""
