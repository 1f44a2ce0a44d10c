"""A file of customers: what it would do, and doing it."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime

from django.utils.timezone import localdate

from apps.accounts.models import User
from apps.demand_response.adapters.customers_sheet import Sheet, SheetCustomer, customers_of
from apps.demand_response.adapters.faults import Fault
from apps.demand_response.choices import EnrolmentStatus
from apps.demand_response.models import DemandProgram, ImportRun
from apps.demand_response.selectors.places import consumers_by_word
from apps.demand_response.services.customer_checks import faults_of
from apps.demand_response.services.customer_rows import store_customers
from apps.demand_response.services.found import Found
from apps.dispatch.services.refusal import Refused


@dataclass(frozen=True, slots=True)
class _Checked:
    sheet: Sheet
    customers: list[SheetCustomer]  # without any fault
    faults: list[Fault]

    @property
    def left_out(self) -> int:
        return self.sheet.left_out + len(self.sheet.customers) - len(self.customers)


def check(*, content: bytes, run: ImportRun, as_of: datetime) -> Found:
    """Raises FileRefused."""
    owner = _owner(run)
    checked = _checked(content, owner, run.program, as_of)
    known = set(owner.demand_customers.values_list("reference", flat=True))
    counts = {
        "rows": checked.sheet.row_count,
        "customers": len(checked.customers),
        "known customers": sum(one.reference in known for one in checked.customers),
        "usage points": sum(len(one.points) for one in checked.customers),
        "devices": sum(len(one.devices) for one in checked.customers),
        "with consent": sum(one.consent_at is not None for one in checked.customers),
        "customers left out": checked.left_out,
    }
    return Found(counts, checked.faults, _why_useless(checked, owner, run.program))


def store(*, content: bytes, run: ImportRun, as_of: datetime) -> dict[str, int]:
    """Looked at anew: what others did since the preview counts. Raises FileRefused or Refused."""
    owner, program = _owner(run), _held(run.program)
    checked = _checked(content, owner, program, as_of)
    if useless := _why_useless(checked, owner, program):
        raise Refused(useless)
    given_by = f"recorded by {owner.username}, file {run.file_name}"[:150]
    done = store_customers(checked.customers, owner=owner, program=program, given_by=given_by, as_of=as_of)
    return {name.replace("_", " "): count for name, count in asdict(done).items()} | {
        "customers left out": checked.left_out
    }


def _owner(run: ImportRun) -> User:
    if run.by is None:
        raise Refused("Whoever handed in this file is not known any more; hand it in again.")
    return run.by


def _held(program: DemandProgram | None) -> DemandProgram | None:
    if program is None:
        return None
    return DemandProgram.objects.select_for_update(of=("self",)).select_related("wording").get(pk=program.pk)


def _checked(content: bytes, owner: User, program: DemandProgram | None, as_of: datetime) -> _Checked:
    sheet = customers_of(content, consumers=consumers_by_word(), today=localdate(as_of))
    more = faults_of(sheet.customers, owner=owner, program=program)
    faults = sorted((*sheet.faults, *_all(more.values())), key=lambda one: one.row)
    return _Checked(sheet, [one for one in sheet.customers if one.reference not in more], faults)


def _all(lists: Iterable[list[Fault]]) -> Iterable[Fault]:
    return (fault for faults in lists for fault in faults)


def _why_useless(checked: _Checked, owner: User, program: DemandProgram | None) -> str:
    if not checked.customers:
        return "No row of the file can be imported; correct the rows that are named."
    coming = {one.reference for one in checked.customers if one.consent_at is not None}
    if program is None or not coming:
        return ""
    if not program.is_active:
        return "The program is not active, and rows tell of a consent; activate it first."
    if program.most_customers is None:
        return ""
    present = program.enrolments.filter(status=EnrolmentStatus.ENROLLED)
    mine = set(present.filter(customer__owner=owner).values_list("customer__reference", flat=True))
    room = max(program.most_customers - present.count(), 0)
    if len(coming - mine) > room:
        return f"The program has room for {room} more customers; raise its limit, or leave rows out."
    return ""
