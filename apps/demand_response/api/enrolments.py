"""A customer's standing in a program, moved along its legal ways only."""

from collections.abc import Callable
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from apps.demand_response.api import customer_bodies as bodies
from apps.demand_response.api.common import REFUSED, RunsPrograms, answered, enrolment_of, person
from apps.demand_response.choices import LINK_LIFE
from apps.demand_response.models import Enrolment
from apps.demand_response.selectors.customer_documents import customer_document
from apps.demand_response.services import credentials, enrolment, self_service
from apps.dispatch.api.bodies import checked

WHOLE = bodies.DemandCustomerPageSerializer
CUSTOMER_PATH = "/customer/{token}/"


def _moved(
    request: Request, key: int, act: Callable[..., Any], body: type[serializers.Serializer] | None = None
) -> Response:
    """Looked for before the body is looked at: what is another's is not found, whatever was sent."""
    found = enrolment_of(request, key)
    told = checked(body, request.data) if body else {}
    if "given_at" in told:
        told["given_at"] = told["given_at"] or timezone.now()

    def done() -> Any:
        now = timezone.now()
        moved: Enrolment = act(enrolment=found, **told, by=enrolment.Actor.of(person(request)), as_of=now)
        return WHOLE(customer_document(moved.customer, user=person(request))).data

    return answered(done)


class GivenConsentView(RunsPrograms):
    @extend_schema(
        operation_id="demand_enrolled", request=bodies.GivenConsentSerializer, responses={200: WHOLE, **REFUSED}
    )
    def post(self, request: Request, enrolment_id: int) -> Response:
        """Enrolled by a consent that was given on paper or on the telephone: to the wording the program has now."""
        return _moved(request, enrolment_id, enrolment.enrol, bodies.GivenConsentSerializer)


class EnrolmentPauseView(RunsPrograms):
    @extend_schema(
        operation_id="demand_paused", request=bodies.EnrolmentReasonSerializer, responses={200: WHOLE, **REFUSED}
    )
    def post(self, request: Request, enrolment_id: int) -> Response:
        """No event reaches the customer until resumed; the consent stands."""
        return _moved(request, enrolment_id, enrolment.pause, bodies.EnrolmentReasonSerializer)

    @extend_schema(operation_id="demand_resumed", request=None, responses={200: WHOLE, **REFUSED})
    def delete(self, request: Request, enrolment_id: int) -> Response:
        return _moved(request, enrolment_id, enrolment.resume)


class EnrolmentDepartureView(RunsPrograms):
    @extend_schema(
        operation_id="demand_left", request=bodies.EnrolmentReasonSerializer, responses={200: WHOLE, **REFUSED}
    )
    def post(self, request: Request, enrolment_id: int) -> Response:
        """The consent is revoked with effect at once: no more events, no identity in the field, no more readings."""
        return _moved(request, enrolment_id, enrolment.leave, bodies.EnrolmentReasonSerializer)


class EnrolmentWishesView(RunsPrograms):
    @extend_schema(
        operation_id="demand_wishes", request=bodies.EnrolmentWishesSerializer, responses={200: WHOLE, **REFUSED}
    )
    def put(self, request: Request, enrolment_id: int) -> Response:
        """The customer's own limits beside the program's."""
        return _moved(request, enrolment_id, enrolment.set_wishes, bodies.EnrolmentWishesSerializer)


class EnrolmentCredentialsView(RunsPrograms):
    @extend_schema(
        operation_id="demand_credentials_renewed",
        request=None,
        responses={201: bodies.IssuedCredentialsSerializer, **REFUSED},
    )
    def post(self, request: Request, enrolment_id: int) -> Response:
        """A new identity in the field; the one before ends. The secret is in this answer and nowhere else."""
        told: dict[str, Any] = {
            "enrolment": enrolment_of(request, enrolment_id),
            "by": person(request),
            "as_of": timezone.now(),
        }
        answer = answered(
            lambda: bodies.IssuedCredentialsSerializer(credentials.renew_credentials(**told)).data,
            status.HTTP_201_CREATED,
        )
        answer["Cache-Control"] = "no-store"
        return answer


class EnrolmentLinkView(RunsPrograms):
    @extend_schema(
        operation_id="demand_link_made", request=None, responses={201: bodies.OneTimeLinkSerializer, **REFUSED}
    )
    def post(self, request: Request, enrolment_id: int) -> Response:
        """The customer's own page, by a link that opens once. It is in this answer and nowhere else."""
        found, now = enrolment_of(request, enrolment_id), timezone.now()
        token = self_service.make_link(enrolment=found, by=person(request), as_of=now)
        link = {"path": CUSTOMER_PATH.format(token=token), "expires_at": now + LINK_LIFE}
        answer = Response(bodies.OneTimeLinkSerializer(link).data, status=status.HTTP_201_CREATED)
        answer["Cache-Control"] = "no-store"
        return answer
