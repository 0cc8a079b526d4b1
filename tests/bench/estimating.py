"""Capacity estimates of many configurations, read from a table and written back to one."""

from pathlib import Path

from freehold.capacity import Tables, estimate, estimate_table
from freehold.catalogue import open_catalogue
from freehold.estate.workspace import connect
from tests.bench.figures import Figure, counted, cpu_timed, peak_memory, timed

_SIX = (
    "ttft_ms",
    "tpot_ms",
    "output_tokens_per_s_total",
    "tokens_per_s_per_gpu",
    "gpu_hours",
    "memory_total_gib",
)


def measure(size: int, runs: int, folder: Path) -> list[Figure]:
    """Estimate `size` configurations, two thirds serving and one third training."""
    connection = connect()
    open_catalogue(connection)
    connection.execute(
        f"""
        CREATE TABLE specification AS
        SELECT 'configuration-' || i AS config_id,
            (['llama3.1-8b', 'llama3.3-70b', 'llama3.1-70b'])[1 + (hash(i) % 3)::BIGINT] AS model,
            (['h100-sxm', 'h200-sxm', 'a100-sxm-80gb'])[1 + (hash(i * 3) % 3)::BIGINT]
                AS accelerator_id,
            CASE WHEN training THEN 64 ELSE 8 END AS accelerators,
            CASE WHEN training THEN NULL ELSE 8 END AS tp,
            CASE WHEN training THEN 'fsdp=64' ELSE '' END AS parallelism,
            'bf16' AS "precision",
            CASE WHEN training THEN 'pretrain' ELSE '' END AS phase,
            CASE WHEN training THEN 8192 END AS seq_len,
            CASE WHEN training THEN 512 END AS global_batch,
            CASE WHEN training THEN 10 + hash(i * 7) % 90 END AS tokens_b,
            CASE WHEN NOT training THEN 100 + hash(i * 11) % 8000 END AS input_tokens,
            CASE WHEN NOT training THEN 50 + hash(i * 13) % 1000 END AS output_tokens,
            CASE WHEN NOT training THEN 1 + hash(i * 17) % 64 END AS concurrency_or_batch
        FROM (SELECT i, i % 3 = 0 AS training FROM range({size}) AS numbers(i))
        """
    )

    def round_trip() -> None:
        specification = connection.execute("FROM specification").df()
        predictions = estimate(specification, connection).table
        connection.register("predictions_frame", predictions)
        connection.execute("CREATE OR REPLACE TABLE predictions AS FROM predictions_frame")
        connection.unregister("predictions_frame")

    whole = timed("estimate", runs, round_trip)
    rate = Figure("configurations", "1/s", tuple(size / seconds for seconds in whole.runs))
    facts = Tables.read(connection)
    routes = [
        ("estimate table to table", None),
        ("estimate table to table, six figures", _SIX),
    ]
    more = []
    for name, figures in routes:

        def work(figures: tuple[str, ...] | None = figures) -> None:
            estimate_table(connection, "specification", "direct", tables=facts, figures=figures)

        direct, spent = timed(name, runs, work), cpu_timed(f"{name}, processor", runs, work)
        per_second = tuple(size / seconds for seconds in direct.runs)
        more += [direct, spent, Figure(f"configurations, {name}", "1/s", per_second)]
    refused = connection.execute(
        "SELECT count(*) FROM predictions WHERE coalesce(refused_because, '') <> ''"
    ).fetchall()[0][0]
    return [whole, rate, *more, counted("refused", "rows", refused), peak_memory()]
