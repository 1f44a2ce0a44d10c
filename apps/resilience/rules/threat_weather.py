"""From which weather on assets are in danger, and how likely that is."""

from collections.abc import Sequence
from dataclasses import dataclass

from apps.resilience.choices.threat import FindingKind

# Lower and upper step of each warning (25 and 32 m/s are Beaufort 10 and 12), with what is said.
GUST_M_S = (25.0, 32.0)
HEAT_C = (35.0, 39.0)
RAIN_MM_6H = (35.0, 60.0)
ICE_C, ICE_MM_12H, ICE_HUMIDITY = (-6.0, 1.0), (1.0, 6.0), 90.0
NEAR_STEP, AT_UPPER_STEP = 0.5, 0.9
RAIN_HOURS, ICE_HOURS = 6, 12


@dataclass(frozen=True, slots=True)
class Hour:
    """Of a forecast; None: not told."""

    gust_m_s: float | None
    temperature_c: float | None
    humidity_percent: float | None
    precipitation_mm: float | None


@dataclass(frozen=True, slots=True)
class Warned:
    kind: FindingKind
    first: int  # hour
    last: int
    worst: float
    limit: float
    unit: str
    likelihood: float


def warnings(hours: Sequence[Hour]) -> list[Warned]:
    """One a kind at most: from its first to its last hour beyond the lower step."""
    gusts = [one.gust_m_s for one in hours]
    heat = [one.temperature_c for one in hours]
    rain = _sums([one.precipitation_mm for one in hours], RAIN_HOURS)
    ice = _sums([one.precipitation_mm if _freezes(one) else 0.0 for one in hours], ICE_HOURS)
    found = [
        _beyond(FindingKind.WIND, gusts, GUST_M_S, "m/s"),
        _beyond(FindingKind.HEAT, heat, HEAT_C, "°C"),
        _beyond(FindingKind.FLOOD, rain, RAIN_MM_6H, "mm in 6 h"),
        _beyond(FindingKind.ICE, ice, ICE_MM_12H, "mm of freezing rain or wet snow in 12 h"),
    ]
    return [one for one in found if one is not None]


def _freezes(hour: Hour) -> bool:
    if hour.temperature_c is None or not ICE_C[0] <= hour.temperature_c <= ICE_C[1]:
        return False
    return hour.humidity_percent is None or hour.humidity_percent >= ICE_HUMIDITY


def _sums(values: Sequence[float | None], hours: int) -> list[float | None]:
    """Of the hours up to each one; not known where none of them is."""
    found: list[float | None] = []
    for place in range(len(values)):
        known = [one for one in values[max(0, place - hours + 1) : place + 1] if one is not None]
        found.append(sum(known) if known else None)
    return found


def _beyond(kind: FindingKind, course: Sequence[float | None], steps: tuple[float, float], unit: str) -> Warned | None:
    over = [(place, value) for place, value in enumerate(course) if value is not None and value >= steps[0]]
    if not over:
        return None
    worst = max(value for _, value in over)
    share = min((worst - steps[0]) / (steps[1] - steps[0]), 1.0)
    likelihood = round(NEAR_STEP + (AT_UPPER_STEP - NEAR_STEP) * share, 2)
    return Warned(kind, over[0][0], over[-1][0], round(worst, 1), steps[0], unit, likelihood)
