"""Customers to segments, the solver's counts back to customers: who was asked least, and longest ago, first."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import numpy as np
import numpy.typing as npt

from apps.demand_response.adapters.people import Certainty, Member
from gridops.engine.optimization.calls import RELEASED_LATER, Asked, Segments, Wanted, asked, rebound_kw, together

FloatArray = npt.NDArray[np.float64]
STEP = timedelta(minutes=15)
STEP_HOURS = STEP.total_seconds() / 3600
ASKED_AGAIN_EUR = 0.10  # a preference, which nobody pays: for each event that a customer had in the month
_MOST_TIERS = 4
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Wish:
    starts_at: datetime
    steps: int
    wanted_kw: float
    shortest: int  # steps
    longest: int
    eur_per_event: float
    eur_per_kwh: float

    @property
    def ends_at(self) -> datetime:
        return self.starts_at + self.steps * STEP


@dataclass(frozen=True, slots=True)
class PlannedStage:
    starts_at: datetime
    ends_at: datetime
    members: Sequence[Member]
    kw: tuple[float, float, float]
    response: Mapping[UUID, float]
    rebound_kw: Sequence[float]


@dataclass(frozen=True, slots=True)
class Planned:
    asked: Asked
    stages: Sequence[PlannedStage]
    kw: tuple[float, float, float]  # of all at the weakest step that is wanted
    cost_eur: float


def reach_of(wish: Wish, certainty: Mapping[str, Certainty]) -> int:
    """Steps from the begin until the last rebound is over."""
    longest = max((one.rebound_hours for one in certainty.values()), default=0.0)
    return wish.steps + RELEASED_LATER + int(np.ceil(longest / STEP_HOURS))


def planned(
    members: Sequence[Member],
    certainty: Mapping[str, Certainty],
    wish: Wish,
    *,
    feeders: Sequence[UUID],
    room_kw: FloatArray | None,
) -> Planned:
    """room_kw: feeders x steps, how much more each may draw than without the call; None: not looked at yet.

    Members who may not be asked are segments of their own: they only tell what would help.
    """
    groups = _groups(members, feeders)
    segments = _segments(groups, certainty, wish, feeders)
    reach = reach_of(wish, certainty)
    wanted = Wanted(
        kw=np.full(wish.steps, wish.wanted_kw),
        room_kw=np.zeros((0, reach)) if room_kw is None else room_kw[:, :reach],
        step_hours=STEP_HOURS,
        shortest=wish.shortest,
        longest=wish.longest,
        asked_again_eur=ASKED_AGAIN_EUR,
    )
    found = asked(segments, wanted, is_room_kept=room_kw is not None)
    chosen = _chosen(list(groups.values()), found)
    stages = [_stage(wish, span, people, certainty) for span, people in sorted(chosen.items())]
    return Planned(found, stages, _weakest(wish, stages), sum(_paid(wish, stage) for stage in stages))


def totals(members: Sequence[Member]) -> tuple[float, float, float]:
    """P10, P50, P90 of all together: equipment of a kind falls short together, kinds do so by themselves."""
    kinds = {kind: n for n, kind in enumerate(sorted({one.kind for one in members}))}
    kw = np.array([one.kw for one in members]).reshape(-1, 3)
    return together(kw, np.array([kinds[one.kind] for one in members], np.int32))


def _groups(members: Sequence[Member], feeders: Sequence[UUID]) -> dict[tuple[str, int, int, str], list[Member]]:
    position = {mrid: n for n, mrid in enumerate(feeders)}
    found: dict[tuple[str, int, int, str], list[Member]] = defaultdict(list)
    for one in members:
        if one.kw[1] <= 0:
            continue
        at = position.get(one.feeder, -1) if one.feeder else -1
        found[one.kind, at, min(one.asked_before, _MOST_TIERS), one.left_out].append(one)
    for people in found.values():
        people.sort(key=lambda one: (one.asked_before, one.last_asked or _NEVER, one.enrolment_id))
    return found


def _segments(
    groups: Mapping[tuple[str, int, int, str], Sequence[Member]],
    certainty: Mapping[str, Certainty],
    wish: Wish,
    feeders: Sequence[UUID],
) -> Segments:
    keys = list(groups)
    own = [certainty[kind] for kind, *_ in keys]
    return Segments(
        customers=np.array([len(people) for people in groups.values()], np.int32),
        kw=np.array([np.mean([one.kw[1] for one in people]) for people in groups.values()]),
        eur_per_event=np.full(len(keys), wish.eur_per_event),
        eur_per_kwh=np.full(len(keys), wish.eur_per_kwh),
        asked_before=np.array([tier for _, _, tier, _ in keys], np.float64),
        feeder=np.array([at if feeders else -1 for _, at, _, _ in keys], np.int32),
        rebound_share=np.array([one.rebound_share for one in own]),
        rebound_steps=np.array([int(np.ceil(one.rebound_hours / STEP_HOURS)) for one in own], np.int32),
        left_out=[why for *_, why in keys],
    )


def _chosen(groups: Sequence[Sequence[Member]], found: Asked) -> dict[tuple[int, int], list[Member]]:
    """As many as together give what the solver counted on, in the order of the rotation."""
    chosen: dict[tuple[int, int], list[Member]] = defaultdict(list)
    for segment, people in enumerate(groups):
        mean = float(np.mean([one.kw[1] for one in people]))
        waiting = iter(people)
        for span, count in zip(found.spans, found.count[segment].tolist(), strict=True):
            given = 0.0
            while count and given < count * mean - 1e-6 and (one := next(waiting, None)) is not None:
                chosen[span].append(one)
                given += one.kw[1]
    return chosen


def _stage(
    wish: Wish, span: tuple[int, int], people: Sequence[Member], certainty: Mapping[str, Certainty]
) -> PlannedStage:
    begin, end = span
    response: dict[UUID, float] = defaultdict(float)
    energy: dict[str, float] = defaultdict(float)
    for one in people:
        response[one.consumer] += one.kw[1]
        energy[one.kind] += one.kw[1] * (end - begin) * STEP_HOURS
    return PlannedStage(
        starts_at=wish.starts_at + begin * STEP,
        ends_at=wish.starts_at + end * STEP,
        members=people,
        kw=totals(people),
        response=dict(response),
        rebound_kw=_rebound(energy, certainty),
    )


def _rebound(energy: Mapping[str, float], certainty: Mapping[str, Certainty]) -> list[float]:
    parts = [
        rebound_kw(
            kwh,
            share=certainty[kind].rebound_share,
            steps=int(np.ceil(certainty[kind].rebound_hours / STEP_HOURS)),
            step_hours=STEP_HOURS,
        )
        for kind, kwh in energy.items()
    ]
    longest = max(map(len, parts), default=0)
    return np.sum([np.pad(part, (0, longest - len(part))) for part in parts], axis=0).tolist() if parts else []


def _weakest(wish: Wish, stages: Sequence[PlannedStage]) -> tuple[float, float, float]:
    steps = [wish.starts_at + n * STEP for n in range(wish.steps)]
    at_step = [
        [one for stage in stages if stage.starts_at <= at < stage.ends_at for one in stage.members] for at in steps
    ]
    return min((totals(people) for people in at_step), key=lambda kw: kw[1])


def _paid(wish: Wish, stage: PlannedStage) -> float:
    hours = (stage.ends_at - stage.starts_at).total_seconds() / 3600
    return len(stage.members) * wish.eur_per_event + stage.kw[1] * hours * wish.eur_per_kwh
