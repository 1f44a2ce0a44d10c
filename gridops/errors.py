"""One shape for every error of the API: what is wrong, with which field, and what to do."""

import logging
from typing import Any

from django.db import DataError, InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.views import defaults
from rest_framework import exceptions, status
from rest_framework.response import Response
from rest_framework.views import exception_handler

logger = logging.getLogger(__name__)

PROGRAMS_ASK = ("/api/", "/openadr3/")  # below these no page is wanted
RETRY_AFTER_S = 2


class DatabaseAway(exceptions.APIException):
    """Whether the last act was stored is not known; repeated under the same key it is done once."""

    status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    default_detail = (
        "The database does not answer at the moment. Try again in some seconds, under the same Idempotency-Key."
    )
    default_code = "database_away"
    wait = RETRY_AFTER_S  # becomes the header Retry-After


def api_error(error: Exception, context: dict[str, Any]) -> Response | None:
    if isinstance(error, DataError):
        error = exceptions.ValidationError({"detail": "A value cannot be stored; remove control characters and NUL."})
    if isinstance(error, OperationalError | InterfaceError):
        logger.warning("Refused with 503: %s", error)
        error = DatabaseAway()
    return exception_handler(error, context)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """Programs that ask the API get no page, also for an address that is none."""
    if request.path.startswith(PROGRAMS_ASK):
        return JsonResponse({"detail": "There is nothing at this address."}, status=status.HTTP_404_NOT_FOUND)
    return defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponseBase:
    if request.path.startswith(PROGRAMS_ASK):
        detail = "GridOps could not answer; the fault has been written to the log."
        return JsonResponse({"detail": detail}, status=status.HTTP_500_INTERNAL_SERVER_ERROR)
    return defaults.server_error(request)
