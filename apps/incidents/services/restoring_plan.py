"""One look of the restoration desk at one incident: from the faulted section to proposals."""

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np

from apps.assets.models import Switch
from apps.dispatch.adapters.troubles import Found
from apps.dispatch.choices.proposal import OPEN_PROPOSALS, Breach, ProposalStatus, StepQuantity
from apps.dispatch.models import Proposal, Trouble
from apps.dispatch.selectors.movable import movable
from apps.dispatch.services.proposals import Draft, propose, supersede_others
from apps.dispatch.services.refusal import Refused
from apps.dispatch.services.scenes import Live
from apps.dispatch.services.troubles import end_trouble, keep_trouble, note_finding
from apps.incidents.adapters.restoring import (
    Effect,
    Faulted,
    Operable,
    Served,
    effect_of,
    faulted_grid,
    plan_document,
    wanted_steps,
)
from apps.incidents.adapters.restoring_words import explained, left_without, titled
from apps.incidents.adapters.solving import FaultedGrid, Restoration, plans_for, with_crews
from apps.incidents.choices.incident import FactKind
from apps.incidents.choices.restoring import DESK, RestorationAim, RestorationOutcome
from apps.incidents.models import Incident, RestorationRun
from apps.incidents.selectors.restoring import (
    Zone,
    customers_by_consumer,
    silent_devices,
    weights_by_consumer,
)
from apps.incidents.services.restoring_loads import hours_of_repair
from apps.incidents.services.telling import Told, note_fact, one_writer, publish

KIND = "restore"
OVER = "Everybody who could be restored has supply."


@dataclass(frozen=True, slots=True)
class Look:
    """What a look rests on."""

    incident: Incident
    zone: Zone
    key: str
    as_of: datetime


@dataclass(frozen=True, slots=True)
class Ground(Look):
    live: Live


def plan_restoration(ground: Ground) -> RestorationRun:
    begun = time.perf_counter()
    grid, said_by, by_crews = _grid(ground)
    plans = plans_for(grid if by_crews else grid.remote_only())
    best, network = plans[0], ground.live.scene.place.network
    effect = effect_of(ground.live.scene, best.switch_closed, network.node.customers)
    documents = [plan_document(network, plan, title=plan.title) for plan in plans]
    told: dict[str, Any] = {
        "probability": ground.zone.probability,
        "sections": ground.zone.told(),
        "loads_said_by": said_by,
        "plans": documents,
        "with_crews": {} if by_crews else _with_crews(ground, grid, best),
        "without": _without(ground, effect, best),
    }
    if not best.steps or not effect.restored:
        reason = best.reason or "No switch that takes orders gives anybody supply."
        _end_standing(ground, reason)
        return keep_run(ground, RestorationOutcome.NOTHING, reason, begun, **told)
    trouble = _trouble(ground, effect)
    proposals = _proposed(ground, trouble, plans, documents, said_by)
    outcome, text = _outcome(proposals, documents)
    note_finding(trouble, finding=text, as_of=ground.as_of)
    return keep_run(ground, outcome, text, begun, trouble=trouble, proposals=[one.pk for one in proposals], **told)


def _grid(ground: Ground) -> tuple[FaultedGrid, str, bool]:
    """The engine's grid, whose word its loads are, and whether crews do everything as nothing takes orders."""
    live, network = ground.live, ground.live.scene.place.network
    hours = hours_of_repair(ground.incident, live, as_of=ground.as_of)
    able, silent = movable(), silent_devices(ground.incident)
    by_crews = able.commanded is None
    kinds = {str(mrid): kind for mrid, kind in Switch.objects.filter(model=live.model).values_list("mrid", "kind")}
    free = {mrid for mrid in network.switches.mrid if mrid not in able.held}
    remote = frozenset() if by_crews else able.among(free - silent, StepQuantity.SWITCH_STATE)
    operable = Operable(remote, frozenset(free - remote), kinds)
    customers = customers_by_consumer(live.model.pk)
    served = Served(customers, weights_by_consumer(customers))
    faulted = Faulted(ground.zone.lines, ground.zone.transformers, ground.zone.nodes)
    grid = faulted_grid(live.scene, faulted, operable, served, hours, open_before=ground.incident.open_before)
    return grid, hours.said_by, by_crews


def _with_crews(ground: Ground, grid: FaultedGrid, best: Restoration) -> dict[str, Any]:
    """What more somebody at the switches could restore; empty where that is nothing."""
    plan = with_crews(grid)
    more = plan.customers_restored - best.customers_restored
    if more <= 0:
        return {}
    return plan_document(ground.live.scene.place.network, plan, title="With crews at switches") | {"more": more}


