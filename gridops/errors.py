"""One shape for every error of the API: what is wrong, with which field, and what to do."""

from typing import Any

from django.db import DataError
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler


def api_error(error: Exception, context: dict[str, Any]) -> Response | None:
    if isinstance(error, DataError):
        error = exceptions.ValidationError({"detail": "A value cannot be stored; remove control characters and NUL."})
    return exception_handler(error, context)
