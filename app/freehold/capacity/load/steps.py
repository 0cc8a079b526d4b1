"""Times of a replica's steps, tabulated from the closed-form serving model."""

from dataclasses import dataclass, replace

import numpy as np

from freehold.capacity import serving
from freehold.capacity.columns import Floats, rows_of

_PROBE_TOKENS = 1024.0
_PREFILL_POINTS = 8192


@dataclass(frozen=True)
class StepTimes:
    """Seconds of a step of B sequences with S cached tokens: fixed_s[B] + per_token_s[B] S.

    A step that also processes prompt tokens d to e of a request lasts
    prefill_s[e] - prefill_s[d] longer, so that the chunks of a prompt add up to its closed-form
    time whatever its cut. `lag_s[p]` passes between the end of the step that finishes a prompt of
    p tokens and its first token (further pipeline stages, the server's own handling) without
    keeping the replica busy.
    """

    fixed_s: Floats
    per_token_s: Floats
    prefill_s: Floats
    lag_s: Floats

    def scaled(self, factor: float) -> "StepTimes":
        """Return the times with everything slower by a factor."""
        return replace(
            self,
            fixed_s=self.fixed_s * factor,
            per_token_s=self.per_token_s * factor,
            prefill_s=self.prefill_s * factor,
            lag_s=self.lag_s * factor,
        )


def step_times(
    engine: serving.Engine,
    load: serving.Load,
    row: int,
    *,
    sequences: int,
    longest: int,
    batched_tokens: int,
) -> StepTimes:
    """Evaluate the closed form of one configuration for every batch and every prompt length.

    Args:
        engine: achieved rates of prepared configurations.
        load: what they are asked; only the server's handling time is read.
        row: the configuration.
        sequences: largest batch of a replica.
        longest: largest context in tokens.
        batched_tokens: prompt tokens of one step at most.

    At a given batch the closed form is linear in the context, so two evaluations per batch give
    it exactly. Prompts are evaluated at 8,192 lengths at most and joined by straight lines.
    """

    def repeated(rows: int) -> serving.Engine:
        return rows_of(engine, np.full(rows, row, dtype=np.int64))

    batch = np.arange(1, sequences + 1, dtype=np.float64)
    many = repeated(sequences)
    fixed = serving.decode_step_s(many, batch, np.zeros(sequences))
    probed = serving.decode_step_s(many, batch, np.full(sequences, _PROBE_TOKENS))
    slope = (probed - fixed) / (_PROBE_TOKENS * batch)
    points = np.unique(np.round(np.linspace(0, longest, min(longest, _PREFILL_POINTS) + 1)))
    some, chunk = repeated(len(points)), np.full(len(points), float(batched_tokens))
    work = serving.prefill_s(some, points, chunk)
    ranks = some.layout.attention_dp * some.layout.pp
    through = serving.first_pass_s(some, work, points, chunk)
    lag = through - work / ranks + load.server_s[row] * some.fitted.first
    lengths = np.arange(longest + 1, dtype=np.float64)
    return StepTimes(
        fixed_s=np.concatenate([[0.0], fixed]),
        per_token_s=np.concatenate([[0.0], slope]),
        prefill_s=np.interp(lengths, points, work / ranks),
        lag_s=np.interp(lengths, points, lag),
    )
