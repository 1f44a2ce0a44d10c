"""Studies of benefits: asked for, followed, called off; each run with everything that it is made of."""

from typing import Any, cast

from celery.exceptions import OperationalError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.choices import Permission
from apps.accounts.models import User
from apps.accounts.permissions import requires
from apps.dispatch.api.bodies import checked
from apps.impact import tasks
from apps.impact.adapters.code_version import drawn_seeds
from apps.impact.api.study_bodies import (
    ArmRunSerializer,
    FigureRowsSerializer,
    ImpactRefusedSerializer,
    ImpactStudiesSerializer,
    ImpactStudyRowSerializer,
    ImpactStudySerializer,
    NewImpactStudySerializer,
)
from apps.impact.choices.study import Arm
from apps.impact.models import ArmRecord, ArmRun, Study
from apps.impact.rules.study_plan import Terms
from apps.impact.selectors.study_documents import (
    figure_rows,
    run_document,
    studies_newest_first,
    study_document,
    study_row,
)
from apps.impact.services import study_asking

SHOWN = 50


class ImpactApi(APIView):
    """Everybody who sees the grid may read what was measured; who may measure is named."""

    def get_permissions(self) -> list[Any]:
        reads = self.request.method in ("GET", "HEAD", "OPTIONS")
        return [requires(Permission.VIEW_GRID if reads else Permission.MEASURE_IMPACT)()]


def _study(study_id: int) -> Study:
    return get_object_or_404(studies_newest_first(as_of=timezone.now()).defer(None), pk=study_id)


def _refused(fault: Exception) -> Response:
    return Response({"detail": str(fault)}, status=status.HTTP_409_CONFLICT)


class ImpactStudiesView(ImpactApi):
    @extend_schema(responses={200: ImpactStudiesSerializer})
    def get(self, request: Request) -> Response:
        """The newest first."""
        return Response({"studies": [study_row(one) for one in studies_newest_first(as_of=timezone.now())[:SHOWN]]})

    @extend_schema(
        request=NewImpactStudySerializer, responses={202: ImpactStudyRowSerializer, 409: ImpactRefusedSerializer}
    )
    def post(self, request: Request) -> Response:
        """Workers of the queue `studies` play it, on as many machines as there are; its rows tell how far it is."""
        now, given = timezone.now(), checked(NewImpactStudySerializer, request.data)
        terms = Terms(
            network=given["network"],
            seeds=tuple(drawn_seeds(given["network"], given["seeds"])),
            days=given["days"],
            arms=tuple(Arm(arm) for arm in given.get("arms", Arm.values)),
            without=tuple(given.get("without", ())),
        )
        try:
            study = study_asking.ask_for_study(terms=terms, by=cast(User, request.user), as_of=now)
        except study_asking.TermsRefused as refused:
            raise ValidationError({field: [text] for field, text in refused.faults.items()}) from None
        except study_asking.StudyUnderWay as busy:
            return _refused(busy)
        self._send(study)
        return Response(study_row(_study(study.pk)), status=status.HTTP_202_ACCEPTED)

    def _send(self, study: Study) -> None:
        try:
            for run_id in ArmRun.objects.filter(tape__study=study).order_by("pk").values_list("pk", flat=True):
                tasks.play_arm.delay(run_id)
        except OperationalError:
            reason = "The queue of the workers cannot be reached. Try again."
            study_asking.give_up_study(study=study, reason=reason, as_of=timezone.now())


class ImpactStudyView(ImpactApi):
    @extend_schema(responses={200: ImpactStudySerializer})
    def get(self, request: Request, study_id: int) -> Response:
        return Response(study_document(_study(study_id)))


class ImpactFigureView(ImpactApi):
    @extend_schema(responses={200: FigureRowsSerializer})
    def get(self, request: Request, study_id: int, figure: str) -> Response:
        """One figure run by run: whatever is told of it in the study follows from these rows."""
        return Response({"figure": figure, "rows": figure_rows(_study(study_id), figure)})


class ImpactStudyCallOffView(ImpactApi):
    @extend_schema(request=None, responses={200: ImpactStudyRowSerializer, 409: ImpactRefusedSerializer})
    def post(self, request: Request, study_id: int) -> Response:
        """Runs that wait are not played; those under way end at their next beat."""
        _study(study_id)
        try:
            study_asking.call_off_study(study_id=study_id, by=cast(User, request.user), as_of=timezone.now())
        except study_asking.StudyOver as over:
            return _refused(over)
        return Response(study_row(_study(study_id)))


class ArmRunView(ImpactApi):
    @extend_schema(responses={200: ArmRunSerializer})
    def get(self, request: Request, run_id: int) -> Response:
        return Response(run_document(get_object_or_404(ArmRun.objects.select_related("tape__study"), pk=run_id)))


class ArmRecordView(ImpactApi):
    @extend_schema(responses={(200, "application/octet-stream"): OpenApiTypes.BINARY})
    def get(self, request: Request, run_id: int) -> HttpResponse:
        """The arrays from which every figure of the run follows, as one file of numpy."""
        record = ArmRecord.objects.filter(run=run_id).first()
        if record is None:
            raise NotFound("This run has no record; one that is done has.")
        name = f'attachment; filename="run-{run_id}.npz"'
        return HttpResponse(
            bytes(record.arrays), content_type="application/octet-stream", headers={"Content-Disposition": name}
        )
