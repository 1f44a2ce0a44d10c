"""Which troubles stand: opened when a state shows them, ended when one shows them no longer."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from apps.assets.models import Feeder
from apps.assets.selectors.areas import whereabouts
from apps.dispatch.adapters.troubles import Found
from apps.dispatch.choices.proposal import OF_INCIDENTS, ProposalStatus, TroubleOrigin
from apps.dispatch.models import Proposal, Trouble
from apps.dispatch.models.trouble import TroubleQuerySet
from apps.dispatch.services.scenes import Live
from apps.dispatch.services.telling import finish, tell_troubles

ENDED = "The trouble has ended."


@transaction.atomic
def watch_troubles(live: Live) -> list[Trouble]:
    """Those of now, the gravest first. Proposals for what has ended expire."""
    found = live.troubles()
    feeders = feeders_of([(one.source, _worst(one)) for one in found])
    standing = {(row.breach, row.source): row for row in _watched().select_for_update()}
    known = set(standing)
    rows = [_kept(standing.pop((one.breach, one.source), None), one, feeders, live.as_of) for one in found]
    for gone in standing.values():
        end_trouble(gone, as_of=live.as_of, reason=ENDED)
    if known != {(row.breach, row.source) for row in rows}:
        tell_troubles(rows)
    return rows


def _watched() -> TroubleQuerySet:
    return Trouble.objects.standing().filter(origin=TroubleOrigin.LIVE).exclude(breach__in=OF_INCIDENTS)


@transaction.atomic
def keep_trouble(found: Found, *, as_of: datetime) -> Trouble:
    """Of an incident, as its desk sees it now; the same incident's is the same trouble."""
    standing = Trouble.objects.standing().filter(origin=TroubleOrigin.LIVE, breach=found.breach, source=found.source)
    row = standing.select_for_update().first()
    kept = _kept(row, found, feeders_of([(found.source, _worst(found))]), as_of)
    if row is None:
        tell_troubles(list(Trouble.objects.standing()))
    return kept


def _kept(row: Trouble | None, found: Found, feeders: dict[str, UUID], as_of: datetime) -> Trouble:
    told: dict[str, Any] = {
        "place": found.place[:300],
        "feeder_mrid": feeders.get(found.source) or feeders.get(_worst(found)),
        "element_mrid": UUID(_worst(found)) if found.elements else None,
        "element_name": found.element_name[:200],
        "elements": list(found.elements),
        "value": found.value,
        "limit": found.limit,
        "unit": found.unit,
        "customers": found.customers,
        "seen_at": as_of,
    }
    if row is None:
        fixed = {"origin": TroubleOrigin.LIVE, "breach": found.breach, "source": found.source, "began_at": as_of}
        return Trouble.objects.create(**fixed, **told)
    for name, value in told.items():
        setattr(row, name, value)
    row.save(update_fields=list(told))
    return row


def _worst(found: Found) -> str:
    return found.elements[0] if found.elements else ""


def feeders_of(told: Sequence[tuple[str, str]]) -> dict[str, UUID]:
    """Of the worst elements, and of the sources that are feeders themselves; told: source and mRID of each."""
    mrids = {UUID(worst) for _, worst in told if worst}
    where = {str(mrid): place.feeder for mrid, place in whereabouts(mrids).items() if place.feeder}
    sources = [source for source, _ in told if _is_uuid(source)]
    own = Feeder.objects.filter(mrid__in=sources).values_list("mrid", flat=True)
    return where | {str(mrid): mrid for mrid in own}


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def end_trouble(trouble: Trouble, *, as_of: datetime, reason: str) -> None:
    """Proposals for it that nobody has taken expire."""
    Trouble.objects.filter(pk=trouble.pk, ended_at__isnull=True).update(ended_at=as_of)
    for status in (ProposalStatus.PROPOSED, ProposalStatus.VERIFIED):
        for proposal in Proposal.objects.filter(trouble=trouble, status=status):
            finish(proposal, ProposalStatus.EXPIRED, reason=reason, as_of=as_of)


def note_finding(trouble: Trouble, *, finding: str, as_of: datetime) -> None:
    """What the desks had to say when they last looked."""
    Trouble.objects.filter(pk=trouble.pk).update(looked_at=as_of, finding=finding[:300])
