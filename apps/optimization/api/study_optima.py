"""The best open points and set-points of a study. None of it reaches a proposal, an order or the field."""

from celery.exceptions import OperationalError
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from apps.dispatch.api.bodies import checked
from apps.optimization import tasks
from apps.optimization.choices import MOST_ASKED, MOST_SWITCHINGS, Aim, RunOutcome
from apps.optimization.models import StudyOptimum
from apps.optimization.selectors.study_optima import optimum_document, optimum_documents
from apps.optimization.services import study_optima
from apps.studies.api.studies import REFUSED, StudyApi, answered, person, study_or_404


class NewStudyOptimumSerializer(serializers.Serializer):
    aim = serializers.ChoiceField(choices=Aim.choices)
    max_switchings = serializers.IntegerField(
        required=False, default=MOST_SWITCHINGS, min_value=0, max_value=MOST_ASKED, help_text="Switch operations."
    )


class StateFiguresSerializer(serializers.Serializer):
    losses_kw = serializers.FloatField()
    violations = serializers.IntegerField(help_text="Limits of voltage and loading that are broken.")
    min_voltage_pu = serializers.FloatField(allow_null=True)
    max_voltage_pu = serializers.FloatField(allow_null=True)
    max_loading_percent = serializers.FloatField(allow_null=True)


class StudyMoveSerializer(serializers.Serializer):
    device_mrid = serializers.CharField()
    device_name = serializers.CharField()
    quantity = serializers.CharField()
    unit = serializers.CharField()
    to = serializers.FloatField()
    words = serializers.CharField()
    change = serializers.DictField(help_text="As POST /studies/{id}/changes takes it.")
    after = StateFiguresSerializer(help_text="By the full power flow after this move.")

    def get_fields(self) -> dict[str, serializers.Field]:
        return super().get_fields() | {"from": serializers.FloatField()}


class StudyOptimumResultSerializer(serializers.Serializer):
    aim = serializers.ChoiceField(choices=Aim.choices)
    before = StateFiguresSerializer()
    after = StateFiguresSerializer()
    switchings = StudyMoveSerializer(many=True)
    set_points = StudyMoveSerializer(many=True)
    gap = serializers.DictField(help_text="Of switchings and set_points: what is not proven; null where not known.")
    reason = serializers.CharField(help_text="Why nothing, or no more, is better.")


class StudyOptimumSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    study = serializers.IntegerField()
    aim = serializers.ChoiceField(choices=Aim.choices)
    aim_label = serializers.CharField()
    max_switchings = serializers.IntegerField()
    outcome = serializers.ChoiceField(choices=RunOutcome.choices)
    outcome_label = serializers.CharField()
    text = serializers.CharField()
    stage = serializers.CharField()
    progress = serializers.FloatField(help_text="0 to 1.")
    asked_by = serializers.CharField()
    asked_at = serializers.DateTimeField()
    engine_version = serializers.CharField()
    finished_at = serializers.DateTimeField(allow_null=True)
    duration_ms = serializers.FloatField(allow_null=True)
    applied_by = serializers.CharField(allow_null=True)
    applied_at = serializers.DateTimeField(allow_null=True)
    is_current = serializers.BooleanField(help_text="Whether the study still has the changes that it was asked with.")
    result = StudyOptimumResultSerializer(allow_null=True)


class StudyOptimaSerializer(serializers.Serializer):
    optima = StudyOptimumSerializer(many=True)


def _optimum(study_id: int, run_id: int) -> StudyOptimum:
    rows = StudyOptimum.objects.select_related("study").defer("study__base")
    return get_object_or_404(rows, pk=run_id, study_id=study_id)


class StudyOptimaView(StudyApi):
    @extend_schema(responses={200: StudyOptimaSerializer})
    def get(self, request: Request, study_id: int) -> Response:
        """The newest first."""
        return Response({"optima": optimum_documents(study_or_404(study_id))})

    @extend_schema(request=NewStudyOptimumSerializer, responses={202: StudyOptimumSerializer, **REFUSED})
    def post(self, request: Request, study_id: int) -> Response:
        """Ask for the best open points and set-points of the study: a worker does it, and tells how far it is."""
        study_or_404(study_id)
        given = checked(NewStudyOptimumSerializer, request.data)
        return answered(lambda: self._begun(study_id, given["aim"], given["max_switchings"], request))

    def _begun(self, study_id: int, aim: str, most: int, request: Request) -> Response:
        now = timezone.now()
        run = study_optima.begin(study_id=study_id, aim=Aim(aim), most_switchings=most, by=person(request), as_of=now)
        try:
            tasks.best_of_study.delay(run.pk)
        except OperationalError:
            study_optima.give_up(run=run, reason="The queue of the workers cannot be reached. Try again.", as_of=now)
        return Response(optimum_document(run), status=status.HTTP_202_ACCEPTED)


class StudyOptimumView(StudyApi):
    @extend_schema(responses={200: StudyOptimumSerializer})
    def get(self, request: Request, study_id: int, run_id: int) -> Response:
        return Response(optimum_document(_optimum(study_id, run_id)))


class StudyOptimumApplyView(StudyApi):
    @extend_schema(request=None, responses={200: StudyOptimumSerializer, **REFUSED})
    def post(self, request: Request, study_id: int, run_id: int) -> Response:
        """Put all its moves into the study, as ordinary changes that can be undone; into nothing else."""
        _optimum(study_id, run_id)

        def act() -> Response:
            done = study_optima.apply(run_id=run_id, by=person(request), as_of=timezone.now())
            return Response(optimum_document(done))

        return answered(act)
