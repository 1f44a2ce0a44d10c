from rest_framework import serializers

from apps.demand_response.choices import Answer, LookOutcome, OpportunityKind, StrategyStatus
from apps.dispatch.choices.call import CallAim, CallStatus, StageStatus, Verdict

LONGEST_KEY = 2**63 - 1


class DemandInstantQuery(serializers.Serializer):
    at = serializers.DateTimeField(required=False, help_text="As it stood then; default: now.")


class CallsQuery(DemandInstantQuery):
    status = serializers.ChoiceField(CallStatus.choices, required=False, default="", allow_blank=True)
    before = serializers.IntegerField(required=False, min_value=1, max_value=LONGEST_KEY, help_text="Last of a page.")


class ParticipantsQuery(serializers.Serializer):
    offset = serializers.IntegerField(required=False, min_value=0, max_value=10_000_000, default=0)


class FlexibilitySegmentSerializer(serializers.Serializer):
    """Customers of a program with equipment of a kind, and what they give together."""

    program = serializers.IntegerField()
    program_title = serializers.CharField()
    kind = serializers.CharField()
    kind_label = serializers.CharField()
    customers = serializers.IntegerField()
    rated_kw = serializers.FloatField()
    kw_p10 = serializers.FloatField()
    kw_p50 = serializers.FloatField()
    kw_p90 = serializers.FloatField()
    cost_eur = serializers.FloatField()
    events = serializers.IntegerField(help_text="Past events that tell of it.")
    known_from = serializers.CharField()


class OpportunitySerializer(serializers.Serializer):
    id = serializers.IntegerField()
    rank = serializers.IntegerField()
    kind = serializers.ChoiceField(OpportunityKind.choices)
    kind_label = serializers.CharField()
    place = serializers.CharField()
    place_mrid = serializers.UUIDField(allow_null=True)
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    wanted_kw = serializers.FloatField(help_text="What is enough there, as far as it is to be had.")
    probability = serializers.FloatField()
    worth_eur_per_kwh = serializers.FloatField()
    cost_eur_per_kwh = serializers.FloatField(allow_null=True)
    kw_p10 = serializers.FloatField(help_text="Surpassed nine times in ten.")
    kw_p50 = serializers.FloatField()
    kw_p90 = serializers.FloatField()
    customers = serializers.IntegerField()
    value_eur = serializers.FloatField(help_text="What it is worth less what it costs; the order of the list.")
    segments = FlexibilitySegmentSerializer(many=True)
    sentences = serializers.ListField(child=serializers.CharField())


class FlexibilityTogetherSerializer(serializers.Serializer):
    customers = serializers.IntegerField()
    kw_p10 = serializers.FloatField()
    kw_p50 = serializers.FloatField()
    kw_p90 = serializers.FloatField()


class OpportunitiesSerializer(serializers.Serializer):
    as_of = serializers.DateTimeField(allow_null=True)
    outcome = serializers.ChoiceField([*LookOutcome.choices, ("", "")])
    outcome_label = serializers.CharField(required=False)
    reason = serializers.CharField()
    available = FlexibilitySegmentSerializer(many=True, help_text="For an event of an hour that began then.")
    together = FlexibilityTogetherSerializer(help_text="Who is in two programs counts once.")
    opportunities = OpportunitySerializer(many=True)


class StrategyWishSerializer(serializers.Serializer):
    program = serializers.IntegerField(min_value=1, max_value=LONGEST_KEY)
    opportunity = serializers.IntegerField(required=False, min_value=1, max_value=LONGEST_KEY)
    starts_at = serializers.DateTimeField(help_text="Of a quarter of an hour; else the next one.")
    ends_at = serializers.DateTimeField()
    wanted_kw = serializers.FloatField(min_value=0.0, max_value=1e7)


class SupplementWishSerializer(serializers.Serializer):
    wanted_kw = serializers.FloatField(min_value=0.0, max_value=1e7)


class StrategySerializer(serializers.Serializer):
    id = serializers.IntegerField()
    program = serializers.IntegerField()
    program_title = serializers.CharField()
    opportunity = serializers.IntegerField(allow_null=True)
    supplements = serializers.IntegerField(allow_null=True)
    status = serializers.ChoiceField(StrategyStatus.choices)
    status_label = serializers.CharField()
    reason = serializers.CharField()
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    wanted_kw = serializers.FloatField()
    made_at = serializers.DateTimeField()
    made_by = serializers.CharField(allow_null=True)
    call = serializers.IntegerField(allow_null=True, help_text="That came of it, as a draft at first.")
    objective = serializers.CharField()
    kw_p10 = serializers.FloatField(allow_null=True)
    kw_p50 = serializers.FloatField(allow_null=True)
    kw_p90 = serializers.FloatField(allow_null=True)
    cost_eur = serializers.FloatField(allow_null=True)
    customers = serializers.IntegerField(allow_null=True)
    left_out = serializers.DictField(child=serializers.IntegerField(), help_text="Customers not asked, by reason.")
    relaxation = serializers.ListField(child=serializers.CharField(), help_text="Where it cannot be: what would help.")
    staging = serializers.ListField(child=serializers.CharField())
    figures = serializers.DictField()


