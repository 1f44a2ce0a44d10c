from rest_framework import serializers

from apps.demand_response.choices import EvaluationStatus, LineKind, MonthStatus


def _float() -> serializers.FloatField:
    return serializers.FloatField(allow_null=True)


class EvaluationQuery(serializers.Serializer):
    at = serializers.DateTimeField(required=False, help_text="As it was known then; without it, now.")


class EvaluationAskSerializer(serializers.Serializer):
    call = serializers.IntegerField(min_value=1)


class EvaluationRowSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    call = serializers.IntegerField()
    title = serializers.CharField()
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    program = serializers.IntegerField()
    program_title = serializers.CharField()
    status = serializers.ChoiceField(choices=EvaluationStatus.choices)
    status_words = serializers.CharField()
    reason = serializers.CharField(help_text="Why there is none; empty where there is.")
    as_of = serializers.DateTimeField(allow_null=True, help_text="Readings that had come by then count.")
    method = serializers.CharField()
    method_words = serializers.CharField()
    promised_kw = serializers.FloatField()
    customers = serializers.IntegerField()
    settled_customers = serializers.IntegerField(help_text="Of whom every interval is known.")
    delivered_kwh = _float()
    delivered_kw = serializers.FloatField(allow_null=True, help_text="Of all together in their best hour.")
    low_kw = serializers.FloatField(allow_null=True, help_text="P10, from the errors on placebo days.")
    high_kw = _float()
    duration_ms = _float()


class EvaluationListSerializer(serializers.Serializer):
    evaluations = EvaluationRowSerializer(many=True)


class EvaluatedMethodSerializer(serializers.Serializer):
    key = serializers.CharField()
    name = serializers.CharField()
    is_agreed = serializers.BooleanField(help_text="The one that the program settles by.")
    customers = serializers.IntegerField(help_text="For whom it makes a baseline.")
    delivered_kwh = _float()
    low_kwh = _float()
    middle_kwh = serializers.FloatField(allow_null=True, help_text="Less what the method finds on placebo days.")
    high_kwh = _float()
    placebo_days = serializers.IntegerField()
    bias_percent = _float()
    rrmse_percent = _float()
    payment_eur = _float()
    swing_eur = serializers.FloatField(allow_null=True, help_text="Against the agreed one, for the same customers.")
    compared = serializers.IntegerField(help_text="Customers whom both methods know.")


class EvaluatedHourSerializer(serializers.Serializer):
    starts_at = serializers.DateTimeField()
    delivered_kw = _float()
    low_kw = _float()
    high_kw = _float()


class EvaluatedStageSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    number = serializers.IntegerField()
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    asked = serializers.IntegerField()
    customers = serializers.IntegerField(help_text="Of whom every interval is known.")
    promised_kw = serializers.ListField(child=serializers.FloatField(), help_text="P10, P50, P90.")
    delivered_kwh = _float()
    low_kwh = _float()
    high_kwh = _float()
    hours = EvaluatedHourSerializer(many=True)


class EvaluatedCourseSerializer(serializers.Serializer):
    customers = serializers.IntegerField()
    starts_at = serializers.ListField(child=serializers.DateTimeField(), help_text="Quarters of an hour.")
    load_kw = serializers.ListField(child=_float())
    baseline_kw = serializers.ListField(child=_float())
    baseline_low_kw = serializers.ListField(child=_float())
    baseline_high_kw = serializers.ListField(child=_float())


class EvaluatedReboundSerializer(serializers.Serializer):
    kwh = _float()
    share = serializers.FloatField(allow_null=True, help_text="Of what was delivered.")
    highest_kw = _float()
    customers = serializers.IntegerField()


class EvaluatedWorthSerializer(serializers.Serializer):
    paid_eur = _float()
    energy_eur = _float()
    zone = serializers.CharField()
    unpriced = serializers.IntegerField(help_text="Quarters of an hour without a known price.")
    peak_eur = _float()
    peak_eur_per_kwh = _float()
    peak_source = serializers.CharField()
    losses_eur = _float()
    losses_share = _float()
    promised_cost_eur = _float()


