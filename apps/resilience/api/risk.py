from datetime import datetime
from typing import Any, cast
from uuid import UUID

from celery.exceptions import OperationalError
from django.http import Http404
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.choices import Permission
from apps.accounts.permissions import requires
from apps.dispatch.api.bodies import checked
from apps.resilience import tasks
from apps.resilience.choices.risk import MOST_CREWS, AssetKind, RiskOutcome
from apps.resilience.selectors import risk

NO_RUN = "Nothing has been worked out yet. It is done each hour; ask for it, or wait."


class RiskRunSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    as_of = serializers.DateTimeField()
    starts_at = serializers.DateTimeField()
    hours = serializers.IntegerField()
    outcome = serializers.ChoiceField(choices=RiskOutcome.choices)
    reason = serializers.CharField()
    network_version = serializers.IntegerField(allow_null=True)
    models = serializers.ListField(child=serializers.DictField(), help_text="A kind each: fitted or not, and on what.")
    weather = serializers.DictField()
    hourly = serializers.ListField(child=serializers.DictField(), help_text="Expected failures and customers, weather.")
    rates = serializers.ListField(help_text="Kinds x places x hours: expected failures per unit of exposure.")
    customers = serializers.DictField(
        help_text="Who lose supply at least once: p10, p50, p90, mean, and all there are."
    )
    districts = serializers.ListField(child=serializers.DictField())
    notes = serializers.ListField(child=serializers.CharField())
    seed = serializers.IntegerField()
    duration_ms = serializers.FloatField()
    engine_version = serializers.CharField()


class RiskElementSerializer(serializers.Serializer):
    mrid = serializers.UUIDField()
    name = serializers.CharField()
    kind = serializers.ChoiceField(choices=AssetKind.choices)
    feeder_mrid = serializers.UUIDField(allow_null=True)
    feeder_name = serializers.CharField()
    place = serializers.IntegerField(help_text="Of the run's places of weather.")
    load = serializers.FloatField(
        help_text="Exposure times own factors: 1 - exp(-rate x load) is the chance of an hour."
    )
    p = serializers.FloatField(help_text="Of at least one failure in all hours.")
    p_low = serializers.FloatField()
    p_high = serializers.FloatField()
    customers = serializers.IntegerField(help_text="Who lose supply at first when it fails.")
    expected_customers = serializers.FloatField()
    factors = serializers.DictField()
    health = serializers.FloatField(allow_null=True, help_text="0.5 as new to 10; null: the age is not known.")
    rests_on = serializers.ListField(child=serializers.CharField())
    missing = serializers.ListField(child=serializers.CharField())


class RiskStandingSerializer(serializers.Serializer):
    lead_h = serializers.IntegerField()
    brier = serializers.FloatField(allow_null=True)
    climatology = serializers.FloatField(allow_null=True)
    skill = serializers.FloatField(allow_null=True)
    calibration_error = serializers.FloatField(allow_null=True)
    feeder_days = serializers.IntegerField()
    outages = serializers.IntegerField()
    bins = serializers.ListField(child=serializers.DictField())


class RiskSerializer(serializers.Serializer):
    asked = RiskRunSerializer(allow_null=True, help_text="The newest run, whatever came of it.")
    run = RiskRunSerializer(allow_null=True, help_text="The newest that could be worked out: what follows is of it.")
    elements = RiskElementSerializer(many=True)
    standing = RiskStandingSerializer(many=True)


class StagedDistrictSerializer(serializers.Serializer):
    mrid = serializers.UUIDField()
    name = serializers.CharField()
    failures = serializers.FloatField()
    crews = serializers.IntegerField()


class StagingSerializer(serializers.Serializer):
    crews = serializers.IntegerField()
    reason = serializers.CharField()
    response_h = serializers.FloatField(allow_null=True)
    even_response_h = serializers.FloatField(allow_null=True, help_text="Of the same crews spread evenly.")
    busy = serializers.FloatField(allow_null=True)
    districts = StagedDistrictSerializer(many=True)


class RiskInstantSerializer(serializers.Serializer):
    at = serializers.DateTimeField(required=False)


class CrewsAskedSerializer(RiskInstantSerializer):
    crews = serializers.IntegerField(min_value=0, max_value=MOST_CREWS)


class RiskRefusedSerializer(serializers.Serializer):
    detail = serializers.CharField()


class RiskAskedSerializer(serializers.Serializer):
    detail = serializers.CharField()


AT = OpenApiParameter("at", OpenApiTypes.DATETIME, description="As it was known then; without it, now.")


def _instant_of(request: Request) -> datetime:
    """Raises ValidationError for one that lies ahead."""
    now = timezone.now()
    at = checked(RiskInstantSerializer, request.query_params).get("at", now)
    if at > now:
        raise serializers.ValidationError({"at": "It lies in the future: give an instant that has passed."})
    return cast(datetime, at)


class RiskView(APIView):
    def get_permissions(self) -> list[Any]:
        reads = self.request.method in ("GET", "HEAD", "OPTIONS")
        return [requires(Permission.VIEW_GRID if reads else Permission.MANAGE_RESILIENCE)()]

    @extend_schema(parameters=[AT], responses={200: RiskSerializer})
    def get(self, request: Request) -> Response:
        """What may fail in the next 72 hours, who would lose supply, and how well it was foreseen so far."""
        now = _instant_of(request)
        asked, run = risk.newest_run(as_of=now), risk.newest_done(as_of=now)
        return Response(
            {
                "asked": risk.run_document(asked) if asked else None,
                "run": risk.run_document(run) if run else None,
                "elements": risk.element_rows(run) if run else [],
                "standing": risk.standing_to_date(as_of=now),
            }
        )

    @extend_schema(request=None, responses={202: RiskAskedSerializer, 409: RiskRefusedSerializer})
    def post(self, request: Request) -> Response:
        """Work it out now instead of at the next hour."""
        try:
            tasks.look_ahead_at_risk.delay()
        except OperationalError:
            reason = "The queue of the workers cannot be reached. Try again."
            return Response({"detail": reason}, status=status.HTTP_409_CONFLICT)
        return Response({"detail": "A worker works it out; read the risk again."}, status=status.HTTP_202_ACCEPTED)


class RiskElementView(APIView):
    permission_classes = [requires(Permission.VIEW_GRID)]

    @extend_schema(parameters=[AT], responses={200: RiskElementSerializer, 404: RiskRefusedSerializer})
    def get(self, request: Request, mrid: UUID) -> Response:
        """One line section or transformer of the newest run."""
        run = risk.newest_done(as_of=_instant_of(request))
        found = risk.element_row(run, mrid) if run else None
        if found is None:
            raise Http404("The newest run has no such line or transformer.")
        return Response(found)


class StagingView(APIView):
    permission_classes = [requires(Permission.VIEW_GRID)]

    @extend_schema(
        parameters=[
            OpenApiParameter("crews", OpenApiTypes.INT, required=True, description="How many can be sent."),
            AT,
        ],
        responses={200: StagingSerializer, 404: RiskRefusedSerializer},
    )
    def get(self, request: Request) -> Response:
        """Where so many crews should wait, so that the way to what may fail is short."""
        crews = checked(CrewsAskedSerializer, request.query_params)["crews"]
        run = risk.newest_done(as_of=_instant_of(request))
        if run is None:
            raise Http404(NO_RUN)
        return Response(risk.staging_document(run, crews))
