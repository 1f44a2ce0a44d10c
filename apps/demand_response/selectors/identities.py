"""The field identities of customers: which targets each VEN has while nothing runs."""

from collections.abc import Collection

from apps.demand_response.choices import EnrolmentStatus
from apps.demand_response.models import Enrolment


def target_of(program_id: int) -> str:
    """What a program's object and its VENs share, so that no other VEN sees it."""
    return f"program-{program_id}"


def standing_targets(ven_ids: Collection[int]) -> dict[int, list[str]]:
    """By VEN, those without an enrolment too; who dispatches adds the targets of stages to these."""
    found: dict[int, list[str]] = {key: [] for key in ven_ids}
    rows = Enrolment.objects.filter(ven__in=ven_ids, status=EnrolmentStatus.ENROLLED).order_by("program_id")
    for ven, program in rows.values_list("ven_id", "program_id"):
        found[ven].append(target_of(program))
    return found


def vens_by_customer(customer_ids: Collection[int]) -> dict[int, int]:
    """One identity serves all programs of a customer."""
    rows = Enrolment.objects.filter(customer__in=customer_ids, ven__isnull=False, ven__withdrawn_at__isnull=True)
    return dict(rows.values_list("customer_id", "ven_id"))
