"""Findings, how they are decided, and areas of danger."""

from typing import Any, cast

from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.choices import Permission
from apps.accounts.models import User
from apps.accounts.permissions import requires
from apps.dispatch.api.bodies import checked
from apps.resilience.api import threat_bodies as bodies
from apps.resilience.api.threat_files import BODY, NAME, FileParser, file_of, name_of
from apps.resilience.choices.threat import FindingKind, FindingState
from apps.resilience.models import Finding, HazardArea
from apps.resilience.selectors import findings as told
from apps.resilience.services.findings import FindingRefused, decide
from apps.resilience.services.threat_areas import import_areas, remove_area
from apps.resilience.services.vulnerabilities import FileRefused

MANAGERS = Permission.MANAGE_RESILIENCE


class ThreatsView(APIView):
    permission_classes = [requires(Permission.VIEW_ALARMS)]

    @extend_schema(parameters=[bodies.FindingQuerySerializer], responses={200: bodies.ThreatsSerializer})
    def get(self, request: Request) -> Response:
        """The gravest first. Without `state` those that nobody has dismissed or closed."""
        asked = checked(bodies.FindingQuerySerializer, request.query_params)
        states = [FindingState(one) for one in sorted(asked.get("state", ()))]
        kind = FindingKind(asked["kind"]) if "kind" in asked else None
        rows = told.findings(states=states, kind=kind)
        return Response({"findings": [told.finding_document(row) for row in rows], "habit": told.habit_document()})


class FindingDetailView(APIView):
    permission_classes = [requires(Permission.VIEW_ALARMS)]

    @extend_schema(responses={200: bodies.FindingSerializer, 404: bodies.ThreatProblemSerializer})
    def get(self, request: Request, finding_id: int) -> Response:
        finding = Finding.objects.filter(pk=finding_id).first()
        if finding is None:
            raise Http404("There is no finding of this number.")
        return Response(told.finding_document(finding))


class FindingDecisionView(APIView):
    permission_classes = [requires(MANAGERS)]

    @extend_schema(
        request=bodies.FindingDecisionSerializer,
        responses={
            201: bodies.FindingSerializer,
            404: bodies.ThreatProblemSerializer,
            409: bodies.ThreatProblemSerializer,
        },
    )
    def post(self, request: Request, finding_id: int) -> Response:
        """Acknowledge, dismiss (with a reason) or close."""
        body = checked(bodies.FindingDecisionSerializer, request.data)
        try:
            finding = decide(
                finding_id=finding_id,
                state=FindingState(body["state"]),
                reason=body["reason"],
                by=cast(User, request.user),
                as_of=timezone.now(),
            )
        except Finding.DoesNotExist as missing:
            raise Http404("There is no finding of this number.") from missing
        except FindingRefused as refusal:
            return Response({"detail": str(refusal)}, status=status.HTTP_409_CONFLICT)
        return Response(told.finding_document(finding), status=status.HTTP_201_CREATED)


class HazardAreasView(APIView):
    parser_classes = [FileParser]

    def get_permissions(self) -> list[Any]:
        return [requires(MANAGERS if self.request.method == "POST" else Permission.VIEW_GRID)()]

    @extend_schema(responses={200: bodies.HazardAreasSerializer})
    def get(self, request: Request) -> Response:
        """Those that hold now or will."""
        return Response({"areas": told.area_documents(as_of=timezone.now())})

    @extend_schema(
        parameters=NAME,
        request=BODY,
        responses={
            201: bodies.HazardAreasSerializer,
            413: bodies.ThreatProblemSerializer,
        },
    )
    def post(self, request: Request) -> Response:
        """Hand over a GeoJSON FeatureCollection as the body; properties kind, name, valid_from, valid_to."""
        now, by = timezone.now(), cast(User, request.user)
        try:
            import_areas(raw=file_of(request), by=by, as_of=now, source=name_of(request))
        except FileRefused as refusal:
            return Response({"detail": str(refusal)}, status=status.HTTP_400_BAD_REQUEST)
        return Response({"areas": told.area_documents(as_of=now)}, status=status.HTTP_201_CREATED)


class HazardAreaRemovalView(APIView):
    permission_classes = [requires(MANAGERS)]

    @extend_schema(request=None, responses={204: None, 404: bodies.ThreatProblemSerializer})
    def post(self, request: Request, area_id: int) -> Response:
        try:
            remove_area(area_id=area_id, by=cast(User, request.user), as_of=timezone.now())
        except HazardArea.DoesNotExist as missing:
            raise Http404("There is no area of this number.") from missing
        return Response(status=status.HTTP_204_NO_CONTENT)
