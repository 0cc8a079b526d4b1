"""A config.json becomes the model the catalogue knows, or is refused by the name of a field."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from freehold.capacity import estimate
from freehold.capacity.model_config import facts_of, read_config
from freehold.errors import InputError
from freehold.estate import Workspace
from freehold.workflows import capacity_model

_CONFIGS: dict[str, dict[str, Any]] = json.loads(
    (Path(__file__).parent / "configs" / "configs.json").read_text(encoding="utf-8")
)
_LLAMA = _CONFIGS["llama3.1-8b"]


@pytest.mark.parametrize("model", sorted(_CONFIGS))
def test_the_parameters_and_caches_are_those_of_the_catalogue(
    model: str, connection: duckdb.DuckDBPyConnection
) -> None:
    facts = facts_of(_CONFIGS[model])
    rows = connection.execute(
        "SELECT params_total_b, params_active_b, attention, cached_layers, window_layers,"
        " window_tokens, state_layers, state_values FROM catalogue.models"
        " LEFT JOIN catalogue.model_caches USING (model_id) WHERE model_id = ?",
        [model],
    ).fetchall()
    # Jamba 0.1 is not in the catalogue: 52 billion parameters, 12 of them active (its model card).
    known = rows[0] if rows else (51.6, 12.1, "hybrid (Mamba + GQA)", 4, 0, None, 28, None)
    assert facts.weights.total / 1e9 == pytest.approx(known[0], rel=0.02)
    if known[1] is not None:
        assert facts.weights.active / 1e9 == pytest.approx(known[1], rel=0.3)
    assert facts.attention == known[2]
    if known[3] is not None:
        layers = facts.layers
        assert (layers.full, layers.window_layers, layers.window, layers.state_layers) == known[3:7]
        if known[7] is not None:
            assert facts.weights.state_values == pytest.approx(known[7])


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"num_magic_experts": 9}, "num_magic_experts"),
        ({"cross_attention_layers": [3, 8]}, "cross_attention_layers"),
        ({"hidden_size": None}, "does not state hidden"),
        ({"vocab_size": -1}, "vocab in config.json cannot be -1"),
        ({"num_hidden_layers": 1.5}, "layers in config.json cannot be 1.5"),
        ({"num_hidden_layers": float("nan")}, "layers in config.json cannot be nan"),
        ({"num_hidden_layers": "many"}, "layers in config.json is not a number"),
        ({"num_attention_heads": None}, "does not state the attention heads"),
        ({"num_key_value_heads": 5}, "5 key-value heads do not divide 32 heads"),
        ({"num_attention_heads": 33, "num_key_value_heads": 33}, "33 heads do not divide"),
        ({"num_local_experts": 8}, "not how many answer a token"),
        ({"num_local_experts": 8, "num_experts_per_tok": 9}, "9 experts cannot answer"),
        ({"intermediate_size": None}, "does not state ffn"),
        ({"layer_types": ["full_attention"] * 31}, "lists the kinds of 31"),
        ({"layer_types": ["quantum"] * 32}, "not understood: quantum"),
    ],
)
def test_what_is_missing_impossible_or_not_understood_is_refused_by_name(
    change: dict[str, Any], reason: str
) -> None:
    with pytest.raises(InputError, match=reason):
        facts_of({**_LLAMA, **change})


def test_a_field_that_changes_no_size_is_flagged_by_name() -> None:
    assert (
        "field not understood: favourite_colour"
        in facts_of({**_LLAMA, "favourite_colour": "red"}).flags
    )


def test_a_model_type_nobody_knows_is_flagged_as_taken_for_a_usual_one() -> None:
    assert not any("is not known" in flag for flag in facts_of(_LLAMA).flags)
    unheard = facts_of({**_LLAMA, "model_type": "brandnew"}).flags
    assert any("model type brandnew is not known" in flag for flag in unheard)


def test_files_that_are_no_config_are_refused(tmp_path: Path) -> None:
    for text, reason in (("{", "not a JSON file"), ("[1]", "holds one object")):
        path = tmp_path / "config.json"
        path.write_text(text, encoding="utf-8")
        with pytest.raises(InputError, match=reason):
            read_config(path)
    with pytest.raises(InputError, match="no such file"):
        read_config(tmp_path / "missing.json")


def test_an_imported_model_sizes_a_workload_like_the_catalogue_s_own(tmp_path: Path) -> None:
    config = tmp_path / "config.json"
    config.write_text(json.dumps(_CONFIGS["gpt-oss-120b"]), encoding="utf-8")
    found = capacity_model.import_model(config, model_id="house-moe")
    assert found.precision == "mxfp4" and found.caches["window_tokens"] == 128
    with pytest.raises(InputError, match="not a name"):
        capacity_model.import_model(config, model_id="no such/name")
    workspace = Workspace.new(date(2026, 11, 27))
    with workspace.connection:
        rows = (found.model_id, found.model, found.caches)
        assert not capacity_model.take_over(workspace, *rows)
        with pytest.raises(InputError, match="already"):
            capacity_model.take_over(workspace, *rows)
        assert capacity_model.take_over(workspace, *rows, replace=True)
        spec = pd.DataFrame({"model": ["house-moe", "gpt-oss-120b"]}).assign(
            accelerator_id="nvidia-h100-sxm",
            tp=2.0,
            precision="fp4",
            input_tokens=8000.0,
            output_tokens=500.0,
            concurrency_or_batch=8.0,
        )
        table = estimate(spec, workspace.connection).table
    assert table["refused_because"].tolist() == ["", ""]
    assert table["memory_kv_gib"][0] == pytest.approx(table["memory_kv_gib"][1])
    assert table["tpot_ms"][0] == pytest.approx(table["tpot_ms"][1], rel=0.05)


@settings(max_examples=40, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(
            ["hidden_size", "num_hidden_layers", "num_attention_heads", "num_key_value_heads",
             "intermediate_size", "vocab_size", "num_experts", "num_experts_per_tok",
             "sliding_window", "layer_types", "kv_lora_rank", "hybrid_override_pattern",
             "attn_layer_period", "full_attention_interval", "moe_layer_freq", "text_config"]
        ),
        st.none() | st.booleans() | st.integers(-5, 5000) | st.floats() | st.text(max_size=4)
        | st.lists(st.sampled_from(["full_attention", "mamba", "x", 0, 1]), max_size=3),
        max_size=5,
    )
)  # fmt: skip
def test_whatever_stands_in_a_config_it_is_answered_or_refused_in_a_sentence(
    changes: dict[str, Any],
) -> None:
    try:
        facts = facts_of({**_LLAMA, **changes})
    except InputError as error:
        assert str(error)
        return
    assert 0 < facts.weights.active <= facts.weights.total


@settings(max_examples=15, deadline=None)
@given(width=st.integers(1, 64), layers=st.integers(1, 40), heads=st.sampled_from([1, 2, 4, 8]))
def test_more_layers_only_ever_add_parameters(width: int, layers: int, heads: int) -> None:
    shape = {"hidden_size": 64 * width, "num_attention_heads": heads, "num_key_value_heads": heads}
    config = {**_LLAMA, **shape}
    few = facts_of({**config, "num_hidden_layers": layers}).weights.total
    more = facts_of({**config, "num_hidden_layers": layers + 1}).weights.total
    assert more > few