class StrategiesSerializer(serializers.Serializer):
    strategies = StrategySerializer(many=True)


class CallSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    title = serializers.CharField()
    program = serializers.IntegerField()
    program_title = serializers.CharField()
    aim = serializers.ChoiceField(CallAim.choices)
    aim_label = serializers.CharField()
    status = serializers.ChoiceField(CallStatus.choices)
    status_label = serializers.CharField()
    reason = serializers.CharField()
    verdict = serializers.ChoiceField(Verdict.choices)
    verdict_label = serializers.CharField()
    verified_at = serializers.DateTimeField(allow_null=True)
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    settled_at = serializers.DateTimeField(help_text="When its last rebound is over.")
    customers = serializers.IntegerField()
    needs_second = serializers.BooleanField()
    approval_above_customers = serializers.IntegerField()
    kw_p10 = serializers.FloatField()
    kw_p50 = serializers.FloatField()
    kw_p90 = serializers.FloatField()
    cost_eur = serializers.FloatField()
    worth_eur = serializers.FloatField(allow_null=True)
    supplements = serializers.IntegerField(allow_null=True)
    created_at = serializers.DateTimeField()
    submitted_at = serializers.DateTimeField(allow_null=True)
    submitted_by = serializers.CharField(allow_null=True)
    decided_at = serializers.DateTimeField(allow_null=True)
    decided_by = serializers.CharField(allow_null=True)
    rule = serializers.CharField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)


class CallsSerializer(serializers.Serializer):
    calls = CallSerializer(many=True)


class StageOutlookSerializer(serializers.Serializer):
    planned_kw = serializers.FloatField()
    told = serializers.IntegerField(help_text="Quarters of an hour that are told of.")
    told_kw = serializers.FloatField(help_text="Planned of those who told.")
    ratio = serializers.FloatField(allow_null=True, required=False)
    expected_kw = serializers.FloatField(help_text="Of those who told, for the rest.")
    unknown_kw = serializers.FloatField(help_text="Planned of those who have not told.")
    opted_out_kw = serializers.FloatField()
    shortfall_kw = serializers.FloatField(help_text="If all who have not told give what was planned.")
    shortfall_at_worst_kw = serializers.FloatField(help_text="If none of them does.")


class StageQuarterSerializer(serializers.Serializer):
    at = serializers.DateTimeField()
    told = serializers.IntegerField()
    planned_kw = serializers.FloatField()
    used_kw = serializers.FloatField(allow_null=True)
    baseline_kw = serializers.FloatField(allow_null=True)
    delivered_kw = serializers.FloatField(allow_null=True)


class CallStageSerializer(serializers.Serializer):
    number = serializers.IntegerField()
    status = serializers.ChoiceField(StageStatus.choices)
    status_label = serializers.CharField()
    reason = serializers.CharField()
    stagger_reason = serializers.CharField()
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    customers = serializers.IntegerField()
    kw_p10 = serializers.FloatField()
    kw_p50 = serializers.FloatField()
    kw_p90 = serializers.FloatField()
    rebound_kw = serializers.ListField(child=serializers.FloatField(), help_text="Per quarter of an hour after it.")
    intervals = serializers.ListField(child=serializers.DictField(), help_text="As they are sent over OpenADR.")
    event = serializers.CharField(allow_null=True, help_text="Identity of the OpenADR event.")
    published_at = serializers.DateTimeField(allow_null=True)
    answers = serializers.DictField(child=serializers.IntegerField())
    progress = StageQuarterSerializer(many=True)
    outlook = StageOutlookSerializer(allow_null=True, help_text="None before it begins.")


class CallRecordSerializer(serializers.Serializer):
    at = serializers.DateTimeField()
    who = serializers.CharField()
    what = serializers.CharField()
    reason = serializers.CharField()


class CallPageSerializer(CallSerializer):
    as_of = serializers.DateTimeField()
    explanation = serializers.CharField()
    verification = serializers.DictField(help_text="By feeder and step: without the call, and with it and its rebound.")
    stages = CallStageSerializer(many=True)
    outlook = StageOutlookSerializer(allow_null=True)
    staging = serializers.ListField(child=serializers.CharField())
    left_out = serializers.DictField(child=serializers.IntegerField())
    figures = serializers.DictField()
    supplemented_by = serializers.ListField(child=serializers.IntegerField())
    record = CallRecordSerializer(many=True)


class ParticipantSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    customer = serializers.IntegerField()
    reference = serializers.CharField()
    stage = serializers.IntegerField()
    kw_p50 = serializers.FloatField()
    answer = serializers.ChoiceField([*Answer.choices, ("", "has not told")])
    answer_label = serializers.CharField()
    opted_out_at = serializers.DateTimeField(allow_null=True)
    opted_out_by = serializers.CharField()
    opt_out_reason = serializers.CharField()
    last_report_at = serializers.DateTimeField(allow_null=True)
    saved_kwh = serializers.FloatField(allow_null=True, help_text="By the equipment's own word.")


class ParticipantsSerializer(serializers.Serializer):
    count = serializers.IntegerField()
    participants = ParticipantSerializer(many=True)


class CallReasonSerializer(serializers.Serializer):
    reason = serializers.CharField(max_length=300)
