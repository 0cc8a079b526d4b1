"""What a training phase usually looks like, where the work does not say so itself."""

import numpy as np
import pandas as pd

from freehold.capacity.assumptions import read_table
from freehold.capacity.columns import numbers, texts, words

FILLED = "preset"
"""Column that names the preset a row was filled from; blank where nothing was filled."""


def presets() -> pd.DataFrame:
    """Return the presets: phase, title, seq_len, global_batch_tokens, precision, source."""
    return read_table("training_presets.csv")


def with_presets(spec: pd.DataFrame) -> pd.DataFrame:
    """Fill sequence length, global batch (sequences) and precision of known phases where blank.

    A row that was filled names its phase in the column `preset`, which the estimate flags.
    """
    table = presets().set_index("phase")
    phase = words(spec, "phase").lower()

    def of(column: str) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
        values = numbers(table, column)
        by_phase = dict(zip(table.index, values, strict=True))
        return phase.numbers(lambda name: by_phase.get(name, np.nan))

    length, batch = numbers(spec, "seq_len"), numbers(spec, "global_batch")
    short = ~np.isfinite(length) & np.isfinite(of("seq_len"))
    length = np.where(short, of("seq_len"), length)
    none = ~np.isfinite(batch) & np.isfinite(of("global_batch_tokens"))
    # A power of two divides evenly over the ranks of most clusters.
    with np.errstate(divide="ignore", invalid="ignore"):
        usual = np.exp2(np.round(np.log2(np.maximum(of("global_batch_tokens") / length, 1.0))))
    batch = np.where(none, usual, batch)
    precision, narrow = texts(spec, "precision"), table["precision"].to_dict()
    named = phase.mapped(lambda name: narrow.get(name, ""))
    bare = np.asarray(precision == "", dtype=np.bool_) & ~named.equal("")
    filled = short | none | bare
    return spec.assign(
        seq_len=length,
        global_batch=batch,
        precision=precision.where(~bare, pd.Series(named.text(), index=spec.index, dtype="str")),
        **{FILLED: np.where(filled, phase.text(), "")},
    )
