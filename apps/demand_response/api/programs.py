"""Programs: what they ask, pay and whom they take."""

from typing import Any

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.choices import Permission
from apps.accounts.models import User
from apps.accounts.permissions import requires
from apps.assets.choices import CustomerClass
from apps.demand_response.api import program_bodies as bodies
from apps.demand_response.api.common import (
    NOT_FOUND,
    REFUSED,
    RunsPrograms,
    ViewsDemand,
    answered,
    csv_answer,
    person,
    program_of,
)
from apps.demand_response.api.customer_bodies import CustomersQuery, IssuedCredentialsSerializer
from apps.demand_response.api.customers import asked_for
from apps.demand_response.choices import BaselineMethod, DeviceKind, Objective
from apps.demand_response.models import DemandProgram
from apps.demand_response.selectors.customer_documents import COLUMNS, customer_rows, export_line, found_customers
from apps.demand_response.selectors.places import feeder_names
from apps.demand_response.selectors.program_documents import program_document, program_documents
from apps.demand_response.services import credentials, programs
from apps.demand_response.services.reading import note_export
from apps.dispatch.api.bodies import checked


def whole(key: int) -> dict[str, Any]:
    rows = DemandProgram.objects.select_related("wording", "openadr_program").prefetch_related("managers")
    return program_document(rows.get(pk=key))


class DemandProgramsView(ViewsDemand):
    @extend_schema(operation_id="demand_programs", responses=bodies.DemandProgramSerializer(many=True))
    def get(self, request: Request) -> Response:
        """A program manager's own; operators and administrators see all, without anybody's name."""
        rows = DemandProgram.objects.visible_to(person(request)).select_related("wording", "openadr_program")
        found = program_documents(rows.prefetch_related("managers"))
        return Response(bodies.DemandProgramSerializer(found, many=True).data)

    @extend_schema(
        operation_id="demand_program_made",
        request=bodies.DemandProgramFieldsSerializer,
        responses={201: bodies.DemandProgramSerializer},
    )
    def post(self, request: Request) -> Response:
        """Who makes it manages it. It is told to nobody until it is activated."""
        fields = checked(bodies.DemandProgramFieldsSerializer, request.data)
        return answered(
            lambda: _shown(programs.create_program(fields=fields, by=person(request), as_of=timezone.now())),
            status.HTTP_201_CREATED,
        )


class DemandFormView(RunsPrograms):
    @extend_schema(operation_id="demand_program_form", responses=bodies.DemandFormSerializer)
    def get(self, request: Request) -> Response:
        """What may be chosen for a program, and the values that a new one has."""
        choices = {"objectives": Objective, "classes": CustomerClass, "equipment": DeviceKind}
        lists = {name: [list(pair) for pair in kind.choices] for name, kind in choices.items()}
        lists["baseline_methods"] = [list(pair) for pair in BaselineMethod.choices]
        feeders = [{"mrid": mrid, "name": name} for mrid, name in feeder_names().items()]
        fields = bodies.DemandProgramFieldsSerializer().get_fields()
        new = DemandProgram()
        usual = {name: getattr(new, name) for name in fields if hasattr(DemandProgram, name)}
        return Response(bodies.DemandFormSerializer(lists | {"feeders": feeders, "usual": usual}).data)


class DemandProgramView(ViewsDemand):
    @extend_schema(operation_id="demand_program", responses=bodies.DemandProgramSerializer)
    def get(self, request: Request, program_id: int) -> Response:
        seen = get_object_or_404(DemandProgram.objects.visible_to(person(request)), pk=program_id)
        return Response(bodies.DemandProgramSerializer(whole(seen.pk)).data)

    @extend_schema(
        operation_id="demand_program_changed",
        request=bodies.DemandProgramChangeSerializer,
        responses={200: bodies.DemandProgramSerializer, **REFUSED},
    )
    def patch(self, request: Request, program_id: int) -> Response:
        """409: somebody changed it since that revision. A changed consent text is a new version of it."""
        program = program_of(request, program_id)
        fields = checked(bodies.DemandProgramChangeSerializer, request.data)
        told: dict[str, Any] = {"revision": fields.pop("revision"), "fields": fields}
        return answered(
            lambda: _shown(programs.change_program(program=program, **told, by=person(request), as_of=timezone.now()))
        )


class ProgramActivationView(RunsPrograms):
    @extend_schema(
        operation_id="demand_program_activated",
        request=None,
        responses={200: bodies.DemandProgramSerializer, **REFUSED},
    )
    def post(self, request: Request, program_id: int) -> Response:
        """Told to the field; from now on customers may be enrolled and called."""
        told: dict[str, Any] = {
            "program": program_of(request, program_id),
            "by": person(request),
            "as_of": timezone.now(),
        }
        return answered(lambda: _shown(programs.activate_program(**told)))

    @extend_schema(
        operation_id="demand_program_deactivated",
        request=None,
        responses={200: bodies.DemandProgramSerializer, **REFUSED},
    )
    def delete(self, request: Request, program_id: int) -> Response:
        """Taken back from the field; nobody can be called by it. Customers and records stay."""
        told: dict[str, Any] = {
            "program": program_of(request, program_id),
            "by": person(request),
            "as_of": timezone.now(),
        }
        return answered(lambda: _shown(programs.deactivate_program(**told)))


class ProgramManagersView(RunsPrograms):
    permission_classes = [requires(Permission.ADMINISTER)]

    @extend_schema(
        operation_id="demand_program_managers",
        request=bodies.ProgramManagersSerializer,
        responses=bodies.DemandProgramSerializer,
    )
    def put(self, request: Request, program_id: int) -> Response:
        """Who runs it, by user name; they and no other manager see its customers."""
        program = program_of(request, program_id)
        names = checked(bodies.ProgramManagersSerializer, request.data)["managers"]
        people = list(User.objects.filter(username__in=names, is_active=True))
        told: dict[str, Any] = {"program": program, "managers": people, "by": person(request), "as_of": timezone.now()}
        return answered(lambda: _shown(programs.set_managers(**told)))


class ProgramCredentialsView(RunsPrograms):
    @extend_schema(
        operation_id="demand_program_credentials",
        request=None,
        responses={201: IssuedCredentialsSerializer(many=True), **REFUSED},
    )
    def post(self, request: Request, program_id: int) -> Response:
        """Identities for 2,000 enrolled customers without one. The secrets are in this answer and nowhere else."""
        told: dict[str, Any] = {
            "program": program_of(request, program_id),
            "by": person(request),
            "as_of": timezone.now(),
        }
        answer = answered(
            lambda: IssuedCredentialsSerializer(credentials.issue_credentials(**told), many=True).data,
            status.HTTP_201_CREATED,
        )
        answer["Cache-Control"] = "no-store"
        return answer


class CustomersFileView(RunsPrograms):
    @extend_schema(
        operation_id="demand_customers_file",
        parameters=[CustomersQuery],
        responses={(200, "text/csv"): OpenApiTypes.STR, **NOT_FOUND},
    )
    def get(self, request: Request) -> Any:
        """The customers that the list shows, as CSV; who took it stands in the audit."""
        asked = asked_for(request)
        rows = found_customers(person(request), **{name: asked[name] for name in ("search", "program", "status")})
        note_export(what="customers", count=rows.count(), by=person(request), as_of=timezone.now())
        lines = (export_line(one) for one in customer_rows(rows, user=person(request)))
        return csv_answer("customers.csv", COLUMNS, lines)


def _shown(program: DemandProgram) -> dict[str, Any]:
    return bodies.DemandProgramSerializer(whole(program.pk)).data
