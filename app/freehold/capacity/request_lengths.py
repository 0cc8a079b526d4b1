"""Tokens of prompts and answers: as stated, a named benchmark's, or assumed and flagged."""

from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
import pandas as pd

from freehold.capacity.assumptions import Assumptions, read_table
from freehold.capacity.columns import Bools, Floats, Words, numbers
from freehold.capacity.models import Architecture
from freehold.capacity.remarks import Notes, Refusals, refuse_unreadable

_SYNTHETIC: Final = ("offline static batch", "single stream prefill")


@dataclass(frozen=True)
class Lengths:
    """Mean tokens of each configuration's requests; NaN `output` = refused as not stated."""

    prompt: Floats
    output: Floats
    assumed: Bools


@cache
def _known() -> tuple[tuple[str, str, float, float], ...]:
    """Return (scenario, model, prompt, answer) of benchmarks (benchmark_lengths.csv)."""
    table = read_table("benchmark_lengths.csv")
    columns = ["scenario", "model_id", "prompt_tokens", "output_tokens"]
    return tuple(
        (str(part), str(name), float(prompt), float(output))
        for part, name, prompt, output in table[columns].itertuples(index=False)
    )


def _benchmark(model: Words, scenario: Words) -> tuple[Floats, Floats]:
    """Return mean prompt and answer of a named benchmark's data set, NaN where none is known."""
    prompts = np.full(len(model.positions), np.nan)
    outputs = prompts.copy()
    for part, name, prompt, output in _known():
        found = scenario.contain(part) & model.equal(name)
        prompts, outputs = np.where(found, prompt, prompts), np.where(found, output, outputs)
    return prompts, outputs


def read_lengths(
    spec: pd.DataFrame,
    a: Architecture,
    scenario: Words,
    *,
    assumed: Assumptions,
    refusals: Refusals,
    notes: Notes,
) -> Lengths:
    """Read input_tokens and output_tokens; refuse what cannot be, flag what is assumed."""
    prompt, output = numbers(spec, "input_tokens"), numbers(spec, "output_tokens")
    for column, value in (("input_tokens", prompt), ("output_tokens", output)):
        bad = (value < 0) | np.isinf(value) | (value > 1e9)
        refusals.add(bad, f"{column} cannot be {{value}}", value=value)
        refuse_unreadable(spec, column, refusals)
    encoder = a.kind.equal("embedding", "vision")
    output = np.where(encoder & ~np.isfinite(output), 0.0, output)
    known, cut = _benchmark(a.model_id, scenario)
    notes.add(~np.isfinite(output) & np.isfinite(cut), "output length of the benchmark's data set")
    output = np.where(np.isfinite(output), output, cut)
    speech = a.kind.equal("asr")
    # A named benchmark cuts speech into known pieces; a user's own recordings are not known.
    brief = speech & ~np.isfinite(output) & scenario.contain("mlperf")
    notes.add(brief, "transcript length assumed")
    output = np.where(brief, assumed["asr_output_tokens"], output)
    refusals.add(~np.isfinite(output), "output_tokens is not stated")
    no_prompt = ~np.isfinite(prompt)
    notes.add(no_prompt, "prompt length assumed")
    usual = np.where(speech, assumed["asr_prompt_tokens"], assumed["default_prompt_tokens"])
    prompt = np.where(no_prompt, np.where(np.isfinite(known), known, usual), prompt)
    refusals.add((prompt == 0) & (output == 0), "input_tokens and output_tokens are both zero")
    synthetic = scenario.equal(*_SYNTHETIC)
    beyond = prompt + output > a.max_context
    limited = ~a.kind.equal("asr", "vision", "diffusion")
    refusals.add(
        beyond & ~synthetic & limited & ~no_prompt,
        "{tokens} tokens are beyond the {context} tokens context of {model}",
        tokens=prompt + output,
        context=a.max_context,
        model=a.model_id,
    )
    notes.add(beyond & synthetic, "synthetic lengths beyond the model's context")
    return Lengths(prompt, output, np.asarray(no_prompt | brief, dtype=np.bool_))
