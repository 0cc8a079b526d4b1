"""Take a model's config.json over into a document, so that its workloads can name it."""

import hashlib
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from freehold.capacity.model_config import ModelFacts, read_config
from freehold.errors import InputError
from freehold.estate import Workspace
from freehold.estate.changes import Change
from freehold.workflows.documents import editing
from freehold.workflows.results_capacity import ModelImport

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,79}")


def import_model(
    config: Path,
    *,
    model_id: str | None = None,
    into: Path | None = None,
    developer: str | None = None,
    replace: bool = False,
) -> ModelImport:
    """Read a config.json and, with `into`, add the model to a document as its own fact.

    Args:
        config: the file, as model hubs carry it.
        model_id: the name workloads will use; the folder's name, else the file's, if not given.
        into: a document; it is saved.
        developer: who made the model.
        replace: whether a model of that name may be replaced.

    Raises:
        DocumentError: the document cannot be changed.
        InputError: the config is not understood, the name is no good, or the model is there.
    """
    facts = read_config(config)
    name = model_id or _name_of(config)
    if not _NAME.fullmatch(name):
        raise InputError(
            f"'{name}' is not a name for a model",
            mend="Give --name with small letters, digits, points and dashes, as in my-model-7b",
        )
    digest = hashlib.sha256(config.read_bytes()).hexdigest()
    source = f"{config.name}, SHA-256 {digest[:16]}"
    today = datetime.now(UTC).date().isoformat()
    model = _model_row(facts, name, developer, source, today)
    caches = _caches_row(facts, name, source, today)
    replaced = False
    if into is not None:
        with editing(into) as workspace:
            replaced = take_over(workspace, name, model, caches, replace=replace)
    return ModelImport(
        model_id=name,
        model_type=facts.model_type,
        params_total_b=facts.weights.total / 1e9,
        params_active_b=facts.weights.active / 1e9,
        model=model,
        caches=caches,
        precision=facts.precision,
        flags=list(facts.flags),
        document=str(into) if into else None,
        replaced=replaced,
    )


def _name_of(config: Path) -> str:
    stem = config.stem if config.stem != "config" else config.absolute().parent.name
    return re.sub(r"[^a-z0-9._-]+", "-", stem.lower()).strip("-._")[:80]


def _model_row(
    facts: ModelFacts, name: str, developer: str | None, source: str, today: str
) -> dict[str, Any]:
    """Return the row; NULL where the config does not say, never zero."""
    sizes, has_experts = facts.values, facts.layers.moe > 0
    attends = facts.layers.attention > 0
    return {
        "model_id": name,
        "developer": developer or "not stated",
        "release": today[:4],
        "kind": facts.kind,
        "params_total_b": round(facts.weights.total / 1e9, 4),
        "params_active_b": round(facts.weights.active / 1e9, 4) if has_experts else None,
        "layers": str(sizes["layers"]),
        "layers_total": sizes["layers"],
        "hidden": sizes["hidden"],
        "ffn": sizes.get("dense_ffn") or sizes.get("ffn"),
        "heads": sizes.get("heads") if attends else None,
        "kv_heads": sizes.get("kv_heads") if attends else None,
        "head_dim": sizes.get("head_dim") if attends else None,
        "vocab": sizes["vocab"],
        "max_context": sizes.get("max_context") or None,
        "attention": facts.attention,
        "kv_lora_rank": sizes.get("kv_lora_rank") or None,
        "experts": sizes.get("experts") if has_experts else None,
        "experts_active": sizes.get("experts_active") if has_experts else None,
        "shared_experts": sizes.get("shared_experts") if has_experts else None,
        "moe_ffn": (sizes.get("moe_ffn") or sizes.get("ffn")) if has_experts else None,
        "gated_mlp": bool(sizes["gated"]),
        "tied_embeddings": bool(sizes.get("tied")),
        "source": source,
        "verified": False,
        "as_of": today,
        "notes": "; ".join(facts.flags) or None,
    }


def _caches_row(facts: ModelFacts, name: str, source: str, today: str) -> dict[str, Any]:
    layers = facts.layers
    return {
        "model_id": name,
        "cached_layers": layers.full,
        "window_layers": layers.window_layers,
        "window_tokens": layers.window,
        "state_layers": layers.state_layers,
        "state_values": facts.weights.state_values if layers.state_layers else None,
        "source": source,
        "verified": False,
        "as_of": today,
    }


def take_over(
    workspace: Workspace,
    name: str,
    model: dict[str, Any],
    caches: dict[str, Any],
    *,
    replace: bool = False,
) -> bool:
    """Add a model and its caches to a workspace; return whether one of that name was replaced.

    Raises:
        InputError: there is one and it may not be replaced.
    """
    workspace.lay_facts()

    def there(table: str) -> bool:
        query = f"SELECT count(*) FROM catalogue.{table} WHERE model_id = ?"
        return bool(workspace.connection.execute(query, [name]).fetchall()[0][0])

    known = there("models")
    if known and not replace:
        raise InputError(
            f"There is a model {name} already",
            mend="Choose another with --name, or replace it with --replace",
        )
    steps = [
        Change(
            target=f"catalogue.{table}",
            op="remove_row",
            key={"model_id": name},
            reason="Replaced by a config.json",
        )
        for table in ("models", "model_caches")
        if there(table)
    ]
    steps += [
        Change(
            target=f"catalogue.{table}",
            op="add_row",
            row={key: value for key, value in row.items() if value is not None},
            reason="Read from a config.json",
            source=str(row["source"]),
            made_at=datetime.now(UTC).replace(tzinfo=None, microsecond=0),
        )
        for table, row in (("models", model), ("model_caches", caches))
    ]
    workspace.apply(steps)
    return known
