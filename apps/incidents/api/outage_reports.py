"""What meters and callers tell, sent by the systems that hear them, with a token."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.parsers import JSONParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.authentication import TokenAuthentication
from apps.accounts.choices import Permission
from apps.accounts.permissions import requires
from apps.incidents.api import bodies
from apps.incidents.choices.incident import ReportKind
from apps.incidents.services.reports import Report, take_reports


class OutageReportsView(APIView):
    authentication_classes = [TokenAuthentication]
    permission_classes = [requires(Permission.WRITE_TELEMETRY)]
    parser_classes = [JSONParser]


class MeterEventsView(OutageReportsView):
    @extend_schema(request=bodies.MeterEventsSerializer, responses={200: bodies.ReportsTakenSerializer})
    def post(self, request: Request) -> Response:
        """Last gasps and returns of meters; each row is taken once by its id, and refused by itself."""
        return _taken(_rows(bodies.MeterEventsSerializer, request, "events"), bodies.MeterEventRow)


class OutageCallsView(OutageReportsView):
    @extend_schema(request=bodies.OutageCallsSerializer, responses={200: bodies.ReportsTakenSerializer})
    def post(self, request: Request) -> Response:
        """Customers who called that they have no supply; each is taken once by its id."""
        return _taken(_rows(bodies.OutageCallsSerializer, request, "calls"), bodies.SupplyReportRow)


def _rows(serializer: type[serializers.Serializer], request: Request, name: str) -> list[Any]:
    body = serializer(data=request.data)
    body.is_valid(raise_exception=True)
    return list(body.validated_data[name])


def _taken(rows: Sequence[Any], kind: type[serializers.Serializer]) -> Response:
    reports, refused = [], []
    for index, given in enumerate(rows):
        row = kind(data=given)
        if row.is_valid():
            reports.append(_report(index, row.validated_data))
        else:
            refused.append({"index": index, "reason": _words(row.errors)})
    return Response(asdict(take_reports(reports=reports, refused=refused, as_of=timezone.now())))


def _report(index: int, row: dict[str, Any]) -> Report:
    return Report(
        index=index,
        kind=ReportKind(row.get("kind", ReportKind.CALL)),
        external_id=row["id"],
        at=row["at"],
        consumer_mrid=row["consumer_mrid"],
        usage_point=row["usage_point"],
        text=row["text"],
    )


def _words(errors: Any) -> str:
    """The first fault of a row, in a sentence that names the field."""
    field, texts = next(iter(errors.items()))
    said = texts[0] if isinstance(texts, list) else texts
    return f"{said}" if field == "non_field_errors" else f"{field}: {said}"
