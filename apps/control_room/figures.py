"""Plotly charts of the analysis pages. Colours come from the page's theme (static/control_room/plotly_theme.js)."""

import json
import math
from dataclasses import dataclass
from datetime import datetime
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


def receipts_chart(records: list[dict[str, Any]], receipts: list[dict[str, Any]]) -> dict[str, Any]:
    """What came of each promise, as a share of it, with its 80 % band; stated confidence against what came true."""
    chart = make_subplots(rows=1, cols=2, horizontal_spacing=0.12)
    scored = [row for row in receipts if row["realised"] is not None and row["expected"] > 0]
    for desk in dict.fromkeys(row["desk_label"] for row in scored):
        _come_true(chart, desk, [row for row in scored if row["desk_label"] == desk])
    for row in records:
        told = {"x": [one["stated"] for one in row["bins"]], "y": [one["came_true"] for one in row["bins"]]}
        sizes = [8 + 4 * math.log10(one["count"]) for one in row["bins"]]
        name = f"{row['desk_label']}, {row['kind']}"
        chart.add_trace(go.Scatter(**told, name=name, mode="markers+lines", marker={"size": sizes}), row=1, col=2)
    as_said = {"x": [0, 1], "y": [0, 1], "mode": "lines", "line": {"dash": "dot", "width": 1}, "hoverinfo": "skip"}
    chart.add_trace(go.Scatter(**as_said, name="as said"), row=1, col=2)
    chart.add_hline(y=1.0, line={"dash": "dot", "width": 1, "color": "gray"}, row=1, col=1)
    chart.update_yaxes(title_text="Realised, share of what was promised", rangemode="tozero", row=1, col=1)
    chart.update_xaxes(title_text="Stated confidence", range=[-0.05, 1.05], row=1, col=2)
    chart.update_yaxes(title_text="Ended, share", range=[-0.05, 1.05], row=1, col=2)
    chart.update_layout(legend={"orientation": "h", "y": 1.12}, margin={"l": 70, "r": 20, "t": 10, "b": 50})
    document: dict[str, Any] = json.loads(chart.to_json())
    document["layout"].pop("template", None)
    return document


def _come_true(chart: Any, desk: str, rows: list[dict[str, Any]]) -> None:
    """The bar is the stated band: a point outside its own bar was a wrong promise."""
    shares = [[row[name] / row["expected"] for name in ("realised", "low", "high")] for row in rows]
    chart.add_trace(
        go.Scatter(
            x=[timezone.localtime(datetime.fromisoformat(row["measured_at"])).replace(tzinfo=None) for row in rows],
            y=[realised for realised, _, _ in shares],
            error_y={
                "type": "data",
                "symmetric": False,
                "array": [high - realised for realised, _, high in shares],
                "arrayminus": [realised - low for realised, low, _ in shares],
                "thickness": 1,
            },
            text=[f"{row['title']} ({'taken' if row['is_taken'] else 'not taken'})" for row in rows],
            name=desk,
            mode="markers",
        ),
        row=1,
        col=1,
    )
