"""What restoration would do about an incident. Its proposals are decided and carried out at dispatch's doors."""

from typing import Any, cast

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.choices import Permission
from apps.accounts.models import User
from apps.accounts.permissions import requires
from apps.dispatch.api.proposal_bodies import AutonomySerializer, ProposalSerializer
from apps.dispatch.choices.proposal import AutonomyMode
from apps.dispatch.services.refusal import Refused
from apps.incidents.choices.restoring import RestorationAim, RestorationOutcome
from apps.incidents.models import Incident
from apps.incidents.selectors.restoring import restoration_document
from apps.incidents.services.restoring import look_at


class RestorationLookSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    aim = serializers.ChoiceField(choices=RestorationAim.choices)
    aim_label = serializers.CharField()
    as_of = serializers.DateTimeField()
    outcome = serializers.ChoiceField(choices=RestorationOutcome.choices)
    outcome_label = serializers.CharField()
    text = serializers.CharField()


class RestorationRunSerializer(RestorationLookSerializer):
    probability = serializers.FloatField(allow_null=True, help_text="That the fault is in what is isolated.")
    sections = serializers.ListField(child=serializers.DictField(), help_text="What counts as faulted.")
    loads_said_by = serializers.CharField(help_text="Whose word the loads of the hours of the repair are.")
    plans = serializers.ListField(child=serializers.DictField(), help_text="The best first, with what each costs.")
    with_crews = serializers.DictField(help_text="What crews at switches could restore beyond that; may be empty.")
    without = serializers.ListField(child=serializers.DictField(), help_text="Who stays without supply, and why.")
    trouble = serializers.IntegerField(allow_null=True)
    proposals = ProposalSerializer(many=True)
    seconds = serializers.FloatField()


class WayBackSerializer(serializers.Serializer):
    proposal = serializers.IntegerField()
    plan = serializers.IntegerField()
    number = serializers.CharField()
    stopped = serializers.CharField(help_text="Why the proposal was not carried out to its end; empty where it was.")


class RestorationSerializer(serializers.Serializer):
    incident = serializers.CharField()
    mode = serializers.ChoiceField(choices=AutonomyMode.choices)
    mode_label = serializers.CharField()
    rule = AutonomySerializer(allow_null=True)
    run = RestorationRunSerializer(allow_null=True)
    earlier = RestorationLookSerializer(many=True)
    ways_back = WayBackSerializer(many=True)


class RefusedRestorationSerializer(serializers.Serializer):
    detail = serializers.CharField()


class RestorationView(APIView):
    def get_permissions(self) -> list[Any]:
        reads = self.request.method in ("GET", "HEAD", "OPTIONS")
        return [requires(Permission.VIEW_GRID if reads else Permission.MANAGE_INCIDENTS)()]

    @extend_schema(responses={200: RestorationSerializer, 404: RefusedRestorationSerializer})
    def get(self, request: Request, number: str) -> Response:
        """The newest look, its plans and proposals, the mode of the feeder, and the ways back."""
        return Response(restoration_document(get_object_or_404(Incident, number=number)))

    @extend_schema(
        request=None,
        responses={
            201: RestorationSerializer,
            404: RefusedRestorationSerializer,
            409: RefusedRestorationSerializer,
        },
    )
    def post(self, request: Request, number: str) -> Response:
        """Look now, whether anything has changed or not."""
        incident = get_object_or_404(Incident, number=number)
        try:
            look_at(number=number, by=cast(User, request.user), as_of=timezone.now())
        except Refused as refusal:
            return Response({"detail": str(refusal)}, status=status.HTTP_409_CONFLICT)
        return Response(restoration_document(incident), status=status.HTTP_201_CREATED)
