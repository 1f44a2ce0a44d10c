import hashlib
from collections.abc import Callable
from datetime import datetime
from typing import Any, cast

from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.choices import Permission
from apps.accounts.models import ApiToken, User
from apps.accounts.permissions import requires, source_ip
from apps.accounts.services import confirm_password
from apps.dispatch.api.bodies import checked
from apps.dispatch.api.order_bodies import (
    ApprovalSerializer,
    ControlsQuery,
    ControlsSerializer,
    OneOrderSerializer,
    OperationSerializer,
    OrderLookAheadSerializer,
    OrdersQuery,
    OrdersSerializer,
    RefusedOrderSerializer,
    SelectedOrderSerializer,
    SelectionSerializer,
    SettlementSerializer,
    WantedSerializer,
)
from apps.dispatch.choices.order import Act, AddCause, Found
from apps.dispatch.models import Order
from apps.dispatch.rules.orders import Client, Objection, is_fresh, is_own
from apps.dispatch.selectors.orders import PEOPLE, order_document, orders
from apps.dispatch.services import controls
from apps.dispatch.services import orders as services
from apps.dispatch.services.order_telling import OrderRefused
from apps.dispatch.services.settlement import settle

_GIVEN_AT = "password_given_at"
_REFUSALS = {403: RefusedOrderSerializer, 409: RefusedOrderSerializer}
_GIVE_IT = "password: give yours; it was not given here within the last 5 minutes."
_NOT_YOURS = "password: this is not yours; give it again."
_TOO_MANY = "Too many wrong passwords from here; wait a quarter of an hour."


def client_of(request: Request) -> Client:
    """A session of a browser, or a token: a selection belongs to it. Its key itself is no business of the order."""
    token = request.auth if isinstance(request.auth, ApiToken) else None
    session = f"token {token.prefix}" if token else request._request.session.session_key or ""
    digest = hashlib.sha256(session.encode()).hexdigest()
    return Client(cast(User, request.user), digest, source_ip(request._request))


def one_document(order: Order, *, as_of: datetime) -> dict[str, Any]:
    return order_document(order, as_of=as_of) | {"look_ahead": order.look_ahead}


def _answer(act: Callable[[], dict[str, Any]], *, success: int) -> Response:
    try:
        return Response(act(), status=success)
    except OrderRefused as refusal:
        told = order_document(refusal.order, as_of=timezone.now()) if refusal.order else None
        body = {"detail": str(refusal), "add_cause": refusal.add_cause, "order": told}
        has_right = refusal.add_cause != AddCause.NO_ACCESS_AUTHORITY
        return Response(body, status=status.HTTP_409_CONFLICT if has_right else status.HTTP_403_FORBIDDEN)


def _wanted(body: dict[str, Any]) -> services.Wanted:
    return services.Wanted(body["device_mrid"], Act(body["act"]), body.get("value"), body.get("quantity", ""))


class OrdersView(APIView):
    permission_classes = [requires(Permission.VIEW_GRID)]

    @extend_schema(parameters=[OrdersQuery], responses={200: OrdersSerializer})
    def get(self, request: Request) -> Response:
        """The log of orders, the newest first, at most 100."""
        query = request.query_params
        given = {name: query.getlist(name) if name == "status" else query[name] for name in query}
        asked, now = checked(OrdersQuery, given), timezone.now()
        return Response({"orders": [order_document(order, as_of=now) for order in orders(**asked)]})


class OrderView(APIView):
    permission_classes = [requires(Permission.VIEW_GRID)]

    @extend_schema(responses={200: OneOrderSerializer})
    def get(self, request: Request, order_id: int) -> Response:
        """One order with its look-ahead as it was shown."""
        order = get_object_or_404(Order.objects.select_related(*PEOPLE), pk=order_id)
        return Response(one_document(order, as_of=timezone.now()))


class ControlsView(APIView):
    permission_classes = [requires(Permission.VIEW_GRID)]

    @extend_schema(parameters=[ControlsQuery], responses={200: ControlsSerializer})
    def get(self, request: Request) -> Response:
        """What can be commanded at a device, where it stands, and the order that is open on it."""
        device = checked(ControlsQuery, request.query_params)["device"]
        return Response(controls.controls_document(device, as_of=timezone.now()))


class LookAheadView(APIView):
    permission_classes = [requires(Permission.OPERATE)]

    @extend_schema(request=WantedSerializer, responses={200: OrderLookAheadSerializer} | _REFUSALS)
    def post(self, request: Request) -> Response:
        """What an act would do and what forbids it, without selecting anything."""
        wanted = _wanted(checked(WantedSerializer, request.data))
        client, now = client_of(request), timezone.now()
        return _answer(
            lambda: services.prepare(wanted=wanted, client=client, as_of=now).shown.document, success=status.HTTP_200_OK
        )