def _trouble(ground: Ground, effect: Effect) -> Trouble:
    incident, named = ground.incident, ground.live.scene.place.network.nodes
    found = Found(
        breach=Breach.SUPPLY,
        source=incident.number,
        place=incident.place or incident.feeder_name or incident.number,
        elements=effect.restored,
        element_name=named.name[named.position[effect.restored[0]]],
        value=effect.total_kw,
        limit=effect.total_kw - effect.restored_kw,
        unit="kW",
        customers=incident.customers_without,
    )
    return keep_trouble(found, as_of=ground.as_of)


def _proposed(
    ground: Ground,
    trouble: Trouble,
    plans: Sequence[Restoration],
    documents: Sequence[dict[str, Any]],
    said_by: str,
) -> list[Proposal]:
    found: list[Proposal] = []
    for number, (plan, document) in enumerate(zip(plans, documents, strict=True)):
        steps = wanted_steps(ground.live.scene.place.network, plan)
        draft = Draft(
            desk=DESK,
            kind=KIND if number == 0 else f"{KIND}-{_slug(plan.title) or number}"[:40],
            trouble=trouble,
            steps=steps,
            title=titled(document, ground.incident.number),
            explanation=explained(document, ground.zone.told(), _reasons(ground.zone), said_by),
            claimed_relief=plan.restored_kw,
            time_to_effect_s=plan.switching_s,
            moved_kw=plan.restored_kw,
            versions={"incident": ground.incident.number, "ground": ground.key, "loads": said_by},
        )
        try:
            found.append(propose(draft, live=ground.live))
        except Refused as refusal:
            document["refused"] = str(refusal)
            continue
        document["proposal"] = found[-1].pk
        document["check"] = found[-1].reason
    supersede_others(desk=DESK, trouble=trouble, kept=[one.pk for one in found], as_of=ground.as_of)
    return found


def _slug(title: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")


def _reasons(zone: Zone) -> list[str]:
    return list(zone.sections[0].reasons) if zone.sections else []


def _outcome(proposals: Sequence[Proposal], documents: Sequence[dict[str, Any]]) -> tuple[RestorationOutcome, str]:
    passed = [one for one in proposals if ProposalStatus(one.status) in OPEN_PROPOSALS]
    if not passed:
        why = next((one.reason for one in proposals if one.reason), "") or documents[0].get("refused", "")
        return RestorationOutcome.REFUSED, f"A plan was found, and did not pass: {why}"[:600]
    best = documents[0]
    also = f" {len(passed) - 1} other ways are beside it." if len(passed) > 1 else ""
    text = (
        f"{best['customers_restored']:,} customers with {best['restored_kw'] or 0.0:,.0f} kW can have supply again by "
        f"{best['operations']} operations; {best['customers_without']:,} stay without until the repair.{also}"
    )
    return RestorationOutcome.PROPOSED, text


def _without(ground: Ground, effect: Effect, best: Restoration) -> list[dict[str, Any]]:
    network, faulted = ground.live.scene.place.network, set(ground.zone.nodes)
    at = [network.nodes.position[mrid] for mrid in effect.without if mrid in faulted]
    in_fault = int(np.sum(network.node.customers[at])) if at else 0
    return left_without(in_fault, effect.customers_without - in_fault, best.reason)


def _end_standing(ground: Ground, reason: str) -> None:
    rows = Trouble.objects.standing().filter(breach=Breach.SUPPLY, source=ground.incident.number)
    for trouble in rows:
        end_trouble(trouble, as_of=ground.as_of, reason=reason[:300])


@one_writer()
def keep_run(
    ground: Look,
    outcome: RestorationOutcome,
    text: str,
    begun: float,
    *,
    aim: RestorationAim = RestorationAim.RESTORE,
    **told: Any,
) -> RestorationRun:
    """A look that says the same as the one before is not told again."""
    incident = ground.incident
    before = incident.restorations.first()
    run = RestorationRun.objects.create(
        incident=incident, aim=aim, as_of=ground.as_of, key=ground.key, outcome=outcome, text=text[:600],
        seconds=time.perf_counter() - begun, **told,
    )  # fmt: skip
    if before is None or before.text != run.text:
        key = f"run {run.pk}"
        note_fact(incident, Told(FactKind.RESTORATION, key, ground.as_of, run.text), as_of=ground.as_of)
        publish(incident, "restoration")
    return run
