"""What restoration rests on, and how it is told."""

import hashlib
import json
from collections.abc import Container, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np

from apps.assets.models import EnergyConsumer, NetworkModel, UsagePoint
from apps.dispatch.choices.order import OrderStatus
from apps.dispatch.choices.proposal import AutonomyMode
from apps.dispatch.models import Order, Proposal
from apps.dispatch.selectors.autonomy import autonomy_document, rule_for
from apps.dispatch.selectors.proposals import proposal_documents
from apps.incidents.adapters.ground import Ground
from apps.incidents.adapters.seen import shown_positions
from apps.incidents.choices.incident import FactKind
from apps.incidents.choices.restoring import CRITICAL_WEIGHT, DESK, RETURN_DESK, STILL
from apps.incidents.models import Incident, IncidentSection, RestorationRun
from apps.incidents.rules.restoring import faulted_sections, have_settled, holds_supply, is_unrepaired
from apps.state import frames
from apps.state.models import Solution

_POSITION = 0b11
_PROTECTION = (FactKind.TRIPPED, FactKind.RECLOSED)
_FAILED = (OrderStatus.REFUSED, OrderStatus.TIMED_OUT, OrderStatus.NOT_SENT, OrderStatus.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Zone:
    """What counts as faulted, of all open incidents."""

    sections: Sequence[IncidentSection]
    probability: float  # of the incident that is asked about

    @property
    def lines(self) -> list[str]:
        return [one["mrid"] for section in self.sections for one in section.lines]

    @property
    def transformers(self) -> list[str]:
        return [one["mrid"] for section in self.sections for one in section.transformers]

    @property
    def nodes(self) -> list[str]:
        return [mrid for section in self.sections for mrid in section.nodes]

    def told(self) -> list[dict[str, Any]]:
        return [
            {"incident": one.incident.number, "key": one.key, "name": one.name, "probability": one.probability}
            for one in self.sections
        ]


def zone_of(incident: Incident, supplied: Container[str] = ()) -> Zone:
    """With the sections of all other incidents that are not repaired: nothing may be fed through those either.

    supplied: mRIDs of nodes that have held supply of late. What another incident took for faulted and holds supply is
    no fault that stands: it must not keep this one's customers waiting.
    """
    own, probability = faulted_sections(incident.sections.select_related("incident"))
    others = [one for one in _of_others(incident) if not holds_supply(one, supplied)]
    return Zone([*own, *others], probability)


def _of_others(incident: Incident) -> list[IncidentSection]:
    rows = Incident.objects.open().exclude(pk=incident.pk).prefetch_related("sections__incident")
    return [section for other in rows if is_unrepaired(other) for section in faulted_sections(other.sections.all())[0]]


def supplied_of_late(ground: Ground) -> frozenset[str]:
    """mRIDs of nodes that were fed in each of the newest solutions; none where there are too few of them."""
    rows = Solution.objects.filter(network_model_id=ground.network.model_id).exclude(frame=b"").order_by("-id")
    found = list(rows.values_list("frame", flat=True)[:STILL])
    if len(found) < STILL:
        return frozenset()
    fed = [ground.energised(shown_positions(bytes(one), ground.network.normal_closed)) for one in found]
    return frozenset(ground.network.nodes.mrid[n] for n in np.flatnonzero(np.all(fed, axis=0)).tolist())


def faulted_elements() -> dict[str, str]:
    """By mRID of line, transformer or node of every open incident: why it must not be put under voltage."""
    found: dict[str, str] = {}
    for incident in Incident.objects.open().prefetch_related("sections"):
        if not is_unrepaired(incident):
            continue
        for section in faulted_sections(incident.sections.all())[0]:
            sure = "confirmed" if section.is_confirmed else f"with {section.probability:.0%}"
            why = (
                f"the fault of {incident.number} is in {section.name}, {sure}. Confirm another section of the incident "
                "or tell that it is repaired first."
            )
            mrids = [*(one["mrid"] for one in (*section.lines, *section.transformers)), *section.nodes]
            found |= dict.fromkeys(mrids, why)
    return found


def positions_of_late(model: NetworkModel | None) -> list[bytes]:
    """Of the newest solutions, the newest first."""
    rows = Solution.objects.filter(network_model=model).exclude(frame=b"").order_by("-id")
    found = rows.values_list("frame", flat=True)[:STILL]
    return [(frames.decode(bytes(frame)).switch_state & _POSITION).tobytes() for frame in found]


def are_still(positions: Sequence[bytes]) -> bool:
    return have_settled(positions, STILL)


def protection_moved_at(incident: Incident) -> datetime | None:
    return incident.facts.filter(kind__in=_PROTECTION).order_by("-at").values_list("at", flat=True).first()


def silent_devices(incident: Incident) -> set[str]:
    """Devices that have not done what was ordered since the fault: nobody relies on them again."""
    rows = Order.objects.filter(selected_at__gte=incident.began_at, status__in=_FAILED)
    return {str(mrid) for mrid in rows.values_list("device_mrid", flat=True)}


def key_of(incident: Incident, zone: Zone, positions: Sequence[bytes]) -> str:
    """The same while nothing has changed that a plan rests on; positions: the newest first."""
    newest = [one.hex() for one in positions[:1]]
    told = [incident.status, zone.told(), newest, sorted(silent_devices(incident))]
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def customers_by_consumer(model_id: int) -> dict[str, int]:
    rows = EnergyConsumer.objects.filter(model_id=model_id).values_list("mrid", "customers")
    return {str(mrid): customers for mrid, customers in rows}


def weights_by_consumer(customers: dict[str, int]) -> dict[str, float]:
    """Of one customer's minute: more where some of them depend on it."""
    critical: dict[str, int] = {}
    for mrid in UsagePoint.objects.filter(is_critical=True, is_active=True).values_list("consumer_mrid", flat=True):
        critical[str(mrid)] = critical.get(str(mrid), 0) + 1
    return {
        mrid: 1.0 + (CRITICAL_WEIGHT - 1.0) * min(count / max(customers[mrid], 1), 1.0)
        for mrid, count in critical.items()
        if mrid in customers
    }


def restoration_document(incident: Incident) -> dict[str, Any]:
    """What the desk may do here, what it found, and what became of it."""
    rule = rule_for(DESK, incident.feeder_mrid)
    run = incident.restorations.first()
    return {
        "incident": incident.number,
        "mode": rule.mode if rule else AutonomyMode.ADVISE.value,
        "mode_label": AutonomyMode(rule.mode if rule else AutonomyMode.ADVISE).label,
        "rule": autonomy_document(rule) if rule else None,
        "run": run_document(run) if run else None,
        "earlier": [_short(one) for one in incident.restorations.all()[1:20]],
        "ways_back": [
            {"proposal": one.proposal_id, "plan": one.plan_id, "number": one.plan.number, "stopped": one.stopped}
            for one in incident.ways_back.select_related("plan")
        ],
    }


def run_document(run: RestorationRun) -> dict[str, Any]:
    proposals = proposal_documents(trouble=run.trouble_id) if run.trouble_id else []
    return _short(run) | {
        "probability": run.probability,
        "sections": run.sections,
        "loads_said_by": run.loads_said_by,
        "plans": run.plans,
        "with_crews": run.with_crews,
        "without": run.without,
        "trouble": run.trouble_id,
        "proposals": [one for one in proposals if one["desk"] in (DESK, RETURN_DESK)],
        "seconds": run.seconds,
    }


def _short(run: RestorationRun) -> dict[str, Any]:
    return {
        "id": run.pk,
        "aim": run.aim,
        "aim_label": run.get_aim_display(),
        "as_of": run.as_of.isoformat(),
        "outcome": run.outcome,
        "outcome_label": run.get_outcome_display(),
        "text": run.text,
    }


def proposals_of(incident: Incident) -> list[Proposal]:
    """Of this desk, restoring and returning, the newest first."""
    rows = Proposal.objects.filter(desk__in=(DESK, RETURN_DESK), trouble__source=incident.number)
    return list(rows.select_related("trouble", "rule__set_by", "decided_by", "executor").defer("profile"))
