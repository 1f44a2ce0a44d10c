"""What all addresses share: the caller by its token, scopes, JSON in and out, errors as problems."""

from http import HTTPStatus
from typing import Any, ClassVar

import orjson
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpResponse
from django.utils import timezone
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import APIException, AuthenticationFailed, ParseError
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.permissions import BasePermission
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.openadr.choices import Scope
from apps.openadr.rules.callers import Caller
from apps.openadr.rules.refusals import Refused
from apps.openadr.selectors.clients import known
from apps.openadr.services.clients import note_seen
from gridops.errors import api_error

JSON = "application/json"


class BearerToken(BaseAuthentication):
    """A token of /auth/token. The people of this site have no business here, their sessions neither."""

    def authenticate(self, request: Request) -> tuple[AnonymousUser, Caller] | None:
        scheme, _, token = get_authorization_header(request).decode("latin-1").strip().partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            return None
        now = timezone.now()
        found = known(token.strip(), at=now)
        if found is None:
            raise AuthenticationFailed("This token is unknown or has expired. Get a new one at /auth/token.")
        if found.caller.ven_pk is not None:
            note_seen(ven_pk=found.caller.ven_pk, last_seen_at=found.last_seen_at, at=now)
        return AnonymousUser(), found.caller

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="openadr"'


class HasScope(BasePermission):
    message = "This token has no scope for that. Ask /auth/token for one that has, if the client's kind may have it."

    def has_permission(self, request: Request, view: APIView) -> bool:
        if not isinstance(request.auth, Caller):
            return False
        wanted: tuple[Scope, ...] = getattr(view, "scopes", {}).get(request.method, tuple(Scope))
        return any(scope.value in request.auth.scopes for scope in wanted)


class JsonBody(BaseParser):
    media_type = JSON

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        raw = stream.read(settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)
        if len(raw) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            raise ParseError("The body is longer than 4 MiB. Send less at once.")
        try:
            return orjson.loads(raw)
        except orjson.JSONDecodeError as error:
            raise ParseError(f"The body is no JSON: {error}.") from error


class AlwaysJson(BaseContentNegotiation):
    def select_parser(self, request: Request, parsers: Any) -> Any:
        kind = (request.content_type or "").partition(";")[0].strip().lower()
        return next((parser for parser in parsers if parser.media_type == kind), None)

    def select_renderer(self, request: Request, renderers: Any, format_suffix: str | None = None) -> Any:
        return renderers[0], renderers[0].media_type


def problem(error: Exception, context: dict[str, Any]) -> Response | None:
    """Every error as the standard's problem, by its own word under `application/json`."""
    if isinstance(error, Refused):
        return _problem(error.status, str(error))
    answer = api_error(error, context)
    if answer is None:
        return None
    told = error.detail if isinstance(error, APIException) else answer.data.get("detail", "")
    found = _problem(HTTPStatus(answer.status_code), told if isinstance(told, str) else str(answer.data))
    for name, value in answer.headers.items():
        found.headers.setdefault(name, value)
    return found


def _problem(status: HTTPStatus, detail: str) -> Response:
    told = {"type": "about:blank", "title": status.phrase, "status": status.value, "detail": detail}
    return Response(told, status=status)


class OpenAdrView(APIView):
    authentication_classes = [BearerToken]
    permission_classes = [HasScope]
    parser_classes = [JsonBody]
    renderer_classes = [JSONRenderer]
    content_negotiation_class = AlwaysJson
    schema = None  # the official document describes it
    scopes: ClassVar[dict[str, tuple[Scope, ...]]] = {}

    def get_exception_handler(self) -> Any:
        return problem


def caller_of(request: Request) -> Caller:
    caller = request.auth
    if not isinstance(caller, Caller):
        raise AuthenticationFailed("Send a token of /auth/token as 'Authorization: Bearer TOKEN'.")
    return caller


def answer(content: bytes, *, status: HTTPStatus = HTTPStatus.OK) -> HttpResponse:
    return HttpResponse(content, status=status, content_type=JSON)
