"""What was done for this grid in the last seven days, from the receipts."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.choices import Permission
from apps.accounts.permissions import requires
from apps.impact.selectors.meter import meter_document


class MeterSourceSerializer(serializers.Serializer[Any]):
    label = serializers.CharField()  # type: ignore[assignment]
    url = serializers.CharField(help_text="Where the row is shown.")


class MeterRowSerializer(serializers.Serializer[Any]):
    key = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    unit = serializers.CharField(allow_blank=True)
    value = serializers.FloatField(allow_null=True, help_text="Null: nothing was measured.")
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)
    words = serializers.CharField(help_text="What it was measured against.")
    count = serializers.IntegerField(help_text="Receipts that it is the sum of.")
    rows = MeterSourceSerializer(many=True)


class MeterSerializer(serializers.Serializer[Any]):
    as_of = serializers.DateTimeField()
    since = serializers.DateTimeField()
    rows = MeterRowSerializer(many=True)


class MeterView(APIView):
    permission_classes = [requires(Permission.VIEW_GRID)]

    @extend_schema(responses={200: MeterSerializer})
    def get(self, request: Request) -> Response:
        """Each figure with its band and the rows behind it; null where nothing was measured."""
        return Response(meter_document(as_of=timezone.now()))
