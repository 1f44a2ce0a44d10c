"""Studies: begin, copy, rename, archive; change and undo. None of it reaches the field or the live state."""

from collections.abc import Callable, Mapping
from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.choices import Permission
from apps.accounts.models import User
from apps.accounts.permissions import requires
from apps.assets import selectors as assets
from apps.studies.api.serializers import (
    ChangeSerializer,
    CopySerializer,
    NewChangeSerializer,
    NewStudySerializer,
    StudyEditSerializer,
    StudyRowSerializer,
    StudySerializer,
)
from apps.studies.choices import StudyStatus
from apps.studies.models import Study, StudyChange
from apps.studies.rules import Conflict, Refused
from apps.studies.selectors import documents
from apps.studies.services import studies

REFUSED = {409: serializers.DictField()}


class StudyApi(APIView):
    permission_classes = [requires(Permission.RUN_STUDIES)]


def answered(act: Callable[[], Response]) -> Response:
    """Refusals as answers: 400 names the field and the remedy, 409 what stands in the way."""
    try:
        return act()
    except Refused as refusal:
        raise ValidationError(
            {"detail": f"{refusal.field}: {refusal.problem}", refusal.field: [refusal.problem]}
        ) from None
    except Conflict as conflict:
        return Response({"detail": str(conflict)}, status=status.HTTP_409_CONFLICT)


def person(request: Request) -> User:
    return cast(User, request.user)


def plain_body(request: Request) -> Mapping[str, Any]:
    if not isinstance(request.data, Mapping):
        raise ValidationError({"detail": "Send one JSON object."})
    return {str(name): request.data[name] for name in request.data}


def study_or_404(study_id: int) -> Study:
    return get_object_or_404(Study.objects.light(), pk=study_id)


def _given(kind: type[serializers.Serializer], request: Request) -> dict[str, Any]:
    body = kind(data=request.data)
    body.is_valid(raise_exception=True)
    return dict(body.validated_data)


def _shown(study_id: int, code: int = status.HTTP_200_OK) -> Response:
    return Response(documents.study_document(study_or_404(study_id)), status=code)


class StudiesView(StudyApi):
    @extend_schema(
        parameters=[OpenApiParameter("status", str, enum=StudyStatus.values)],
        responses={200: StudyRowSerializer(many=True)},
    )
    def get(self, request: Request) -> Response:
        wanted = request.query_params.get("status", "")
        if wanted and wanted not in StudyStatus.values:
            raise ValidationError({"status": [f"Give one of: {', '.join(StudyStatus.values)}."]})
        rows = documents.studies(status=StudyStatus(wanted) if wanted else None)
        return Response([documents.study_row(study) for study in rows[:500]])

    @extend_schema(request=NewStudySerializer, responses={201: StudySerializer, **REFUSED})
    def post(self, request: Request) -> Response:
        """A copy of the state of now, or of the newest scan at or before `at`."""
        given = _given(NewStudySerializer, request)
        now = timezone.now()
        return answered(
            lambda: _shown(studies.create_study(by=person(request), as_of=now, **given).pk, status.HTTP_201_CREATED)
        )


class StudyView(StudyApi):
    @extend_schema(responses={200: StudySerializer})
    def get(self, request: Request, study_id: int) -> Response:
        return _shown(study_id)

    @extend_schema(request=StudyEditSerializer, responses={200: StudySerializer, **REFUSED})
    def patch(self, request: Request, study_id: int) -> Response:
        study_or_404(study_id)
        given = _given(StudyEditSerializer, request)
        studies.edit_study(study_id=study_id, by=person(request), as_of=timezone.now(), **given)
        return _shown(study_id)


class StudyCopyView(StudyApi):
    @extend_schema(request=CopySerializer, responses={201: StudySerializer})
    def post(self, request: Request, study_id: int) -> Response:
        """The same base and changes under another name."""
        study_or_404(study_id)
        given = _given(CopySerializer, request)
        copy = studies.copy_study(study_id=study_id, by=person(request), as_of=timezone.now(), **given)
        return _shown(copy.pk, status.HTTP_201_CREATED)


class StudyChangesView(StudyApi):
    @extend_schema(request=NewChangeSerializer, responses={201: ChangeSerializer, **REFUSED})
    def post(self, request: Request, study_id: int) -> Response:
        """Applied after those before it. Refused as a whole where anything about it is wrong."""
        study_or_404(study_id)
        given = plain_body(request)

        def act() -> Response:
            change = studies.add_change(study_id=study_id, given=given, by=person(request), as_of=timezone.now())
            return Response(documents.change_document(change), status=status.HTTP_201_CREATED)

        return answered(act)


class StudyChangeView(StudyApi):
    @extend_schema(responses={204: None, **REFUSED})
    def delete(self, request: Request, study_id: int, position: int) -> Response:
        """Undo one change; the others stay."""
        study_or_404(study_id)

        def act() -> Response:
            studies.undo_change(study_id=study_id, position=position, by=person(request), as_of=timezone.now())
            return Response(status=status.HTTP_204_NO_CONTENT)

        try:
            return answered(act)
        except StudyChange.DoesNotExist:
            raise NotFound("The study has no change of this position; somebody may have undone it.") from None


class StudyGeometryView(StudyApi):
    """What the map draws, of the study's own version of the network."""

    @extend_schema(responses={200: OpenApiTypes.OBJECT})
    def get(self, request: Request, study_id: int) -> HttpResponse:
        drawing = assets.geometry(study_or_404(study_id).network_model)
        http: HttpRequest = request._request
        if "gzip" not in http.headers.get("Accept-Encoding", ""):
            return HttpResponse(drawing.document, content_type="application/json")
        return HttpResponse(drawing.compressed, content_type="application/json", headers={"Content-Encoding": "gzip"})


class FoundElementSerializer(serializers.Serializer):
    mrid = serializers.CharField()
    name = serializers.CharField()
    class_name = serializers.CharField()
    path = serializers.CharField()


class StudyElementsView(StudyApi):
    """Equipment of the study's own version of the network, by part of its name."""

    @extend_schema(
        parameters=[OpenApiParameter("q", str, required=True)], responses={200: FoundElementSerializer(many=True)}
    )
    def get(self, request: Request, study_id: int) -> Response:
        model = study_or_404(study_id).network_model
        found = assets.search(model=model, text=request.query_params.get("q", "")[:200])
        return Response(FoundElementSerializer(found, many=True).data)
