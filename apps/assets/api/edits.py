"""Elements of a draft: one by one, or a class as a CSV."""

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.choices import Permission
from apps.accounts.permissions import requires
from apps.assets import services
from apps.assets.api.version_serializers import EditOutcomeSerializer, EditSerializer
from apps.assets.api.versions import REFUSED, person
from apps.assets.models import NetworkModel
from apps.assets.rules import CLASSES, ClassSpec, class_named
from apps.assets.services import EditOutcome, EditRefused, RawEdit, edit_csv

LARGEST_BYTES = 16 * 2**20
ANSWERS = {200: EditOutcomeSerializer, 400: OpenApiTypes.OBJECT, 422: EditOutcomeSerializer, **REFUSED}


class CsvParser(BaseParser):
    media_type = "text/csv"

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        raw = stream.read(LARGEST_BYTES + 1)
        if len(raw) > LARGEST_BYTES:
            raise ValidationError({"detail": f"The file is larger than {LARGEST_BYTES // 2**20} MB; split it."})
        try:
            return str(raw, "utf-8")
        except UnicodeDecodeError:
            raise ValidationError({"detail": "The file is not in UTF-8. Save it as 'CSV UTF-8'."}) from None


def _spec(name: str) -> ClassSpec:
    spec = class_named(name)
    if spec is None:
        raise NotFound(f"There is no class {name[:40]}; the classes are {', '.join(one.name for one in CLASSES)}.")
    return spec


def _answer(act: Callable[[], EditOutcome]) -> Response:
    try:
        outcome = act()
    except EditRefused as refusal:
        return Response({"detail": str(refusal)}, status=status.HTTP_409_CONFLICT)
    except NetworkModel.DoesNotExist:
        return Response({"detail": "There is no such version."}, status=status.HTTP_404_NOT_FOUND)
    code = status.HTTP_422_UNPROCESSABLE_ENTITY if outcome.faults else status.HTTP_200_OK
    return Response(EditOutcomeSerializer(outcome).data, status=code)


class EditView(APIView):
    """Add, change or remove one element; with any fault nothing changes."""

    permission_classes = [requires(Permission.EDIT_NETWORK)]

    @extend_schema(request=EditSerializer, responses=ANSWERS)
    def post(self, request: Request, model_id: int, class_name: str) -> Response:
        spec, given = _spec(class_name), EditSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        edit = given.validated_data
        return _answer(
            lambda: services.apply_edits(
                model_id=model_id,
                spec=spec,
                edits=[RawEdit(edit["action"], edit["mrid"], edit["values"])],
                by=person(request),
                as_of=timezone.now(),
                revision=edit.get("revision"),
            )
        )


class CsvExportView(APIView):
    permission_classes = [requires(Permission.VIEW_GRID)]

    @extend_schema(responses={(200, "text/csv"): OpenApiTypes.STR, **REFUSED})
    def get(self, request: Request, model_id: int, class_name: str) -> HttpResponse:
        spec, model = _spec(class_name), get_object_or_404(NetworkModel, pk=model_id)
        answer = HttpResponse(list(edit_csv.written(model, spec)), content_type="text/csv; charset=utf-8")
        answer["Content-Disposition"] = f'attachment; filename="version-{model.pk}-{spec.name}.csv"'
        return answer


class CsvImportView(APIView):
    """A CSV of a class: only shown what it would do, unless `apply=true`."""

    permission_classes = [requires(Permission.EDIT_NETWORK)]
    parser_classes = [CsvParser]

    @extend_schema(
        request={"text/csv": OpenApiTypes.STR},
        parameters=[OpenApiParameter("apply", bool, description="Do it, if nothing is wrong.")],
        responses=ANSWERS,
    )
    def post(self, request: Request, model_id: int, class_name: str) -> Response:
        spec = _spec(class_name)
        edits, faults = edit_csv.read(str(request.data or ""), spec)
        if faults or not edits:
            none = services.EditFault(1, "", "", "the file has no line to read", "Export the class and edit that file.")
            outcome = EditOutcome(faults=tuple(faults or [none]))
            return Response(EditOutcomeSerializer(outcome).data, status=status.HTTP_422_UNPROCESSABLE_ENTITY)
        return _answer(
            lambda: services.apply_edits(
                model_id=model_id,
                spec=spec,
                edits=edits,
                by=person(request),
                as_of=timezone.now(),
                preview=request.query_params.get("apply") != "true",
            )
        )
