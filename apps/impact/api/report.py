"""The report for the board, as a file to hand round and as rows to reckon with."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.choices import Permission
from apps.accounts.permissions import requires
from apps.impact.models import Study
from apps.impact.selectors.report import board_report, refusal_of_report
from apps.impact.services.report_csv import report_csv
from apps.impact.services.report_pdf import report_pdf


class NoBoardReportSerializer(serializers.Serializer[dict[str, str]]):
    detail = serializers.CharField(help_text="Why there is no report yet, and when to ask again.")


REFUSED = {404: OpenApiTypes.OBJECT, 409: NoBoardReportSerializer}


class BoardReportPdfView(APIView):
    permission_classes = [requires(Permission.VIEW_GRID)]

    @extend_schema(responses={(200, "application/pdf"): OpenApiTypes.BINARY, **REFUSED})
    def get(self, request: Request, study_id: int) -> Response | HttpResponse:
        """A judged study as PDF: claims, guards, ceiling, ablation, checks, and what repeats it."""
        study = get_object_or_404(Study, pk=study_id)
        if refusal := refusal_of_report(study):
            return _refused(refusal)
        report = board_report(study)
        return _file(report_pdf(report), "application/pdf", f"{report.file_name}.pdf")


class BoardReportCsvView(APIView):
    permission_classes = [requires(Permission.VIEW_GRID)]

    @extend_schema(responses={(200, "text/csv"): OpenApiTypes.STR, **REFUSED})
    def get(self, request: Request, study_id: int) -> Response | HttpResponse:
        """The same as CSV, a row a fact, with the value of every tape."""
        study = get_object_or_404(Study, pk=study_id)
        if refusal := refusal_of_report(study):
            return _refused(refusal)
        report = board_report(study)
        return _file(report_csv(report).encode(), "text/csv; charset=utf-8", f"{report.file_name}.csv")


def _refused(detail: str) -> Response:
    return Response({"detail": detail}, status=status.HTTP_409_CONFLICT)


def _file(content: bytes, content_type: str, name: str) -> HttpResponse:
    answer = HttpResponse(content, content_type=content_type)
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
