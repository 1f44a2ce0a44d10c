"""What the tap changers of one transformer end do at their present step."""

import math
from dataclasses import dataclass
from typing import Final

from gridops.cases.cgmes.model import Model
from gridops.cases.cgmes.rdf import Thing

_PHASE: Final = (
    "PhaseTapChangerTabular",
    "PhaseTapChangerLinear",
    "PhaseTapChangerSymmetrical",
    "PhaseTapChangerAsymmetrical",
)
_FARTHEST_STEP: Final = 127
_LINEAR: Final = 1e-6  # how far a table may be from equal steps and still count as such


@dataclass(frozen=True, slots=True)
class RatioTaps:
    """Equal steps of `percent`; without steps, a fixed `ratio`. Factors multiply the end's impedance."""

    changer: Thing
    position: int
    neutral: int
    low: int
    high: int
    percent: float
    ratio: float = 1.0  # beyond the steps
    r_factor: float = 1.0
    x_factor: float = 1.0


@dataclass(frozen=True, slots=True)
class PhaseTaps:
    changer: Thing
    angle_deg: float
    ratio: float
    r_factor: float
    x_factor: float


@dataclass(frozen=True, slots=True)
class _Point:
    ratio: float
    angle_deg: float
    r_factor: float
    x_factor: float


class TapChangers:
    """Tap changers by the transformer end that carries them."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self._ratio = {
            thing.values.get("RatioTapChanger.TransformerEnd", ""): thing for thing in model.all("RatioTapChanger")
        }
        self._phase = {thing.values.get("PhaseTapChanger.TransformerEnd", ""): thing for thing in model.all(*_PHASE)}
        self._steps = _measured_steps(model)
        self._points: dict[str, dict[int, Thing]] = {}
        for kind in ("RatioTapChangerTable", "PhaseTapChangerTable"):
            for point in model.all(f"{kind}Point"):
                table = self._points.setdefault(point.values.get(f"{kind}Point.{kind}", ""), {})
                table[model.whole(point, "TapChangerTablePoint.step")] = point

    def ratio(self, end: Thing) -> RatioTaps | None:
        changer = self._ratio.get(end.id)
        if changer is None:
            return None
        position, neutral, low, high = self._range(changer)
        percent = self.model.finite(changer, "RatioTapChanger.stepVoltageIncrement")
        if max(map(abs, (neutral, low, high))) > _FARTHEST_STEP:
            text = f"has steps beyond {_FARTHEST_STEP}, which the solver cannot count; its present ratio is fixed"
            self.model.warn("many-taps", changer.label, text)
            return RatioTaps(changer, 0, 0, 0, 0, 0.0, 1 + (position - neutral) * percent / 100)
        table = self._points.get(changer.values.get("RatioTapChanger.RatioTapChangerTable", ""), {})
        if not table:
            return RatioTaps(changer, position, neutral, low, high, percent)
        point, even = self._point(table, position, changer), self._even_percent(table, neutral)
        if even is not None:
            return RatioTaps(
                changer, position, neutral, low, high, even, r_factor=point.r_factor, x_factor=point.x_factor
            )
        text = "has steps of unequal size; its ratio at the present step is fixed"
        self.model.warn("uneven-taps", changer.label, text)
        return RatioTaps(changer, neutral, neutral, neutral, neutral, 0.0, point.ratio, point.r_factor, point.x_factor)

    def phase(self, end: Thing) -> PhaseTaps | None:
        changer = self._phase.get(end.id)
        if changer is None:
            return None
        position, neutral, _, _ = self._range(changer)
        if changer.kind == "PhaseTapChangerTabular":
            table = self._points.get(changer.values.get("PhaseTapChangerTabular.PhaseTapChangerTable", ""), {})
            point = self._point(table, position, changer)
        else:
            point = self._computed(changer, position - neutral)
        return PhaseTaps(changer, point.angle_deg, point.ratio, point.r_factor, point.x_factor)

    def _range(self, changer: Thing) -> tuple[int, int, int, int]:
        model = self.model
        neutral = model.whole(changer, "TapChanger.neutralStep")
        given = "TapChanger.step" if "TapChanger.step" in changer.values else "TapChanger.normalStep"
        if given == "TapChanger.normalStep" and changer.id in self._steps:
            position = self._steps[changer.id]
        else:
            position = model.whole(changer, given, neutral)
        low = model.whole(changer, "TapChanger.lowStep", min(neutral, position))
        high = model.whole(changer, "TapChanger.highStep", max(neutral, position))
        if not low <= position <= high:
            model.warn("tap-range", changer.label, f"stands on step {position}, outside {low} to {high}; it is kept")
        return position, neutral, min(low, position), max(high, position)

    def _point(self, table: dict[int, Thing], step: int, changer: Thing) -> _Point:
        thing = table.get(step)
        if thing is None:
            text = f"stands on step {step}, which its table does not have: add the point or correct the step in SSH"
            self.model.error("tap-table", changer, text)
            return _Point(1.0, 0.0, 1.0, 1.0)
        number = self.model.number
        return _Point(
            ratio=number(thing, "TapChangerTablePoint.ratio", 1.0),
            angle_deg=number(thing, "PhaseTapChangerTablePoint.angle"),
            r_factor=1 + number(thing, "TapChangerTablePoint.r") / 100,
            x_factor=1 + number(thing, "TapChangerTablePoint.x") / 100,
        )

    def _even_percent(self, table: dict[int, Thing], neutral: int) -> float | None:
        """The step in percent when every ratio is 1 + step * percent / 100 counted from neutral; else None."""
        ratios = {step: self.model.number(thing, "TapChangerTablePoint.ratio", 1.0) for step, thing in table.items()}
        sized = [(ratio - 1) / (step - neutral) for step, ratio in ratios.items() if step != neutral]
        size = sized[0] if sized else 0.0
        even = all(abs(1 + (step - neutral) * size - ratio) < _LINEAR for step, ratio in ratios.items())
        return size * 100 if even else None

    def _computed(self, changer: Thing, steps: int) -> _Point:
        """Ratio and angle by the formulas of IEC 61970-301; the change of the reactance is not taken."""
        number, kind = self.model.number, changer.kind
        if kind == "PhaseTapChangerLinear":
            return _Point(1.0, steps * number(changer, f"{kind}.stepPhaseShiftIncrement"), 1.0, 1.0)
        push = steps * number(changer, "PhaseTapChangerNonLinear.voltageStepIncrement") / 100
        if kind == "PhaseTapChangerSymmetrical":
            return _Point(1.0, math.degrees(2 * math.atan(push / 2)), 1.0, 1.0)
        winding = math.radians(number(changer, f"{kind}.windingConnectionAngle", 90.0))
        along, across = 1 + push * math.cos(winding), push * math.sin(winding)
        return _Point(math.hypot(along, across), math.degrees(math.atan2(across, along)), 1.0, 1.0)


def _measured_steps(model: Model) -> dict[str, int]:
    """Steps of the solved state, for a changer of which no SSH file tells the step."""
    return {
        step.values.get("SvTapStep.TapChanger", ""): model.whole(step, "SvTapStep.position")
        for step in model.all("SvTapStep")
    }
