"""Quarter hours of the whole: what ran, what each stage proposed, what became of it, what is missing."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.choices import Permission
from apps.accounts.permissions import requires
from apps.dispatch.api.bodies import checked
from apps.impact.choices.cycle import CycleOutcome, CycleStage, StageState
from apps.impact.models import Cycle
from apps.impact.selectors.cycles import cycle_document, cycle_documents


class CycleQuery(serializers.Serializer[Any]):
    before = serializers.DateTimeField(required=False, default=None, help_text="Slots that began before it.")
    limit = serializers.IntegerField(required=False, default=24, min_value=1, max_value=200)


class CycleRunSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    as_of = serializers.DateTimeField()
    outcome = serializers.CharField(allow_blank=True)
    outcome_label = serializers.CharField()
    is_good = serializers.BooleanField()
    duration_ms = serializers.FloatField(allow_null=True)
    subject = serializers.CharField(allow_blank=True)
    words = serializers.CharField(allow_blank=True)


class CycleKindSerializer(serializers.Serializer[Any]):
    kind = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    count = serializers.IntegerField(help_text="Of all runs in the slot; the newest are listed.")
    good = serializers.IntegerField(help_text="Of those with a result.")
    duration_ms = serializers.FloatField()
    newest_at = serializers.DateTimeField(allow_null=True)
    outcomes = serializers.DictField(child=serializers.IntegerField())
    runs = CycleRunSerializer(many=True)


class CycleProposedSerializer(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(["proposal", "course", "call"])
    id = serializers.IntegerField()
    stage = serializers.ChoiceField(CycleStage.choices)
    desk = serializers.CharField()
    desk_label = serializers.CharField()
    title = serializers.CharField()
    status = serializers.CharField()
    status_label = serializers.CharField()
    reason = serializers.CharField(allow_blank=True)
    decided_by = serializers.CharField(allow_blank=True)
    orders = serializers.IntegerField(allow_null=True)


class CycleOrdersSerializer(serializers.Serializer[Any]):
    count = serializers.IntegerField()
    sent = serializers.IntegerField()
    done = serializers.IntegerField()
    pending = serializers.IntegerField()
    failed = serializers.IntegerField(help_text="Not done, or not known to be.")
    by_status = serializers.DictField(child=serializers.IntegerField())


class CycleStageSerializer(serializers.Serializer[Any]):
    stage = serializers.ChoiceField(CycleStage.choices)
    label = serializers.CharField()  # type: ignore[assignment]
    state = serializers.ChoiceField(StageState.choices)
    state_label = serializers.CharField()
    is_there = serializers.BooleanField(help_text="Whether there is anything for it to look at.")
    words = serializers.ListField(child=serializers.CharField())
    duration_ms = serializers.FloatField()
    newest_at = serializers.DateTimeField(allow_null=True)
    kinds = CycleKindSerializer(many=True)
    proposed_count = serializers.IntegerField()
    proposed = CycleProposedSerializer(many=True)
    orders = CycleOrdersSerializer(allow_null=True)


class CycleSummarySerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    outcome = serializers.ChoiceField(CycleOutcome.choices)
    outcome_label = serializers.CharField()
    is_settled = serializers.BooleanField()
    gathered_at = serializers.DateTimeField()
    objectives = serializers.IntegerField(help_text="Version of the objectives that counted; 0: as delivered.")
    duration_ms = serializers.FloatField()
    proposed_count = serializers.IntegerField()
    states = serializers.DictField(child=serializers.CharField())
    faults = serializers.ListField(child=serializers.CharField())


class CycleSerializer(CycleSummarySerializer):
    stages = CycleStageSerializer(many=True)


class CyclesSerializer(serializers.Serializer[Any]):
    cycles = CycleSummarySerializer(many=True)


class CycleRefusalSerializer(serializers.Serializer[Any]):
    detail = serializers.CharField()


class CyclesView(APIView):
    permission_classes = [requires(Permission.VIEW_GRID)]

    @extend_schema(parameters=[CycleQuery], responses={200: CyclesSerializer})
    def get(self, request: Request) -> Response:
        """The newest first; the first of all is under way."""
        return Response({"cycles": cycle_documents(**checked(CycleQuery, request.query_params))})


class CycleView(APIView):
    permission_classes = [requires(Permission.VIEW_GRID)]

    @extend_schema(responses={200: CycleSerializer, 404: CycleRefusalSerializer})
    def get(self, request: Request, cycle_id: UUID) -> Response:
        """Stage by stage: runs, durations, what was proposed and what became of it."""
        row = Cycle.objects.select_related("objectives").filter(pk=cycle_id).first()
        if row is None:
            raise NotFound("There is no such cycle. GET cycles lists the newest.")
        return Response(cycle_document(row))
