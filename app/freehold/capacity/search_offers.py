"""Machines of the catalogue by chip and size, and the cheapest price of each."""

import duckdb
import pandas as pd

from freehold.costing.facts import relation

_USABLE = "accelerator_count > 0 AND available IS DISTINCT FROM FALSE AND usd_per_hour > 0"


def _term(term: str | None) -> str:
    return "TRUE" if term is None else "term = $term"


def _asked(term: str | None) -> dict[str, str]:
    return {} if term is None else {"term": term}


def machine_sizes(
    connection: duckdb.DuckDBPyConnection,
    term: str | None,
    catalogue: str,
    *,
    priced: bool = False,
) -> pd.DataFrame:
    """Return accelerator_id, accelerators_per_machine and linked_outside, each once.

    `linked_outside`: the group of linked devices need not lie in one machine, because the chip's
    links span machines (scale-up domain over 8) or the price is per chip (`1x-CHIP`). A chip
    without a price stands once with machines of one device, unless only `priced` ones are wanted.
    """
    chips = relation(connection, "accelerators", catalogue)
    offers = relation(connection, "offers", catalogue)
    return connection.execute(
        f"""
        SELECT DISTINCT accelerator_id, CAST(accelerator_count AS DOUBLE)
            AS accelerators_per_machine,
          coalesce(scale_up_domain, 1) > 8 OR starts_with(instance_type, '1x-') AS linked_outside
        FROM {offers} JOIN {chips} USING (accelerator_id)
        WHERE {_USABLE} AND {_term(term)}
        UNION ALL
        SELECT accelerator_id, 1.0, TRUE FROM {chips} WHERE {not priced} AND accelerator_id NOT IN (
          SELECT accelerator_id FROM {offers}
          WHERE accelerator_id IS NOT NULL AND {_USABLE} AND {_term(term)})
        ORDER BY ALL
        """,
        _asked(term),
    ).df()


def cheapest_offers(
    rows: pd.DataFrame, connection: duckdb.DuckDBPyConnection, term: str | None, catalogue: str
) -> pd.DataFrame:
    """Give each row every machine of its chip and size, at that machine's cheapest region."""
    chips = relation(connection, "accelerators", catalogue)
    offers = connection.execute(
        f"""
        SELECT accelerator_id, CAST(accelerator_count AS DOUBLE) AS accelerators_per_machine,
          coalesce(scale_up_domain, 1) > 8 OR starts_with(instance_type, '1x-') AS linked_outside,
          provider_id, instance_type, arg_min(o.region_id, k) AS region_id,
          arg_min(term, k) AS term, CAST(min(usd_per_hour) AS DOUBLE) AS usd_per_hour,
          arg_min(o.verified, k) AS price_verified, arg_min(o.as_of, k) AS price_as_of,
          arg_min(o.source, k) AS price_source,
          arg_min(concat_ws('; ', CASE WHEN NOT price_regional THEN 'price not regional' END,
            CASE WHEN NOT o.verified THEN 'price not verified' END,
            CASE WHEN starts_with(instance_type, '1x-') THEN
              'price per chip: a machine with linked chips is assumed' END), k) AS price_flags
        FROM (SELECT *, (usd_per_hour, coalesce(region_id, ''), term) AS k
          FROM {relation(connection, "offers", catalogue)}
          WHERE {_USABLE} AND {_term(term)}) o
        JOIN {chips} c USING (accelerator_id)
        GROUP BY ALL ORDER BY ALL
        """,
        _asked(term),
    ).df()
    keys = ["accelerator_id", "accelerators_per_machine", "linked_outside"]
    found = rows.merge(offers, on=keys, how="left")
    unpriced = found["usd_per_hour"].isna()
    found["price_flags"] = found["price_flags"].where(~unpriced, "no price in the catalogue")
    return found


def cheapest_device_hours(
    connection: duckdb.DuckDBPyConnection, term: str | None, catalogue: str
) -> pd.DataFrame:
    """Return per accelerator the cheapest usd_per_device_hour, its source and if it is verified."""
    offers = relation(connection, "offers", catalogue)
    return (
        connection.execute(
            f"""
        SELECT accelerator_id, CAST(min(usd_per_hour / accelerator_count) AS DOUBLE)
            AS usd_per_device_hour,
          arg_min(concat_ws(', ', provider_id, instance_type, o.source), k) AS price_source,
          arg_min(o.verified, k) AS price_verified
        FROM (SELECT *, (usd_per_hour / accelerator_count, provider_id, instance_type) AS k
          FROM {offers} WHERE {_USABLE} AND {_term(term)}) o
        GROUP BY accelerator_id ORDER BY ALL
        """,
            _asked(term),
        )
        .df()
        .set_index("accelerator_id")
    )
