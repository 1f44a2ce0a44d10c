from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import get_conditional_response, patch_vary_headers
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.choices import Permission
from apps.accounts.permissions import requires
from apps.assets import selectors
from apps.assets.api.serializers import FoundSerializer, NetworkModelSerializer, RefusalSerializer
from apps.assets.models import NetworkModel

VERSION = OpenApiParameter("version", int, description="A version that is or was live; without it the current one.")


def chosen_version(request: Request) -> NetworkModel:
    """The current version, or the one that is asked for: what was recorded with it is read with it."""
    asked = request.query_params.get("version")
    if asked is None:
        return _current()
    if not (asked.isascii() and asked.isdigit() and len(asked) <= 9):
        raise ValidationError({"version": "Give the number of a version, as /api/v1/network/models has it."})
    model = selectors.model_by_id(int(asked))
    if model is None or model.live_from is None:
        raise ValidationError({"version": f"No version {asked} of the network has ever been live."})
    return model


def _current() -> NetworkModel:
    model = selectors.current_model()
    if model is None:
        raise NotFound("No network has been imported yet; run 'manage.py import_network SOURCE'.")
    return model


class NetworkView(APIView):
    """The current version of the network: where it comes from, what is in it, what was found wrong with it."""

    permission_classes = [requires(Permission.VIEW_GRID)]

    @extend_schema(parameters=[VERSION], responses={200: NetworkModelSerializer, 404: RefusalSerializer})
    def get(self, request: Request) -> Response:
        return Response(NetworkModelSerializer(chosen_version(request)).data)


class GeometryView(APIView):
    """What the map draws, in columns; elements stand in the order of the live frames."""

    permission_classes = [requires(Permission.VIEW_GRID)]

    @extend_schema(parameters=[VERSION], responses={200: OpenApiTypes.OBJECT, 304: None, 404: RefusalSerializer})
    def get(self, request: Request) -> HttpResponseBase:
        model = chosen_version(request)
        etag = f'W/"{model.pk}-{model.digest[:16]}"'
        http: HttpRequest = request._request
        answer = get_conditional_response(http, etag=etag) or _geometry(model, http)
        answer["ETag"] = etag
        answer["Cache-Control"] = "private, no-cache"
        patch_vary_headers(answer, ["Accept-Encoding", "Authorization", "Cookie"])
        return answer


class SearchView(APIView):
    """Elements whose name contains the text, best first, at most twenty."""

    permission_classes = [requires(Permission.VIEW_GRID)]

    @extend_schema(
        parameters=[OpenApiParameter("q", str, required=True, description="Part of a name."), VERSION],
        responses={200: FoundSerializer(many=True), 404: RefusalSerializer},
    )
    def get(self, request: Request) -> Response:
        found = selectors.search(model=chosen_version(request), text=request.query_params.get("q", "")[:200])
        return Response(FoundSerializer(found, many=True).data)


def _geometry(model: NetworkModel, request: HttpRequest) -> HttpResponse:
    drawing = selectors.geometry(model)
    if "gzip" in request.headers.get("Accept-Encoding", ""):
        answer = HttpResponse(drawing.compressed, content_type="application/json")
        answer["Content-Encoding"] = "gzip"
        return answer
    return HttpResponse(drawing.document, content_type="application/json")
