"""Plotly charts of the analysis pages. Colours come from the page's theme (static/control_room/performance.js)."""

import json
import math
from dataclasses import dataclass
from typing import Any

import plotly.graph_objects as go
from django.utils import timezone
from plotly.subplots import make_subplots

from apps.state.adapters.performance import Performance
from apps.state.selectors.history import SystemHistory

# Row titles of the chart, each with its series: (figure, name, factor, dash).
_ROWS: tuple[tuple[str, tuple[tuple[str, str, float, str], ...]], ...] = (
    (
        "MW",
        (
            ("load_kw", "Load", 1e-3, "solid"),
            ("generation_kw", "Generation", 1e-3, "dash"),
            ("import_kw", "Import", 1e-3, "dot"),
            ("storage_kw", "Storage, discharging positive", 1e-3, "dashdot"),
        ),
    ),
    ("U, pu", (("max_voltage_pu", "Highest voltage", 1.0, "solid"), ("min_voltage_pu", "Lowest voltage", 1.0, "dash"))),
    ("Losses, MW", (("losses_kw", "Losses", 1e-3, "solid"),)),
    ("Customers", (("customers_without_supply", "Customers without supply", 1.0, "solid"),)),
)


@dataclass(frozen=True, slots=True)
class Tile:
    name: str
    value: str
    unit: str
    note: str


def tiles(done: Performance) -> list[Tile]:
    return [
        Tile(
            "Energy to customers",
            _number(done.load_mwh, 1),
            "MWh",
            f"over {_duration(done.covered_h)} that are known",
        ),
        Tile(
            "Losses",
            _number(100 * done.loss_share, 2),
            "%",
            f"{_number(done.losses_mwh, 2)} MWh in lines and transformers",
        ),
        Tile("Local generation", _number(100 * done.local_share, 1), "%", "of the load, met where it arose"),
        Tile(
            "Within limits",
            _number(100 * done.within_limits_share, 2),
            "%",
            "of the time: no voltage or rating violated",
        ),
        Tile(
            "SAIDI", _number(done.saidi_min, 3), "min", f"{_number(done.interrupted_customer_min, 0)} customer minutes"
        ),
        Tile("Good measurements", _number(100 * done.measured_share, 2), "%", "of all points, over all scans"),
    ]


def system_chart(history: SystemHistory, *, longest_gap_s: float) -> dict[str, Any]:
    """The chart as plain JSON. A gap is drawn as a gap."""
    chart = make_subplots(rows=len(_ROWS), cols=1, shared_xaxes=True, vertical_spacing=0.045, row_heights=[3, 2, 2, 2])
    at = [timezone.localtime(instant).replace(tzinfo=None) for instant in history.at]
    breaks = [n for n in range(1, len(at)) if (at[n] - at[n - 1]).total_seconds() > longest_gap_s]
    for row, (title, series) in enumerate(_ROWS, start=1):
        for figure, name, factor, dash in series:
            x, y = _with_gaps(at, history.figures[figure], factor, breaks)
            chart.add_trace(
                go.Scatter(x=x, y=y, name=name, mode="lines", line={"dash": dash, "width": 2}), row=row, col=1
            )
        chart.update_yaxes(title_text=title, row=row, col=1, rangemode="tozero" if title == "Customers" else "normal")
    chart.update_layout(
        hovermode="x unified", legend={"orientation": "h", "y": 1.06}, margin={"l": 70, "r": 20, "t": 10, "b": 40}
    )
    document: dict[str, Any] = json.loads(chart.to_json())
    document["layout"].pop("template", None)
    return document


def _with_gaps(at: list[Any], values: list[Any], factor: float, breaks: list[int]) -> tuple[list[Any], list[Any]]:
    x, y = list(at), [None if value is None else factor * value for value in values]
    for place in reversed(breaks):
        x.insert(place, at[place])
        y.insert(place, None)
    return x, y


def _duration(hours: float) -> str:
    return f"{60 * hours:.0f} min" if hours < 2 else f"{hours:.0f} h"


def _number(value: float, digits: int) -> str:
    return "–" if math.isnan(value) else f"{value:,.{digits}f}".replace(",", "\u202f")
