"""How long batteries live and what they are worth: lifespans, capacity tests, earnings, economic cases."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.choices import Permission
from apps.accounts.permissions import requires
from apps.dispatch.api.bodies import checked
from apps.storage import tasks
from apps.storage.adapters.capacity_sheet import FileRefused
from apps.storage.adapters.project_figures import as_csv, as_json
from apps.storage.adapters.project_file import BadProject, Told, from_tree, project_of
from apps.storage.api import bodies, case_bodies
from apps.storage.api import studio_bodies as shapes
from apps.storage.api.common import FileParser, ReadsForAll, acting, answered, plant_of, queued
from apps.storage.models import EconomicCase
from apps.storage.selectors import worked_out
from apps.storage.selectors.case_form import case_form
from apps.storage.selectors.earned import earned_document
from apps.storage.services.capacity_tests import add_capacity_test, import_capacity_tests
from apps.storage.services.cases import archive_case, make_case, set_battery_cost

FILE = {"application/octet-stream": OpenApiTypes.BINARY}
NO_PLANT = {404: bodies.RefusedStorageSerializer}
EXPORTS = {"csv": "text/csv; charset=utf-8", "json": "application/json"}


def _asked_at(request: Request) -> datetime:
    """The past reads what was known then."""
    at: datetime = checked(shapes.AtQuery, request.query_params).get("at") or timezone.now()
    return at


class LifespanView(ReadsForAll):
    writes = Permission.RUN_STUDIES

    @extend_schema(parameters=[shapes.AtQuery], responses={200: shapes.PlantLifespanSerializer})
    def get(self, request: Request, mrid: UUID) -> Response:
        """The newest lifespan with its band, causes, policies and tests, and the runs before it."""
        return Response(worked_out.lifespan_document(plant_of(mrid), as_of=_asked_at(request)))

    @extend_schema(
        request=shapes.WantedLifespanSerializer,
        responses={202: shapes.WantedLifespanSerializer, 503: bodies.RefusedStorageSerializer},
    )
    def post(self, request: Request, mrid: UUID) -> Response:
        """Work it out anew: a worker does it, and GET shows what came of it."""
        body, plant = checked(shapes.WantedLifespanSerializer, request.data), plant_of(mrid)
        return queued(lambda: tasks.work_out_lifespan.delay(plant.pk, body["end_of_life"]), body)


class TestsView(APIView):
    permission_classes = [requires(Permission.MANAGE_STORAGE)]

    @extend_schema(
        request=shapes.NewCapacityTestSerializer,
        responses={201: shapes.CapacityTestSerializer, 409: bodies.RefusedStorageSerializer},
    )
    def post(self, request: Request, mrid: UUID) -> Response:
        """Enter a measured capacity."""
        body, plant = checked(shapes.NewCapacityTestSerializer, request.data), plant_of(mrid)
        return answered(lambda: worked_out.capacity_document(add_capacity_test(plant=plant, **body, **acting(request))))


class TestFileView(APIView):
    permission_classes = [requires(Permission.MANAGE_STORAGE)]
    parser_classes = [FileParser]

    @extend_schema(
        request=FILE,
        responses={201: shapes.ImportedCapacityTestsSerializer, 400: shapes.RefusedCapacityTestsSerializer},
    )
    def post(self, request: Request, mrid: UUID) -> Response:
        """Measured capacities as CSV: all rows or none, and every fault with its row."""
        try:
            done = import_capacity_tests(plant=plant_of(mrid), content=_content(request), **acting(request))
        except FileRefused as refusal:
            detail = {"detail": " ".join(refusal.problems[:3]), "problems": refusal.problems}
            return Response(detail, status=status.HTTP_400_BAD_REQUEST)
        return Response({"made": done.made, "known": done.known}, status=status.HTTP_201_CREATED)


class BatteryCostView(APIView):
    permission_classes = [requires(Permission.MANAGE_STORAGE)]

    @extend_schema(request=shapes.BatteryCostSerializer, responses={200: shapes.BatteryCostSerializer})
    def put(self, request: Request, mrid: UUID) -> Response:
        """What new batteries of the plant would cost, by which a year of their life is worth something."""
        body, plant = checked(shapes.BatteryCostSerializer, request.data), plant_of(mrid)
        set_battery_cost(plant=plant, **body, **acting(request))
        return Response(worked_out.cost_document(plant))


class EarnedView(APIView):
    permission_classes = [requires(Permission.VIEW_GRID)]

    @extend_schema(parameters=[shapes.EarnedQuery], responses={200: shapes.EarnedSerializer})
    def get(self, request: Request, mrid: UUID) -> Response:
        """By month, cycle and service, against perfect foresight and a simple rule, over the days that are settled."""
        asked = checked(shapes.EarnedQuery, request.query_params)
        until = timezone.localdate(asked.get("at") or timezone.now())
        return Response(earned_document(plant_of(mrid), until=until, days=asked["days"]))


class CaseFormView(APIView):
    permission_classes = [requires(Permission.VIEW_GRID)]

    @extend_schema(responses={200: case_bodies.CaseFormSerializer})
    def get(self, request: Request) -> Response:
        """Every figure that a project can have, with its unit and bounds."""
        return Response(case_form(None, as_of=timezone.now()))


class PlantCaseFormView(APIView):
    permission_classes = [requires(Permission.VIEW_GRID)]

    @extend_schema(responses={200: case_bodies.CaseFormSerializer})
    def get(self, request: Request, mrid: UUID) -> Response:
        """The same, with what is known of the plant and where it is from."""
        return Response(case_form(plant_of(mrid), as_of=timezone.now()))


class CasesView(ReadsForAll):
    writes = Permission.RUN_STUDIES

    @extend_schema(
        parameters=[case_bodies.CasesQuery], responses={200: case_bodies.EconomicCasesSerializer, **NO_PLANT}
    )
    def get(self, request: Request) -> Response:
        """The newest first."""
        asked = checked(case_bodies.CasesQuery, request.query_params)
        plant = plant_of(asked["plant"]) if asked["plant"] else None
        rows = worked_out.case_documents(
            plant, free=asked["free"], archived=asked["archived"], as_of=_asked_at(request)
        )
        return Response({"cases": rows})

    @extend_schema(
        request=case_bodies.NewCaseSerializer, responses={201: case_bodies.EconomicCasePageSerializer, **NO_PLANT}
    )
    def post(self, request: Request) -> Response:
        """Put in a project, each figure with its source; a worker works it out, and GET shows what came of it."""
        body = checked(case_bodies.NewCaseSerializer, request.data)
        tree = body.pop("project")
        return _made(request, read=lambda: from_tree(tree), **body)


class CaseFileView(APIView):
    permission_classes = [requires(Permission.RUN_STUDIES)]
    parser_classes = [FileParser]

    @extend_schema(
        request=FILE,
        parameters=[case_bodies.CaseFileQuery],
        responses={201: case_bodies.EconomicCasePageSerializer, **NO_PLANT},
    )
    def post(self, request: Request) -> Response:
        """A project as a CSV, JSON or YAML file, as `storage_economics` reads it."""
        asked = checked(case_bodies.CaseFileQuery, request.query_params)
        file, content = asked.pop("file"), _content(request)
        return _made(request, read=lambda: project_of(content, file), sources={}, **asked)


class CaseView(APIView):
    permission_classes = [requires(Permission.VIEW_GRID)]

    @extend_schema(responses={200: case_bodies.EconomicCasePageSerializer})
    def get(self, request: Request, case_id: int) -> Response:
        """What was put in, and what it comes to."""
        return Response(worked_out.case_document(_case(case_id)))


class ArchiveCaseView(APIView):
    permission_classes = [requires(Permission.RUN_STUDIES)]

    @extend_schema(
        request=bodies.StorageReasonSerializer,
        responses={201: case_bodies.EconomicCasePageSerializer, 409: bodies.RefusedStorageSerializer},
    )
    def post(self, request: Request, case_id: int) -> Response:
        """Put a case away, with a reason: it is kept, and listed no more."""
        body = checked(bodies.StorageReasonSerializer, request.data)
        _case(case_id)
        told = {"case_id": case_id, **body, **acting(request)}
        return answered(lambda: worked_out.case_document(archive_case(**told)))


class CaseExportView(APIView):
    permission_classes = [requires(Permission.VIEW_GRID)]

    @extend_schema(
        parameters=[case_bodies.CaseExportQuery],
        responses={(200, "text/csv"): OpenApiTypes.STR, (200, "application/json"): OpenApiTypes.OBJECT},
    )
    def get(self, request: Request, case_id: int) -> HttpResponse:
        """What was put in, as a file that `storage_economics` reads."""
        form, case = checked(case_bodies.CaseExportQuery, request.query_params)["form"], _case(case_id)
        text = as_csv(case.project, case.sources) if form == "csv" else as_json(case.project)
        answer = HttpResponse(text, content_type=EXPORTS[form])
        answer["Content-Disposition"] = f'attachment; filename="storage-case-{case.pk}.{form}"'
        return answer


def _case(case_id: int) -> EconomicCase:
    return get_object_or_404(EconomicCase.objects.select_related("plant", "made_by"), pk=case_id)


def _content(request: Request) -> bytes:
    body: object = request.data
    return body if isinstance(body, bytes) else b""


def _made(request: Request, *, read: Callable[[], Told], plant: UUID | None, **told: Any) -> Response:
    try:
        case = make_case(told=read(), plant=plant_of(plant) if plant else None, **told, **acting(request))
    except BadProject as fault:
        raise ValidationError({"detail": str(fault)}) from None
    queued(tasks.work_out_cases.delay, {})  # one that cannot be handed over now is found waiting
    return Response(worked_out.case_document(_case(case.pk)), status=status.HTTP_201_CREATED)
