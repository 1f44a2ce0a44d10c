from typing import Any, cast

from celery.exceptions import OperationalError
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.choices import Permission
from apps.accounts.models import User
from apps.accounts.permissions import requires
from apps.dispatch.api.bodies import checked
from apps.optimization import tasks
from apps.optimization.choices import RunOutcome, RunTrigger
from apps.optimization.models import OptimizationRun
from apps.optimization.selectors import run_document, run_documents
from apps.optimization.services import runs


class AnsweredTroubleSerializer(serializers.Serializer):
    trouble = serializers.IntegerField()
    name = serializers.CharField()
    tried = serializers.IntegerField()
    proposals = serializers.ListField(child=serializers.IntegerField())
    finding = serializers.CharField()


class OptimizationRunSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    as_of = serializers.DateTimeField()
    trigger = serializers.ChoiceField(choices=RunTrigger.choices)
    trigger_label = serializers.CharField()
    outcome = serializers.ChoiceField(choices=RunOutcome.choices)
    outcome_label = serializers.CharField()
    text = serializers.CharField()
    stage = serializers.CharField()
    progress = serializers.FloatField(help_text="0 to 1.")
    asked_by = serializers.CharField(allow_null=True)
    network_version = serializers.IntegerField(allow_null=True)
    solution = serializers.IntegerField(allow_null=True)
    inputs = serializers.DictField(help_text="Versions of everything that went in.")
    troubles = AnsweredTroubleSerializer(many=True)
    tried = serializers.IntegerField()
    proposed = serializers.IntegerField()
    approved_by_rule = serializers.IntegerField()
    engine_version = serializers.CharField()
    finished_at = serializers.DateTimeField(allow_null=True)
    duration_ms = serializers.FloatField(allow_null=True)


class OptimizationRunsSerializer(serializers.Serializer):
    runs = OptimizationRunSerializer(many=True)


class NewOptimizationRunSerializer(serializers.Serializer):
    feeder_mrid = serializers.UUIDField(
        required=False, allow_null=True, help_text="Whose voltages are planned whatever they are."
    )


class RefusedOptimizationSerializer(serializers.Serializer):
    detail = serializers.CharField()


class OptimizationRunsView(APIView):
    def get_permissions(self) -> list[Any]:
        reads = self.request.method in ("GET", "HEAD", "OPTIONS")
        return [requires(Permission.VIEW_GRID if reads else Permission.DECIDE_PROPOSALS)()]

    @extend_schema(responses={200: OptimizationRunsSerializer})
    def get(self, request: Request) -> Response:
        """The newest first."""
        return Response({"runs": run_documents()})

    @extend_schema(
        request=NewOptimizationRunSerializer,
        responses={202: OptimizationRunSerializer, 409: RefusedOptimizationSerializer},
    )
    def post(self, request: Request) -> Response:
        """Run now: a worker does it, and the run itself tells how far it is."""
        now, feeder = timezone.now(), checked(NewOptimizationRunSerializer, request.data).get("feeder_mrid")
        try:
            run = runs.begin_run(trigger=RunTrigger.ASKED, as_of=now, by=cast(User, request.user), feeder=feeder)
        except runs.Busy as busy:
            return Response({"detail": str(busy)}, status=status.HTTP_409_CONFLICT)
        try:
            tasks.carry_out.delay(run.pk)
        except OperationalError:
            runs.give_up(run=run, reason="The queue of the workers cannot be reached. Try again.", as_of=now)
        return Response(run_document(run), status=status.HTTP_202_ACCEPTED)


class OptimizationRunView(APIView):
    permission_classes = [requires(Permission.VIEW_GRID)]

    @extend_schema(responses={200: OptimizationRunSerializer})
    def get(self, request: Request, run_id: int) -> Response:
        run = get_object_or_404(OptimizationRun.objects.defer("base").select_related("asked_by"), pk=run_id)
        return Response(run_document(run))
