from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from apps.dispatch.adapters.before_after import unpacked
from apps.dispatch.adapters.ranking import Ranked, ranked, weights_document
from apps.dispatch.adapters.records import newcomer
from apps.dispatch.adapters.steps import operations_of
from apps.dispatch.choices.proposal import (
    REJECTION_FADES,
    SHOWN_LOADING,
    SHOWN_PU,
    UNDER_WAY,
    Breach,
    Moment,
    ProposalStatus,
)
from apps.dispatch.models import Proposal, ProposalPicture, Trouble
from apps.dispatch.selectors.objectives import objectives_now
from apps.dispatch.selectors.records import desk_label, receipt_document, track_records

MOST_LISTED = 200
SHOWN_AFTER_THE_END = timedelta(minutes=30)
_RANKED = [ProposalStatus.VERIFIED, *sorted(UNDER_WAY)]


def purpose_of(proposal: Proposal) -> str:
    """How its orders begin to say what they are for."""
    return f"proposal {proposal.pk}"


def standing(as_of: datetime) -> list[Ranked]:
    """All that people can choose from, and what is under way, in the overall order."""
    rows = list(Proposal.objects.light().filter(status__in=_RANKED).order_by("id"))
    return ranked(
        rows,
        records=track_records(as_of),
        newcomer=newcomer(),
        rejections=rejections(rows, as_of),
        objectives=objectives_now(),
        as_of=as_of,
    )


def rejections(rows: Iterable[Proposal], as_of: datetime) -> dict[int, datetime]:
    """Per proposal, when a person last rejected that kind on one of its devices."""
    told = Proposal.objects.filter(status=ProposalStatus.REJECTED, decided_at__gt=as_of - REJECTION_FADES)
    found: dict[tuple[str, str, str], datetime] = {}
    for desk, kind, devices, at in told.order_by("decided_at").values_list("desk", "kind", "devices", "decided_at"):
        if at is not None:
            found.update({(desk, kind, device): at for device in devices})
    last = {row.pk: [at for device in row.devices if (at := found.get((row.desk, row.kind, device)))] for row in rows}
    return {pk: max(at) for pk, at in last.items() if at}


def remedies(*, as_of: datetime) -> dict[str, Any]:
    """What would you do about it? Every standing trouble, the gravest first, with its remedies in their order."""
    order = standing(as_of)
    troubles = list(Trouble.objects.standing().order_by("id"))
    by_trouble: dict[int, list[Ranked]] = {trouble.pk: [] for trouble in troubles}
    for one in order:
        by_trouble.setdefault(one.proposal.trouble_id, []).append(one)
    missing = set(by_trouble) - {trouble.pk for trouble in troubles}
    troubles += list(Trouble.objects.filter(pk__in=missing))
    documents = [trouble_document(trouble) | {"remedies": _listed(by_trouble[trouble.pk])} for trouble in troubles]
    return {
        "as_of": as_of.isoformat(),
        "troubles": sorted(documents, key=_gravest_first),
        "overall": [one.proposal.pk for one in order],
        "weights": weights_document(objectives_now()),
    }


def _gravest_first(told: dict[str, Any]) -> tuple[bool, bool, float, int]:
    """Who has no supply goes before whatever limit is broken."""
    return told["breach"] != Breach.SUPPLY, not told["has_limit"], -told["excess_share"], told["id"]


def _listed(order: Sequence[Ranked]) -> list[dict[str, Any]]:
    """Within one trouble its own gravity is the same for all, so the overall order holds. The same steps stand once."""
    first: dict[str, Ranked] = {}
    for one in order:
        first.setdefault(one.proposal.key, one)
    shown = enumerate(first.values(), start=1)
    return [proposal_document(one.proposal, one, rank=rank) | {"also_by": _others(one, order)} for rank, one in shown]


def _others(one: Ranked, order: Sequence[Ranked]) -> list[str]:
    """Desks that propose the very same steps."""
    twins = [each.proposal for each in order if each is not one and each.proposal.key == one.proposal.key]
    return [desk_label(twin.desk) for twin in twins]


