"""A customer comes into a program, pauses, leaves. Every step is audited, and what follows from it in the field is done
in the same transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from apps.accounts.models import User
from apps.audit import services as audit
from apps.demand_response.choices import EnrolmentStatus
from apps.demand_response.models import Consent, Customer, DemandProgram, Enrolment
from apps.demand_response.rules import why_not, why_not_from
from apps.demand_response.selectors.candidates import candidates
from apps.demand_response.selectors.identities import standing_targets
from apps.dispatch.services.refusal import Refused
from apps.openadr.models import Ven
from apps.openadr.services import enrolment as openadr


@dataclass(frozen=True, slots=True)
class Actor:
    """A person of the room, or the customer with a link; what the records call them."""

    user: User | None
    name: str

    @classmethod
    def of(cls, user: User) -> "Actor":
        return cls(user, user.username)


CUSTOMER = Actor(None, "the customer, by a one-time link")


@transaction.atomic
def invite(*, program: DemandProgram, customer: Customer, by: Actor, as_of: datetime) -> Enrolment:
    """Raises Refused with the reasons why this customer may not take part."""
    _insist_on_place(program, customer)
    enrolment, is_new = Enrolment.objects.get_or_create(
        program=program, customer=customer, defaults={"status": EnrolmentStatus.INVITED, "status_since": as_of}
    )
    if not is_new:
        _become(enrolment, EnrolmentStatus.INVITED, reason="", as_of=as_of)
    _note(enrolment, "demand.invited", {}, by=by, as_of=as_of)
    return enrolment


@transaction.atomic
def enrol(*, enrolment: Enrolment, given_at: datetime, by: Actor, as_of: datetime) -> Enrolment:
    """With the customer's consent to the wording that the program has now. Raises Refused."""
    locked = _locked(enrolment)
    if not locked.program.is_active:
        raise Refused("The program is not active; activate it, then enrol its customers.")
    if given_at > as_of:
        raise Refused("The consent lies in the future; give the day it was given on.")
    _insist_on_place(locked.program, locked.customer)
    _become(locked, EnrolmentStatus.ENROLLED, reason="", as_of=as_of)
    Consent.objects.create(enrolment=locked, wording=locked.program.wording, given_at=given_at, given_by=by.name[:150])
    _retarget([locked], as_of=as_of)
    _note(locked, "demand.enrolled", {"wording": str(locked.program.wording)}, by=by, as_of=as_of)
    return locked


@transaction.atomic
def pause(*, enrolment: Enrolment, reason: str, by: Actor, as_of: datetime) -> Enrolment:
    """No event reaches the customer until it is resumed; the consent stands."""
    locked = _locked(enrolment)
    _become(locked, EnrolmentStatus.PAUSED, reason=reason, as_of=as_of)
    _retarget([locked], as_of=as_of)
    _note(locked, "demand.paused", {"reason": reason}, by=by, as_of=as_of)
    return locked


@transaction.atomic
def resume(*, enrolment: Enrolment, by: Actor, as_of: datetime) -> Enrolment:
    locked = _locked(enrolment)
    if not locked.consents.filter(revoked_at__isnull=True).exists():
        raise Refused("There is no consent that holds; the customer has to enrol again.")
    _insist_on_place(locked.program, locked.customer)
    _become(locked, EnrolmentStatus.ENROLLED, reason="", as_of=as_of)
    _retarget([locked], as_of=as_of)
    _note(locked, "demand.resumed", {}, by=by, as_of=as_of)
    return locked


@transaction.atomic
def leave(*, enrolment: Enrolment, reason: str, by: Actor, as_of: datetime) -> Enrolment:
    """Revokes the consent, with effect at once: no more events, no identity in the field, no more readings taken."""
    locked = _locked(enrolment)
    _become(locked, EnrolmentStatus.LEFT, reason=reason, as_of=as_of)
    locked.consents.filter(revoked_at__isnull=True).update(revoked_at=as_of, revoked_by=by.name[:150])
    locked.links.filter(used_at__isnull=True, withdrawn_at__isnull=True).update(withdrawn_at=as_of)
    _retire_or_retarget(locked, as_of=as_of)
    _note(locked, "demand.left", {"reason": reason}, by=by, as_of=as_of)
    return locked


