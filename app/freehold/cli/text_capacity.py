"""The text of `capacity estimate`."""

from freehold.cli.capacity_search import ranged
from freehold.cli.tables import table
from freehold.workflows import results as r

_FIGURES = {
    "serving": {
        "ttft_ms": "TTFT ms",
        "tpot_ms": "TPOT ms",
        "e2e_latency_ms": "end to end ms",
        "output_tokens_per_s_total": "output tokens/s",
        "memory_total_gib": "GiB a device",
    },
    "training": {
        "tokens_per_s_per_gpu": "tokens/s a device",
        "mfu": "MFU",
        "gpu_hours": "GPU hours",
        "days": "days",
        "memory_total_gib": "GiB a device",
    },
}


def estimates(result: r.CapacityRows) -> str:
    """Return one table per kind of run with ranges, then what was refused or assumed, in full."""
    parts = []
    for kind, figures in _FIGURES.items():
        rows = [row for row in result.rows if row.get("kind") == kind]
        shown = [
            (
                row["config_id"],
                "overloaded" if row["overloaded"] else row["fits"],
                *(ranged(row, name) for name in figures),
            )
            for row in rows
        ]
        parts.append(table((kind, "fits", *figures.values()), shown))
    notes = [
        f"{row['config_id']}: {said}"
        for row in result.rows
        if (said := row["refused_because"] or row["assumed"])
    ]
    estimated = f"Estimated ({result.basis}), not measured. Brackets: 80 % range."
    if result.unused_columns:
        notes.append(f"Columns not used: {', '.join(result.unused_columns)}")
    return "\n\n".join(part for part in (*parts, "\n".join(notes), estimated) if part)
