"""What the incident desk reads: the queue, how supply comes back, the report. Nothing here acts."""

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.choices import Permission
from apps.accounts.permissions import requires
from apps.incidents.api.bodies import IncidentRefusalSerializer
from apps.incidents.models import Incident
from apps.incidents.selectors.desk import desk_document
from apps.incidents.selectors.plan import plan_document
from apps.incidents.selectors.report import report_document


class _Object(serializers.DictField):
    child = serializers.JSONField()


class IncidentDeskSerializer(serializers.Serializer[None]):
    as_of = serializers.DateTimeField()
    open = serializers.ListField(child=_Object(), help_text="The gravest first.")
    ended = serializers.ListField(child=_Object(), help_text="The newest first.")
    figures = _Object()
    crews = serializers.ListField(child=_Object())
    critical_counts_as = serializers.IntegerField(help_text="Customers, in the order of the queue.")


class IncidentPlanSerializer(serializers.Serializer[None]):
    as_of = serializers.DateTimeField()
    troubles = serializers.ListField(child=_Object(), help_text="Standing, each with its remedies in their order.")
    earlier = serializers.ListField(child=_Object(), help_text="Proposals that ended, the newest first.")
    restoration = _Object(
        help_text="The restoration desk's mode, its newest look with the cost of each plan, ways back."
    )


class IncidentReportSerializer(serializers.Serializer[None]):
    as_of = serializers.DateTimeField()
    is_final = serializers.BooleanField(help_text="False while the incident is open.")
    incident = _Object()
    figures = _Object()
    moments = serializers.ListField(child=_Object())
    steps = serializers.ListField(child=_Object(), help_text="Customers that lost and had supply again together.")
    estimates = serializers.ListField(child=_Object(), help_text="Each against what came.")
    timeline = serializers.ListField(child=_Object(), help_text="The oldest first.")
    candidates = serializers.ListField(child=_Object())
    decisions = serializers.ListField(child=_Object())
    proposals = serializers.ListField(child=_Object())
    crews = serializers.ListField(child=_Object())
    nested = serializers.ListField(child=serializers.CharField())


class IncidentDeskView(APIView):
    permission_classes = [requires(Permission.VIEW_GRID)]

    @extend_schema(responses={200: IncidentDeskSerializer})
    def get(self, request: Request) -> Response:
        """The queue with its sums, the crews, and what ended of late."""
        return Response(desk_document(as_of=timezone.now()))


class IncidentPlanView(APIView):
    permission_classes = [requires(Permission.VIEW_GRID)]

    @extend_schema(responses={200: IncidentPlanSerializer, 404: IncidentRefusalSerializer})
    def get(self, request: Request, number: str) -> Response:
        """What was proposed to bring supply back, and where each step stands in the field."""
        return Response(plan_document(get_object_or_404(Incident, number=number), as_of=timezone.now()))


class IncidentReportView(APIView):
    permission_classes = [requires(Permission.VIEW_GRID)]

    @extend_schema(responses={200: IncidentReportSerializer, 404: IncidentRefusalSerializer})
    def get(self, request: Request, number: str) -> Response:
        """What happened, when what was known, what was done on which ground, and what it came to."""
        return Response(report_document(get_object_or_404(Incident, number=number), as_of=timezone.now()))
