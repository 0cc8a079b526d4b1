"""What one own device costs to buy and draws, as its share of a node with eight of them."""

from dataclasses import dataclass

import duckdb
import numpy as np
import numpy.typing as npt
import pandas as pd

from freehold.costing.facts import HouseDefaults, fetched, relation

DEVICES_PER_NODE = 8
_REFERENCE = "nvidia-h100-sxm"


@dataclass(frozen=True)
class OwnDevices:
    """Purchase in US dollars and greatest power in kW of a device of each row; NaN = not known."""

    capex_usd: npt.NDArray[np.float64]
    power_kw: npt.NDArray[np.float64]


def own_devices(
    accelerators: pd.Series,
    connection: duckdb.DuckDBPyConnection,
    catalogue: str,
    defaults: HouseDefaults,
) -> OwnDevices:
    """Return what a device of each row costs and draws.

    A device's share of its node follows from the node of eight H100 among the house defaults:
    purchase per card price, greatest power per TDP.
    """
    chips = fetched(
        connection,
        "SELECT accelerator_id, CAST(capex_usd AS DOUBLE) AS capex_usd, tdp_w"
        f" FROM {relation(connection, 'accelerators', catalogue)}",
    ).set_index("accelerator_id")
    reference = chips.loc[[_REFERENCE]].astype("float64").iloc[0]
    per_card = defaults["node_8xh100_capex_usd"] / (DEVICES_PER_NODE * reference["capex_usd"])
    per_watt = defaults["node_8xh100_power_kw"] / (DEVICES_PER_NODE * reference["tdp_w"])
    of_row = chips.reindex(accelerators).astype("float64")
    return OwnDevices(
        capex_usd=of_row["capex_usd"].to_numpy() * per_card,
        power_kw=of_row["tdp_w"].to_numpy() * per_watt,
    )
