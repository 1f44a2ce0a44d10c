from typing import Any, cast

from celery.exceptions import OperationalError
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
from apps.resilience import tasks
from apps.resilience.adapters.measures import DEFAULTS
from apps.resilience.adapters.rates import RatesError, rates_of
from apps.resilience.choices.studio import MeasureKind, StudioOutcome
from apps.resilience.selectors.studio import newest_done, newest_studio_run, studio_document
from apps.resilience.services import studio

MOST_MONEY = 1e10


def _amount(most: float = MOST_MONEY, least: float = 0.0, **more: Any) -> serializers.FloatField:
    return serializers.FloatField(min_value=least, max_value=most, required=False, **more)


class HardeningOptionsSerializer(serializers.Serializer):
    """Money is a present value, upkeep included, in the currency of the value of lost load."""

    budget = _amount(least=1.0)
    steps = serializers.IntegerField(min_value=1, max_value=20, required=False, help_text="Points of the front.")
    kinds = serializers.MultipleChoiceField(choices=MeasureKind.choices, required=False, allow_empty=False)
    most_of_a_kind = serializers.IntegerField(min_value=1, max_value=40, required=False)
    voll_per_kwh = _amount(1e5)
    discount_percent = _amount(50.0)
    years = serializers.IntegerField(min_value=1, max_value=80, required=False)
    draws = serializers.IntegerField(min_value=1, max_value=64, required=False, help_text="Of each repair.")
    switch_cost = _amount(least=1.0)
    indicators_cost = _amount(least=1.0, help_text="For a feeder.")
    search_saved_h = _amount(24.0)
    underground_cost_per_km = _amount(least=1.0)
    trees_cost_per_km = _amount(least=1.0)
    trees_failures_saved_percent = _amount(100.0)
    battery_cost = _amount(least=1.0)
    battery_cost_per_kwh = _amount()
    battery_hours = _amount(48.0, least=0.25)
    generator_cost = _amount(least=1.0)
    generator_kw = _amount(1e5, least=1.0)
    generator_arrives_h = _amount(48.0, least=0.1)
    rates = serializers.DictField(
        required=False, help_text="Failure rates and times, as `reliability_indices` has them."
    )

    def validate_kinds(self, value: set[str]) -> list[str]:
        return [kind for kind in MeasureKind.values if kind in value]

    def validate_rates(self, value: dict[str, Any]) -> dict[str, Any]:
        try:
            rates_of(value)
        except RatesError as wrong:
            raise serializers.ValidationError(str(wrong)) from None
        return value


class HardeningRunSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    as_of = serializers.DateTimeField()
    outcome = serializers.ChoiceField(choices=StudioOutcome.choices)
    outcome_label = serializers.CharField()
    asked_by = serializers.CharField(allow_null=True)
    options = serializers.DictField()
    seed = serializers.IntegerField()
    text = serializers.CharField()
    progress = serializers.FloatField(help_text="0 to 1.")
    network_version = serializers.IntegerField(allow_null=True)
    network_revision = serializers.IntegerField(allow_null=True)
    result = serializers.DictField(help_text="before, front (each with its measures and their reasons), notes.")
    engine_version = serializers.CharField()
    finished_at = serializers.DateTimeField(allow_null=True)
    duration_ms = serializers.FloatField(allow_null=True)


class HardeningSerializer(serializers.Serializer):
    asked = HardeningRunSerializer(allow_null=True, help_text="The newest run, however far it is.")
    run = HardeningRunSerializer(allow_null=True, help_text="The newest that is done.")
    defaults = serializers.DictField()


class HardeningRefusedSerializer(serializers.Serializer):
    detail = serializers.CharField()


class HardeningView(APIView):
    def get_permissions(self) -> list[Any]:
        reads = self.request.method in ("GET", "HEAD", "OPTIONS")
        return [requires(Permission.VIEW_GRID if reads else Permission.MANAGE_RESILIENCE)()]

    @extend_schema(responses={200: HardeningSerializer})
    def get(self, request: Request) -> Response:
        """What to buy against interruptions: cost against customer minutes, each measure with its reason."""
        now = timezone.now()
        run, asked = newest_done(as_of=now), newest_studio_run(as_of=now)
        return Response(
            {
                "asked": studio_document(asked) if asked else None,
                "run": studio_document(run) if run else None,
                "defaults": DEFAULTS,
            }
        )

    @extend_schema(
        request=HardeningOptionsSerializer, responses={202: HardeningRunSerializer, 409: HardeningRefusedSerializer}
    )
    def post(self, request: Request) -> Response:
        """Work it out on the live version of the network: a worker does it, and the run tells how far it is."""
        now, options = timezone.now(), checked(HardeningOptionsSerializer, request.data)
        try:
            run = studio.begin_studio_run(options=options, as_of=now, by=cast(User, request.user))
        except studio.StudioBusy as busy:
            return Response({"detail": str(busy)}, status=status.HTTP_409_CONFLICT)
        try:
            tasks.carry_out_studio_run.delay(run.pk)
        except OperationalError:
            reason = "The queue of the workers cannot be reached. Try again."
            studio.give_up_studio_run(run=run, reason=reason, as_of=now)
        return Response(studio_document(run), status=status.HTTP_202_ACCEPTED)