def trouble_document(trouble: Trouble) -> dict[str, Any]:
    limit = trouble.limit
    return {
        "id": trouble.pk,
        "origin": trouble.origin,
        "breach": trouble.breach,
        "breach_label": trouble.get_breach_display(),
        "subject": trouble.source,
        "place": trouble.place,
        "element_mrid": str(trouble.element_mrid) if trouble.element_mrid else None,
        "element_name": trouble.element_name,
        "elements": len(trouble.elements),
        "value": trouble.value,
        "limit": limit,
        "has_limit": limit is not None,
        "excess_share": trouble.excess_share,
        "unit": trouble.unit,
        "customers": trouble.customers,
        "began_at": trouble.began_at.isoformat(),
        "seen_at": trouble.seen_at.isoformat(),
        "begins_at": _text(trouble.begins_at),
        "ends_at": _text(trouble.ends_at),
        "worst_at": _text(trouble.worst_at),
        "probability": trouble.probability,
        "is_regulated_away": trouble.is_foreseen and trouble.looked_at is not None and trouble.worst_at is None,
        "ended_at": _text(trouble.ended_at),
        "looked_at": _text(trouble.looked_at),
        "finding": trouble.finding,
    }


_FIGURES = (
    "unit",
    "claimed_relief",
    "expected_relief",
    "low_relief",
    "high_relief",
    "confidence",
    "raw_confidence",
    "ends",
    "value_before",
    "value_after",
    "cost_eur",
    "customer_minutes",
    "emissions_kg",
    "time_to_effect_s",
    "moved_kw",
    "steps",
    "versions",
    "verification",
    "reason",
    "explanation",
)


def proposal_document(proposal: Proposal, place: Ranked | None = None, *, rank: int | None = None) -> dict[str, Any]:
    rival = place.conflict_with if place else None
    return {
        "id": proposal.pk,
        "trouble": proposal.trouble_id,
        "desk": proposal.desk,
        "desk_label": desk_label(proposal.desk),
        "kind": proposal.kind,
        "title": proposal.title,
        "status": proposal.status,
        "status_label": proposal.get_status_display(),
        "operations": operations_of(proposal.steps),
        **{name: getattr(proposal, name) for name in _FIGURES},
        "created_at": proposal.created_at.isoformat(),
        "verified_at": _text(proposal.verified_at),
        "expires_at": proposal.expires_at.isoformat(),
        "decided_at": _text(proposal.decided_at),
        "decided_by": proposal.decided_by.get_username() if proposal.decided_by else None,
        "rule": str(proposal.rule) if proposal.rule else None,
        "executed_at": _text(proposal.executed_at),
        "ended_at": _text(proposal.ended_at),
        "withheld_until": _text(proposal.withheld_until),
        "orders": proposal.orders,
        "waits_at": proposal.waits_at,
        "rank": rank,
        "score": place.document() if place else None,
        "conflict": place.conflict if place else "",
        "conflict_with": rival.pk if rival else None,
    }


def proposal_page(proposal: Proposal, *, as_of: datetime) -> dict[str, Any]:
    """One proposal with all that is known of it."""
    order = standing(as_of)
    place = next((one for one in order if one.proposal.pk == proposal.pk), None)
    peers = [one for one in order if one.proposal.trouble_id == proposal.trouble_id]
    rank = peers.index(place) + 1 if place else None
    receipt = getattr(proposal, "receipt", None)
    return {
        "proposal": proposal_document(proposal, place, rank=rank),
        "trouble": trouble_document(proposal.trouble),
        "profile": proposal.profile,
        "picture": _picture_document(proposal),
        "receipt": receipt_document(receipt) if receipt else None,
        "peers": [proposal_document(one.proposal, one, rank=n) for n, one in enumerate(peers, start=1)],
        "weights": weights_document(objectives_now()),
    }


def _picture_document(proposal: Proposal) -> dict[str, Any] | None:
    row = ProposalPicture.objects.filter(proposal=proposal).values("nodes", "branches").first()
    least = {"least_pu": SHOWN_PU, "least_loading_percent": 100 * SHOWN_LOADING}
    return None if row is None else row | least | {"network_version": proposal.network_model_id}


def picture_frame(proposal_id: int, moment: Moment) -> bytes | None:
    """A grid frame of the network version of the proposal; None where there is no picture of it."""
    row = ProposalPicture.objects.filter(proposal=proposal_id).values_list(moment, flat=True).first()
    return None if row is None else unpacked(row)


def proposal_documents(
    *, status: str = "", desk: str = "", trouble: int | None = None, limit: int = MOST_LISTED
) -> list[dict[str, Any]]:
    """Of any state, the newest first."""
    wanted: dict[str, Any] = {"status": status, "desk": desk, "trouble_id": trouble}
    rows = Proposal.objects.light().filter(**{name: value for name, value in wanted.items() if value})
    return [proposal_document(row) for row in rows[:limit]]


def _text(instant: datetime | None) -> str | None:
    return instant.isoformat() if instant else None
