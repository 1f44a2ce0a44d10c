from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.choices import Permission
from apps.accounts.permissions import requires
from apps.telemetry.choices import LinkState, PointState
from apps.telemetry.selectors.link_page import link_page, troubled_points


class LinkSerializer(serializers.Serializer):
    name = serializers.CharField()
    state = serializers.ChoiceField(choices=LinkState.choices)
    is_active = serializers.BooleanField(required=False, help_text="It carries data; a link in standby does not.")
    reason = serializers.CharField()
    since = serializers.DateTimeField(allow_null=True)
    last_heard_at = serializers.DateTimeField(allow_null=True)
    values_per_s = serializers.FloatField(allow_null=True)
    round_trip_ms = serializers.FloatField(allow_null=True)
    switchovers = serializers.IntegerField(allow_null=True)
    refused = serializers.IntegerField(allow_null=True)
    last_refusal = serializers.CharField(allow_null=True)
    frames_in = serializers.IntegerField(allow_null=True)
    frames_out = serializers.IntegerField(allow_null=True)
    values_in = serializers.IntegerField(allow_null=True)


class GatewaySerializer(LinkSerializer):
    id = serializers.IntegerField()
    protocol = serializers.CharField()
    address = serializers.CharField()
    is_enabled = serializers.BooleanField()
    points = serializers.DictField(child=serializers.IntegerField(), allow_null=True, help_text="By state.")
    point_count = serializers.IntegerField()
    waiting = serializers.IntegerField(allow_null=True, help_text="Old samples, stored, not in the history yet.")
    links = LinkSerializer(many=True)


class TroubledSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    name = serializers.CharField()
    gateway = serializers.CharField()
    address = serializers.CharField()
    equipment_mrid = serializers.UUIDField()
    unit = serializers.CharField()
    state = serializers.ChoiceField(choices=PointState.choices)
    value = serializers.FloatField(allow_null=True)
    at = serializers.DateTimeField(allow_null=True)
    quality = serializers.IntegerField()
    max_silence_s = serializers.FloatField()


class TroubledPageSerializer(serializers.Serializer):
    count = serializers.IntegerField()
    points = TroubledSerializer(many=True)


class TroubledQuery(serializers.Serializer):
    gateway = serializers.CharField(required=False, default="", allow_blank=True, help_text="Name of a gateway.")
    state = serializers.ChoiceField(PointState.choices, required=False, default="", allow_blank=True)
    text = serializers.CharField(required=False, default="", allow_blank=True, max_length=100)
    offset = serializers.IntegerField(required=False, default=0, min_value=0, max_value=10_000_000)
    limit = serializers.IntegerField(required=False, default=50, min_value=1, max_value=500)


class LinksView(APIView):
    permission_classes = [requires(Permission.VIEW_GRID)]

    @extend_schema(responses={200: GatewaySerializer(many=True)})
    def get(self, _: Request) -> Response:
        """Every gateway: its link, its figures and how many of its points are good."""
        return Response(GatewaySerializer(link_page(as_of=timezone.now()), many=True).data)


class TroubledPointsView(APIView):
    permission_classes = [requires(Permission.VIEW_GRID)]

    @extend_schema(parameters=[TroubledQuery], responses={200: TroubledPageSerializer})
    def get(self, request: Request) -> Response:
        """Points whose newest value is not good, the oldest first."""
        query = TroubledQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        count, points = troubled_points(as_of=timezone.now(), **query.validated_data)
        return Response(TroubledPageSerializer({"count": count, "points": points}).data)
