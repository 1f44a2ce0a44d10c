"""The desk of voltages: where taps, capacitors and reactive powers should stand on a feeder, now and ahead."""

import logging
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import numpy as np
from django.utils import timezone

from apps.assets.models import Feeder
from apps.dispatch.adapters.expected import IntArray
from apps.dispatch.adapters.steps import BadStep, read_steps
from apps.dispatch.choices.proposal import Breach
from apps.dispatch.models import Trouble
from apps.dispatch.selectors.movable import movable
from apps.dispatch.selectors.objectives import objectives_now
from apps.dispatch.services.proposals import Draft
from apps.dispatch.services.scenes import Live
from apps.optimization.adapters import voltage_course
from apps.optimization.adapters.candidates import target_of
from apps.optimization.adapters.live_voltage import MOST_SET_POINTS, Regulated, Terms, regulated
from apps.optimization.adapters.voltage_devices import Devices, devices_of, on_the_way
from apps.optimization.choices import DESK_VOLTAGE, KIND_VOLTAGE, MOST_A_DAY, VoltageObjective
from apps.optimization.models import OptimizationRun, VoltagePlan, VoltageSetting
from apps.optimization.selectors import operable_switches
from apps.optimization.selectors.operations import operations_today
from apps.optimization.services.expected import expected_powers
from apps.optimization.services.plan import Plan

MODEL = "linearised-1"
DEVICE_S = 15.0
MOST_FEEDERS = 6  # planned in one run because somebody has set what is gone for there
_VOLTAGES = (Breach.VOLTAGE_LOW, Breach.VOLTAGE_HIGH)
_WHY = {
    VoltageObjective.VIOLATIONS: "Taps, capacitors and reactive power, moved together as little as the limits ask for.",
    VoltageObjective.LOSS: "Taps, capacitors and reactive power: limits first, then least losses.",
    VoltageObjective.CVR: "Taps, capacitors and reactive power: limits first, then least energy drawn.",
    VoltageObjective.FLAT: "Taps, capacitors and reactive power: limits first, then a flat profile.",
}
_CANNOT = (ValueError, ArithmeticError, np.linalg.LinAlgError)
log = logging.getLogger("apps.optimization")


@dataclass(frozen=True, slots=True)
class FeederPlan:
    feeder_mrid: UUID
    feeder_name: str
    objective: VoltageObjective
    nodes: IntArray
    done: Regulated | None  # None: the engine could not go on
    words: str
    seconds: float


@dataclass
class VoltageRegulation:
    """One plan for each feeder that has a trouble of voltage, or of which somebody has said what to go for."""

    live: Live
    plans: dict[UUID, FeederPlan] = field(default_factory=dict)

    def plan(self, trouble: Trouble, *, progress: Callable[[int], None]) -> Plan:
        breach = Breach(trouble.breach)
        if breach == Breach.LOSSES:
            return self._against_losses(trouble, progress)
        if breach not in _VOLTAGES:
            return Plan(DESK_VOLTAGE, [], 0, "")
        progress(1)
        if trouble.feeder_mrid is None:
            nodes = np.array(target_of(self.live.scene, breach, trouble.elements).nodes, np.int32)
            return _answer(trouble, [(self._regulated(nodes, None), VoltageObjective.VIOLATIONS)])
        made = self.planned(trouble.feeder_mrid)
        return _answer(trouble, [(made.done, made.objective)] if made.done else [], otherwise=made.words)

    def look_after(self, *, asked: UUID | None) -> None:
        """Also where no limit is broken: the feeder that somebody asked for, then those with a setting."""
        left = max(MOST_FEEDERS - len(self.plans), 0)
        oldest = VoltageSetting.objects.exclude(feeder_mrid__in=self.plans).values_list("feeder_mrid", flat=True)
        for mrid in dict.fromkeys([*([asked] if asked else []), *_longest_ago(list(oldest))[:left]]):
            self.planned(mrid)

    def planned(self, feeder: UUID) -> FeederPlan:
        if feeder not in self.plans:
            self.plans[feeder] = self._planned(feeder)
        return self.plans[feeder]

    def _against_losses(self, trouble: Trouble, progress: Callable[[int], None]) -> Plan:
        wanted = VoltageSetting.objects.filter(objective=VoltageObjective.LOSS).values_list("feeder_mrid", flat=True)
        made = [self.planned(mrid) for mrid in _longest_ago(list(wanted))[:MOST_FEEDERS]]
        progress(len(made))
        found = [(one.done, one.objective) for one in made if one.done is not None and one.done.plan.confirmed]
        return _answer(trouble, [one for one in found if one[0].saves_now])

    def _planned(self, feeder: UUID) -> FeederPlan:
        begun = time.perf_counter()
        setting = VoltageSetting.objects.filter(feeder_mrid=feeder).first()
        objective = VoltageObjective(setting.objective) if setting else VoltageObjective.VIOLATIONS
        name = Feeder.objects.filter(model=self.live.model, mrid=feeder).values_list("name", flat=True).first()
        nodes = self._nodes(feeder)
        done, words = None, f"The live network has no feeder {feeder}, or nothing hangs on it."
        if len(nodes):
            try:
                done = self._regulated(nodes, setting, feeder=feeder, name=name or "")
                words = done.words
            except _CANNOT as fault:
                log.warning("No voltage plan for %s: %s", feeder, fault)
                words = f"The plan could not be made: {fault}"
        return FeederPlan(feeder, name or "", objective, nodes, done, words, time.perf_counter() - begun)

    def _nodes(self, feeder: UUID) -> IntArray:
        own = [at for at, group in enumerate(self.live.groups) if group.source == str(feeder)]
        return np.flatnonzero(np.isin(self.live.group_of_node, own)).astype(np.int32)

    def _regulated(
        self, nodes: IntArray, setting: VoltageSetting | None, *, feeder: UUID | None = None, name: str = ""
    ) -> Regulated:
        live, topology = self.live, self.live.scene.before.studied.point.topology
        network = live.scene.place.network
        given = movable()
        devices = devices_of(
            network,
            topology,
            nodes,
            operable=operable_switches(live.model.pk, given=given),
            may=given.may,
            most_plants=MOST_SET_POINTS,
            only_own=feeder is not None,
        )
        terms = Terms(
            objective=VoltageObjective(setting.objective) if setting else VoltageObjective.VIOLATIONS,
            flat_pu=setting.flat_pu if setting else 1.0,
            margin_pu=objectives_now().voltage_margin_pu,
            left_today=_left(
                self._mrids(devices), setting.most_operations_per_day if setting else MOST_A_DAY, live.as_of
            ),
        )
        ahead = expected_powers(live, nodes=nodes, feeder=feeder, feeder_name=name)
        return regulated(live.scene, devices, ahead, terms)

    def _mrids(self, devices: Devices) -> list[str]:
        network = self.live.scene.place.network
        return [
            *(network.transformers.mrid[at] for at in devices.transformers.tolist()),
            *(network.switches.mrid[bank.switch] for bank in devices.banks),
        ]


