from typing import Any, cast
from uuid import UUID

from celery.exceptions import OperationalError
from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.choices import Permission
from apps.accounts.models import User
from apps.accounts.permissions import requires
from apps.dispatch.api.bodies import checked
from apps.renewables import tasks
from apps.renewables.api.portfolio import AT, instant_of
from apps.renewables.choices import HostingOutcome, HostingReactive
from apps.renewables.models import HostingRun
from apps.renewables.selectors.hosting import (
    hosting_document,
    hosting_node,
    hosting_nodes,
    newest_asked,
    newest_hosting,
)
from apps.renewables.services import hosting


class HostingOptionsSerializer(serializers.Serializer):
    """Of the plants to come, and of what may not break."""

    cos_phi = serializers.FloatField(min_value=0.5, max_value=1.0, required=False)
    reactive = serializers.ChoiceField(choices=HostingReactive.choices, required=False)
    loading_percent = serializers.FloatField(min_value=10.0, max_value=200.0, required=False)
    rise_percent = serializers.FloatField(
        min_value=0.0, max_value=20.0, required=False, help_text="Of any voltage by the plant alone; 0: no limit."
    )
    most_kw = serializers.FloatField(min_value=10.0, max_value=1e6, required=False)
    years = serializers.IntegerField(min_value=0, max_value=40, required=False)
    load_growth_percent = serializers.FloatField(
        min_value=-20.0, max_value=50.0, required=False, help_text="A year; until the year that is asked for."
    )
    plant_growth_percent = serializers.FloatField(min_value=-20.0, max_value=50.0, required=False)
    deployments = serializers.IntegerField(min_value=20, max_value=2000, required=False)
    plant_kw = serializers.FloatField(
        min_value=1.0, max_value=1e5, required=False, help_text="The median size of a plant in the deployments."
    )
    penetration_percent = serializers.FloatField(
        min_value=10.0, max_value=1000.0, required=False, help_text="The most; of what the feeder's consumers draw."
    )


class HostingRunSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    as_of = serializers.DateTimeField()
    outcome = serializers.ChoiceField(choices=HostingOutcome.choices)
    outcome_label = serializers.CharField()
    asked_by = serializers.CharField(allow_null=True)
    options = HostingOptionsSerializer()
    text = serializers.CharField()
    progress = serializers.FloatField(help_text="0 to 1.")
    network_version = serializers.IntegerField(allow_null=True)
    state = serializers.CharField()
    hours = serializers.ListField(child=serializers.DictField())
    seed = serializers.IntegerField()
    engine_version = serializers.CharField()
    finished_at = serializers.DateTimeField(allow_null=True)
    duration_ms = serializers.FloatField(allow_null=True)


class HostingNodeSerializer(serializers.Serializer):
    mrid = serializers.UUIDField()
    name = serializers.CharField()
    feeder_mrid = serializers.UUIDField(allow_null=True)
    feeder_name = serializers.CharField()
    nominal_kv = serializers.FloatField()
    capacity_kw = serializers.FloatField()
    limit = serializers.CharField()
    element_mrid = serializers.CharField()
    element_name = serializers.CharField()
    value = serializers.FloatField(allow_null=True)
    allowed = serializers.FloatField(allow_null=True)
    unit = serializers.CharField()
    hour = serializers.IntegerField(help_text="Of the run's hours, from 0: in which it breaks.")
    sentence = serializers.CharField()


class HostingCourseSerializer(HostingNodeSerializer):
    course = serializers.DictField(help_text="kw: added; own_pu: the node's voltage; value: of what breaks.")


class HostingSerializer(serializers.Serializer):
    asked = HostingRunSerializer(allow_null=True, help_text="The newest run, however far it is.")
    run = HostingRunSerializer(allow_null=True, help_text="The newest that is done: what follows is of it.")
    nodes = HostingNodeSerializer(many=True)
    risk = serializers.DictField(help_text="Shares of the deployments that break a limit, by penetration.")
    defaults = HostingOptionsSerializer()


class RefusedHostingSerializer(serializers.Serializer):
    detail = serializers.CharField()


class HostingView(APIView):
    def get_permissions(self) -> list[Any]:
        reads = self.request.method in ("GET", "HEAD", "OPTIONS")
        return [requires(Permission.VIEW_GRID if reads else Permission.RUN_STUDIES)()]

    @extend_schema(parameters=AT, responses={200: HostingSerializer})
    def get(self, request: Request) -> Response:
        """What every node can host, and how likely limits break as plants come."""
        then = instant_of(request)
        run, asked = newest_hosting(as_of=then), newest_asked(as_of=then)
        return Response(
            {
                "asked": hosting_document(asked) if asked else None,
                "run": hosting_document(run) if run else None,
                "nodes": hosting_nodes(run) if run else [],
                "risk": run.risk if run else {},
                "defaults": hosting.DEFAULTS,
            }
        )

    @extend_schema(
        request=HostingOptionsSerializer, responses={202: HostingRunSerializer, 409: RefusedHostingSerializer}
    )
    def post(self, request: Request) -> Response:
        """Work it out now: a worker does it, and the run itself tells how far it is."""
        now, options = timezone.now(), checked(HostingOptionsSerializer, request.data)
        try:
            run = hosting.begin_hosting(options=options, as_of=now, by=cast(User, request.user))
        except hosting.HostingBusy as busy:
            return Response({"detail": str(busy)}, status=status.HTTP_409_CONFLICT)
        try:
            tasks.carry_out_hosting.delay(run.pk)
        except OperationalError:
            reason = "The queue of the workers cannot be reached. Try again."
            hosting.give_up_hosting(run=run, reason=reason, as_of=now)
        return Response(hosting_document(run), status=status.HTTP_202_ACCEPTED)


class HostingRunView(APIView):
    permission_classes = [requires(Permission.VIEW_GRID)]

    @extend_schema(parameters=AT, responses={200: HostingRunSerializer, 404: RefusedHostingSerializer})
    def get(self, request: Request) -> Response:
        """How far the newest run is; of the past the newest that had been asked for."""
        run = newest_asked(as_of=instant_of(request))
        if run is None:
            raise Http404("No run has been asked for yet.")
        return Response(hosting_document(run))


class HostingNodeView(APIView):
    permission_classes = [requires(Permission.VIEW_GRID)]

    @extend_schema(responses={200: HostingCourseSerializer})
    def get(self, request: Request, run_id: int, mrid: UUID) -> Response:
        """One node, with how its voltage and what breaks get there as more is added."""
        run = HostingRun.objects.filter(pk=run_id).first()
        found = hosting_node(run, mrid) if run else None
        if found is None:
            raise Http404("This run has no such node. Read the newest run anew.")
        return Response(found)
