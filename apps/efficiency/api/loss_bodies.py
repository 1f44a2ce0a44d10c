"""What goes over the API about losses."""

from rest_framework import serializers

from apps.efficiency.choices.loss import LONGEST_LOSS_TEXT, LossOutcome, SuspectKindName, SuspectState


class LossDaySerializer(serializers.Serializer):
    day = serializers.DateField()
    outcome = serializers.ChoiceField(choices=LossOutcome.choices)
    hours_known = serializers.IntegerField()
    technical_kwh = serializers.FloatField(allow_null=True)


class LossTotalsSerializer(serializers.Serializer):
    lines_kwh = serializers.FloatField(required=False, allow_null=True)
    transformers_load_kwh = serializers.FloatField(required=False, allow_null=True)
    transformers_no_load_kwh = serializers.FloatField(required=False, allow_null=True)
    technical_kwh = serializers.FloatField(required=False, allow_null=True)
    estimated_kwh = serializers.FloatField(
        required=False, allow_null=True, help_text="What the estimates themselves say of the whole: another way."
    )


class LossHourSerializer(serializers.Serializer):
    hour = serializers.IntegerField(help_text="Of the UTC day.")
    lines_kwh = serializers.FloatField(allow_null=True)
    transformers_load_kwh = serializers.FloatField(allow_null=True)
    transformers_no_load_kwh = serializers.FloatField(allow_null=True)
    estimated_kwh = serializers.FloatField(allow_null=True)


class LossFeederSerializer(serializers.Serializer):
    mrid = serializers.UUIDField(allow_null=True)
    name = serializers.CharField()
    lines_kwh = serializers.FloatField()
    transformers_kwh = serializers.FloatField()


class LossLineSerializer(serializers.Serializer):
    mrid = serializers.UUIDField()
    name = serializers.CharField()
    feeder = serializers.CharField()
    loss_kwh = serializers.FloatField()


class LossBalanceSerializer(serializers.Serializer):
    part = serializers.CharField(help_text="The transformers whose low sides feed it.")
    meters = serializers.IntegerField()
    silent_meters = serializers.IntegerField()
    metered_share = serializers.FloatField(help_text="Of its nominal power.")
    hours = serializers.IntegerField()
    fed_kwh = serializers.FloatField()
    metered_kwh = serializers.FloatField()
    technical_kwh = serializers.FloatField()
    unexplained_kwh = serializers.FloatField()
    low_kwh = serializers.FloatField(help_text="90 % band of what is unexplained.")
    high_kwh = serializers.FloatField()
    note = serializers.CharField()


class LossRunSerializer(serializers.Serializer):
    day = serializers.DateField()
    as_of = serializers.DateTimeField()
    outcome = serializers.ChoiceField(choices=LossOutcome.choices)
    reason = serializers.CharField()
    network_version = serializers.IntegerField(allow_null=True)
    scans = serializers.IntegerField()
    hours_known = serializers.IntegerField()
    totals = LossTotalsSerializer()
    hourly = LossHourSerializer(many=True)
    feeders = LossFeederSerializer(many=True)
    lines = LossLineSerializer(many=True, help_text="Those that lose most.")
    balances = LossBalanceSerializer(many=True)
    notes = serializers.ListField(child=serializers.CharField())
    engine_version = serializers.CharField()
    duration_ms = serializers.FloatField()


class LossesSerializer(serializers.Serializer):
    run = LossRunSerializer(allow_null=True, help_text="null: nothing has been worked out yet.")
    days = LossDaySerializer(many=True)


class LossTransformerSerializer(serializers.Serializer):
    mrid = serializers.UUIDField()
    name = serializers.CharField()
    feeder = serializers.CharField()
    rated_s_kva = serializers.FloatField()
    load_loss_kwh = serializers.FloatField(allow_null=True)
    no_load_loss_kwh = serializers.FloatField(allow_null=True)
    peak_load_pu = serializers.FloatField(allow_null=True)
    mean_load_pu = serializers.FloatField(allow_null=True)
    hottest_c = serializers.FloatField(allow_null=True, help_text="Hot spot; null: the air was not measured.")
    relative_ageing = serializers.FloatField(allow_null=True, help_text="1: life is used up as fast as is normal.")


class LossUnitCostSerializer(serializers.Serializer):
    rated_s_kva = serializers.FloatField()
    loss_kwh = serializers.FloatField(help_text="A year.")
    loss_eur = serializers.FloatField()
    ageing_eur = serializers.FloatField()
    peak_load_pu = serializers.FloatField()
    hottest_c = serializers.FloatField(allow_null=True)


class LossSizeSerializer(serializers.Serializer):
    mrid = serializers.UUIDField()
    name = serializers.CharField()
    hours = serializers.IntegerField(help_text="That it rests on.")
    now = LossUnitCostSerializer()
    best = LossUnitCostSerializer()
    saves_eur = serializers.FloatField(help_text="A year.")
    costs_eur = serializers.FloatField()
    payback_years = serializers.FloatField()
    reason = serializers.CharField()


class LossTransformersSerializer(serializers.Serializer):
    day = serializers.DateField(allow_null=True)
    transformers = LossTransformerSerializer(many=True)
    sizing = LossSizeSerializer(many=True)
    notes = serializers.ListField(child=serializers.CharField())


class LossSignSerializer(serializers.Serializer):
    sign = serializers.CharField()
    text = serializers.CharField()


class LossSuspectSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    mrid = serializers.UUIDField()
    name = serializers.CharField()
    place = serializers.CharField()
    kind = serializers.ChoiceField(choices=SuspectKindName.choices)
    kind_text = serializers.CharField(source="get_kind_display")
    state = serializers.ChoiceField(choices=SuspectState.choices)
    state_text = serializers.CharField(source="get_state_display")
    probability = serializers.FloatField()
    energy_kwh = serializers.FloatField()
    since_day = serializers.DateField(allow_null=True)
    looked_from = serializers.DateField()
    looked_until = serializers.DateField()
    evidence = LossSignSerializer(many=True)
    found_at = serializers.DateTimeField()
    seen_at = serializers.DateTimeField()
    decided_by = serializers.CharField()
    decided_at = serializers.DateTimeField(allow_null=True)
    reason = serializers.CharField()


class LossSuspectsSerializer(serializers.Serializer):
    suspects = LossSuspectSerializer(many=True)


class LossDecisionSerializer(serializers.Serializer):
    state = serializers.ChoiceField(choices=[one for one in SuspectState.choices if one[0] != SuspectState.NEW.value])
    reason = serializers.CharField(max_length=LONGEST_LOSS_TEXT, allow_blank=True, default="")


class LossDayAskedSerializer(serializers.Serializer):
    day = serializers.DateField(required=False, allow_null=True, default=None)


class LossRefusedSerializer(serializers.Serializer):
    detail = serializers.CharField()
