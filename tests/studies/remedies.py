"""Does the first-ranked remedy end the trouble, and is what came of it inside what was promised?

    python -m tests.studies remedies --grid simbench:1-MV-urban--1-sw --draws 200

Each draw: one feeder of the simulated field is loaded until its true state breaks a limit. The control room sees it by
its meters, the desks propose, the first of the list is approved and replayed in the field, whose impedances are not the
model's. `Ended` is judged on the field's true state. The receipt is the control room's own, from its meters. Receipts
are carried along from draw to draw, as in a site.
"""

import argparse
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from django.db import transaction
from django.utils import timezone

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.assets.models import Feeder
from apps.dispatch.choices.proposal import Breach, ProposalStatus, ReceiptOutcome, StepQuantity
from apps.dispatch.models import Proposal, Receipt, Trouble
from apps.dispatch.selectors.proposals import standing
from apps.dispatch.services import decisions, execution, receipts
from apps.dispatch.services.scenes import Live, live_scene
from apps.optimization.choices import RunTrigger
from apps.optimization.services import runs
from tests.factories.field import Room, make_room
from tests.factories.troubles import of_feeder

DEFAULT_GRID = "simbench:1-MV-urban--1-sw"
WORST = (1.04, 1.5)  # of the rating, or times as far from nominal voltage as is allowed
SCANS, SCAN_S = 3, 2
MINUTES = 10  # between approval and receipt


@dataclass
class Draw:
    seed: int
    feeder: str
    factor: float
    found: bool = False
    title: str = ""
    kind: str = ""
    confidence: float = 0.0
    ended: bool = False
    outcome: str = ""
    inside: bool = False
    expected: float = 0.0
    realised: float = 0.0


class Table:
    """One room, put back to its normal state between draws."""

    _moment = datetime(2016, 6, 15, 11, tzinfo=UTC)  # one hour for all, so that only the draw differs

    def __init__(self, room: Room, begun: datetime) -> None:
        self.room, self.now = room, begun
        world = room.field.world
        self._scenario = room.field.scenario
        self._closed, self._taps = world.switch_closed.copy(), world.tap_position.copy()
        case = room.field.case
        self._switch = {switch.mrid: n for n, switch in enumerate(case.switches)}
        self._unit = {unit.mrid: n for n, unit in enumerate(case.transformers)}
        elements = [*case.loads, *case.generators, *case.storages]
        self._injection = {element.mrid: n for n, element in enumerate(elements)}

    def reset(self) -> None:
        world = self.room.field.world
        for index in np.flatnonzero(world.switch_closed != self._closed).tolist():
            world.move_switch(index, bool(self._closed[index]), int(self.now.timestamp() * 1e6))
        world.tap_position = self._taps.copy()
        world.plants.setpoint_kw[:] = np.nan
        world.plants.setpoint_kvar[:] = np.nan
        self.room.field.scenario = self._scenario

    def load(self, feeder: str, factor: float) -> None:
        """From the scenario's own loads, whatever was before."""
        scale, scenario = of_feeder(self.room, feeder, factor), self._scenario
        before = scenario.weather.power_scale
        weather = type(scenario.weather)(scenario.weather.begin, lambda at: scale * before(at))
        self.room.field.scenario = type(scenario)(scenario.name, (), weather, scenario.common_address)

    def scans(self, count: int = SCANS) -> None:
        for _ in range(count):
            self.now += timedelta(seconds=SCAN_S)
            self.room.step(self.now, profile_time=self._moment)

    def worst(self) -> float:
        """How far the true state is beyond its limits: 1 is just at one."""
        state = self.room.field.state
        assert state is not None
        grid = state.grid
        count = len(self.room.field.case.lines)
        loading = np.concatenate([grid.line_loading[:count], grid.transformer_loading])
        low = np.array([node.low_pu for node in self.room.field.case.nodes])
        voltage = grid.voltage_pu[: len(low)]
        return float(max(np.nanmax(loading), np.nanmax((1 - voltage) / (1 - low))))

    def replay(self, proposal: Proposal) -> None:
        """The steps as the field's devices would take them."""
        world, at_us = self.room.field.world, int(self.now.timestamp() * 1e6)
        for step in proposal.steps:
            mrid, quantity = step["device_mrid"], StepQuantity(step["quantity"])
            if quantity == StepQuantity.SWITCH_STATE:
                world.move_switch(self._switch[mrid], bool(step["to"]), at_us)
            elif quantity == StepQuantity.TAP_POSITION:
                world.regulators.is_automatic[self._unit[mrid]] = False
                world.tap_position = world.tap_position.copy()
                world.tap_position[self._unit[mrid]] = int(step["to"])
            elif quantity == StepQuantity.ACTIVE_POWER:
                world.plants.setpoint_kw[self._injection[mrid]] = -step["to"]
            else:
                world.plants.setpoint_kvar[self._injection[mrid]] = -step["to"]


