"""The columns of the tables on the Capacity page."""

from collections.abc import Callable

from freehold.desktop.pages.capacity_values import translate
from freehold.desktop.tables import Column
from freehold.desktop.tables.columns import Row


def workload_columns() -> list[Column]:
    """Return the columns of the list of workloads."""
    return [
        Column("name", translate("capacity", "Workload"), width=208),
        Column(
            "sign",
            translate("capacity", "Fit"),
            "sign",
            width=104,
            help=translate("capacity", "Fits in memory"),
        ),
        Column("kind", translate("capacity", "Kind"), width=72),
        Column("model", translate("capacity", "Model"), width=152),
        Column("where", translate("capacity", "Where"), width=144),
        Column("held", translate("capacity", "Devices"), "number", 0, width=84),
        Column("needed", translate("capacity", "Needed"), width=96),
        Column("ttft", translate("capacity", "First token, ms"), width=160),
        Column("tpot", translate("capacity", "Per token, ms"), width=136),
        Column("rate", translate("capacity", "Tokens per second"), width=160),
        Column("days", translate("capacity", "Days a run"), width=136),
        Column("gpu_hours", translate("capacity", "GPU hours a month"), width=160),
        Column("cost", translate("capacity", "USD a month"), width=160, tone=_doubt),
        Column("kwh", translate("capacity", "kWh a month"), width=136),
        Column("carbon", translate("capacity", "kg CO₂e a month"), width=152),
        Column("state", translate("capacity", "State"), width=256),
        Column("basis", translate("capacity", "Basis of the cost"), width=320),
    ]


def offer_columns() -> list[Column]:
    """Return the columns of the offers."""
    return [
        Column("provider", translate("capacity", "Provider"), width=96, tone=_refused()),
        Column("region", translate("capacity", "Region"), width=104, tone=_refused()),
        Column("machine", translate("capacity", "Machine"), width=128, tone=_refused()),
        Column("term", translate("capacity", "Term"), width=84),
        Column("machines", translate("capacity", "Machines"), "number", 0, width=92),
        Column("price", translate("capacity", "USD an hour"), width=116, tone=_doubt),
        Column("cost", translate("capacity", "USD a month"), "money", width=124),
        Column("remarks", translate("capacity", "Remarks"), width=280),
        Column("accelerator", translate("capacity", "Accelerator"), width=136),
        Column("kwh", translate("capacity", "kWh a month"), "number", 0, width=112),
        Column("as_of", translate("capacity", "Price as of"), width=104),
        Column("source", translate("capacity", "Source"), width=240),
    ]


def figure_columns() -> list[Column]:
    """Return the columns of all figures of one workload."""
    return [
        Column("name", translate("capacity", "Figure"), width=216),
        Column("value", translate("capacity", "Value"), width=96),
        Column("range", translate("capacity", "80 % range"), width=152),
        Column("unit", translate("capacity", "Unit"), width=80),
        Column("definition", translate("capacity", "Definition"), width=320),
    ]


def metric_columns() -> list[Column]:
    """Return the columns of the definitions."""
    return [
        Column("name", translate("capacity", "Figure"), width=216),
        Column("group", translate("capacity", "Group"), width=88),
        Column("unit", translate("capacity", "Unit"), width=80),
        Column("definition", translate("capacity", "Definition"), width=460),
    ]


def _doubt(value: object, _row: Row) -> str | None:
    return "warn" if str(value).endswith("†") else None


def _refused() -> Callable[[object, Row], str | None]:
    return lambda _value, row: "muted" if row.get("refused") else None
