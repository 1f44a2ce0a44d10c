"""The area's frequency: a day ahead as it was worked out last, and as meters read it now."""

from typing import Any

from celery.exceptions import OperationalError
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.choices import Permission
from apps.accounts.permissions import requires
from apps.renewables import tasks
from apps.renewables.api.portfolio import AT, instant_of
from apps.renewables.choices import StabilityOutcome
from apps.renewables.selectors.stability import frequencies, newest_stability, stability_document, with_courses


class StabilityRunSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    as_of = serializers.DateTimeField()
    starts_at = serializers.DateTimeField(help_text="Of the first hour.")
    outcome = serializers.ChoiceField(choices=StabilityOutcome.choices)
    outcome_label = serializers.CharField()
    text = serializers.CharField()
    area = serializers.DictField(help_text="What was written about the area then, with its source.")
    hours = serializers.ListField(
        child=serializers.DictField(),
        help_text="Largest loss (kW), inertia and what is needed (kWs), rate of change, nadirs without a reserve, with "
        "what is set now and with the scheduled one (Hz), reserve needed, given and short (kW); the largest loss of "
        "load with the highest frequency after it, and what is needed, given and short against that (down).",
    )
    response = serializers.DictField(help_text="Courses of the frequency in the hour in which it would fall lowest.")
    shares = serializers.ListField(
        child=serializers.DictField(), help_text="By plant: kW and droop (%) of every hour, and its open courses."
    )
    strength = serializers.ListField(
        child=serializers.DictField(), help_text="Short-circuit ratio where inverters stand, the weakest first."
    )
    volt_var = serializers.DictField()
    ramps = serializers.ListField(child=serializers.DictField(), help_text="Of the largest plants, over a day.")
    engine_version = serializers.CharField()
    duration_ms = serializers.FloatField()


class StabilitySerializer(serializers.Serializer):
    run = StabilityRunSerializer(allow_null=True)


class StabilityAskedSerializer(serializers.Serializer):
    detail = serializers.CharField()


class FrequencyPointSerializer(serializers.Serializer):
    mrid = serializers.UUIDField()
    equipment_mrid = serializers.UUIDField()
    name = serializers.CharField()
    hz = serializers.FloatField(allow_null=True)
    at = serializers.DateTimeField(allow_null=True)
    is_stale = serializers.BooleanField()
    t = serializers.ListField(child=serializers.FloatField(), help_text="Seconds since 1970.")
    mean = serializers.ListField(child=serializers.FloatField(allow_null=True), help_text="Hz.")


class FrequenciesSerializer(serializers.Serializer):
    points = FrequencyPointSerializer(many=True)


class StabilityView(APIView):
    def get_permissions(self) -> list[Any]:
        reads = self.request.method in ("GET", "HEAD", "OPTIONS")
        return [requires(Permission.VIEW_GRID if reads else Permission.RUN_STUDIES)()]

    @extend_schema(parameters=AT, responses={200: StabilitySerializer})
    def get(self, request: Request) -> Response:
        """The newest look at the next 24 hours."""
        run = newest_stability(as_of=instant_of(request))
        document = stability_document(run) if run else None
        is_past = "at" in request.query_params
        return Response({"run": with_courses(document) if document and not is_past else document})

    @extend_schema(request=None, responses={202: StabilityAskedSerializer, 503: StabilityAskedSerializer})
    def post(self, request: Request) -> Response:
        """Look now: a worker does it, and proposes settings where they would help."""
        try:
            tasks.look_at_stability.delay()
        except OperationalError:
            reason = "The queue of the workers cannot be reached. Try again."
            return Response({"detail": reason}, status=status.HTTP_503_SERVICE_UNAVAILABLE)
        return Response({"detail": "It is being worked out."}, status=status.HTTP_202_ACCEPTED)


class FrequencyView(APIView):
    permission_classes = [requires(Permission.VIEW_GRID)]

    @extend_schema(responses={200: FrequenciesSerializer})
    def get(self, request: Request) -> Response:
        """What meters read, over the last quarter of an hour."""
        return Response({"points": frequencies(as_of=timezone.now())})
