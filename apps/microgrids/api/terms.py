"""Terms of a microgrid: read by all who see the grid, entered by who manages microgrids."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.dispatch.api.bodies import checked
from apps.microgrids.api.bodies import RefusedMicrogridSerializer
from apps.microgrids.api.common import ReadByAll, acting, answered, microgrid_of
from apps.microgrids.selectors.terms import terms_page
from apps.microgrids.services.terms import enter_terms

MOST_EUR, MOST_H, MOST_KW = 1e6, 1e7, 1e9


def _share() -> serializers.FloatField:
    return serializers.FloatField(min_value=0.0, max_value=1.0, required=False)


def _money() -> serializers.FloatField:
    return serializers.FloatField(min_value=0.0, max_value=MOST_EUR, required=False)


def _open(most: float) -> serializers.FloatField:
    return serializers.FloatField(min_value=0.0, max_value=most, required=False, allow_null=True)


class MicrogridReadinessTermsSerializer(serializers.Serializer[Any]):
    least_soc = serializers.FloatField(min_value=0.0, max_value=0.99, required=False)
    one_way_efficiency = serializers.FloatField(min_value=0.3, max_value=1.0, required=False)
    soc_sigma = _share()
    start_failure = _share()
    hours_between_failures = serializers.FloatField(min_value=1.0, max_value=MOST_H, required=False)
    shed_important_below = _share()
    shed_deferrable_below = _share()
    lost_critical_eur_per_kwh = _money()
    lost_important_eur_per_kwh = _money()
    lost_deferrable_eur_per_kwh = _money()
    expected_outage_h = _open(MOST_H)
    outages_per_year = _open(MOST_EUR)


class MicrogridScheduleTermsSerializer(serializers.Serializer[Any]):
    wear_eur_per_kwh = _money()
    emissions_eur_per_kg = _money()
    peak_eur_per_kw = _money()
    peak_reached_kw = serializers.FloatField(min_value=0.0, max_value=MOST_KW, required=False)
    reserve_eur_per_kwh_h = _money()
    import_kw = _open(MOST_KW)
    export_kw = _open(MOST_KW)
    proposes = serializers.BooleanField(required=False, help_text="Set-points to dispatch")


class MicrogridTermsChangeSerializer(serializers.Serializer[Any]):
    readiness = MicrogridReadinessTermsSerializer(required=False)
    schedule = MicrogridScheduleTermsSerializer(required=False)


class MicrogridTermsSerializer(serializers.Serializer[Any]):
    is_default = serializers.BooleanField(help_text="Nobody has entered any: all are assumptions")
    readiness = MicrogridReadinessTermsSerializer()
    schedule = MicrogridScheduleTermsSerializer()


class MicrogridTermsView(ReadByAll):
    @extend_schema(responses={200: MicrogridTermsSerializer, 404: RefusedMicrogridSerializer})
    def get(self, request: Request, mrid: UUID) -> Response:
        """How its equipment is believed to behave, and what lost load, wear, peaks and limits are taken to be."""
        return Response(terms_page(microgrid_of(mrid)))

    @extend_schema(
        request=MicrogridTermsChangeSerializer,
        responses={200: MicrogridTermsSerializer, 404: RefusedMicrogridSerializer, 409: RefusedMicrogridSerializer},
    )
    def patch(self, request: Request, mrid: UUID) -> Response:
        """Only what is named changes; the next run of readiness and schedule uses it."""
        body, microgrid = checked(MicrogridTermsChangeSerializer, request.data), microgrid_of(mrid)
        told = {"readiness": body.get("readiness", {}), "schedule": body.get("schedule", {})}

        def act() -> dict[str, Any]:
            enter_terms(microgrid=microgrid, **told, **acting(request))
            return terms_page(microgrid)

        return answered(act)
