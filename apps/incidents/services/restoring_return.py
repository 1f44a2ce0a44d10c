"""After the repair: the switches back to where they belong, as a proposal like every other."""

import time

from apps.dispatch.adapters.scene import UNIT, drawn_kw
from apps.dispatch.adapters.troubles import Found
from apps.dispatch.choices.order import DONE
from apps.dispatch.choices.proposal import OPEN_PROPOSALS, Breach, ProposalStatus
from apps.dispatch.models import Order, Trouble
from apps.dispatch.selectors.proposals import purpose_of
from apps.dispatch.services.proposals import Draft, propose, supersede_others
from apps.dispatch.services.refusal import Refused
from apps.dispatch.services.troubles import end_trouble, keep_trouble, note_finding
from apps.incidents.adapters.restoring import Effect, effect_of
from apps.incidents.adapters.return_order import Order as ReturnOrder
from apps.incidents.adapters.return_order import off_normal, return_order
from apps.incidents.choices.restoring import RETURN_DESK, RestorationAim, RestorationOutcome
from apps.incidents.models import Incident, RestorationRun
from apps.incidents.selectors.restoring import faulted_elements, proposals_of
from apps.incidents.services.restoring_plan import Ground, keep_run

KIND = "return-to-normal"
_STEP_S = 5.0


def plan_return(ground: Ground) -> RestorationRun:
    begun, scene = time.perf_counter(), ground.live.scene
    switches = off_normal(scene, moved_switches(ground.incident))
    if not switches:
        _end(ground, "All switches stand where they belong.")
        return _kept(ground, RestorationOutcome.NOTHING, "All switches stand where they belong.", begun)
    order = return_order(scene, switches, faulted=faulted_elements())
    if not order.steps:
        text = f"No order of switching leads back: {order.reason}"
        return _kept(ground, RestorationOutcome.NOTHING, text, begun)
    trouble = _trouble(ground, switches, order)
    return _proposed(ground, trouble, order, begun)


def moved_switches(incident: Incident) -> list[str]:
    """What protection opened, what the desk's proposals moved, and what isolates the section."""
    found = [str(incident.device_mrid)] if incident.device_mrid else []
    found += [one["mrid"] for section in incident.sections.all() for one in section.switches]
    for proposal in proposals_of(incident):
        rows = Order.objects.filter(purpose__startswith=f"{purpose_of(proposal)},", status__in=DONE)
        found += [str(mrid) for mrid in rows.values_list("device_mrid", flat=True)]
        if ProposalStatus(proposal.status) == ProposalStatus.DONE:
            found += [step["device_mrid"] for step in proposal.steps]
    return list(dict.fromkeys(found))


def _trouble(ground: Ground, switches: list[str], order: ReturnOrder) -> Trouble:
    """Of supply as long as somebody waits for it, else of switching."""
    scene, incident = ground.live.scene, ground.incident
    network = scene.place.network
    closed = scene.base.switch_closed.copy()
    for step in order.steps:
        closed[network.switches.position[step.device_mrid]] = bool(step.to)
    effect = effect_of(scene, closed, network.node.customers)
    is_supply = bool(effect.restored) and float(drawn_kw(network, scene.base.injection_p_kw).sum()) > 0
    found = _of_supply(ground, effect) if is_supply else _of_switching(ground, switches, left=len(order.left))
    other = Breach.OFF_NORMAL if is_supply else Breach.SUPPLY
    for row in Trouble.objects.standing().filter(breach=other, source=incident.number):
        end_trouble(row, as_of=ground.as_of, reason="It stands otherwise by now.")
    return keep_trouble(found, as_of=ground.as_of)


def _of_supply(ground: Ground, effect: Effect) -> Found:
    named, incident = ground.live.scene.place.network.nodes, ground.incident
    return Found(
        breach=Breach.SUPPLY,
        source=incident.number,
        place=incident.place or incident.feeder_name or incident.number,
        elements=effect.restored,
        element_name=named.name[named.position[effect.restored[0]]],
        value=effect.total_kw,
        limit=effect.total_kw - effect.restored_kw,
        unit=UNIT[Breach.SUPPLY],
        customers=incident.customers_without,
    )


def _of_switching(ground: Ground, switches: list[str], *, left: int) -> Found:
    named, incident = ground.live.scene.place.network.switches, ground.incident
    return Found(
        breach=Breach.OFF_NORMAL,
        source=incident.number,
        place=incident.place or incident.feeder_name or incident.number,
        elements=tuple(switches),
        element_name=named.name[named.position[switches[0]]],
        value=float(len(switches)),
        limit=0.0,
        unit=UNIT[Breach.OFF_NORMAL],
        customers=0,
    )


def _proposed(ground: Ground, trouble: Trouble, order: ReturnOrder, begun: float) -> RestorationRun:
    number = ground.incident.number
    names = ground.live.scene.place.network.switches
    acts = "; ".join(
        f"{'close' if step.to else 'open'} {names.name[names.position[step.device_mrid]]}" for step in order.steps
    )
    rest = f" {', '.join(order.left)} stay as they are: {order.reason}" if order.left else ""
    draft = Draft(
        desk=RETURN_DESK,
        kind=KIND,
        trouble=trouble,
        steps=order.steps,
        title=f"{number}, back to normal: {acts}",
        explanation=(
            f"{number} is repaired. The switches go back to where they belong, in an order in which nobody loses "
            f"supply and each state on the way keeps its limits.{rest}"
        ),
        time_to_effect_s=_STEP_S * len(order.steps),
        versions={"incident": number, "ground": ground.key},
    )
    try:
        proposal = propose(draft, live=ground.live)
    except Refused as refusal:
        return _kept(ground, RestorationOutcome.REFUSED, str(refusal), begun, trouble=trouble)
    supersede_others(desk=RETURN_DESK, trouble=trouble, kept=[proposal.pk], as_of=ground.as_of)
    passed = ProposalStatus(proposal.status) in OPEN_PROPOSALS
    text = f"Back to normal by {len(order.steps)} operations.{rest}" if passed else proposal.reason
    note_finding(trouble, finding=text, as_of=ground.as_of)
    outcome = RestorationOutcome.PROPOSED if passed else RestorationOutcome.REFUSED
    return _kept(ground, outcome, text, begun, trouble=trouble, proposals=[proposal.pk])


def _kept(ground: Ground, outcome: RestorationOutcome, text: str, begun: float, **told: object) -> RestorationRun:
    return keep_run(ground, outcome, text, begun, aim=RestorationAim.RETURN, **told)


def _end(ground: Ground, reason: str) -> None:
    for trouble in Trouble.objects.standing().filter(source=ground.incident.number, breach__in=_BREACHES):
        end_trouble(trouble, as_of=ground.as_of, reason=reason)


_BREACHES = (Breach.SUPPLY, Breach.OFF_NORMAL)
