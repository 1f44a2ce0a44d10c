from uuid import UUID

from django.http import HttpResponse, HttpResponseBase
from django.utils.cache import get_conditional_response, patch_vary_headers
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.views import APIView

from apps.accounts.choices import Permission
from apps.accounts.permissions import requires
from apps.assets.api.network import VERSION, chosen_version
from apps.assets.api.serializers import RefusalSerializer
from apps.assets.selectors.diagram import Diagram, diagram


class DiagramView(APIView):
    """The one-line diagram of a substation or a feeder, laid out from the model; `ref` names a value of live frames."""

    permission_classes = [requires(Permission.VIEW_GRID)]

    @extend_schema(parameters=[VERSION], responses={200: OpenApiTypes.OBJECT, 304: None, 404: RefusalSerializer})
    def get(self, request: Request, mrid: UUID) -> HttpResponseBase:
        model = chosen_version(request)
        etag = f'W/"{model.pk}-{model.revision}-{model.digest[:16]}-{mrid}"'
        answer = get_conditional_response(request._request, etag=etag)
        if answer is None:
            drawn = diagram(model=model, mrid=mrid)
            if drawn is None:
                raise NotFound("Neither a substation nor a feeder of this version of the network has this mRID.")
            answer = _answer(drawn, "gzip" in request.headers.get("Accept-Encoding", ""))
        answer["ETag"] = etag
        answer["Cache-Control"] = "private, no-cache"
        patch_vary_headers(answer, ["Accept-Encoding", "Authorization", "Cookie"])
        return answer


def _answer(drawn: Diagram, packed: bool) -> HttpResponse:
    if not packed:
        return HttpResponse(drawn.document, content_type="application/json")
    answer = HttpResponse(drawn.compressed, content_type="application/json")
    answer["Content-Encoding"] = "gzip"
    return answer
