"""Where tokens come from."""

import base64
import binascii
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote_plus

import orjson
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from oauth2_provider.views import TokenView
from rest_framework.request import Request

from apps.accounts.permissions import source_ip
from apps.openadr.api.base import OpenAdrView, answer
from apps.openadr.selectors.clients import wrong_logins
from apps.openadr.services.clients import note_wrong_login

TRIES = 10  # in a quarter of an hour, of one client from one address
_TOO_MANY = "Too many wrong secrets from this address. Wait a quarter of an hour, then check the secret."


class AuthServer(OpenAdrView):
    authentication_classes: list[Any] = []
    permission_classes: list[Any] = []
    http_method_names = ["get", "head"]

    def get(self, request: Request) -> HttpResponse:
        return answer(orjson.dumps({"tokenURL": request.build_absolute_uri(reverse("openadr:token"))}))


def _client_id(request: HttpRequest) -> str:
    scheme, _, told = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return request.POST.get("client_id", "")
    try:
        return unquote_plus(base64.b64decode(told).decode().partition(":")[0])
    except (binascii.Error, UnicodeDecodeError):
        return ""


class Token(TokenView):
    """Client credentials by HTTP Basic or in the form."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        client_id, address, now = _client_id(request)[:128].replace("\x00", ""), source_ip(request), timezone.now()
        if wrong_logins(client_id, address, at=now) >= TRIES:
            told = {"error": "invalid_client", "error_description": _TOO_MANY}
            return answer(orjson.dumps(told), status=HTTPStatus.UNAUTHORIZED)
        found: HttpResponse = super().post(request, *args, **kwargs)
        if found.status_code == HTTPStatus.UNAUTHORIZED:
            note_wrong_login(client_id=client_id, source_ip=address, at=now)
        return found
