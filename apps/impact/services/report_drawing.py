"""The drawing of a claim: every tape as a point, the mean and its interval, what is sold, and the ceiling."""

from collections.abc import Mapping, Sequence
from typing import Any

from reportlab.graphics.shapes import Circle, Drawing, Line, Rect, String
from reportlab.lib.colors import Color, HexColor

INK, QUIET, BAND = HexColor("#1b1f24"), HexColor("#6b7480"), HexColor("#e3e6ea")
OURS, CEILING = HexColor("#1f5fa8"), HexColor("#8a6d1d")
WIDTH, ROW, LEFT, RIGHT = 500.0, 26.0, 92.0, 12.0
SIZE = 7.5
TICKS = 6
MARGIN = 0.08  # of the width that the values need
STEPS = (1, 2, 2.5, 5, 10)


def claim_drawing(claim: Mapping[str, Any]) -> Drawing:
    """Gains as shares, to the right is better; 0 is competent usual working."""
    rows = [("A2 GridOps", _gains(claim, "A2"), (claim["gain"], claim["gain_low"], claim["gain_high"]), OURS)]
    ceiling = (claim["ceiling_gain"], claim["ceiling_gain_low"], claim["ceiling_gain_high"])
    rows.append(("A3 foresight", _gains(claim, "A3"), ceiling, CEILING))
    height = ROW * len(rows) + 34
    drawing = Drawing(WIDTH, height)
    low, high = _range(claim, rows)
    scale = _Scale(low, high)
    base = 20.0
    said = scale.x(claim["said_low"]), scale.x(claim["said_high"])
    drawing.add(Rect(said[0], base, said[1] - said[0], height - base - 12, fillColor=BAND, strokeColor=None))
    drawing.add(_text(said[0], height - 9, "what is sold", QUIET))
    for place, (name, points, interval, colour) in enumerate(rows):
        _row(drawing, scale, height - 14 - ROW * (place + 0.5), (name, points, interval, colour))
    _axis(drawing, scale, base, height - 12)
    return drawing


class _Scale:
    def __init__(self, low: float, high: float) -> None:
        self.low, self.high = low, high

    def x(self, value: float) -> float:
        inside = min(max(value, self.low), self.high)
        return LEFT + (inside - self.low) / (self.high - self.low) * (WIDTH - LEFT - RIGHT)

    def ticks(self) -> list[float]:
        wide = (self.high - self.low) / TICKS
        ten = 10.0 ** int(f"{wide:e}".split("e")[1])
        step = next(ten * each for each in STEPS if ten * each >= wide)
        first = int(self.low / step) - 1
        return [step * (first + n) for n in range(2 * TICKS + 4) if self.low <= step * (first + n) <= self.high]


def _gains(claim: Mapping[str, Any], arm: str) -> list[float]:
    """By tape: how much better than A1, as a share of the mean of A1, so that no tape without faults is divided by."""
    sign = 1.0 if claim["better"] == "higher" else -1.0
    mean = claim["main"]["base"]
    pairs = zip(claim["by_arm"]["A1"], claim["by_arm"][arm], strict=True)
    return [sign * (own - usual) / abs(mean) for usual, own in pairs if mean and usual is not None and own is not None]


def _range(claim: Mapping[str, Any], rows: Sequence[tuple[Any, ...]]) -> tuple[float, float]:
    values = [0.0, claim["said_low"], claim["said_high"]]
    for _, points, interval, _ in rows:
        values += [*points, *(each for each in interval if each is not None)]
    margin = MARGIN * (max(values) - min(values))
    return min(values) - margin, max(values) + margin


def _row(drawing: Drawing, scale: _Scale, y: float, row: tuple[Any, ...]) -> None:
    name, points, (mean, low, high), colour = row
    drawing.add(_text(0, y - 2.5, name, INK))
    if mean is None and not points:
        drawing.add(_text(LEFT + 4, y - 2.5, "not played", QUIET))
        return
    for value in points:
        drawing.add(Circle(scale.x(value), y, 2.2, fillColor=None, strokeColor=colour, strokeWidth=0.7))
    if low is not None and high is not None:
        drawing.add(Line(scale.x(low), y, scale.x(high), y, strokeColor=colour, strokeWidth=2.4))
    if mean is not None:
        drawing.add(Line(scale.x(mean), y - 6, scale.x(mean), y + 6, strokeColor=colour, strokeWidth=2.4))


def _axis(drawing: Drawing, scale: _Scale, y: float, top: float) -> None:
    drawing.add(Line(LEFT, y, WIDTH - RIGHT, y, strokeColor=QUIET, strokeWidth=0.5))
    drawing.add(Line(scale.x(0), y, scale.x(0), top, strokeColor=INK, strokeWidth=0.8))
    for tick in scale.ticks():
        drawing.add(Line(scale.x(tick), y, scale.x(tick), y - 3, strokeColor=QUIET, strokeWidth=0.5))
        drawing.add(_text(scale.x(tick), y - 12, f"{100 * tick:+.4g} %" if tick else "as A1", QUIET, "middle"))


def _text(x: float, y: float, text: str, colour: Color, anchor: str = "start") -> String:
    return String(x, y, text, fontName="Helvetica", fontSize=SIZE, fillColor=colour, textAnchor=anchor)
