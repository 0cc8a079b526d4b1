"""Architecture of each configuration's model, as columns."""

from dataclasses import dataclass

import duckdb
import numpy as np
import pandas as pd

from freehold.capacity.assumptions import Assumptions
from freehold.capacity.columns import Bools, Floats, Ints, Words, numbers, take, texts, words
from freehold.capacity.facts import table

_STATE_BYTES = 2.0
_FACTS = (
    "params_total_b",
    "params_active_b",
    "hidden",
    "heads",
    "kv_heads",
    "head_dim",
    "vocab",
    "kv_lora_rank",
    "experts",
    "experts_active",
    "max_context",
)
_CACHED = ("cached_layers", "window_layers", "window_tokens", "state_values")


@dataclass(frozen=True)
class Architecture:
    """Shapes and weight counts, one entry per configuration; counts are parameters, not bytes.

    `body_weights` are used by every token, `expert_weights` is one expert over all layers,
    `head_weights` the output matrix. `kv_values` are the cache values of one token over the layers
    that keep the whole context, `window_kv_values` over those that keep the last `window` tokens
    (infinite where none); `state_values` of a sequence in layers with a state of fixed size. The
    attention widths (heads x head size) are summed over layers in the same way.
    """

    model_id: Words
    kind: Words
    known: Bools
    generic: Bools
    layers: Floats
    hidden: Floats
    heads: Floats
    kv_heads: Floats
    attention_width: Floats
    decode_attention_width: Floats
    window_attention_width: Floats
    vocab: Floats
    max_context: Floats
    total_weights: Floats
    active_weights: Floats
    embedding_weights: Floats
    head_weights: Floats
    body_weights: Floats
    expert_weights: Floats
    experts: Floats
    experts_active: Floats
    kv_values: Floats
    window_kv_values: Floats
    window: Floats
    state_values: Floats
    latent_attention: Bools
    kv_upper_bound: Bools
    caches_unverified: Bools

    def cache_bytes(
        self, context: Floats, value_bytes: Floats, shards: Floats, state_shards: Floats
    ) -> Floats:
        """Bytes of cache and state of one sequence on one device.

        GQA: 2 x kv_heads x head_dim x layers a token (Ainslie et al. 2023, arXiv 2305.13245); MLA:
        (latent rank + rotary part) x layers (DeepSeek-V2, arXiv 2405.04434, section 2.1). Layers
        with a sliding window keep at most the window (Beltagy et al. 2020, arXiv 2004.05150);
        state layers keep the same in 16 bit whatever the context (Gu and Dao 2023, arXiv
        2312.00752).
        """
        values = self.kv_values * context
        values = values + self.window_kv_values * np.minimum(context, self.window)
        return values * value_bytes / shards + self.state_values * _STATE_BYTES / state_shards

    def decode_reach(self, context: Floats) -> Floats:
        """Attention width x cached tokens that one new token meets, over all layers."""
        near = np.minimum(context, self.window)
        return self.decode_attention_width * context + self.window_attention_width * near

    def prefill_reach(self, prompt: Floats, known: Floats) -> Floats:
        """Attention width x pairs of tokens of a prompt whose first `known` tokens are cached.

        Causal pairs are (p^2 - c^2) / 2 (Dao 2023, arXiv 2307.08691, section 4); within a window
        w, w^2 / 2 for the first w tokens and w for each further one.
        """

        def windowed(tokens: Floats) -> Floats:
            near = np.minimum(tokens, self.window)
            beyond = np.where(tokens > near, (tokens - near) * near, 0.0)
            return near * near / 2 + beyond

        full = (prompt * prompt - known * known) / 2
        return self.attention_width * full + self.window_attention_width * (
            windowed(prompt) - windowed(known)
        )

    def training_reach(self, seq_len: Floats) -> Floats:
        """Attention width x sequence length over all layers, a window counting as its length."""
        near = np.minimum(seq_len, self.window)
        return self.attention_width * seq_len + self.window_attention_width * near


@dataclass(frozen=True)
class _Experts:
    """Weights in and outside the experts; one expert is counted over all layers."""

    weights_each: Floats
    count: Floats
    active: Floats
    dense: Floats


