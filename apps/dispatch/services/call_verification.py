"""A call and its rebound on the feeders concerned, by power flow of every quarter of an hour from begin to end."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import numpy as np
import numpy.typing as npt

from apps.dispatch.adapters.call_flows import (
    Course,
    FeederCourse,
    FeederNodes,
    Hours,
    StageLoads,
    course_of,
    hours_of,
    made_worse,
    relieved,
    unknown_loads,
)
from apps.dispatch.adapters.expected import STEP, Ahead, ahead_of, of_feeder, only_now
from apps.dispatch.choices.call import Verdict
from apps.dispatch.models import Call
from apps.dispatch.rules.calls import FeederPeaks, judged
from apps.dispatch.services.scenes import Live, NoState, live_scene
from apps.forecasts.choices import Quantity, Subject
from apps.forecasts.models import LEVELS, Series
from apps.forecasts.selectors.issues import said_ahead
from apps.forecasts.services.look_ahead import from_forecasts
from apps.state.services.look_ahead import NotEnoughHistory
from apps.studies.selectors.places import nodes_of

_MEDIAN = LEVELS.index(0.5)
Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class CallCheck:
    verdict: Verdict
    sentences: Sequence[str]
    document: Mapping[str, Any]
    versions: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Ground:
    """The expected hours and their power flows without the call: the same for every way of staging it."""

    live: Live
    hours: Hours
    before: Course

    def check(self, stages: Sequence[StageLoads]) -> CallCheck:
        after = course_of(self.hours, stages)
        unsolved = next((why for why in (*self.before.unsolved, *after.unsolved) if why), "")
        if unsolved:
            return _unchecked(f"A step has no power flow: {unsolved}")
        if missing := unknown_loads(self.hours, stages):
            return _unchecked(f"{missing} of its connection points are not in the live network; place them anew.")
        peaks = [_peaks(*one, self.hours.starts) for one in self._courses(after)]
        verdict, sentences = judged(made_worse(self.hours, self.before, after), peaks)
        if gone := relieved(self.before, after):
            sentences.append(f"It keeps within limits what would be beyond them without it: {', '.join(gone)}.")
        return CallCheck(verdict, sentences, self._document(after, peaks, sentences), self.live.versions)

    def _courses(self, after: Course) -> list[tuple[str, FeederCourse, FeederCourse]]:
        names = [feeder.name for feeder in self.hours.feeders]
        return list(zip(names, self.before.feeders, after.feeders, strict=True))

    def _document(self, after: Course, peaks: Sequence[FeederPeaks], sentences: Sequence[str]) -> dict[str, Any]:
        feeders = zip(self.hours.feeders, self.before.feeders, after.feeders, peaks, strict=True)
        return {
            "as_of": self.live.as_of.isoformat(),
            "expected_from": self.hours.said_by,
            "starts": [start.isoformat() for start in self.hours.starts],
            "sentences": list(sentences),
            "feeders": [_feeder_document(*each) for each in feeders],
        }


def ground_of(*, feeder_mrids: Sequence[UUID], starts_at: datetime, ends_at: datetime, as_of: datetime) -> Ground:
    """ends_at: of the rebound. Raises NoState, with the reason."""
    live = live_scene(as_of=as_of)
    feeders = [FeederNodes(str(mrid), *found) for mrid in feeder_mrids if (found := _nodes(live, mrid)) is not None]
    ahead = _ahead(live, feeders, until=ends_at)
    if ahead.starts_at[-1] + STEP < ends_at:
        raise NoState(f"The hours until then are not forecast: {ahead.said_by}")
    hours = hours_of(live.scene, ahead, feeders, starts_at=starts_at, ends_at=ends_at)
    return Ground(live, hours, course_of(hours))


def verify_call(call: Call, *, as_of: datetime, ground: Ground | None = None) -> CallCheck:
    """Anew, on the state and the forecasts of now unless a ground is given; stored with the call."""
    stages = [
        StageLoads(
            row.number, row.starts_at, row.ends_at, {one["mrid"]: one["kw"] for one in row.response}, row.rebound_kw
        )
        for row in call.stages.defer("ven_ids")
    ]
    try:
        found = ground or ground_of(
            feeder_mrids=[UUID(mrid) for mrid in call.feeder_mrids],
            starts_at=call.starts_at,
            ends_at=call.settled_at,
            as_of=as_of,
        )
    except NoState as unknown:
        return _keep(call, _unchecked(str(unknown)), None, as_of=as_of)
    return _keep(call, found.check(stages), found, as_of=as_of)


def _keep(call: Call, found: CallCheck, ground: Ground | None, *, as_of: datetime) -> CallCheck:
    call.verdict, call.verified_at, call.verification = found.verdict, as_of, dict(found.document)
    call.network_model = ground.live.model if ground else None
    call.solution = ground.live.solution if ground else None
    call.versions = dict(call.versions) | {"check": dict(found.versions)}
    call.save(update_fields=["verdict", "verified_at", "verification", "network_model", "solution", "versions"])
    return found


def _unchecked(why: str) -> CallCheck:
    return CallCheck(Verdict.NO_STATE, [why], {"sentences": [why], "feeders": [], "starts": []}, {})


def _nodes(live: Live, mrid: UUID) -> tuple[str, npt.NDArray[np.int64]] | None:
    return nodes_of(live.scene.place.network, str(mrid))


def _ahead(live: Live, feeders: Sequence[FeederNodes], *, until: datetime) -> Ahead:
    network, base, step = live.scene.place.network, live.scene.base, STEP.total_seconds()
    first = datetime.fromtimestamp(-(-live.as_of.timestamp() // step) * step, UTC)
    steps = max(-int((first - until).total_seconds() // step), 1)
    try:
        expected = from_forecasts(network, first, steps)
    except NotEnoughHistory as shortage:
        return only_now(base, live.as_of, str(shortage))
    ahead = ahead_of(base, network, expected, as_of=live.as_of, first=first)
    for feeder in feeders:
        own = _own_forecast(feeder.mrid, first, steps)
        members = np.flatnonzero(np.isin(network.node.bus[network.network.injection_node], feeder.nodes))
        if own is not None:
            ahead = of_feeder(ahead, network, members.astype(np.int32), own, feeder.name)
    return ahead


def _own_forecast(feeder: str, first: datetime, steps: int) -> Numbers | None:
    rows = Series.objects.in_use().filter(subject=Subject.FEEDER, quantity=Quantity.NET_LOAD, subject_mrid=feeder)
    series = rows.first()
    said = said_ahead(series, first, steps) if series else None
    return None if said is None else np.asarray(said[:, _MEDIAN], np.float64)


def _peaks(name: str, before: FeederCourse, after: FeederCourse, starts: Sequence[datetime]) -> FeederPeaks:
    highest = int(np.argmax(after.load_kw))
    return FeederPeaks(name, float(before.load_kw.max()), float(after.load_kw[highest]), starts[highest])


def _feeder_document(
    nodes: FeederNodes, before: FeederCourse, after: FeederCourse, peaks: FeederPeaks
) -> dict[str, Any]:
    return {
        "mrid": nodes.mrid,
        "name": nodes.name,
        "before_kw": _numbers(before.load_kw, 1),
        "after_kw": _numbers(after.load_kw, 1),
        "before_loading_percent": _numbers(before.max_loading_percent, 2),
        "after_loading_percent": _numbers(after.max_loading_percent, 2),
        "before_min_voltage_pu": _numbers(before.min_voltage_pu, 4),
        "after_min_voltage_pu": _numbers(after.min_voltage_pu, 4),
        "peak_before_kw": round(peaks.before_kw, 1),
        "peak_after_kw": round(peaks.after_kw, 1),
    }


def _numbers(values: Numbers, digits: int) -> list[float | None]:
    return [round(float(value), digits) if np.isfinite(value) else None for value in values]
