"""What all views of demand response share: who sees what, acts that may be refused, tables as CSV."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import IO, Any, cast

from celery.exceptions import OperationalError
from django.core.exceptions import ValidationError as InvalidRow
from django.http import StreamingHttpResponse
from django.shortcuts import get_object_or_404
from rest_framework import serializers, status
from rest_framework.exceptions import ValidationError
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.choices import Permission
from apps.accounts.models import User
from apps.accounts.permissions import requires
from apps.demand_response.models import Customer, DemandProgram, EnrolledDevice, Enrolment, ImportRun
from apps.demand_response.services.import_runs import MOST_BYTES
from apps.demand_response.services.refusal import WrongField
from apps.dispatch.services.refusal import Refused
from gridops.spreadsheet import SheetWriter


class RefusedDemandSerializer(serializers.Serializer):
    detail = serializers.CharField()


REFUSED = {409: RefusedDemandSerializer}
NO_QUEUE = {503: RefusedDemandSerializer}
NOT_FOUND = {404: RefusedDemandSerializer}  # what a query or a body names, and what is another manager's


class RunsPrograms(APIView):
    permission_classes = [requires(Permission.RUN_PROGRAMS)]


class ViewsDemand(APIView):
    """Operators see the desk and never a customer; acts need a permission of their own."""

    writes = Permission.RUN_PROGRAMS

    def get_permissions(self) -> list[Any]:
        reads = self.request.method in ("GET", "HEAD", "OPTIONS")
        return [requires(Permission.VIEW_DEMAND if reads else self.writes)()]


class FileOfAnySize(BaseParser):
    """The body as it is, up to what an import takes."""

    media_type = "application/octet-stream"

    def parse(self, stream: IO[bytes], media_type: str | None = None, parser_context: Any = None) -> Any:
        body = stream.read(MOST_BYTES + 1)
        if len(body) > MOST_BYTES:
            raise ValidationError({"detail": f"The file has more than {MOST_BYTES // 2**20} MB; cut it."})
        return body


def person(request: Request) -> User:
    return cast(User, request.user)


def program_of(request: Request, key: int) -> DemandProgram:
    """One that this person may change, or 404."""
    rows = DemandProgram.objects.run_by(person(request)).select_related("wording", "openadr_program")
    return get_object_or_404(rows, pk=key)


def customer_of(request: Request, key: int) -> Customer:
    return get_object_or_404(Customer.objects.visible_to(person(request)), pk=key)


def enrolment_of(request: Request, key: int) -> Enrolment:
    rows = Enrolment.objects.visible_to(person(request)).select_related("program__wording", "customer", "ven")
    return get_object_or_404(rows, pk=key)


def device_of(request: Request, key: int) -> EnrolledDevice:
    rows = EnrolledDevice.objects.filter(customer__in=Customer.objects.visible_to(person(request)))
    return get_object_or_404(rows.select_related("customer"), pk=key)


def run_of(request: Request, key: int) -> ImportRun:
    return get_object_or_404(ImportRun.objects.visible_to(person(request)).defer("content"), pk=key)


def answered(act: Callable[[], Any], code: int = status.HTTP_200_OK) -> Response:
    """409 where it does not fit what is there, 400 where a value does not fit."""
    try:
        return Response(act(), status=code)
    except Refused as refusal:
        return Response({"detail": str(refusal)}, status=status.HTTP_409_CONFLICT)
    except WrongField as wrong:
        raise ValidationError({wrong.field or "detail": [str(wrong)]}) from None
    except InvalidRow as wrong:
        raise ValidationError(wrong.message_dict) from None


def queued(ask: Callable[[], Any], body: Callable[[], Any]) -> Response:
    """Handed to a worker, or 503 where the queue cannot be reached."""
    try:
        ask()
    except OperationalError:
        detail = "The queue of the workers cannot be reached. Try again."
        return Response({"detail": detail}, status=status.HTTP_503_SERVICE_UNAVAILABLE)
    return Response(body(), status=status.HTTP_202_ACCEPTED)


class _Line:
    """A file that hands back what is written into it."""

    def write(self, text: str) -> str:
        return text


def csv_answer(name: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> StreamingHttpResponse:
    answer = StreamingHttpResponse(_lines(columns, rows), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    answer["Cache-Control"] = "no-store"
    return answer


def _lines(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    writer = SheetWriter(_Line())
    yield writer.writerow(columns)
    for row in rows:
        yield writer.writerow(row)
