"""Programs of efficiency: sites and their readings, the catalogue, the pipeline, verified savings, emissions."""

from collections.abc import Callable
from contextlib import suppress
from typing import IO, Any, cast

from celery.exceptions import OperationalError
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.exceptions import ValidationError
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.choices import Permission
from apps.accounts.models import User
from apps.accounts.permissions import requires
from apps.dispatch.api.bodies import checked
from apps.dispatch.services.refusal import Refused
from apps.efficiency import tasks
from apps.efficiency.api import program_bodies as bodies
from apps.efficiency.choices.programs import MeasureStatus, SavingMethod
from apps.efficiency.models.programs import EfficiencyMeasure
from apps.efficiency.selectors import emissions as factors
from apps.efficiency.selectors import programs as found
from apps.efficiency.services import program_savings, programs
from apps.markets.adapters.parsed import FileRefused

MOST_BYTES = 30_000_000
REFUSED = {409: bodies.RefusedProgramSerializer}
UNKNOWN = {404: bodies.RefusedProgramSerializer}


class ReadingsFile(BaseParser):
    """The body as it is, up to what an import takes."""

    media_type = "text/csv"

    def parse(self, stream: IO[bytes], media_type: str | None = None, parser_context: Any = None) -> Any:
        body = stream.read(MOST_BYTES + 1)
        if len(body) > MOST_BYTES:
            raise ValidationError({"detail": f"The file has more than {MOST_BYTES // 10**6} MB; cut it."})
        return body


class EfficiencyView(APIView):
    def get_permissions(self) -> list[Any]:
        reads = self.request.method in ("GET", "HEAD", "OPTIONS")
        return [requires(Permission.VIEW_GRID if reads else Permission.MANAGE_EFFICIENCY)()]


def _person(request: Request) -> User:
    return cast(User, request.user)


def _answered(act: Callable[[], Any], code: int = status.HTTP_200_OK) -> Response:
    """409 where it does not fit what is there, 400 where a file does not."""
    try:
        return Response(act(), status=code)
    except Refused as refusal:
        return Response({"detail": str(refusal)}, status=status.HTTP_409_CONFLICT)
    except FileRefused as refusal:
        raise ValidationError({"detail": list(refusal.problems)}) from None


def _enrolment_body(pk: int) -> Any:
    row = found.enrolments().prefetch_related("savings").get(pk=pk)
    return bodies.MeasureEnrolmentSerializer(found.enrolment_document(row)).data


class EfficiencyPipelineView(EfficiencyView):
    @extend_schema(operation_id="efficiency_pipeline", responses={200: bodies.PipelineSerializer})
    def get(self, request: Request) -> Response:
        """Sites, every measure on its way, the sums of each step and what was verified."""
        return Response(bodies.PipelineSerializer(found.pipeline_document(as_of=timezone.now())).data)


class EfficiencySitesView(EfficiencyView):
    @extend_schema(
        operation_id="efficiency_site_defined",
        request=bodies.SiteDraftSerializer,
        responses={201: bodies.SitePageSerializer, **REFUSED},
    )
    def post(self, request: Request) -> Response:
        told, now = checked(bodies.SiteDraftSerializer, request.data), timezone.now()

        def done() -> Any:
            site = programs.define_site(site=None, **told, by=_person(request), as_of=now)
            return bodies.SitePageSerializer(found.site_document(site, as_of=now)).data

        return _answered(done, status.HTTP_201_CREATED)


class EfficiencySiteView(EfficiencyView):
    @extend_schema(operation_id="efficiency_site", responses={200: bodies.SitePageSerializer})
    def get(self, request: Request, site_id: int) -> Response:
        """Its load shape with the fitted model, measures by the cost of a kWh saved, savings as verified."""
        site = get_object_or_404(found.sites(), pk=site_id)
        return Response(bodies.SitePageSerializer(found.site_document(site, as_of=timezone.now())).data)

    @extend_schema(
        operation_id="efficiency_site_changed",
        request=bodies.SiteDraftSerializer,
        responses={200: bodies.SitePageSerializer, **REFUSED},
    )
    def put(self, request: Request, site_id: int) -> Response:
        site = get_object_or_404(found.sites(), pk=site_id)
        told, now = checked(bodies.SiteDraftSerializer, request.data), timezone.now()

        def done() -> Any:
            row = programs.define_site(site=site, **told, by=_person(request), as_of=now)
            return bodies.SitePageSerializer(found.site_document(row, as_of=now)).data

        return _answered(done)


class SiteReadingsView(EfficiencyView):
    parser_classes = [ReadingsFile]

    @extend_schema(
        operation_id="efficiency_readings",
        parameters=[OpenApiParameter("name", str, description="Of the file.")],
        request={"text/csv": OpenApiTypes.BINARY},
        responses={201: bodies.SiteReadingsSerializer, **REFUSED},
    )
    def post(self, request: Request, site_id: int) -> Response:
        """CSV with start and kwh (or wh, mwh), and temperature_c (or temperature_f) if known; all or nothing."""
        site = get_object_or_404(found.sites(), pk=site_id)
        content: Any = request.data
        name = (request.query_params.get("name") or "the file")[:100]

        def done() -> Any:
            read = programs.import_site_readings(
                site=site,
                content=content if isinstance(content, bytes) else b"",
                name=name,
                by=_person(request),
                as_of=timezone.now(),
            )
            return bodies.SiteReadingsSerializer(read).data

        return _answered(done, status.HTTP_201_CREATED)


