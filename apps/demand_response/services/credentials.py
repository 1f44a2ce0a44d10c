"""A customer's identity in the field: a VEN of OpenADR with a client and a secret that is shown once.

An import makes none: whoever can read a file of secrets can speak for everybody in it, so that they are made when they
are asked for and leave in that answer only.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction
from django.db.models import QuerySet

from apps.accounts.models import User
from apps.audit import services as audit
from apps.demand_response.choices import EnrolmentStatus
from apps.demand_response.models import DemandProgram, Enrolment
from apps.demand_response.selectors.identities import standing_targets, target_of, vens_by_customer
from apps.dispatch.services.refusal import Refused
from apps.openadr.services import enrolment as openadr

BATCH = 5000
AT_ONCE = 2000  # identities in one answer; who has more asks again
# A VEN declares its resources itself, by the names that the devices have.
_MATCH = """
UPDATE demand_response_enrolleddevice AS device SET resource_id = found.id
FROM openadr_resource AS found
JOIN demand_response_enrolment AS enrolment ON enrolment.ven_id = found.ven_id
WHERE found.withdrawn_at IS NULL AND enrolment.customer_id = device.customer_id
  AND found.resource_name = device.name AND device.resource_id IS DISTINCT FROM found.id
"""


@dataclass(frozen=True, slots=True)
class Issued:
    """Shown now and never again."""

    reference: str
    ven_name: str
    client_id: str
    client_secret: str


@transaction.atomic
def issue_credentials(*, program: DemandProgram, by: User, as_of: datetime) -> list[Issued]:
    """For who is enrolled and has no identity yet, the longest enrolled first."""
    rows = program.enrolments.filter(status=EnrolmentStatus.ENROLLED, ven__isnull=True)
    waiting = list(_locked(rows)[:AT_ONCE])
    if not waiting:
        raise Refused("Every enrolled customer of this program has an identity; renew one at the customer.")
    _share(waiting, as_of=as_of)
    issued = _made([one for one in waiting if one.ven_id is None], as_of=as_of)
    Enrolment.objects.bulk_update(waiting, ["ven"], batch_size=BATCH)
    told = {"count": len(issued), "shared": len(waiting) - len(issued)}
    audit.record(actor=by, action="demand.credentials", target=f"demand-program/{program.pk}", detail=told, at=as_of)
    return issued


@transaction.atomic
def renew_credentials(*, enrolment: Enrolment, by: User, as_of: datetime) -> Issued:
    """The old identity ends: what a lost secret could do, it cannot do any more."""
    rows = Enrolment.objects.filter(customer=enrolment.customer_id).exclude(status=EnrolmentStatus.LEFT)
    found = list(_locked(rows))
    mine = next((one for one in found if one.pk == enrolment.pk), None)
    if mine is None or mine.status != EnrolmentStatus.ENROLLED:
        raise Refused("Only an enrolled customer has an identity in the field; enrol the customer first.")
    for ven in {one.ven for one in found if one.ven is not None and one.ven.withdrawn_at is None}:
        openadr.retire_ven(ven=ven, as_of=as_of)
    (issued,) = _made([mine], as_of=as_of)
    for one in found:
        one.ven = mine.ven
    Enrolment.objects.bulk_update(found, ["ven"])
    _retarget(found, as_of=as_of)
    target = f"demand-enrolment/{enrolment.pk}"
    audit.record(actor=by, action="demand.credentials-renewed", target=target, detail={}, at=as_of)
    return issued


def match_resources() -> int:
    """Devices to the resources that their VENs declared. How many were matched anew."""
    with connection.cursor() as cursor:
        cursor.execute(_MATCH)
        return int(cursor.rowcount)


def _locked(rows: QuerySet[Enrolment]) -> QuerySet[Enrolment]:
    held = rows.select_for_update(of=("self",)).select_related("customer", "program", "ven")
    return held.prefetch_related("program__managers").order_by("pk")


def _share(waiting: Sequence[Enrolment], *, as_of: datetime) -> None:
    """Who has an identity by another program keeps it."""
    known = vens_by_customer([one.customer_id for one in waiting])
    sharing = [one for one in waiting if one.customer_id in known]
    for one in sharing:
        one.ven_id = known[one.customer_id]
    Enrolment.objects.bulk_update(sharing, ["ven"], batch_size=BATCH)
    _retarget(sharing, as_of=as_of)


def _made(waiting: Sequence[Enrolment], *, as_of: datetime) -> list[Issued]:
    drafts = [
        openadr.VenDraft(
            ven_name=f"customer-{one.customer_id}-{secrets.token_hex(4)}",
            targets=[target_of(one.program_id)],
            managers=list(one.program.managers.all()),
        )
        for one in waiting
    ]
    made = openadr.enrol_vens(drafts, as_of=as_of) if drafts else []
    for one, credentials in zip(waiting, made, strict=True):
        one.ven = credentials.ven
    return [
        Issued(one.customer.reference, given.ven.ven_name, given.client_id, given.client_secret)
        for one, given in zip(waiting, made, strict=True)
    ]


def _retarget(enrolments: Sequence[Enrolment], *, as_of: datetime) -> None:
    vens = {one.ven_id for one in enrolments if one.ven_id is not None}
    if vens:
        openadr.retarget_vens(targets_by_ven=standing_targets(vens), as_of=as_of)
