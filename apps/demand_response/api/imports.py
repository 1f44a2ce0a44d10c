"""Files of customers and of meter readings: handed over, looked at, confirmed."""

from typing import Any

from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from apps.demand_response import tasks
from apps.demand_response.api import import_bodies as bodies
from apps.demand_response.api.common import (
    NO_QUEUE,
    NOT_FOUND,
    REFUSED,
    FileOfAnySize,
    RunsPrograms,
    csv_answer,
    person,
    program_of,
    queued,
    run_of,
)
from apps.demand_response.choices import ImportKind
from apps.demand_response.models import ImportRun
from apps.demand_response.services.import_runs import confirm_run, hand_over
from apps.dispatch.api.bodies import checked
from apps.dispatch.services.refusal import Refused

LISTED = 50


class DemandImportsView(RunsPrograms):
    parser_classes = [FileOfAnySize]

    @extend_schema(operation_id="demand_imports", responses=bodies.ImportRunsSerializer)
    def get(self, request: Request) -> Response:
        """The newest fifty of this person's, without their problems."""
        rows = ImportRun.objects.visible_to(person(request)).defer("content", "problems")[:LISTED]
        return Response(bodies.ImportRunsSerializer({"imports": [_line(one) for one in rows]}).data)

    @extend_schema(
        operation_id="demand_import_handed",
        parameters=[bodies.ImportQuery],
        request={"application/octet-stream": OpenApiTypes.BINARY},
        responses={202: bodies.ImportRunSerializer, **NO_QUEUE, **NOT_FOUND},
    )
    def post(self, request: Request) -> Response:
        """The file is the body. A worker looks at it; nothing is imported until it is confirmed."""
        asked = checked(bodies.ImportQuery, request.query_params)
        program = program_of(request, asked["program"]) if asked["program"] is not None else None
        content: Any = request.data  # of another media type there is none
        run = hand_over(
            kind=ImportKind(asked["kind"]),
            file_name=asked["name"],
            usage_point=asked["usage_point"],
            content=content if isinstance(content, bytes) else b"",
            program=program,
            by=person(request),
            as_of=timezone.now(),
        )
        return queued(lambda: tasks.check_import.delay(run.pk), lambda: _whole(run_of(request, run.pk)))


class DemandImportView(RunsPrograms):
    @extend_schema(operation_id="demand_import", responses=bodies.ImportRunSerializer)
    def get(self, request: Request, run_id: int) -> Response:
        """What it would do, or did, and every problem by its row."""
        return Response(_whole(run_of(request, run_id)))


class ImportConfirmationView(RunsPrograms):
    @extend_schema(
        operation_id="demand_import_confirmed",
        request=bodies.ConfirmationSerializer,
        responses={202: bodies.ImportRunSerializer, **REFUSED, **NO_QUEUE},
    )
    def post(self, request: Request, run_id: int) -> Response:
        """Imported by a worker, all good rows or none. With bad rows it has to be said that they are left out."""
        run = run_of(request, run_id)
        leave_out = checked(bodies.ConfirmationSerializer, request.data)["leave_out_bad_rows"]
        try:
            confirm_run(run=run, leave_out_bad=leave_out, by=person(request), as_of=timezone.now())
        except Refused as refusal:
            return Response({"detail": str(refusal)}, status=status.HTTP_409_CONFLICT)
        return queued(lambda: tasks.do_import.delay(run.pk), lambda: _whole(run_of(request, run.pk)))


class ImportProblemsView(RunsPrograms):
    @extend_schema(operation_id="demand_import_problems", responses={(200, "text/csv"): OpenApiTypes.STR})
    def get(self, request: Request, run_id: int) -> Any:
        """Every problem as CSV, to work through beside the file."""
        columns = ("row", "field", "problem")
        rows = ([one[name] for name in columns] for one in run_of(request, run_id).problems)
        return csv_answer(f"problems-{run_id}.csv", columns, rows)


def _line(run: ImportRun) -> dict[str, Any]:
    names = ("kind", "file_name", "usage_point", "state", "reason", "counts", "problem_count")
    times = ("handed_at", "done_at", "duration_ms")
    return {name: getattr(run, name) for name in (*names, *times)} | {"id": run.pk, "program": run.program_id}


def _whole(run: ImportRun) -> Any:
    return bodies.ImportRunSerializer(_line(run) | {"problems": run.problems}).data
