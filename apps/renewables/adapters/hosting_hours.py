"""The hours in which plants to come are hardest to take: from what the system was, and the states they make.

Signs: what the history says of load and generation is not negative; states are injections, positive into the network.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
import numpy.typing as npt

from apps.assets.adapters import CONSUMER, GENERATOR, AssembledNetwork
from apps.renewables.choices import PlantKind
from apps.studies.adapters.base import Base
from apps.studies.adapters.changes import Place
from apps.studies.adapters.flow import flow_of
from apps.studies.adapters.studied import studied
from gridops.engine.security.zones import OperatingPoint

FloatArray = npt.NDArray[np.float64]
MUCH = 0.5  # of the highest generation that was seen
LEAST_KW = 1e-6
_OTHER = ""  # kind of the generators that are neither solar nor wind


class NoHour(ValueError):
    """An hour has no power flow; says which and why."""


@dataclass(frozen=True, slots=True)
class Past:
    """Quarter hours of the whole system, kW; nan where one is not known."""

    starts_at: Sequence[datetime]
    load: FloatArray
    net_load: FloatArray
    pv: FloatArray
    wind: FloatArray


@dataclass(frozen=True, slots=True)
class Growth:
    """Factors until the year that is asked for."""

    load: float
    plants: float


@dataclass(frozen=True, slots=True)
class HardHour:
    why: str
    at: datetime
    load_kw: float
    pv_kw: float
    wind_kw: float
    other_kw: float

    @property
    def generation_kw(self) -> float:
        return self.pv_kw + self.wind_kw + self.other_kw

    def grown(self, growth: Growth) -> "HardHour":
        pv, wind = self.pv_kw * growth.plants, self.wind_kw * growth.plants
        return replace(self, load_kw=self.load_kw * growth.load, pv_kw=pv, wind_kw=wind)

    def document(self) -> dict[str, object]:
        told = {name: round(getattr(self, name), 1) for name in ("load_kw", "pv_kw", "wind_kw", "other_kw")}
        return {"why": self.why, "at": self.at.isoformat(), **told}


def hard_hours(past: Past) -> list[HardHour]:
    """The quarter hours of most feeding back, of least load while much is generated, and of most generation."""
    generation = past.load - past.net_load
    known = np.isfinite(generation)
    if not known.any():
        return []
    much = known & (generation >= MUCH * np.max(generation[known]))
    picked = (
        ("Most is fed back", np.where(known, past.net_load, np.inf), 1),
        ("Least load while much is generated", np.where(much, past.load, np.inf), 1),
        ("Most is generated", np.where(known, generation, -np.inf), -1),
    )
    why: dict[int, list[str]] = {}
    for words, values, way in picked:
        why.setdefault(int(np.argmin(way * values)), []).append(words)
    return [_hour(past, at, "; ".join(words), float(generation[at])) for at, words in why.items()]


def _hour(past: Past, at: int, why: str, generation_kw: float) -> HardHour:
    pv, wind = (max(float(np.nan_to_num(values[at])), 0.0) for values in (past.pv, past.wind))
    other = max(generation_kw - pv - wind, 0.0)
    return HardHour(why, past.starts_at[at], float(past.load[at]), pv, wind, other)


def now_only(base: Base, network: AssembledNetwork, kinds: Sequence[str], at: datetime) -> HardHour:
    """The state of now as the only hour."""
    kind, p = network.injection.kind, base.injection_p_kw
    given = np.where(kind == GENERATOR, np.maximum(p, 0.0), 0.0)
    of = np.array(kinds)
    pv, wind = (float(given[of == one].sum()) for one in (PlantKind.PV, PlantKind.WIND))
    load = -float(p[kind == CONSUMER].sum())
    return HardHour("Now: no earlier hour is known", at, load, pv, wind, float(given.sum()) - pv - wind)


def point_of(hour: HardHour, base: Base, place: Place, kinds: Sequence[str]) -> OperatingPoint:
    """Loads in their shares and with the power factors of the state of now, plants of a kind by their ratings.

    Batteries rest; taps are where their regulators hold them. kinds: per injection. Raises NoHour.
    """
    network = place.network
    kind, now = network.injection.kind, base.injection_p_kw
    is_load = kind == CONSUMER
    factor = hour.load_kw / max(-float(now[is_load].sum()), LEAST_KW)
    p = np.where(is_load, now * factor, 0.0) + _plants(hour, network, kinds)
    q = np.where(is_load, base.injection_q_kvar * factor, 0.0)
    there = replace(base, injection_p_kw=p, injection_q_kvar=q)
    flow = flow_of(studied(there, [], place), regulate=True)
    if not flow.state.converged:
        raise NoHour(f"{hour.at:%Y-%m-%d %H:%M} UTC has no power flow: {flow.state.reason}")
    return flow.studied.point


def _plants(hour: HardHour, network: AssembledNetwork, kinds: Sequence[str]) -> FloatArray:
    of = np.array(kinds)
    size = np.maximum(network.injection.rated_s_kva, np.abs(network.injection.p_kw))
    size = np.where(network.injection.kind == GENERATOR, size, 0.0)
    given = np.zeros(len(size))
    for one, total in ((PlantKind.PV, hour.pv_kw), (PlantKind.WIND, hour.wind_kw), (_OTHER, hour.other_kw)):
        share = np.where(of == one, size, 0.0)
        given += total * share / max(float(share.sum()), LEAST_KW)
    return given