class SelectionView(APIView):
    permission_classes = [requires(Permission.OPERATE)]

    @extend_schema(request=SelectionSerializer, responses={201: SelectedOrderSerializer} | _REFUSALS)
    def post(self, request: Request) -> Response:
        """Select a device for one act: it is yours alone for 10 s."""
        body, client, now = checked(SelectionSerializer, request.data), client_of(request), timezone.now()

        def act() -> dict[str, Any]:
            order = services.select(wanted=_wanted(body), key=body["key"], client=client, as_of=now, clock=timezone.now)
            nonce = order.nonce if is_own(order, client) else ""
            return one_document(order, as_of=timezone.now()) | {"nonce": nonce}

        return _answer(act, success=status.HTTP_201_CREATED)


class OperationView(APIView):
    permission_classes = [requires(Permission.OPERATE)]

    @extend_schema(request=OperationSerializer, responses={201: OneOrderSerializer} | _REFUSALS)
    def post(self, request: Request, order_id: int) -> Response:
        """The second confirmation: it is sent, or put before a second person."""
        nonce = checked(OperationSerializer, request.data)["nonce"]
        get_object_or_404(Order, pk=order_id)
        client, now = client_of(request), timezone.now()
        return _answer(
            lambda: one_document(
                services.operate(order_id=order_id, nonce=nonce, client=client, as_of=now), as_of=timezone.now()
            ),
            success=status.HTTP_201_CREATED,
        )


class ApprovalView(APIView):
    permission_classes = [requires(Permission.APPROVE_ORDERS)]

    @extend_schema(request=ApprovalSerializer, responses={201: OneOrderSerializer} | _REFUSALS)
    def post(self, request: Request, order_id: int) -> Response:
        """The second person's decision, from a session of their own and with a fresh password."""
        body = checked(ApprovalSerializer, request.data)
        get_object_or_404(Order, pk=order_id)
        client, now = client_of(request), timezone.now()

        def act() -> dict[str, Any]:
            if not body["approves"]:
                order = services.decline(order_id=order_id, reason=body["reason"], client=client, as_of=now)
            else:
                _insist_on_password(request, client, body.get("password"), now)
                order = services.approve(order_id=order_id, client=client, as_of=now)
            return one_document(order, as_of=timezone.now())

        return _answer(act, success=status.HTTP_201_CREATED)


class CancellationView(APIView):
    permission_classes = [requires(Permission.OPERATE)]

    @extend_schema(request=None, responses={201: OneOrderSerializer} | _REFUSALS)
    def post(self, request: Request, order_id: int) -> Response:
        """Give a selection back, or take an order back that awaits the second person."""
        get_object_or_404(Order, pk=order_id)
        client, now = client_of(request), timezone.now()
        return _answer(
            lambda: one_document(services.cancel(order_id=order_id, client=client, as_of=now), as_of=timezone.now()),
            success=status.HTTP_201_CREATED,
        )


class SettlementView(APIView):
    permission_classes = [requires(Permission.OPERATE)]

    @extend_schema(request=SettlementSerializer, responses={201: OneOrderSerializer} | _REFUSALS)
    def post(self, request: Request, order_id: int) -> Response:
        """What was found in the field, where the outcome of an order was not known. Nothing is sent by it."""
        body = checked(SettlementSerializer, request.data)
        get_object_or_404(Order, pk=order_id)
        given = {"is_done": body["found"] == Found.DONE, "finding": body["reason"], "client": client_of(request)}
        now = timezone.now()
        return _answer(
            lambda: one_document(settle(order_id=order_id, as_of=now, **given), as_of=timezone.now()),
            success=status.HTTP_201_CREATED,
        )


def _insist_on_password(request: Request, client: Client, password: str | None, now: datetime) -> None:
    session = request._request.session
    given_at = parse_datetime(session.get(_GIVEN_AT, ""))
    if not password and is_fresh(given_at, as_of=now):
        return
    if not password:
        raise OrderRefused(Objection(AddCause.NO_ACCESS_AUTHORITY, _GIVE_IT))
    is_right = confirm_password(user=client.user, password=password, source_ip=client.source_ip, at=now)
    if not is_right:
        reason = _TOO_MANY if is_right is None else _NOT_YOURS
        raise OrderRefused(Objection(AddCause.NO_ACCESS_AUTHORITY, reason))
    if not isinstance(request.auth, ApiToken):
        session[_GIVEN_AT] = now.isoformat()
