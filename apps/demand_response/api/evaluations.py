"""What calls came to, and the money of it."""

from datetime import datetime
from typing import Any, cast

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.demand_response import tasks
from apps.demand_response.api import evaluation_bodies as bodies
from apps.demand_response.api.common import (
    NO_QUEUE,
    NOT_FOUND,
    REFUSED,
    RunsPrograms,
    ViewsDemand,
    answered,
    csv_answer,
    person,
    queued,
)
from apps.demand_response.models import DemandProgram, Evaluation, SettlementMonth
from apps.demand_response.selectors import evaluations as shown
from apps.demand_response.selectors import settlement as money
from apps.demand_response.services import settlement
from apps.demand_response.services.evaluations import ask_evaluation
from apps.demand_response.services.reading import note_export
from apps.dispatch.api.bodies import checked
from apps.dispatch.models import Call

_CSV = OpenApiResponse(description="text/csv")
OUTCOME_COLUMNS = (
    "reference", "name", "stage", "promised_kwh", "opted_out_at", *shown.SUMS,
)  # fmt: skip
LINE_COLUMNS = (
    "reference", "name", "kind_words", "event_at", "quantity", "unit", "rate_eur", "amount_eur", "reason",
)  # fmt: skip


def _instant(request: Request) -> datetime:
    now = timezone.now()
    at = checked(bodies.EvaluationQuery, request.query_params).get("at", now)
    if at > now:
        raise serializers.ValidationError({"at": "It lies in the future: give an instant that has passed."})
    return cast(datetime, at)


def _call(request: Request, key: int, *, own: bool = False) -> Call:
    """Of a program that this person sees, or runs; otherwise there is none."""
    return get_object_or_404(shown.calls_of(person(request), own=own), pk=key)


def _own(request: Request, key: int) -> Evaluation:
    rows = Evaluation.objects.filter(program__in=DemandProgram.objects.run_by(person(request)).values("pk"))
    return get_object_or_404(rows.select_related("call", "program"), pk=key)


def _month(request: Request, key: int) -> SettlementMonth:
    rows = SettlementMonth.objects.visible_to(person(request)).select_related("program", "approved_by", "final_by")
    return get_object_or_404(rows, pk=key)


class EvaluationsView(ViewsDemand):
    @extend_schema(parameters=[bodies.EvaluationQuery], responses={200: bodies.EvaluationListSerializer})
    def get(self, request: Request) -> Response:
        """Of each call the newest, the newest call first."""
        return Response({"evaluations": shown.evaluated_calls(person(request), at=_instant(request))})

    @extend_schema(
        request=bodies.EvaluationAskSerializer,
        responses={202: bodies.EvaluationRowSerializer} | REFUSED | NO_QUEUE | NOT_FOUND,
    )
    def post(self, request: Request) -> Response:
        """A worker measures the call anew with all readings that have come by then."""
        call = _call(request, checked(bodies.EvaluationAskSerializer, request.data)["call"], own=True)
        return answered_row(call, request)


def answered_row(call: Call, request: Request) -> Response:
    found: dict[str, Evaluation] = {}

    def ask() -> dict[str, Any]:
        found["row"] = ask_evaluation(call=call, by=person(request), as_of=timezone.now())
        return shown.row_document(found["row"])

    answer = answered(ask)
    row = found.get("row")
    return answer if row is None else queued(lambda: tasks.work_out.delay(row.pk), lambda: answer.data)


class CallEvaluationView(ViewsDemand):
    @extend_schema(parameters=[bodies.EvaluationQuery], responses={200: bodies.CallEvaluationSerializer})
    def get(self, request: Request, call_id: int) -> Response:
        """The newest that is worked out, those before it, and the answers of customers."""
        call = _call(request, call_id)
        return Response(shown.call_evaluation(call, person(request), at=_instant(request)))


