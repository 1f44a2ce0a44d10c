"""Customers, for who runs their program and for nobody else."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from apps.demand_response.api import customer_bodies as bodies
from apps.demand_response.api.common import (
    NOT_FOUND,
    REFUSED,
    RunsPrograms,
    answered,
    customer_of,
    device_of,
    person,
    program_of,
)
from apps.demand_response.models import Customer
from apps.demand_response.selectors.customer_documents import (
    customer_document,
    customer_rows,
    found_customers,
    meter_days,
)
from apps.demand_response.services import customers
from apps.demand_response.services.enrolment import Actor, invite
from apps.demand_response.services.reading import note_export
from apps.dispatch.api.bodies import checked

WHOLE = bodies.DemandCustomerPageSerializer


def _whole(request: Request, customer: Customer) -> Any:
    fresh = Customer.objects.get(pk=customer.pk)
    return WHOLE(customer_document(fresh, user=person(request))).data


def asked_for(request: Request) -> dict[str, Any]:
    """Of a list of customers; another manager's program is not found."""
    asked = checked(bodies.CustomersQuery, request.query_params)
    if asked["program"] is not None:
        program_of(request, asked["program"])
    return asked


class DemandCustomersView(RunsPrograms):
    @extend_schema(
        operation_id="demand_customers",
        parameters=[bodies.CustomersQuery],
        responses={200: bodies.DemandCustomersSerializer, **NOT_FOUND},
    )
    def get(self, request: Request) -> Response:
        """Whom this person brought in, and who is in a program of this person's."""
        asked = asked_for(request)
        first, most = asked.pop("offset"), asked.pop("limit")
        rows = found_customers(person(request), **asked)
        found = {"count": rows.count(), "customers": customer_rows(rows[first : first + most], user=person(request))}
        return Response(bodies.DemandCustomersSerializer(found).data)

    @extend_schema(operation_id="demand_customer_added", request=bodies.NewCustomerSerializer, responses={201: WHOLE})
    def post(self, request: Request) -> Response:
        """One customer with the first usage point; many come by a file."""
        told = checked(bodies.NewCustomerSerializer, request.data)
        return answered(
            lambda: _whole(request, customers.add_customer(**told, by=person(request), as_of=timezone.now())),
            status.HTTP_201_CREATED,
        )


class DemandCustomerView(RunsPrograms):
    @extend_schema(operation_id="demand_customer", responses=WHOLE)
    def get(self, request: Request, customer_id: int) -> Response:
        """With connections, equipment, and what was consented to in this person's programs."""
        return Response(_whole(request, customer_of(request, customer_id)))

    @extend_schema(
        operation_id="demand_customer_changed", request=bodies.ChangedCustomerSerializer, responses={200: WHOLE}
    )
    def patch(self, request: Request, customer_id: int) -> Response:
        customer, fields = customer_of(request, customer_id), checked(bodies.ChangedCustomerSerializer, request.data)
        told: dict[str, Any] = {"customer": customer, "fields": fields, "by": person(request), "as_of": timezone.now()}
        return answered(lambda: _whole(request, customers.change_customer(**told)))

    @extend_schema(operation_id="demand_customer_forgotten", request=None, responses={200: WHOLE, **REFUSED})
    def delete(self, request: Request, customer_id: int) -> Response:
        """Name, address and readings go; what was settled stays under the reference. 409 while in a program."""
        told: dict[str, Any] = {
            "customer": customer_of(request, customer_id),
            "by": person(request),
            "as_of": timezone.now(),
        }
        return answered(lambda: _whole(request, customers.forget_customer(**told)))


class CustomerDevicesView(RunsPrograms):
    @extend_schema(
        operation_id="demand_device_added", request=bodies.NewDeviceSerializer, responses={201: WHOLE, **REFUSED}
    )
    def post(self, request: Request, customer_id: int) -> Response:
        customer, told = customer_of(request, customer_id), checked(bodies.NewDeviceSerializer, request.data)

        def act() -> Any:
            customers.add_device(customer=customer, **told, by=person(request), as_of=timezone.now())
            return _whole(request, customer)

        return answered(act, status.HTTP_201_CREATED)


class CustomerDeviceView(RunsPrograms):
    @extend_schema(operation_id="demand_device_removed", request=None, responses={200: WHOLE})
    def delete(self, request: Request, device_id: int) -> Response:
        """It counts no more; what it did stays in what was settled."""
        device = device_of(request, device_id)

        def act() -> Any:
            customers.remove_device(device=device, by=person(request), as_of=timezone.now())
            return _whole(request, device.customer)

        return answered(act)


class CriticalMarkView(RunsPrograms):
    @extend_schema(
        operation_id="demand_critical_mark", request=bodies.CriticalMarkSerializer, responses={200: WHOLE, **REFUSED}
    )
    def put(self, request: Request, customer_id: int) -> Response:
        """Life support, a hospital: whoever lives there is paused at once and never asked."""
        customer, told = customer_of(request, customer_id), checked(bodies.CriticalMarkSerializer, request.data)

        def act() -> Any:
            customers.mark_critical(customer=customer, **told, by=person(request), as_of=timezone.now())
            return _whole(request, customer)

        return answered(act)


class InvitationsView(RunsPrograms):
    @extend_schema(
        operation_id="demand_invited", request=bodies.InvitationSerializer, responses={201: WHOLE, **REFUSED}
    )
    def post(self, request: Request, customer_id: int) -> Response:
        """Into a program; refused with the reasons where the customer may not take part."""
        customer = customer_of(request, customer_id)
        program = program_of(request, checked(bodies.InvitationSerializer, request.data)["program"])

        def act() -> Any:
            invite(program=program, customer=customer, by=Actor.of(person(request)), as_of=timezone.now())
            return _whole(request, customer)

        return answered(act, status.HTTP_201_CREATED)


class ReadingDaysView(RunsPrograms):
    @extend_schema(
        operation_id="demand_readings",
        parameters=[bodies.ReadingDaysQuery],
        responses=bodies.ReadingDaysSerializer,
    )
    def get(self, request: Request, customer_id: int) -> Response:
        """Interval readings by day; null where one is not known. Who looked stands in the audit."""
        customer, asked = customer_of(request, customer_id), checked(bodies.ReadingDaysQuery, request.query_params)
        days = meter_days(customer, **asked)
        what = f"readings of customer {customer.pk}"
        note_export(what=what, count=len(days), by=person(request), as_of=timezone.now())
        return Response(bodies.ReadingDaysSerializer({"days": days}).data)
