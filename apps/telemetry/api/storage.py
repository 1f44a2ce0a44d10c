from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.choices import Permission
from apps.accounts.permissions import requires
from apps.telemetry.choices import DataClass
from apps.telemetry.models import RetentionPolicy
from apps.telemetry.selectors.retention import bytes_by_table, kept_days, storage


class KeptSerializer(serializers.Serializer):
    data_class = serializers.ChoiceField(choices=DataClass.choices)
    keep_days = serializers.IntegerField()
    dropped_before = serializers.DateTimeField(allow_null=True)


class StorageSerializer(serializers.Serializer):
    database_bytes = serializers.IntegerField(allow_null=True)
    free_bytes = serializers.IntegerField(allow_null=True, help_text="Null: the database's disk is not seen from here.")
    growth_bytes_per_day = serializers.FloatField(allow_null=True, help_text="Over the last week; null at first.")
    days_left = serializers.FloatField(allow_null=True, help_text="Null: not known, or the database does not grow.")
    tables = serializers.DictField(child=serializers.IntegerField(), help_text="Bytes, with indexes.")
    kept = KeptSerializer(many=True)


class StorageView(APIView):
    permission_classes = [requires(Permission.VIEW_GRID)]

    @extend_schema(responses={200: StorageSerializer})
    def get(self, _: Request) -> Response:
        """How much the history takes, how long it is kept and how long there is room for it."""
        reading = storage()
        gone = dict(RetentionPolicy.objects.values_list("data_class", "dropped_before"))
        document: dict[str, Any] = {
            name: getattr(reading, name, None)
            for name in ("database_bytes", "free_bytes", "growth_bytes_per_day", "days_left")
        }
        kept = [
            {"data_class": one, "keep_days": days, "dropped_before": gone.get(one)} for one, days in kept_days().items()
        ]
        return Response(StorageSerializer({**document, "tables": bytes_by_table(), "kept": kept}).data)
