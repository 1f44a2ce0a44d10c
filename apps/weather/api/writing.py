from typing import Any

from django.conf import settings
from django.http import Http404
from django.http.request import RawPostDataException
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.exceptions import ValidationError
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts import acts
from apps.accounts.choices import Permission
from apps.accounts.models import User
from apps.accounts.permissions import requires, source_ip
from apps.weather.api.serializers import WeatherFileSerializer, WeatherProblemSerializer
from apps.weather.choices import FileOutcome
from apps.weather.models import Feed, WeatherFile
from apps.weather.services.files import take_file


class AnyParser(BaseParser):
    """The file is the body; nothing is parsed before it is checked."""

    media_type = "*/*"

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> dict[str, Any]:
        return {}


class FeedFilesView(APIView):
    parser_classes = [AnyParser]
    permission_classes = [requires(Permission.WRITE_WEATHER)]

    @extend_schema(
        parameters=[OpenApiParameter("name", str, description="Name of the file; it may tell the time of issue.")],
        request={"application/octet-stream": OpenApiTypes.BINARY},
        responses={
            200: WeatherFileSerializer,
            201: WeatherFileSerializer,
            400: WeatherProblemSerializer,
            413: WeatherProblemSerializer,
        },
    )
    def post(self, request: Request, feed_id: int) -> Response:
        """Hand over a file, as the body. 201: taken; 200: known already; 400: refused, with the reason."""
        feed = Feed.objects.filter(pk=feed_id, is_enabled=True).first()
        if feed is None:
            raise Http404("There is no feed of this number that is switched on.")
        if int(request.META.get("CONTENT_LENGTH") or 0) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            return Response({"detail": "The body is above 4 MB; put the file into a drop folder."}, status=413)
        file = self._take(request, feed, _name(request))
        if file.outcome == FileOutcome.REFUSED:
            return Response({"detail": file.reason}, status=status.HTTP_400_BAD_REQUEST)
        is_new = file.outcome == FileOutcome.TAKEN
        return Response(WeatherFileSerializer(file).data, status=201 if is_new else 200)

    def _take(self, request: Request, feed: Feed, name: str) -> WeatherFile:
        now = timezone.now()
        try:
            content = request._request.body
        except RawPostDataException:
            raise ValidationError({"detail": "Send the file as the body, as application/octet-stream."}) from None
        file = take_file(feed=feed, name=name, content=content, received_at=now)
        acts.record(
            actor=request.user if isinstance(request.user, User) else None,
            action="weather.file",
            target=f"feed {feed.name}"[:200],
            detail={"name": name, "outcome": file.outcome, "sha256": file.sha256},
            at=now,
            source_ip=source_ip(request._request),
        )
        return file


def _name(request: Request) -> str:
    name = request.query_params.get("name", "upload")
    if not (1 <= len(name) <= 200 and name.isprintable()):
        raise ValidationError({"name": "Give a name of 1 to 200 printable characters."})
    return name