def _left(mrids: Collection[str], most: int, as_of: datetime) -> dict[str, int]:
    return {mrid: max(most - count, 0) for mrid, count in operations_today(mrids, as_of=as_of).items()}


def _longest_ago(feeders: Sequence[UUID]) -> list[UUID]:
    """Those that were never planned first."""
    rows = VoltagePlan.objects.filter(feeder_mrid__in=feeders).order_by("feeder_mrid", "-as_of")
    last = dict(rows.distinct("feeder_mrid").values_list("feeder_mrid", "as_of"))
    return sorted(feeders, key=lambda mrid: (mrid in last, last.get(mrid) or timezone.now()))


def _answer(trouble: Trouble, good: Sequence[tuple[Regulated, VoltageObjective]], *, otherwise: str = "") -> Plan:
    drafts = [_draft(trouble, done, objective) for done, objective in good if done.moves]
    still = [done.words for done, _ in good if not done.moves] or ([otherwise] if otherwise and not drafts else [])
    words = f"Voltage regulation: {' '.join(dict.fromkeys(still))}" if still and not drafts else ""
    return Plan(DESK_VOLTAGE, drafts, len(good), words)


def _draft(trouble: Trouble, done: Regulated, objective: VoltageObjective) -> Draft:
    return Draft(
        desk=DESK_VOLTAGE,
        kind=KIND_VOLTAGE,
        trouble=trouble,
        steps=done.moves,
        explanation=f"{_WHY[objective]} {done.words}",
        time_to_effect_s=DEVICE_S * len(done.moves),
        versions={"desk_model": MODEL, "objective": objective.value, "expected_from": done.ahead.said_by},
    )


def keep_plans(run: OptimizationRun, desk: VoltageRegulation) -> None:
    """A row for each feeder that was planned; of the older ones only what a line of the list shows."""
    for made in desk.plans.values():
        row = VoltagePlan.objects.create(run=run, **_row(desk.live, made))
        older = VoltagePlan.objects.filter(feeder_mrid=made.feeder_mrid, pk__lt=row.pk).exclude(course={})
        older.update(profile={}, course={})


def _row(live: Live, made: FeederPlan) -> dict[str, Any]:
    told: dict[str, Any] = {
        "feeder_mrid": made.feeder_mrid,
        "feeder_name": made.feeder_name,
        "as_of": live.as_of,
        "network_model": live.model,
        "objective": made.objective,
        "is_confirmed": False,
        "finding": made.words[:400],
        "duration_ms": 1000 * made.seconds,
    }
    if made.done is None:
        return told
    network, done = live.scene.place.network, made.done
    return told | {
        "is_confirmed": done.plan.confirmed,
        "expected_from": done.ahead.said_by[:200],
        "figures": voltage_course.figures(done),
        "moves": _moves(live, done),
        "profile": voltage_course.profile(
            network, done, on_the_way(network, live.scene.before.studied.point.topology, made.nodes)
        ),
        "course": voltage_course.course(network, done, made.nodes),
    }


def _moves(live: Live, done: Regulated) -> list[dict[str, Any]]:
    """As a proposal would have them; too many for one are told in the course alone."""
    try:
        steps = read_steps(done.moves, live.scene.base, live.scene.place)
    except BadStep:
        return []
    return [step.document() | {"objection": step.objection} for step in steps]