def _experts(
    total: Floats, active: Floats, count: Floats, chosen: Floats, assumed: Assumptions
) -> _Experts:
    """Split total and active weights: total = D + E x, active = D + k x, so x = (N - n)/(E - k).

    Where the experts are not known (NaN) but active < total, stated shares fill in.
    """
    unknown = (active < total) & ~(np.isfinite(count) & np.isfinite(chosen))
    dense_share, usual = assumed["generic_dense_share"], assumed["generic_experts_active"]
    chosen = np.where(unknown, usual, chosen)
    each = active * (1 - dense_share) / usual
    count = np.where(unknown, (total - active * dense_share) / each, count)
    mixed = (count > chosen) & (active < total)
    each = np.where(mixed, (total - active) / np.where(mixed, count - chosen, 1.0), 0.0)
    each = np.minimum(each, np.where(mixed, active / np.where(mixed, chosen, 1.0), 0.0))
    dense = np.where(mixed, active - chosen * each, total)
    return _Experts(each, np.where(mixed, count, 0.0), np.where(mixed, chosen, 0.0), dense)


@dataclass(frozen=True)
class _Stacks:
    """Layers by what they keep of the context."""

    full: Floats
    windowed: Floats
    window: Floats
    state_values: Floats
    told: Bools


class ModelTable:
    """The catalogue's models and their spellings, ready for lookups."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, catalogue: str = "catalogue") -> None:
        self._models = table(connection, "models", catalogue)
        self._ids = pd.Index(texts(self._models, "model_id"))
        aliases = table(connection, "bench_model_aliases", catalogue)
        self._aliases = dict(zip(texts(aliases, "alias"), texts(aliases, "model_id"), strict=True))
        stacks = texts(self._models, "layers").str.findall(r"\d+")
        self._layers = np.array([sum(map(int, parts)) if parts else np.nan for parts in stacks])
        self._kinds = np.append(texts(self._models, "kind").to_numpy(dtype=object), "llm")
        attention = texts(self._models, "attention")
        self._stateful = np.append(np.asarray(attention == "SSM", dtype=np.bool_), False)
        encoder = attention.str.contains("(encoder)", regex=False)
        self._encoder = np.append(np.asarray(encoder, dtype=np.bool_), False)
        loose = attention.str.contains("sliding|hybrid|sparse|NAS|chunked|local")
        self._loose = np.append(np.asarray(loose, dtype=np.bool_), False)
        tied = texts(self._models, "tied_embeddings").str.lower().isin(["yes", "true"])
        self._tied = np.append(np.asarray(tied, dtype=np.bool_), False)
        caches = table(connection, "model_caches", catalogue).set_index("model_id")
        self._caches = caches[~caches.index.duplicated()].reindex(self._ids)
        checked = texts(self._caches, "verified").str.lower().isin(["yes", "true"])
        self._unchecked = np.append(np.asarray(~checked, dtype=np.bool_), False)
        # Read as numbers once: every lookup asks for some twenty of them.
        self._facts = {name: numbers(self._models, name) for name in _FACTS}
        self._cached = {name: numbers(self._caches, name) for name in _CACHED}

    def _stacks(self, index: Ints, layers: Floats, generic: Bools) -> _Stacks:
        """Return which layers cache what; all of them everything where nobody has said."""

        def fact(column: str) -> Floats:
            return np.where(generic, np.nan, take(self._cached[column], index))

        full, windowed = fact("cached_layers"), fact("window_layers")
        told = np.isfinite(full) & np.isfinite(windowed)
        window = fact("window_tokens")
        return _Stacks(
            full=np.where(told, full, layers),
            windowed=np.where(told, windowed, 0.0),
            window=np.where(np.isfinite(window), window, np.inf),
            state_values=np.nan_to_num(fact("state_values")),
            told=np.asarray(told, dtype=np.bool_),
        )

    def resolve(self, names: Words) -> Words:
        """Return the catalogue's id for each name, the name itself where none is known."""
        return names.mapped(
            lambda name: name if name in self._ids else self._aliases.get(name) or name
        )

    def architectures(self, spec: pd.DataFrame, assumed: Assumptions) -> Architecture:
        """Return the architecture of each row of `spec` (columns model, params_b, ...)."""
        ids = self.resolve(words(spec, "model"))
        index = ids.among(self._ids)
        known = np.asarray(index >= 0, dtype=np.bool_)

        def fact(column: str) -> Floats:
            return take(self._facts[column], index)

        total = np.where(known, fact("params_total_b"), np.nan)
        total = np.where(np.isfinite(total), total, numbers(spec, "params_b")) * 1e9
        active = np.where(known, fact("params_active_b"), numbers(spec, "params_active_b")) * 1e9
        active = np.where(np.isfinite(active) & (active > 0), np.minimum(active, total), total)
        stateful = self._stateful[index]
        layers = take(self._layers, index)
        shaped = np.isfinite(layers) & np.isfinite(fact("hidden"))
        generic = np.isfinite(total) & ~(shaped & (np.isfinite(fact("heads")) | stateful))

        unit = 8 * assumed["generic_head_dim"]
        wide = np.cbrt(active * assumed["generic_aspect_ratio"] / 12.0)
        wide = np.maximum(np.round(wide / unit), 1) * unit
        deep = np.maximum(np.round(active / (12 * wide**2)), 1)

        def either(column: str, fallback: Floats | float) -> Floats:
            return np.where(generic, fallback, fact(column))

        hidden = either("hidden", wide)
        layers = np.where(generic, deep, layers)
        heads = either("heads", wide / assumed["generic_head_dim"])
        kv_heads = either("kv_heads", assumed["generic_kv_heads"])
        kv_heads = np.where(np.isfinite(kv_heads), kv_heads, heads)
        dim = either("head_dim", assumed["generic_head_dim"])
        vocab = np.nan_to_num(either("vocab", assumed["generic_vocab"]))
        rank = either("kv_lora_rank", np.nan)
        latent = np.isfinite(rank)
        rotary = assumed["mla_rope_dim"]
        per_layer = np.where(latent, rank + rotary, 2 * kv_heads * dim)
        stacks = self._stacks(index, layers, generic)
        per_layer = np.where(self._encoder[index] & ~generic, 0.0, per_layer)
        none = stateful & ~generic
        per_layer = np.where(none, 0.0, per_layer)
        across = np.where(none, 0.0, heads * dim)
        absorbed = np.where(latent, heads * (2 * rank + rotary) / 2, across)

        split = _experts(
            total, active, either("experts", np.nan), either("experts_active", np.nan), assumed
        )
        matrix = vocab * hidden
        tied = self._tied[index]
        kind = Words(index % len(self._kinds), tuple(self._kinds))
        # Encoders look tokens up and end in a vector: they have no output matrix.
        headless = kind.equal("embedding", "vision")
        matrix = np.minimum(matrix, np.where(headless, 0.9, 0.45) * split.dense)
        output = np.where(headless, 0.0, matrix)
        embedding = np.where(tied & ~headless, 0.0, matrix)
        return Architecture(
            model_id=ids,
            kind=kind,
            known=known,
            generic=np.asarray(generic, dtype=np.bool_),
            layers=layers,
            hidden=hidden,
            heads=np.where(stateful, np.nan, heads),
            kv_heads=np.where(stateful, np.nan, kv_heads),
            attention_width=across * stacks.full,
            decode_attention_width=absorbed * stacks.full,
            window_attention_width=across * stacks.windowed,
            vocab=vocab,
            max_context=np.where(known, fact("max_context"), np.nan),
            total_weights=total,
            active_weights=active,
            embedding_weights=embedding,
            head_weights=output,
            body_weights=split.dense - embedding - output,
            expert_weights=split.weights_each,
            experts=split.count,
            experts_active=split.active,
            kv_values=per_layer * stacks.full,
            window_kv_values=per_layer * stacks.windowed,
            window=stacks.window,
            state_values=stacks.state_values,
            latent_attention=np.asarray(latent, dtype=np.bool_),
            kv_upper_bound=np.asarray(self._loose[index] & ~generic & ~stacks.told, dtype=np.bool_),
            caches_unverified=np.asarray(stacks.told & self._unchecked[index], dtype=np.bool_),
        )
