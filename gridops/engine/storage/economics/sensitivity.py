"""How much hangs on each assumption: a tornado of one number at a time, and named scenarios of several."""

from collections.abc import Mapping
from dataclasses import dataclass

from gridops.engine.storage.economics.project import BOUNDS, Outcome, Project, changed, evaluate

# Relative swings of what a tornado varies unless told otherwise.
SWINGS: Mapping[str, float] = {
    "capex": 0.2,
    "revenue_factor": 0.2,
    "charge_price_per_mwh": 0.2,
    "cycles_per_year": 0.2,
    "opex_per_year": 0.2,
    "discount_rate": 0.25,
    "fade_per_year": 0.5,
    "round_trip_efficiency": 0.05,
}


@dataclass(frozen=True, slots=True)
class Bar:
    """One number swung down and up, all else the same."""

    name: str
    low: float  # its value
    high: float
    npv_low: float  # at its low value
    npv_high: float
    lcos_low: float | None
    lcos_high: float | None

    @property
    def swing(self) -> float:
        return abs(self.npv_high - self.npv_low)


def tornado(project: Project, swings: Mapping[str, float] = SWINGS) -> list[Bar]:
    """Bars, the widest in present value first. Numbers that are 0, or that nothing hangs on, are left out.

    swings: by name, relative (0.2: 20 % down and up); values stop at their bounds. Errors: ValueError for an unknown
    name.
    """
    unknown = sorted(set(swings) - set(BOUNDS))
    if unknown:
        raise ValueError(f"{unknown[0]} is no number of a project; those are {', '.join(BOUNDS)}.")
    bars = [_bar(project, name, swing) for name, swing in swings.items() if getattr(project, name)]
    return sorted((bar for bar in bars if bar.swing or bar.lcos_low != bar.lcos_high), key=lambda bar: -bar.swing)


def _bar(project: Project, name: str, swing: float) -> Bar:
    value, bounds = float(getattr(project, name)), BOUNDS[name]
    low, high = sorted(min(max(value * (1 + sign * swing), bounds[0]), bounds[1]) for sign in (-1, 1))
    below, above = (evaluate(changed(project, {name: end})) for end in (low, high))
    return Bar(name, low, high, below.npv, above.npv, below.lcos_per_mwh, above.lcos_per_mwh)


def scenarios(project: Project, cases: Mapping[str, Mapping[str, float]]) -> dict[str, Outcome]:
    """The project under each case's numbers. Errors: ValueError that names case and field."""
    found = {}
    for case, values in cases.items():
        try:
            found[case] = evaluate(changed(project, values))
        except ValueError as error:
            raise ValueError(f"{case}: {error}") from None
    return found
