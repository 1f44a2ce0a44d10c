"""Devices, advisories, and which of them meet."""

from typing import Any, cast

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.choices import Permission
from apps.accounts.models import User
from apps.accounts.permissions import requires
from apps.resilience.api import threat_bodies as bodies
from apps.resilience.api.threat_files import BODY, NAME, FileParser, file_of, name_of
from apps.resilience.models import Advisory, FieldDevice
from apps.resilience.selectors.vulnerabilities import device_documents, vulnerability_documents
from apps.resilience.services.vulnerabilities import FileRefused, import_advisories, import_devices

TAKEN = {
    201: bodies.FileTakenSerializer,
    413: bodies.ThreatProblemSerializer,
}


class _FilesView(APIView):
    """What is known of weak devices helps who wants in: not everybody reads it."""

    parser_classes = [FileParser]
    permission_classes = [requires(Permission.MANAGE_RESILIENCE)]

    def taken(self, request: Request, service: Any) -> Response:
        given = {"by": cast(User, request.user), "as_of": timezone.now(), "source": name_of(request)}
        try:
            found = service(raw=file_of(request), **given)
        except FileRefused as refusal:
            return Response({"detail": str(refusal)}, status=status.HTTP_400_BAD_REQUEST)
        return Response({"added": found.added, "changed": found.changed}, status=status.HTTP_201_CREATED)


class FieldDevicesView(_FilesView):
    @extend_schema(responses={200: bodies.FieldDevicesSerializer})
    def get(self, request: Request) -> Response:
        return Response({"devices": device_documents()})

    @extend_schema(parameters=NAME, request=BODY, responses=TAKEN)
    def post(self, request: Request) -> Response:
        """Hand over a CSV file as the body: name, vendor, product, version, zone, equipment_mrid, link."""
        return self.taken(request, import_devices)


class AdvisoriesView(_FilesView):
    @extend_schema(parameters=NAME, request=BODY, responses=TAKEN)
    def post(self, request: Request) -> Response:
        """Hand over CSAF 2.0 documents or CVE records (JSON) as the body, one or a list."""
        return self.taken(request, import_advisories)


class VulnerabilitiesView(APIView):
    permission_classes = [requires(Permission.MANAGE_RESILIENCE)]

    @extend_schema(responses={200: bodies.VulnerabilitiesSerializer})
    def get(self, request: Request) -> Response:
        """Devices that an advisory speaks of, the gravest first. A version that is not known is possibly affected."""
        counts = {"devices": FieldDevice.objects.count(), "advisories": Advisory.objects.count()}
        return Response({"vulnerabilities": vulnerability_documents()} | counts)
