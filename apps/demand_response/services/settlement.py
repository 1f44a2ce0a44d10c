"""Money by customer and month: lines while the month is open, corrections in a later one once it is not."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import numpy as np
from django.conf import settings
from django.db import transaction
from django.db.models import Sum as Total

from apps.accounts.models import User
from apps.audit import services as audit
from apps.demand_response.adapters.settling import EVENT, Promise, Sum, accounts, capacity_sum, sums_of
from apps.demand_response.choices import LONGEST_TEXT, PRESENT, LineKind, MonthStatus
from apps.demand_response.models import (
    CustomerOutcome,
    DemandProgram,
    EnrolledDevice,
    Enrolment,
    Evaluation,
    Participation,
    SettlementLine,
    SettlementMonth,
)
from apps.demand_response.selectors.asked import Asked
from apps.dispatch.services.refusal import Refused

ROWS = 1000
CENT = Decimal("0.01")
Member = tuple[Asked, Promise, CustomerOutcome]


@dataclass(frozen=True)
class _Account:
    """Of one customer in one event."""

    asked: Asked
    sums: Sequence[Sum]

    @property
    def amount(self) -> Decimal | None:
        """None while a part of it is not known."""
        known = [_money(one.amount_eur) for one in self.sums]
        return None if None in known else sum((one for one in known if one is not None), Decimal(0))


def settle_event(row: Evaluation, members: Sequence[Member], *, as_of: datetime) -> float:
    """Lines of an evaluation, in the place of those of earlier ones of its call. Returns what is paid, EUR."""
    found = [_Account(asked, sums) for (asked, _, _), sums in zip(members, _sums(row, members), strict=True)]
    closed = _closed_sums([one.asked.participation.pk for one in found])
    SettlementLine.objects.filter(
        participation__in=[one.asked.participation.pk for one in found], month__status=MonthStatus.OPEN
    ).delete()
    month = _month(row.program, _local(row.call.starts_at))
    lines = _event_lines(row, month, found, as_of) if month.status == MonthStatus.OPEN else []
    corrected = [one for one in found if one.asked.participation.pk in closed or month.status != MonthStatus.OPEN]
    if corrected and month.status != MonthStatus.OPEN:
        lines = _corrections(row, corrected, closed, as_of)
    SettlementLine.objects.bulk_create(lines, batch_size=ROWS)
    return float(sum((one.amount or Decimal(0) for one in found), Decimal(0)))


@transaction.atomic
def approve_month(*, month: SettlementMonth, by: User, as_of: datetime) -> SettlementMonth:
    """Readiness is added, and from now on its lines stay as they are. Raises Refused."""
    locked = SettlementMonth.objects.select_for_update().select_related("program").get(pk=month.pk)
    if _next(locked.month) > _local(as_of):
        raise Refused(f"{locked.month:%B %Y} is not over yet; approve it from its last day on.")
    if locked.status != MonthStatus.OPEN:
        raise Refused(f"This month is {locked.get_status_display().lower()} already.")
    SettlementLine.objects.bulk_create(_capacity_lines(locked, as_of), batch_size=ROWS)
    return _moved(locked, MonthStatus.APPROVED, by=by, as_of=as_of, approved_at=as_of, approved_by=by)


@transaction.atomic
def reopen_month(*, month: SettlementMonth, by: User, as_of: datetime) -> SettlementMonth:
    """Instead of making it final; readiness is worked out anew with the next approval. Raises Refused."""
    locked = SettlementMonth.objects.select_for_update().get(pk=month.pk)
    if locked.status != MonthStatus.APPROVED:
        raise Refused(f"Only an approved month can be opened again; this one is {locked.get_status_display().lower()}.")
    locked.lines.filter(kind=LineKind.CAPACITY).delete()
    return _moved(locked, MonthStatus.OPEN, by=by, as_of=as_of, approved_at=None, approved_by=None)


@transaction.atomic
def finalise_month(*, month: SettlementMonth, by: User, as_of: datetime) -> SettlementMonth:
    """By another person than the one who approved it. Raises Refused."""
    locked = SettlementMonth.objects.select_for_update().get(pk=month.pk)
    if locked.status != MonthStatus.APPROVED:
        raise Refused(f"A month is approved first; this one is {locked.get_status_display().lower()}.")
    if locked.approved_by_id == by.pk:
        raise Refused("You have approved this month; another person makes it final.")
    return _moved(locked, MonthStatus.FINAL, by=by, as_of=as_of, final_at=as_of, final_by=by)


def _moved(month: SettlementMonth, new: MonthStatus, *, by: User, as_of: datetime, **said: object) -> SettlementMonth:
    old = MonthStatus(month.status)
    if not SettlementMonth.objects.move(month.pk, old, new, **said):
        raise Refused("Somebody was faster; look at the month again.")
    detail = {"program": month.program_id, "month": str(month.month), "from": old.value, "to": new.value}
    audit.record(actor=by, action="demand.month-moved", target=f"settlement/{month.pk}", detail=detail, at=as_of)
    month.refresh_from_db()
    return month


def _sums(row: Evaluation, members: Sequence[Member]) -> Iterable[list[Sum]]:
    promises = [promise for _, promise, _ in members]
    kwh = np.array([np.nan if one.delivered_kwh is None else one.delivered_kwh for _, _, one in members], dtype=float)
    missing = np.array([one.missing for _, _, one in members])
    found = accounts(promises, kwh, missing, row.program)
    for place, (_, promise, outcome) in enumerate(members):
        yield sums_of(found, place, outcome, promise, row.program)


def _event_lines(
    row: Evaluation, month: SettlementMonth, found: Sequence[_Account], as_of: datetime
) -> list[SettlementLine]:
    return [_line(month, one.asked.participation, each, row, as_of) for one in found for each in one.sums]


def _corrections(
    row: Evaluation, found: Sequence[_Account], closed: dict[int, Decimal], as_of: datetime
) -> list[SettlementLine]:
    """What is owed beyond what a closed month has settled, in the first month that is open."""
    month = _open_month(row.program, _local(as_of))
    lines = []
    for one in found:
        part, amount = one.asked.participation, one.amount
        more = (amount or Decimal(0)) - closed.get(part.pk, Decimal(0))
        if amount is None or not more:
            continue
        words = f"Event of {_local(row.call.starts_at)}: {amount} EUR by the readings that have come since."
        each = Sum(LineKind.CORRECTION, 1.0, EVENT, float(more), float(more), words)
        lines.append(_line(month, part, each, row, as_of))
    return lines


def _line(
    month: SettlementMonth, part: Participation, one: Sum, row: Evaluation | None, as_of: datetime
) -> SettlementLine:
    return SettlementLine(
        month=month,
        enrolment_id=part.enrolment_id,
        kind=one.kind,
        participation=part,
        evaluation=row,
        quantity=one.quantity,
        unit=one.unit,
        rate_eur=one.rate_eur,
        amount_eur=_money(one.amount_eur),
        reason=one.reason[:LONGEST_TEXT],
        made_at=as_of,
    )


def _capacity_lines(month: SettlementMonth, as_of: datetime) -> list[SettlementLine]:
    if not month.program.capacity_eur_per_kw_month:
        return []
    enrolments = Enrolment.objects.filter(program=month.program_id, status__in=PRESENT)
    keys = dict(enrolments.filter(status_since__date__lt=_next(month.month)).values_list("pk", "customer_id"))
    rated, shown = _rated(keys.values()), _shown(month)
    lines = []
    for key, customer in keys.items():
        one = capacity_sum(rated.get(customer), shown.get(key), month.program)
        lines.append(
            SettlementLine(
                month=month, enrolment_id=key, kind=one.kind, quantity=one.quantity, unit=one.unit,
                rate_eur=one.rate_eur, amount_eur=_money(one.amount_eur), reason=one.reason, made_at=as_of,
            )
        )  # fmt: skip
    return lines


def _rated(customers: Iterable[int]) -> dict[int, float]:
    rows = EnrolledDevice.objects.filter(customer__in=set(customers), is_active=True)
    return dict(rows.values("customer_id").annotate(kw=Total("rated_kw")).values_list("customer_id", "kw"))


def _shown(month: SettlementMonth) -> dict[int, float]:
    """Mean of delivered by promised of each enrolment's events in the month, as far as they are known."""
    rows = CustomerOutcome.objects.filter(
        evaluation__is_newest=True,
        evaluation__program=month.program_id,
        evaluation__call__starts_at__gte=_begin(month.month),
        evaluation__call__starts_at__lt=_begin(_next(month.month)),
        delivered_kwh__isnull=False,
    ).select_related("participation__stage")
    found: dict[int, list[float]] = defaultdict(list)
    for one in rows:
        stage, part = one.participation.stage, one.participation
        promised = part.kw_p50 * (stage.ends_at - stage.starts_at).total_seconds() / 3600
        if promised > 0:
            found[part.enrolment_id].append((one.delivered_kwh or 0.0) / promised)
    return {key: sum(shares) / len(shares) for key, shares in found.items()}


def _closed_sums(parts: Sequence[int]) -> dict[int, Decimal]:
    """What months that are not open any more have settled of these events."""
    rows = SettlementLine.objects.filter(participation__in=parts).exclude(month__status=MonthStatus.OPEN)
    told = rows.values("participation_id").annotate(sum=Total("amount_eur"))
    return {key: amount or Decimal(0) for key, amount in told.values_list("participation_id", "sum")}


def _month(program: DemandProgram, day: date) -> SettlementMonth:
    return SettlementMonth.objects.get_or_create(program=program, month=day.replace(day=1))[0]


def _open_month(program: DemandProgram, day: date) -> SettlementMonth:
    found = _month(program, day)
    while found.status != MonthStatus.OPEN:
        found = _month(program, _next(found.month))
    return found


def _next(month: date) -> date:
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def _begin(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(settings.TIME_ZONE))


def _local(at: datetime) -> date:
    return at.astimezone(ZoneInfo(settings.TIME_ZONE)).date()


def _money(amount: float | None) -> Decimal | None:
    return None if amount is None else Decimal(str(amount)).quantize(CENT)