class EfficiencyMeasuresView(EfficiencyView):
    @extend_schema(operation_id="efficiency_measures", responses={200: bodies.MeasureCatalogueSerializer})
    def get(self, request: Request) -> Response:
        return Response({"measures": found.measure_documents()})

    @extend_schema(
        operation_id="efficiency_measure_made",
        request=bodies.MeasureDraftSerializer,
        responses={201: bodies.MeasureSerializer, **REFUSED},
    )
    def post(self, request: Request) -> Response:
        told = checked(bodies.MeasureDraftSerializer, request.data)

        def done() -> Any:
            row = programs.set_measure(measure=None, **told, by=_person(request), as_of=timezone.now())
            return bodies.MeasureSerializer(found.measure_document(row)).data

        return _answered(done, status.HTTP_201_CREATED)


class EfficiencyMeasureView(EfficiencyView):
    @extend_schema(
        operation_id="efficiency_measure_changed",
        request=bodies.MeasureDraftSerializer,
        responses={200: bodies.MeasureSerializer, **REFUSED},
    )
    def put(self, request: Request, measure_id: int) -> Response:
        measure = get_object_or_404(EfficiencyMeasure, pk=measure_id)
        told = checked(bodies.MeasureDraftSerializer, request.data)

        def done() -> Any:
            row = programs.set_measure(measure=measure, **told, by=_person(request), as_of=timezone.now())
            return bodies.MeasureSerializer(found.measure_document(row)).data

        return _answered(done)


class StartingCatalogueView(EfficiencyView):
    @extend_schema(
        operation_id="efficiency_catalogue_taken", request=None, responses={201: bodies.MeasureCatalogueSerializer}
    )
    def post(self, request: Request) -> Response:
        """Adds the starting measures that are not there yet; each says where its figures come from."""
        programs.take_catalogue(by=_person(request), as_of=timezone.now())
        return Response({"measures": found.measure_documents()}, status=status.HTTP_201_CREATED)


class MeasureEnrolmentsView(EfficiencyView):
    @extend_schema(
        operation_id="efficiency_proposed",
        request=bodies.MeasureProposalSerializer,
        responses={201: bodies.MeasureEnrolmentSerializer, **REFUSED, **UNKNOWN},
    )
    def post(self, request: Request) -> Response:
        """A measure at a site, with what its shape promises today."""
        told = checked(bodies.MeasureProposalSerializer, request.data)
        site = get_object_or_404(found.sites(), pk=told["site"])
        measure = get_object_or_404(EfficiencyMeasure, pk=told["measure"], is_active=True)

        def done() -> Any:
            row = programs.propose_measure(site=site, measure=measure, by=_person(request), as_of=timezone.now())
            return _enrolment_body(row.pk)

        return _answered(done, status.HTTP_201_CREATED)


class MeasureStepView(EfficiencyView):
    @extend_schema(
        operation_id="efficiency_moved",
        request=bodies.MeasureMoveSerializer,
        responses={200: bodies.MeasureEnrolmentSerializer, **REFUSED},
    )
    def post(self, request: Request, enrolment_id: int) -> Response:
        """Offered, enrolled, installed (with the days of the work), or declined."""
        row = get_object_or_404(found.enrolments(), pk=enrolment_id)
        told = checked(bodies.MeasureMoveSerializer, request.data)
        to = MeasureStatus(told.pop("status"))

        def done() -> Any:
            programs.move_measure(enrolment=row, status=to, **told, by=_person(request), as_of=timezone.now())
            return _enrolment_body(row.pk)

        return _answered(done)


class MeasureVerificationView(EfficiencyView):
    @extend_schema(
        operation_id="efficiency_verified",
        request=bodies.MeasureVerificationSerializer,
        responses={202: bodies.MeasureEnrolmentSerializer, **REFUSED},
    )
    def post(self, request: Request, enrolment_id: int) -> Response:
        """A worker works out what was saved from the year before the work and the time since. It is under way as long
        as `asked_at` is set; then `saving` or `refused` says what came of it."""
        row = get_object_or_404(found.enrolments(), pk=enrolment_id)
        method = SavingMethod(checked(bodies.MeasureVerificationSerializer, request.data)["method"])

        def done() -> Any:
            program_savings.ask_verification(enrolment=row, method=method, by=_person(request), as_of=timezone.now())
            with suppress(OperationalError):  # without a queue it is found waiting
                tasks.verify_measure.delay(row.pk)
            return _enrolment_body(row.pk)

        return _answered(done, status.HTTP_202_ACCEPTED)


class EmissionFactorsView(EfficiencyView):
    @extend_schema(
        operation_id="efficiency_emissions",
        parameters=[bodies.EmissionQuery],
        responses={200: bodies.EmissionFactorsSerializer},
    )
    def get(self, request: Request) -> Response:
        """Average and marginal factors by hour, as known now, with the method."""
        asked = checked(bodies.EmissionQuery, request.query_params)
        zone = asked["zone"] or next(iter(factors.zones()), "")
        told = factors.emission_document(zone=zone, hours=asked["hours"], as_of=timezone.now())
        return Response(bodies.EmissionFactorsSerializer(told).data)
