"""From meters and a call to what was delivered, what is paid and what is remembered."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from apps.accounts.models import User
from apps.demand_response.choices import EvaluationStatus, LineKind, MonthStatus
from apps.demand_response.models import (
    CustomerOutcome,
    Enrolment,
    Evaluation,
    MeterDay,
    Participation,
    SegmentTrackRecord,
    SettlementLine,
    SettlementMonth,
)
from apps.demand_response.selectors.settlement import month_with_sums
from apps.demand_response.services.evaluations import ask_evaluation, evaluate_due, work_out
from apps.demand_response.services.refusal import WrongField
from apps.demand_response.services.settlement import approve_month, finalise_month, reopen_month
from apps.demand_response.services.surveys import answer_survey
from apps.dispatch.choices.call import CallReceiptOutcome, CallStatus
from apps.dispatch.models import Call, CallReceipt
from apps.dispatch.services.refusal import Refused
from tests.factories.demand import enrolled, manager, program
from tests.factories.demand_events import AFTER, BEGIN, END, call_of, metered, paying

pytestmark = pytest.mark.django_db
NEXT_MONTH = AFTER + timedelta(days=20)


@pytest.fixture
def boss() -> User:
    return manager("anna")


@pytest.fixture
def homes(boss: User) -> list[Enrolment]:
    return enrolled(boss, paying(program(boss)), 8)


def evaluated(call: Call) -> Evaluation:
    evaluate_due(as_of=AFTER)
    return Evaluation.objects.get(call=call, is_newest=True)


def test_what_was_saved_is_found_by_every_baseline(homes: list[Enrolment]) -> None:
    metered(homes, saved_kw=0.4)
    found = evaluated(call_of(homes))
    assert found.status == EvaluationStatus.DONE
    assert found.settled_customers == found.customers == 8
    assert found.delivered_kwh == pytest.approx(8 * 0.8, rel=0.1)
    assert found.delivered_kw == pytest.approx(3.2, rel=0.15)
    by = {one["key"]: one for one in found.methods}
    for key in ("caiso_10_10", "pjm_4_5", "nyiso_5_10", "match_day_3"):
        assert by[key]["delivered_kwh"] == pytest.approx(6.4, rel=0.15), key
        assert abs(by[key]["bias_percent"]) < 8, key
        assert by[key]["placebo_days"] > 10
    assert by["caiso_10_10"]["is_agreed"]
    assert by["caiso_10_10"]["swing_eur"] == 0
    assert by["weather"]["customers"] == 0  # no temperature was ever measured here
    assert (by["weather"]["payment_eur"], by["weather"]["swing_eur"]) == (None, None), "not known is not 0"


def test_customers_left_at_home_are_the_control_group(homes: list[Enrolment]) -> None:
    metered(homes[:2], saved_kw=0.4)
    metered(homes[2:], seed=2)
    found = evaluated(call_of(homes[:2]))
    control = next(one for one in found.methods if one["key"] == "control_group")
    assert control["delivered_kwh"] == pytest.approx(1.6, rel=0.2)


def test_the_rebound_is_measured_by_the_clock(homes: list[Enrolment]) -> None:
    metered(homes, saved_kw=0.4, rebound_kw=0.3, noise=0.0)
    found = evaluated(call_of(homes))
    assert found.rebound["kwh"] == pytest.approx(8 * 0.3)
    assert found.rebound["share"] == pytest.approx(0.375)
    assert found.rebound["highest_kw"] == pytest.approx(2.4)
    assert len(found.course["starts_at"]) == len(found.course["load_kw"]) == 40


def test_stages_are_measured_each_in_its_own_time(homes: list[Enrolment]) -> None:
    call = call_of(homes, stages=2)
    late = timedelta(minutes=30)
    metered(homes[0::2], saved_kw=0.4, noise=0.0)
    metered(homes[1::2], saved_kw=0.2, noise=0.0, during=(BEGIN + late, END + late))
    found = evaluated(call)
    assert [one["delivered_kwh"] for one in found.stages] == pytest.approx([3.2, 1.6])
    assert found.delivered_kwh == pytest.approx(4.8)


def test_a_customer_without_readings_is_unknown_and_not_settled(homes: list[Enrolment]) -> None:
    metered(homes, saved_kw=0.4)
    lost = homes[0].customer.usage_links.get().usage_point
    row = MeterDay.objects.get(usage_point=lost, day=date(2026, 11, 20))
    row.kwh[17 * 4 + 1] = float("nan")
    row.save()
    found = evaluated(call_of(homes))
    outcome = CustomerOutcome.objects.get(evaluation=found, participation__enrolment=homes[0])
    assert (outcome.delivered_kwh, outcome.missing) == (None, 1)
    line = SettlementLine.objects.get(enrolment=homes[0])
    assert line.amount_eur is None
    assert line.reason == "Not settled: 1 intervals of a quarter of an hour have no reading."
    assert (told := month_with_sums(line.month))["unsettled"] == 1 and told["amount_eur"] is not None
    SettlementLine.objects.filter(month=line.month, amount_eur__isnull=False).delete()
    assert month_with_sums(line.month)["amount_eur"] is None, "where no line is settled the sum is not known"
    assert found.settled_customers == 7


def test_nothing_is_worked_out_before_a_reading_came_and_all_is_once_they_are_there(homes: list[Enrolment]) -> None:
    call = call_of(homes)
    evaluate_due(as_of=AFTER)
    assert Evaluation.objects.get(call=call).status == EvaluationStatus.VOID
    assert evaluate_due(as_of=AFTER) == 0
    metered(homes, saved_kw=0.4)
    MeterDay.objects.update(received_at=AFTER + timedelta(hours=1))
    assert evaluate_due(as_of=AFTER + timedelta(hours=2)) == 1
    assert Evaluation.objects.filter(call=call, is_newest=True).get().settled_customers == 8
    assert evaluate_due(as_of=AFTER + timedelta(hours=3)) == 0


def test_lines_say_what_is_paid_and_why(homes: list[Enrolment]) -> None:
    metered(homes, saved_kw=0.4, noise=0.0)
    found = evaluated(call_of(homes))
    lines = {line.kind: line for line in SettlementLine.objects.filter(enrolment=homes[0])}
    assert set(lines) == {LineKind.ENERGY, LineKind.CREDIT}
    assert lines[LineKind.ENERGY].amount_eur == Decimal("0.40")
    assert lines[LineKind.ENERGY].reason == "2.00 kWh expected, 1.20 kWh used."
    assert lines[LineKind.CREDIT].amount_eur == Decimal("2.00")
    assert found.worth["paid_eur"] == pytest.approx(8 * 2.4)


def test_whoever_opted_out_before_is_neither_paid_nor_punished(homes: list[Enrolment]) -> None:
    metered(homes, noise=0.0)
    call = call_of(homes)
    Participation.objects.filter(enrolment=homes[0]).update(opted_out_at=BEGIN - timedelta(hours=1))
    found = evaluated(call)
    line = SettlementLine.objects.get(enrolment=homes[0])
    assert line.amount_eur == 0
    assert "Opted out before the event" in line.reason
    short = SettlementLine.objects.get(enrolment=homes[1], kind=LineKind.PENALTY)
    assert short.amount_eur == Decimal("-0.20")
    assert found.satisfaction["opted_out"] == 1


def test_the_receipt_and_the_record_of_segments_are_kept(homes: list[Enrolment]) -> None:
    metered(homes, saved_kw=0.4)
    call = call_of(homes)
    found = evaluated(call)
    receipt = CallReceipt.objects.get(call=call)
    assert receipt.outcome == CallReceiptOutcome.SCORED
    assert receipt.low_kw <= receipt.delivered_kw <= receipt.high_kw
    records = SegmentTrackRecord.objects.filter(evaluation=found)
    assert sum(one.customers for one in records) == 8
    assert sum(one.delivered_kw for one in records) == pytest.approx(3.2, rel=0.15)
    assert all(one.share_p10 <= one.share_p50 <= one.share_p90 for one in records)


def test_only_a_call_that_is_over_is_evaluated(homes: list[Enrolment], boss: User) -> None:
    call = call_of(homes)
    with pytest.raises(Refused, match="is over"):
        ask_evaluation(call=call, by=boss, as_of=BEGIN)
    Call.objects.update(status=CallStatus.CANCELLED)
    call.refresh_from_db()
    with pytest.raises(Refused, match="was sent"):
        ask_evaluation(call=call, by=boss, as_of=AFTER)


def test_a_row_that_is_worked_out_stays(homes: list[Enrolment], boss: User) -> None:
    metered(homes)
    call = call_of(homes)
    first = evaluated(call)
    assert work_out(evaluation_id=first.pk, as_of=NEXT_MONTH).as_of == first.as_of
    again = work_out(evaluation_id=ask_evaluation(call=call, by=boss, as_of=NEXT_MONTH).pk, as_of=NEXT_MONTH)
    first.refresh_from_db()
    assert (first.is_newest, again.pk > first.pk) == (False, True)
    assert SettlementLine.objects.filter(kind=LineKind.ENERGY).count() == 8


def month_of(homes: list[Enrolment]) -> SettlementMonth:
    metered(homes, saved_kw=0.4, noise=0.0)
    evaluated(call_of(homes))
    return SettlementMonth.objects.get()


def test_a_month_is_approved_by_one_and_made_final_by_another(homes: list[Enrolment], boss: User) -> None:
    month = month_of(homes)
    with pytest.raises(Refused, match="not over"):
        approve_month(month=month, by=boss, as_of=AFTER)
    approved = approve_month(month=month, by=boss, as_of=NEXT_MONTH)
    assert approved.status == MonthStatus.APPROVED
    capacity = SettlementLine.objects.filter(kind=LineKind.CAPACITY)
    assert capacity.count() == 8
    assert all("of what was planned" in line.reason for line in capacity)
    with pytest.raises(Refused, match="another person"):
        finalise_month(month=month, by=boss, as_of=NEXT_MONTH)
    assert finalise_month(month=month, by=manager("ben"), as_of=NEXT_MONTH).status == MonthStatus.FINAL
    with pytest.raises(Refused, match="Only an approved month"):
        reopen_month(month=month, by=boss, as_of=NEXT_MONTH)


def test_opening_a_month_again_takes_readiness_away(homes: list[Enrolment], boss: User) -> None:
    month = month_of(homes)
    approve_month(month=month, by=boss, as_of=NEXT_MONTH)
    assert reopen_month(month=month, by=boss, as_of=NEXT_MONTH).status == MonthStatus.OPEN
    assert not SettlementLine.objects.filter(kind=LineKind.CAPACITY).exists()


def test_readings_that_come_after_a_month_was_closed_are_a_correction_in_the_next(
    homes: list[Enrolment], boss: User
) -> None:
    month = month_of(homes)
    approve_month(month=month, by=boss, as_of=NEXT_MONTH)
    row = MeterDay.objects.get(usage_point=homes[0].customer.usage_links.get().usage_point, day=date(2026, 11, 20))
    row.kwh = [one - 0.05 if 17 * 4 <= n < 19 * 4 else one for n, one in enumerate(row.kwh)]
    row.save()
    work_out(evaluation_id=ask_evaluation(call=Call.objects.get(), by=boss, as_of=NEXT_MONTH).pk, as_of=NEXT_MONTH)
    line = SettlementLine.objects.get(kind=LineKind.CORRECTION)
    assert line.month.month == date(2026, 12, 1)
    assert line.amount_eur == Decimal("0.20")
    assert SettlementLine.objects.filter(month=month, kind=LineKind.ENERGY).count() == 8


def test_two_questions_are_answered_once_and_after_the_event(homes: list[Enrolment]) -> None:
    call_of(homes)
    part = Participation.objects.first()
    assert part is not None
    with pytest.raises(Refused, match="not over"):
        answer_survey(participation=part, comfort=4, again=True, as_of=BEGIN)
    with pytest.raises(WrongField):
        answer_survey(participation=part, comfort=7, again=True, as_of=AFTER)
    answer_survey(participation=part, comfort=4, again=True, as_of=AFTER)
    with pytest.raises(Refused, match="already"):
        answer_survey(participation=part, comfort=1, again=False, as_of=AFTER)