def one(table: Table, seed: int, feeders: list[str], by: User) -> Draw | None:
    """None where no load of the drawn feeder breaks a limit of the truth."""
    rng = np.random.default_rng(seed)
    draw = Draw(seed, str(rng.choice(feeders)), 1.0)
    wanted = float(rng.uniform(*WORST))
    table.reset()
    for factor in np.geomspace(1.0, 30.0, 26).tolist():
        table.load(draw.feeder, factor)
        table.scans(1)
        draw.factor = factor
        if table.worst() >= wanted:
            break
    else:
        return None
    table.scans()
    return _answered(table, draw, by)


def _answered(table: Table, draw: Draw, by: User) -> Draw:
    run = runs.begin_run(trigger=RunTrigger.ASKED, as_of=table.now)
    runs.carry_out(run_id=run.pk, clock=lambda: table.now)
    first = next((one.proposal for one in standing(table.now) if one.proposal.trouble.breach != Breach.LOSSES), None)
    if first is not None:
        draw.found, draw.title, draw.kind = True, first.title, f"{first.desk}: {first.kind}"
        draw.confidence = first.confidence or 0.0
        decisions.approve(proposal_id=first.pk, by=by, as_of=table.now)
        table.replay(first)
        table.scans()
        draw.ended = _is_ended(first.trouble, table)
        _paid_back(first, draw, live_scene(as_of=table.now))
    _clear(table.now)
    return draw


def _is_ended(trouble: Trouble, table: Table) -> bool:
    """The trouble's own elements, in the truth."""
    state, case = table.room.field.state, table.room.field.case
    assert state is not None
    wanted = set(trouble.elements)
    if Breach(trouble.breach) == Breach.OVERLOAD:
        lines = [state.grid.line_loading[n] for n, line in enumerate(case.lines) if line.mrid in wanted]
        units = [state.grid.transformer_loading[n] for n, unit in enumerate(case.transformers) if unit.mrid in wanted]
        return bool(np.nan_to_num(np.array([*lines, *units])).max(initial=0.0) <= 1.0)
    inside = [
        node.low_pu <= state.grid.voltage_pu[n] <= node.high_pu
        for n, node in enumerate(case.nodes)
        if node.mrid in wanted
    ]
    return all(inside)


def _paid_back(proposal: Proposal, draw: Draw, live: Live) -> None:
    execution.observe(live)
    later = type(live)(**{name: getattr(live, name) for name in live.__dataclass_fields__} | {"as_of": _later(live)})
    receipts.settle_receipts(later)
    receipt = Receipt.objects.filter(proposal=proposal).first()
    if receipt is not None:
        draw.outcome, draw.inside = receipt.outcome, bool(receipt.is_inside)
        draw.expected, draw.realised = receipt.expected, receipt.realised or 0.0


def _later(live: Live) -> datetime:
    return live.as_of + timedelta(minutes=MINUTES)


def _clear(now: datetime) -> None:
    """What stands belongs to a state that is reset now; receipts stay."""
    Trouble.objects.standing().update(ended_at=now)
    Proposal.objects.open().update(status=ProposalStatus.WITHDRAWN, reason="end of the draw")
    Receipt.objects.filter(outcome=ReceiptOutcome.DUE).update(outcome=ReceiptOutcome.VOID, reason="end of the draw")


def run(arguments: argparse.Namespace) -> str:
    begun = timezone.now()
    with transaction.atomic():
        room = make_room(arguments.grid or DEFAULT_GRID, arguments.cache, started_at=begun, seed=arguments.seed)
        table = Table(room, begun)
        table.scans(1)
        feeders = sorted(name.split()[-1] for name in Feeder.objects.values_list("name", flat=True))
        by = User.objects.create_user("study", role=Role.OPERATOR)
        draws: list[Draw] = []
        seed = arguments.seed * 10_000
        while len(draws) < arguments.draws:
            seed += 1
            drawn = one(table, seed, feeders, by)
            if drawn is not None:
                draws.append(drawn)
        transaction.set_rollback(True)
    return told(draws)


def told(draws: list[Draw]) -> str:
    found = [draw for draw in draws if draw.found]
    scored = [draw for draw in found if draw.outcome == ReceiptOutcome.SCORED]
    lines = [
        f"troubles {len(draws)}",
        f"with a remedy on the list {len(found)}",
        f"first remedy ended the trouble in the field {_share(found, 'ended')}",
        f"of those said to be sure by 90 % or more {_share([d for d in found if d.confidence >= 0.9], 'ended')}",
        f"receipts scored {len(scored)}, inside the 80 % band {_share(scored, 'inside')}",
        *_kinds(found),
    ]
    return "\n".join(lines)


def _kinds(found: list[Draw]) -> list[str]:
    kinds = sorted({draw.kind for draw in found})
    return [f"  {kind}: {_share([draw for draw in found if draw.kind == kind], 'ended')} ended" for kind in kinds]


def _share(draws: list[Any], name: str) -> str:
    count = sum(bool(getattr(draw, name)) for draw in draws)
    return f"{count} of {len(draws)}" + (f" ({100 * count / len(draws):.1f} %)" if draws else "")
