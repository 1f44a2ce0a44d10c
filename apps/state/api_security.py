from typing import Any

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.choices import Permission
from apps.accounts.permissions import requires
from apps.state.api_past import AT, past_instant
from apps.state.choices import LookAheadOutcome, SecurityOutcome, SecurityTrigger
from apps.state.selectors import fault_levels, past, security


class SecurityRunSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    as_of = serializers.DateTimeField()
    solution = serializers.IntegerField(allow_null=True)
    model_version = serializers.IntegerField()
    trigger = serializers.ChoiceField(choices=SecurityTrigger.choices)
    outcome = serializers.ChoiceField(choices=SecurityOutcome.choices)
    reason = serializers.CharField()
    outages = serializers.IntegerField()
    insecure = serializers.IntegerField()
    duration_ms = serializers.FloatField()
    engine_version = serializers.CharField()
    contingencies = serializers.ListField(child=serializers.DictField(), help_text="The gravest, ranked.")


class LookAheadSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    as_of = serializers.DateTimeField()
    model_version = serializers.IntegerField()
    outcome = serializers.ChoiceField(choices=LookAheadOutcome.choices)
    reason = serializers.CharField()
    starts_at = serializers.DateTimeField()
    step_s = serializers.IntegerField()
    steps = serializers.IntegerField()
    futures = serializers.IntegerField()
    seed = serializers.IntegerField()
    expected_from = serializers.CharField()
    duration_ms = serializers.FloatField()
    engine_version = serializers.CharField()
    statements = serializers.ListField(child=serializers.DictField(), help_text="The likeliest first.")


class FaultLevelSerializer(serializers.Serializer):
    kind = serializers.CharField()
    extreme = serializers.CharField()
    initial_ka = serializers.FloatField(allow_null=True)
    peak_ka = serializers.FloatField(allow_null=True)
    power_mva = serializers.FloatField(allow_null=True)
    rx = serializers.FloatField(allow_null=True)


class ShortCircuitSerializer(serializers.Serializer):
    node_mrid = serializers.UUIDField()
    node_name = serializers.CharField()
    nominal_kv = serializers.FloatField()
    as_of = serializers.DateTimeField(allow_null=True)
    levels = FaultLevelSerializer(many=True)
    assumptions = serializers.ListField(child=serializers.CharField())


class ShortCircuitQuery(serializers.Serializer):
    node = serializers.UUIDField(help_text="mRID of a node, or of a switch or consumer at one.")
    source_mva = serializers.FloatField(
        min_value=1, max_value=1e6, required=False, help_text="Short-circuit power of each source."
    )


class LatestSecurityView(APIView):
    permission_classes = [requires(Permission.VIEW_GRID)]

    @extend_schema(parameters=[AT], responses={200: SecurityRunSerializer, 404: serializers.DictField()})
    def get(self, request: Request) -> Response:
        at = past_instant(request.query_params)
        run = past.security_run_at(at) if at else security.latest_run()
        return Response(_found(run, "There has been no security run yet."))


class SecurityRunView(APIView):
    permission_classes = [requires(Permission.VIEW_GRID)]

    @extend_schema(responses={200: SecurityRunSerializer, 404: serializers.DictField()})
    def get(self, request: Request, pk: int) -> Response:
        return Response(_found(security.run(pk), "There is no security run of this number; old ones are thinned."))


class LookAheadView(APIView):
    permission_classes = [requires(Permission.VIEW_GRID)]

    @extend_schema(parameters=[AT], responses={200: LookAheadSerializer, 404: serializers.DictField()})
    def get(self, request: Request) -> Response:
        at = past_instant(request.query_params)
        found = past.look_ahead_at(at) if at else security.latest_look_ahead()
        return Response(_found(found, "Nobody has looked ahead yet; it is done each quarter."))


class ShortCircuitView(APIView):
    permission_classes = [requires(Permission.VIEW_GRID)]

    @extend_schema(
        parameters=[ShortCircuitQuery], responses={200: ShortCircuitSerializer, 404: serializers.DictField()}
    )
    def get(self, request: Request) -> Response:
        query = ShortCircuitQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        found = fault_levels.levels_at(query.validated_data["node"], source_mva=query.validated_data.get("source_mva"))
        return Response(_found(found, "No node, switch or consumer of the current network has this mRID."))


def _found(document: dict[str, Any] | None, otherwise: str) -> dict[str, Any]:
    if document is None:
        raise Http404(otherwise)
    return document
