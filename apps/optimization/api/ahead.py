"""Operating envelopes of connection points, congestion and its prices, over the hours ahead."""

from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.choices import Permission
from apps.accounts.permissions import requires
from apps.dispatch.api.bodies import checked
from apps.dispatch.choices.ahead import AheadOutcome, OfferKind
from apps.dispatch.choices.proposal import Breach
from apps.dispatch.selectors import ahead as selectors
from apps.optimization.api.runs import RefusedOptimizationSerializer

MOST_ASKED = 500
_NO_RUN = "Nothing has been worked out yet: a run comes each quarter of an hour, once the state is known."
_NO_POINT = (
    "There is no connection point of this mRID: nothing draws or feeds in there, or the live network does not have it. "
    "Take the mRID of a load, plant, battery or of the node that it is at."
)


class EnvelopesQuery(serializers.Serializer):
    mrid = serializers.ListField(child=serializers.UUIDField(), required=False, default=list, max_length=MOST_ASKED)


class EnvelopeIntervalSerializer(serializers.Serializer):
    share = serializers.FloatField(help_text="Of the way from what is expected to what is asked for, that all have.")
    confirmed = serializers.BooleanField(help_text="The full power flow of every corner keeps all limits.")
    corners = serializers.IntegerField()
    reason = serializers.CharField()
    plants_share = serializers.FloatField(help_text="Below 1: what is expected breaks a limit, and less is not beyond.")
    loads_share = serializers.FloatField()
    seconds = serializers.FloatField()


class EnvelopeSerializer(serializers.Serializer):
    mrid = serializers.UUIDField(help_text="Of the node.")
    name = serializers.CharField()
    resources = serializers.ListField(child=serializers.CharField())
    starts = serializers.ListField(child=serializers.DateTimeField(), help_text="Each ends where the next begins.")
    import_kw = serializers.ListField(
        child=serializers.FloatField(allow_null=True), help_text="Drawn at most; below 0: so much has to be fed in."
    )
    export_kw = serializers.ListField(
        child=serializers.FloatField(allow_null=True), help_text="Fed in at most; below 0: so much has to be drawn."
    )
    expected_kw = serializers.ListField(child=serializers.FloatField(allow_null=True), help_text="Drawn.")
    asked_import_kw = serializers.FloatField()
    asked_export_kw = serializers.FloatField()
    is_bound = serializers.BooleanField(help_text="Somewhere in the time the network allows less than is asked for.")


class HoursAheadSerializer(serializers.Serializer):
    run = serializers.IntegerField(allow_null=True)
    as_of = serializers.DateTimeField(required=False)
    is_old = serializers.BooleanField(required=False)
    ends_at = serializers.DateTimeField(allow_null=True, required=False)
    expected_from = serializers.CharField(required=False)
    reason = serializers.CharField(required=False)
    intervals = EnvelopeIntervalSerializer(many=True, required=False)
    network_version = serializers.IntegerField(allow_null=True, required=False)
    duration_ms = serializers.FloatField(required=False)


class EnvelopesSerializer(HoursAheadSerializer):
    points = EnvelopeSerializer(many=True)
    bound = serializers.IntegerField(help_text="Points that the network binds.")

    def get_fields(self) -> dict[str, serializers.Field]:
        """`all` is a word of Python's own."""
        return {**super().get_fields(), "all": serializers.IntegerField()}


class OfferOfPointSerializer(serializers.Serializer):
    node_mrid = serializers.UUIDField()
    node_name = serializers.CharField()
    kind = serializers.ChoiceField(choices=OfferKind.choices)
    kind_label = serializers.CharField()
    most_kw = serializers.FloatField(help_text="Positive: more out of the point into the network.")
    relief_per_100_kw = serializers.FloatField(help_text="In the unit of the limit.")
    eur_per_kwh = serializers.FloatField()
    worth_eur_per_kwh = serializers.FloatField(help_text="Of one kW of the offer at this point.")
    taken_kw = serializers.FloatField(help_text="In the cheapest relief.")


class CongestionSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    trouble = serializers.IntegerField()
    breach = serializers.ChoiceField(choices=Breach.choices)
    breach_label = serializers.CharField()
    place = serializers.CharField()
    element_mrid = serializers.UUIDField()
    element_name = serializers.CharField()
    is_now = serializers.BooleanField()
    probability = serializers.FloatField()
    begins_at = serializers.DateTimeField(allow_null=True)
    ends_at = serializers.DateTimeField(allow_null=True)
    state_of = serializers.DateTimeField(help_text="The instant whose state it was worked out on.")
    basis = serializers.CharField()
    value = serializers.FloatField()
    limit = serializers.FloatField()
    unit = serializers.CharField()
    is_feasible = serializers.BooleanField(help_text="All offers together are enough.")
    relief_kw = serializers.FloatField(allow_null=True)
    cost_eur_per_h = serializers.FloatField(allow_null=True)
    sentences = serializers.ListField(child=serializers.CharField(), help_text="The cheapest ways out.")
    offers = OfferOfPointSerializer(many=True)


class CongestionsSerializer(HoursAheadSerializer):
    outcome = serializers.ChoiceField(choices=AheadOutcome.choices, required=False)
    outcome_label = serializers.CharField(required=False)
    congestion = CongestionSerializer(many=True)


class PriceOfPointSerializer(CongestionSerializer):
    eur_per_kwh = serializers.FloatField(help_text="What one kW more out of the point is worth there.")


class PricesOfPointSerializer(serializers.Serializer):
    prices = PriceOfPointSerializer(many=True)


class EnvelopesView(APIView):
    permission_classes = [requires(Permission.VIEW_GRID)]

    @extend_schema(
        parameters=[OpenApiParameter("mrid", UUID, many=True, description="Of loads, plants, batteries or nodes.")],
        responses={200: EnvelopesSerializer, 404: RefusedOptimizationSerializer},
    )
    def get(self, request: Request) -> Response:
        """Of the points asked for; without any, of those that the network binds, which lose most first."""
        asked = checked(EnvelopesQuery, {"mrid": request.query_params.getlist("mrid")})["mrid"]
        found = selectors.envelope_documents([str(mrid) for mrid in asked], as_of=timezone.now())
        if found is None:
            raise NotFound(_NO_RUN)
        return Response(found)


class EnvelopeView(APIView):
    permission_classes = [requires(Permission.VIEW_GRID)]

    @extend_schema(responses={200: EnvelopeSerializer, 404: RefusedOptimizationSerializer})
    def get(self, request: Request, mrid: UUID) -> Response:
        """Of one connection point: what it may draw and feed in, now and over the hours ahead."""
        found = selectors.envelope_document(str(mrid), as_of=timezone.now())
        if found is None:
            raise NotFound(_NO_POINT)
        return Response(found)


class CongestionView(APIView):
    permission_classes = [requires(Permission.VIEW_GRID)]

    @extend_schema(responses={200: CongestionsSerializer})
    def get(self, request: Request) -> Response:
        """Where and when it is short, by how much, who could relieve it and what that is worth."""
        return Response(selectors.congestion_documents(as_of=timezone.now()))


class PointPricesView(APIView):
    permission_classes = [requires(Permission.VIEW_GRID)]

    @extend_schema(responses={200: PricesOfPointSerializer})
    def get(self, request: Request, mrid: UUID) -> Response:
        """What a kW at one connection point is worth in each congestion."""
        return Response({"prices": selectors.price_document(str(mrid))})