class OutcomesView(RunsPrograms):
    @extend_schema(parameters=[bodies.OutcomesQuery], responses={200: bodies.CustomerOutcomesSerializer})
    def get(self, request: Request, evaluation_id: int) -> Response:
        """200 at a time, by id."""
        asked = checked(bodies.OutcomesQuery, request.query_params)
        row = _own(request, evaluation_id)
        return Response({"customers": shown.outcomes(row, words=asked["search"], after=asked["after"])})


class OutcomesFileView(RunsPrograms):
    @extend_schema(responses={(200, "text/csv"): _CSV})
    def get(self, request: Request, evaluation_id: int) -> Any:
        """All customers of an evaluation as CSV; an empty field is unknown."""
        row = _own(request, evaluation_id)
        note_export(what=f"evaluations/{row.pk}", count=row.customers, by=person(request), as_of=timezone.now())
        rows = ([one[name] for name in OUTCOME_COLUMNS] for one in shown.outcome_rows(row))
        return csv_answer(f"evaluation-{row.pk}.csv", OUTCOME_COLUMNS, rows)


class SettlementView(RunsPrograms):
    @extend_schema(responses={200: bodies.SettlementMonthsSerializer})
    def get(self, request: Request) -> Response:
        """Months of one's own programs, the newest first."""
        return Response({"months": money.months(person(request))})


class SettlementMonthView(RunsPrograms):
    @extend_schema(parameters=[bodies.SettlementLinesQuery], responses={200: bodies.SettlementLinesSerializer})
    def get(self, request: Request, month_id: int) -> Response:
        """300 lines at a time, by id."""
        asked, month = checked(bodies.SettlementLinesQuery, request.query_params), _month(request, month_id)
        told = {"words": asked["search"], "kind": asked.get("kind", ""), "unsettled": asked["unsettled"]}
        rows = money.lines_of(month, **told).filter(pk__gt=asked["after"])[: money.MOST_LINES]
        return Response({"month": money.month_with_sums(month), "lines": [money.line_document(one) for one in rows]})


class SettlementFileView(RunsPrograms):
    @extend_schema(responses={(200, "text/csv"): _CSV})
    def get(self, request: Request, month_id: int) -> Any:
        """All lines of a month as CSV; an empty amount is not settled."""
        month = _month(request, month_id)
        lines = money.lines_of(month)
        note_export(what=f"settlement/{month.pk}", count=lines.count(), by=person(request), as_of=timezone.now())
        told = (money.line_document(one) for one in lines.iterator(chunk_size=2000))
        rows = ([one[name] for name in LINE_COLUMNS] for one in told)
        return csv_answer(f"settlement-{month.program_id}-{month.month:%Y-%m}.csv", LINE_COLUMNS, rows)


class _MonthAct(RunsPrograms):
    act: Any

    def moved(self, request: Request, month_id: int) -> Response:
        month = _month(request, month_id)
        by, now = person(request), timezone.now()
        return answered(lambda: money.month_with_sums(type(self).act(month=month, by=by, as_of=now)))


_MOVED = extend_schema(request=None, responses={200: bodies.SettlementMonthSerializer} | REFUSED)


class SettlementApprovalView(_MonthAct):
    act = staticmethod(settlement.approve_month)

    @_MOVED
    def post(self, request: Request, month_id: int) -> Response:
        """Readiness of the month is added; from now on its lines stay as they are."""
        return self.moved(request, month_id)


class SettlementReopeningView(_MonthAct):
    act = staticmethod(settlement.reopen_month)

    @_MOVED
    def post(self, request: Request, month_id: int) -> Response:
        """An approved month is worked on again."""
        return self.moved(request, month_id)


class SettlementFinalisationView(_MonthAct):
    act = staticmethod(settlement.finalise_month)

    @_MOVED
    def post(self, request: Request, month_id: int) -> Response:
        """By another person than the one who approved it."""
        return self.moved(request, month_id)
