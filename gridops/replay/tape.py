"""A sealed tape: all that happens to a grid whatever anybody does, written down before anybody acts.

Chance that lies in the plant (unrest, times of relays and motors, noise) follows from the tape's seed and the time
alone; what people and customers draw comes from `Tape.draws`.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final, Self
from zlib import crc32

import numpy as np

from gridops.cases.case import NetworkCase
from gridops.cases.climate import Climate
from gridops.simulator.points import FloatArray
from gridops.simulator.profiles import Profiles, SealedUnrest
from gridops.simulator.world import GENERATION_UNREST, LOAD_UNREST, UNREST_MEMORY_S

VERSION: Final = 1
HOUR_S: Final = 3600
DAY_S: Final = 86_400
HISTORY_DAYS: Final = 7  # of prices before the begin: what a rule may look back at
STEP_S: Final = 300
OPT_OUT_SHARE: Final = 0.15  # of the customers asked
_PEOPLE: Final = 104


class BrokenTape(ValueError):
    """The tape cannot be played: what is wrong with it, and what to do."""


@dataclass(frozen=True, slots=True)
class TapeFault:
    at_s: float  # since the begin
    line: str  # mRID
    is_momentary: bool
    repair_s: float  # of work on the dead line; of the patrol where the fault is momentary


@dataclass(frozen=True, slots=True)
class CommunicationLoss:
    begin_s: float
    end_s: float
    station: int  # common address


@dataclass(frozen=True, slots=True)
class Courses:
    """Hour by hour from `first_hour` (below 0: before the begin) on."""

    first_hour: int
    price_eur_per_mwh: tuple[float, ...]
    imbalance_price_eur_per_mwh: tuple[float, ...]
    average_kg_per_mwh: tuple[float, ...]
    marginal_kg_per_mwh: tuple[float, ...]

    def at(self, name: str, since_begin_s: FloatArray) -> FloatArray:
        """Values of one course in the hours in which these instants lie; its ends hold beyond them."""
        values = np.array(getattr(self, name))
        hour = np.floor(np.asarray(since_begin_s) / HOUR_S).astype(np.int64) - self.first_hour
        return np.asarray(values[np.clip(hour, 0, len(values) - 1)])


@dataclass(frozen=True, slots=True)
class Tape:
    network: str  # a source as `gridops.cases.sources` lists them
    seed: int
    begin: datetime
    days: float
    faults: tuple[TapeFault, ...]
    losses: tuple[CommunicationLoss, ...]
    courses: Courses
    step_s: int = STEP_S
    opt_out_share: float = OPT_OUT_SHARE

    def __post_init__(self) -> None:
        if self.begin.tzinfo is None:
            raise BrokenTape("begin has no time zone: give it as UTC, for example 2025-03-03T00:00:00+00:00.")
        if self.days <= 0 or self.step_s <= 0 or (self.days * DAY_S) % self.step_s:
            raise BrokenTape("days and step_s must be above 0 and the days a whole number of steps.")

    @property
    def end_s(self) -> float:
        return self.days * DAY_S

    @property
    def end(self) -> datetime:
        return self.begin + timedelta(seconds=self.end_s)

    @property
    def grid_s(self) -> FloatArray:
        """(T,) ends of the steps since the begin."""
        return np.arange(1, round(self.end_s / self.step_s) + 1, dtype=np.float64) * self.step_s

    def draws(self, what: str, *numbers: int) -> np.random.Generator:
        """For what people do: the same for the same matter (a fault's number, a proposal's second), in every arm."""
        return np.random.default_rng((self.seed, _PEOPLE, crc32(what.encode()), *numbers))

    def opts_out(self, load: str, day: int) -> bool:
        """Whether the customers of a load (mRID) stay away from a call on a day since the begin."""
        return bool(self.draws(f"opt out {load}", day).random() < self.opt_out_share)

    def document(self) -> dict[str, Any]:
        return {"version": VERSION, **asdict(self), "begin": self.begin.isoformat()}

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Self:
        """Raises BrokenTape for what is no tape of this version."""
        values = dict(document)
        if values.pop("version", None) != VERSION:
            raise BrokenTape(f"It is no tape of version {VERSION}: make it anew with `python -m gridops.replay tape`.")
        try:
            courses = {name: _tuple(value) for name, value in values.pop("courses").items()}
            return cls(
                **values
                | {
                    "begin": datetime.fromisoformat(values["begin"]),
                    "faults": tuple(TapeFault(**each) for each in values["faults"]),
                    "losses": tuple(CommunicationLoss(**each) for each in values["losses"]),
                    "courses": Courses(**courses),
                }
            )
        except (KeyError, TypeError) as error:
            raise BrokenTape(f"The tape is not whole ({error}): make it anew.") from None


def tape_hash(tape: Tape, case: NetworkCase) -> str:
    """SHA-256 of the document and of the factors of every load and plant that follow from it."""
    digest = hashlib.sha256(json.dumps(tape.document(), sort_keys=True, separators=(",", ":")).encode())
    profiles, climate = Profiles(case), Climate(case)
    is_load = np.arange(len(profiles.track_of)) < len(case.loads)
    unrest = SealedUnrest(np.where(is_load, LOAD_UNREST, GENERATION_UNREST), UNREST_MEMORY_S, tape.seed)
    start, begin_us = profiles.same_season(tape.begin), round(tape.begin.timestamp() * 1e6)
    for since_s in [0.0, *tape.grid_s.tolist()]:
        at = start + timedelta(seconds=since_s)
        scale = np.where(is_load, climate.load_factor(at), 1.0) * unrest.step(0.0, begin_us + round(since_s * 1e6))
        for factor in profiles.factors(at):
            digest.update((factor * scale).astype("<f8").tobytes())
    return digest.hexdigest()


def write_tape(path: Path, tape: Tape, sealed: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"tape_hash": sealed, "tape": tape.document()}, indent=1) + "\n")


def read_tape(path: Path) -> tuple[Tape, str]:
    """The tape and the hash it was sealed with. Raises BrokenTape, OSError."""
    try:
        found = json.loads(path.read_text())
        return Tape.of(found["tape"]), str(found["tape_hash"])
    except (json.JSONDecodeError, KeyError, TypeError) as error:
        raise BrokenTape(f"{path} is no tape ({error}): make one with `python -m gridops.replay tape`.") from None


def _tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
