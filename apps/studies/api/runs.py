"""Computations on a study, their results, and comparisons."""

from typing import Any

from celery.exceptions import OperationalError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from apps.studies import tasks
from apps.studies.api.serializers import (
    ComparisonOfStudiesSerializer,
    NewRunSerializer,
    RunSerializer,
)
from apps.studies.api.studies import REFUSED, StudyApi, answered, person, plain_body, study_or_404
from apps.studies.models import Study, StudyRun
from apps.studies.selectors.documents import run_document
from apps.studies.services import runs

BASE = "base"


def _run(study_id: int, run_id: int) -> StudyRun:
    return get_object_or_404(StudyRun.objects.select_related("study"), pk=run_id, study_id=study_id)


class StudyRunsView(StudyApi):
    @extend_schema(request=NewRunSerializer, responses={201: RunSerializer, 202: RunSerializer, **REFUSED})
    def post(self, request: Request, study_id: int) -> Response:
        """Done at once (201), or by a worker where it takes longer (202): the run itself tells how far it is."""
        study_or_404(study_id)
        return answered(lambda: self._begun(study_id, plain_body(request), request))

    def _begun(self, study_id: int, given: Any, request: Request) -> Response:
        now = timezone.now()
        run = runs.begin_run(study_id=study_id, given=given, by=person(request), as_of=now)
        if runs.is_small(run):
            done = runs.carry_out(run_id=run.pk, clock=timezone.now)
            return Response(run_document(done), status=status.HTTP_201_CREATED)
        try:
            tasks.carry_out.delay(run.pk)
        except OperationalError:
            runs.give_up(run=run, reason="The queue of the workers cannot be reached. Try again.", as_of=now)
        return Response(run_document(run), status=status.HTTP_202_ACCEPTED)


class StudyRunView(StudyApi):
    @extend_schema(responses={200: RunSerializer})
    def get(self, request: Request, study_id: int, run_id: int) -> Response:
        return Response(run_document(_run(study_id, run_id)))


class StudyFrameView(StudyApi):
    """The computed state in the layout of live grid frames, so that the same map draws it."""

    @extend_schema(responses={(200, "application/octet-stream"): OpenApiTypes.BINARY})
    def get(self, request: Request, study_id: int, run_id: int) -> HttpResponse:
        frame = bytes(_run(study_id, run_id).frame)
        if not frame:
            raise NotFound("This run has no frame; a power flow that was solved has one.")
        return HttpResponse(frame, content_type="application/octet-stream")


class StudyComparisonView(StudyApi):
    """Power flows of two studies, or of a study and its base, side by side."""

    @extend_schema(
        parameters=[OpenApiParameter("with", str, description="'base' (default) or the number of a study.")],
        responses={200: ComparisonOfStudiesSerializer},
    )
    def get(self, request: Request, study_id: int) -> Response:
        wanted = request.query_params.get("with", BASE)
        if wanted != BASE and not (wanted.isdecimal() and len(wanted) < 10):
            raise ValidationError({"with": ["Give 'base' or the number of a study, as GET /studies lists them."]})
        rows = Study.objects.select_related("network_model")
        study = get_object_or_404(rows, pk=study_id)
        other = None if wanted == BASE else get_object_or_404(rows, pk=int(wanted))
        return Response(runs.compare(study=study, other=other))