class EvaluatedSatisfactionSerializer(serializers.Serializer):
    asked = serializers.IntegerField()
    opted_out = serializers.IntegerField(help_text="By people.")
    overrides = serializers.IntegerField(help_text="By the equipment's own word.")
    opt_out_share = _float()
    reasons = serializers.DictField(child=serializers.IntegerField())
    silent = serializers.IntegerField()
    faulty = serializers.IntegerField()
    gini_kwh = _float()
    gini_events = _float()
    events_30_days_most = serializers.IntegerField()
    events_90_days_most = _float()
    events_90_days_least = _float()


class EvaluationSerializer(EvaluationRowSerializer):
    methods = EvaluatedMethodSerializer(many=True)
    course = EvaluatedCourseSerializer()
    hours = EvaluatedHourSerializer(many=True)
    stages = EvaluatedStageSerializer(many=True)
    rebound = EvaluatedReboundSerializer()
    worth = EvaluatedWorthSerializer()
    satisfaction = EvaluatedSatisfactionSerializer()
    versions = serializers.DictField()


class SurveyAnswersSerializer(serializers.Serializer):
    asked = serializers.IntegerField()
    answers = serializers.IntegerField()
    comfort = serializers.FloatField(allow_null=True, help_text="Mean of 1, hard to bear, to 5, not noticed.")
    again_share = _float()


class CallEvaluationSerializer(serializers.Serializer):
    call = serializers.IntegerField()
    title = serializers.CharField()
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    promised_kw = serializers.ListField(child=serializers.FloatField())
    evaluation = EvaluationSerializer(allow_null=True)
    history = EvaluationRowSerializer(many=True)
    survey = SurveyAnswersSerializer()


class OutcomesQuery(serializers.Serializer):
    search = serializers.CharField(required=False, default="", allow_blank=True, max_length=80)
    after = serializers.IntegerField(required=False, default=0, min_value=0, help_text="The last id that was read.")


class CustomerOutcomeSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    enrolment = serializers.IntegerField()
    reference = serializers.CharField()
    name = serializers.CharField()
    stage = serializers.IntegerField()
    promised_kwh = serializers.FloatField()
    opted_out_at = serializers.DateTimeField(allow_null=True)
    answer = serializers.CharField()
    baseline_kwh = _float()
    load_kwh = _float()
    delivered_kwh = _float()
    low_kwh = _float()
    high_kwh = _float()
    missing = serializers.IntegerField()
    baseline_days = serializers.IntegerField()
    bias_percent = _float()
    rrmse_percent = _float()
    rebound_kwh = _float()
    hours_kw = serializers.ListField(child=_float())


class CustomerOutcomesSerializer(serializers.Serializer):
    customers = CustomerOutcomeSerializer(many=True)


class SettlementMonthSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    program = serializers.IntegerField()
    program_title = serializers.CharField()
    month = serializers.DateField()
    status = serializers.ChoiceField(choices=MonthStatus.choices)
    status_words = serializers.CharField()
    approved_at = serializers.DateTimeField(allow_null=True)
    approved_by = serializers.CharField()
    final_at = serializers.DateTimeField(allow_null=True)
    final_by = serializers.CharField()
    lines = serializers.IntegerField()
    unsettled = serializers.IntegerField()
    customers = serializers.IntegerField()
    amount_eur = serializers.FloatField(allow_null=True, help_text="None: not one of its lines can be settled yet.")
    by_kind = serializers.DictField(child=serializers.FloatField())


class SettlementMonthsSerializer(serializers.Serializer):
    months = SettlementMonthSerializer(many=True)


class SettlementLinesQuery(OutcomesQuery):
    kind = serializers.ChoiceField(choices=LineKind.choices, required=False)
    unsettled = serializers.BooleanField(required=False, default=False)


class SettlementLineSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    enrolment = serializers.IntegerField()
    reference = serializers.CharField()
    name = serializers.CharField()
    kind = serializers.ChoiceField(choices=LineKind.choices)
    kind_words = serializers.CharField()
    call = serializers.IntegerField(allow_null=True)
    event_at = serializers.DateTimeField(allow_null=True)
    quantity = _float()
    unit = serializers.CharField()
    rate_eur = serializers.FloatField()
    amount_eur = serializers.FloatField(allow_null=True, help_text="None: it cannot be settled yet.")
    reason = serializers.CharField()


class SettlementLinesSerializer(serializers.Serializer):
    month = SettlementMonthSerializer()
    lines = SettlementLineSerializer(many=True)
