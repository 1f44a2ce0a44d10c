"""Shapes of the renewables desk. Powers are fed in; net load is drawn. null: not known."""

from datetime import timedelta

from rest_framework import serializers

from apps.renewables.choices import Basis, Cause, PlantKind

MOST_SPAN = timedelta(days=92)


def maybe_field(help_text: str = "") -> serializers.FloatField:
    return serializers.FloatField(allow_null=True, help_text=help_text)


def course_field(help_text: str = "") -> serializers.ListField:
    return serializers.ListField(child=serializers.FloatField(allow_null=True), help_text=help_text)


def instants_field() -> serializers.ListField:
    return serializers.ListField(child=serializers.IntegerField(), help_text="Begin of each quarter hour, unix s.")


class RefusedRenewablesSerializer(serializers.Serializer):
    detail = serializers.CharField()


class PortfolioSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    name = serializers.CharField()
    zone = serializers.CharField(allow_null=True)
    rated_kw = serializers.FloatField()


class PortfoliosSerializer(serializers.Serializer):
    portfolios = PortfolioSerializer(many=True)


class PortfolioForecastSerializer(serializers.Serializer):
    as_of = serializers.DateTimeField()
    plants = serializers.IntegerField(help_text="That are in the sum.")
    missing = serializers.IntegerField(help_text="Without a forecast.")
    pairs = serializers.IntegerField(help_text="Past errors that tell how plants err together; 0: as if independent.")
    t = instants_field()
    quantiles = serializers.DictField(child=course_field(), help_text="kW by level.")


class PortfolioBandSerializer(serializers.Serializer):
    portfolio = serializers.IntegerField()
    step_s = serializers.IntegerField()
    forecast = PortfolioForecastSerializer(allow_null=True)
    t = instants_field()
    fed_in_kw = course_field()
    curtailed_kw = course_field("Beyond the uncertainty of what could be given.")


class RenewablePlantSerializer(serializers.Serializer):
    mrid = serializers.UUIDField()
    name = serializers.CharField()
    kind = serializers.ChoiceField(choices=PlantKind.choices)
    kind_label = serializers.CharField()
    series = serializers.IntegerField(help_text="Its forecasts: /api/v1/forecasts/series/{id}.")
    rated_kw = serializers.FloatField()
    feeder_mrid = serializers.UUIDField(allow_null=True)
    feeder = serializers.CharField()
    reduces_from_pu = maybe_field("Voltage from which on its inverter gives less by itself.")
    stops_below_price = maybe_field("Per MWh.")
    at = serializers.DateTimeField(allow_null=True, help_text="Begin of the newest quarter hour that is known.")
    available_kw = maybe_field("What it could have given, and one standard deviation of that.")
    sigma_kw = maybe_field()
    fed_in_kw = maybe_field()
    curtailed_kw = maybe_field()
    basis = serializers.ChoiceField(choices=Basis.choices)
    basis_label = serializers.CharField()
    cause = serializers.ChoiceField(choices=Cause.choices, allow_null=True)
    cause_label = serializers.CharField()
    words = serializers.CharField()
    today_fed_in_kwh = maybe_field()
    today_curtailed_kwh = maybe_field()


class RenewablePlantsSerializer(serializers.Serializer):
    portfolio = serializers.IntegerField()
    plants = RenewablePlantSerializer(many=True)


class CurtailmentSerializer(serializers.Serializer):
    plant = serializers.CharField()
    mrid = serializers.UUIDField()
    starts_at = serializers.DateTimeField()
    kwh = serializers.FloatField()
    sigma_kwh = serializers.FloatField()
    cause = serializers.ChoiceField(choices=Cause.choices)
    cause_label = serializers.CharField()
    words = serializers.CharField()
    order = serializers.IntegerField(allow_null=True)
    course = serializers.IntegerField(allow_null=True)
    worth = maybe_field("At the day-ahead price of its time.")
    currency = serializers.CharField()
    average_kg = maybe_field("CO2, by the average factor of its time.")
    marginal_kg = maybe_field("CO2, by the marginal factor of its time.")


class CurtailmentsSerializer(serializers.Serializer):
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    total_kwh = serializers.FloatField()
    count = serializers.IntegerField()
    curtailments = CurtailmentSerializer(many=True)


class CurtailedByCauseSerializer(serializers.Serializer):
    cause = serializers.ChoiceField(choices=Cause.choices)
    cause_label = serializers.CharField()
    kwh = serializers.FloatField()


class _IntegrationSerializer(serializers.Serializer):
    available_kwh = serializers.FloatField()
    used_kwh = serializers.FloatField()
    curtailed_kwh = serializers.FloatField()
    hosted_kw = maybe_field("Rated power of the plants.")
    demand_kwh = maybe_field()
    met_kwh = maybe_field("Of the demand, by quarter hours: what is fed in beyond it meets none.")
    average_kg = maybe_field("CO2 that the grid's average generation would have emitted for what was used.")
    marginal_kg = maybe_field("CO2 that the generation which gives way would have emitted for it.")
    lost_average_kg = maybe_field("The same for what was held back: emitted by others.")
    lost_marginal_kg = maybe_field()
    lost_worth = maybe_field()
    currency = serializers.CharField(allow_blank=True, required=False)
    missing = serializers.CharField(allow_blank=True, required=False)


class IntegrationSpanSerializer(_IntegrationSerializer):
    days = serializers.IntegerField()
    known_days = serializers.IntegerField()
    used_share = maybe_field("Of what was available.")
    met_share = maybe_field("Of the demand.")
    by_cause = CurtailedByCauseSerializer(many=True)


class IntegrationDaySerializer(_IntegrationSerializer):
    day = serializers.DateField()
    by_cause = serializers.DictField(child=serializers.FloatField())
    known_share = serializers.FloatField()


class IntegrationSerializer(serializers.Serializer):
    portfolio = serializers.IntegerField()
    today_begins_at = serializers.DateTimeField()
    spans = IntegrationSpanSerializer(many=True)
    days = IntegrationDaySerializer(many=True)


class InstantQuery(serializers.Serializer):
    at = serializers.DateTimeField(required=False, help_text="As it was known then; without it, now.")


class CurtailmentsQuery(serializers.Serializer):
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    limit = serializers.IntegerField(min_value=1, max_value=2000, default=200)

    def validate(self, data: dict[str, object]) -> dict[str, object]:
        start, end = data["starts_at"], data["ends_at"]
        if start >= end:  # type: ignore[operator]
            raise serializers.ValidationError({"ends_at": "It must be later than starts_at."})
        if end - start > MOST_SPAN:  # type: ignore[operator]
            raise serializers.ValidationError({"ends_at": f"Ask for at most {MOST_SPAN.days} days at once."})
        return data