@transaction.atomic
def set_wishes(
    *, enrolment: Enrolment, most_events_a_month: int | None, most_hours_a_day: float | None, by: Actor, as_of: datetime
) -> Enrolment:
    """The customer's own limits; what dispatches keeps the smaller of these and the program's."""
    locked = _locked(enrolment)
    locked.most_events_a_month, locked.most_hours_a_day = most_events_a_month, most_hours_a_day
    locked.save(update_fields=["most_events_a_month", "most_hours_a_day"])
    wishes = {"events a month": most_events_a_month, "hours a day": most_hours_a_day}
    _note(locked, "demand.wishes", wishes, by=by, as_of=as_of)
    return locked


@transaction.atomic
def pause_critical(*, customers: Sequence[int], by: Actor, as_of: datetime) -> int:
    """Of customers with a connection that was marked critical: whoever is enrolled is paused. How many were."""
    rows = Enrolment.objects.filter(customer__in=customers, status=EnrolmentStatus.ENROLLED)
    paused = [pause(enrolment=one, reason="A connection was marked critical.", by=by, as_of=as_of) for one in rows]
    return len(paused)


def _locked(enrolment: Enrolment) -> Enrolment:
    rows = Enrolment.objects.select_for_update(of=("self",)).select_related("program__wording", "customer", "ven")
    return rows.get(pk=enrolment.pk)


def _insist_on_place(program: DemandProgram, customer: Customer) -> None:
    reasons = why_not(program, candidates([customer])[customer.pk])
    if reasons:
        raise Refused(" ".join(reasons))


def _insist_on_room(program: DemandProgram) -> None:
    """The program's row is held, so that the last place is given once."""
    held = DemandProgram.objects.select_for_update().get(pk=program.pk)
    taken = held.enrolments.filter(status=EnrolmentStatus.ENROLLED).count()
    if held.most_customers is not None and taken >= held.most_customers:
        raise Refused(f"The program has its {held.most_customers} customers; raise its limit, or let one leave first.")


def _become(enrolment: Enrolment, status: EnrolmentStatus, *, reason: str, as_of: datetime) -> None:
    """Compare and swap: of two at once one is refused."""
    old = EnrolmentStatus(enrolment.status)
    if not enrolment.may_become(status):
        raise Refused(why_not_from(old, status))
    if status is EnrolmentStatus.ENROLLED:
        _insist_on_room(enrolment.program)
    new = {"status": status, "status_since": as_of, "status_reason": reason[:200]}
    if Enrolment.objects.filter(pk=enrolment.pk, status=old).update(**new) != 1:
        raise Refused("Somebody changed this enrolment meanwhile; look at it again.")
    for name, value in new.items():
        setattr(enrolment, name, value)


def _retarget(enrolments: Sequence[Enrolment], *, as_of: datetime) -> None:
    vens = [one.ven_id for one in enrolments if one.ven_id is not None]
    if vens:
        openadr.retarget_vens(targets_by_ven=standing_targets(vens), as_of=as_of)


def _retire_or_retarget(enrolment: Enrolment, *, as_of: datetime) -> None:
    ven: Ven | None = enrolment.ven
    if ven is None:
        return
    others = Enrolment.objects.filter(ven=ven).exclude(pk=enrolment.pk).exclude(status=EnrolmentStatus.LEFT)
    if others.exists():
        _retarget([enrolment], as_of=as_of)
    else:
        openadr.retire_ven(ven=ven, as_of=as_of)
    Enrolment.objects.filter(pk=enrolment.pk).update(ven=None)
    enrolment.ven = None


def _note(enrolment: Enrolment, action: str, detail: dict[str, Any], *, by: Actor, as_of: datetime) -> None:
    told = {"program": enrolment.program_id, "customer": enrolment.customer_id, "by": by.name, **detail}
    audit.record(actor=by.user, action=action, target=f"demand-enrolment/{enrolment.pk}", detail=told, at=as_of)
