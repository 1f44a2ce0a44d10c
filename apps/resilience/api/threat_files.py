"""Files that are handed over as the body of a request."""

from typing import Any

from django.conf import settings
from django.http.request import RawPostDataException
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.parsers import BaseParser
from rest_framework.request import Request

NAME = [OpenApiParameter("name", str, description="Name of the file, kept as its source.")]
BODY = {"application/octet-stream": OpenApiTypes.BINARY}


class FileParser(BaseParser):
    """The file is the body; nothing is parsed before it is checked."""

    media_type = "*/*"

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> dict[str, Any]:
        return {}


class FileTooLarge(APIException):
    status_code = 413
    default_detail = "The body is above 4 MB; hand it over in parts."


def file_of(request: Request) -> bytes:
    if int(request.META.get("CONTENT_LENGTH") or 0) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
        raise FileTooLarge
    try:
        return request._request.body
    except RawPostDataException:
        raise ValidationError({"detail": "Send the file as the body, as application/octet-stream."}) from None


def name_of(request: Request) -> str:
    name = request.query_params.get("name", "")
    if len(name) > 200 or not (name == "" or name.isprintable()):
        raise ValidationError({"name": "Give a name of at most 200 printable characters."})
    return name
