"""Shapes of proposals, receipts and autonomy in the API."""

from rest_framework import serializers

from apps.dispatch.choices.proposal import (
    LONGEST_TEXT,
    MOST_STEPS,
    AutonomyMode,
    Breach,
    ProposalStatus,
    ReceiptOutcome,
    StepQuantity,
    TroubleOrigin,
)
from apps.studies.choices import MOST_KW


class ProposalReasonSerializer(serializers.Serializer):
    reason = serializers.CharField(max_length=LONGEST_TEXT, help_text="Why; it is kept, shown and used.")


class WantedStepSerializer(serializers.Serializer):
    device_mrid = serializers.UUIDField()
    quantity = serializers.ChoiceField(choices=StepQuantity.choices)
    to = serializers.FloatField(
        min_value=-MOST_KW,
        max_value=MOST_KW,
        help_text="0 open, 1 closed; a tap's position; kW or kvar, positive from the node into the equipment.",
    )
    low = serializers.FloatField(required=False, help_text="Of the safe range, where it is narrower than the device's.")
    high = serializers.FloatField(required=False)


class NewProposalSerializer(serializers.Serializer):
    trouble = serializers.IntegerField(min_value=1, help_text="Id of a standing trouble, as GET remedies lists them.")
    title = serializers.CharField(required=False, max_length=LONGEST_TEXT, default="", allow_blank=True)
    explanation = serializers.CharField(required=False, max_length=2000, default="", allow_blank=True)
    steps = serializers.ListField(child=WantedStepSerializer(), min_length=1, max_length=MOST_STEPS)
    cost_eur = serializers.FloatField(required=False, min_value=0, max_value=1e9, default=0.0)
    customer_minutes = serializers.FloatField(required=False, min_value=0, max_value=1e9, default=0.0)
    emissions_kg = serializers.FloatField(required=False, min_value=-1e9, max_value=1e9, default=0.0)
    time_to_effect_s = serializers.FloatField(required=False, min_value=0, max_value=86_400, default=60.0)


class ProposalsQuery(serializers.Serializer):
    status = serializers.ChoiceField(choices=ProposalStatus.choices, required=False)
    desk = serializers.CharField(max_length=30, required=False)
    trouble = serializers.IntegerField(min_value=1, required=False)


class ReceiptsQuery(serializers.Serializer):
    desk = serializers.CharField(max_length=30, required=False)
    kind = serializers.CharField(max_length=40, required=False)


class ProposalStepSerializer(serializers.Serializer):
    device_mrid = serializers.UUIDField()
    device_name = serializers.CharField()
    quantity = serializers.ChoiceField(choices=StepQuantity.choices)
    unit = serializers.CharField()
    to = serializers.FloatField()
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)
    words = serializers.CharField()

    def get_fields(self) -> dict[str, serializers.Field]:
        """`from` is a word of Python's own."""
        return {**super().get_fields(), "from": serializers.FloatField()}


class ScorePartSerializer(serializers.Serializer):
    part = serializers.CharField()
    points = serializers.FloatField()


class ScoreOfProposalSerializer(serializers.Serializer):
    total = serializers.FloatField()
    overall = serializers.FloatField()
    parts = ScorePartSerializer(many=True)


class ProposalSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    trouble = serializers.IntegerField()
    desk = serializers.CharField()
    desk_label = serializers.CharField()
    kind = serializers.CharField()
    title = serializers.CharField()
    status = serializers.ChoiceField(choices=ProposalStatus.choices)
    status_label = serializers.CharField()
    reason = serializers.CharField()
    explanation = serializers.CharField()
    steps = ProposalStepSerializer(many=True)
    operations = serializers.IntegerField()
    unit = serializers.CharField(help_text="Of relief and values: pu, % or kW.")
    claimed_relief = serializers.FloatField(allow_null=True)
    expected_relief = serializers.FloatField(allow_null=True)
    low_relief = serializers.FloatField(allow_null=True, help_text="Of the 80 % band.")
    high_relief = serializers.FloatField(allow_null=True)
    confidence = serializers.FloatField(allow_null=True, help_text="That it ends the trouble, 0 to 1, calibrated.")
    raw_confidence = serializers.FloatField(allow_null=True)
    ends = serializers.BooleanField(allow_null=True)
    value_before = serializers.FloatField(allow_null=True)
    value_after = serializers.FloatField(allow_null=True)
    cost_eur = serializers.FloatField()
    customer_minutes = serializers.FloatField()
    emissions_kg = serializers.FloatField()
    time_to_effect_s = serializers.FloatField()
    moved_kw = serializers.FloatField()
    verification = serializers.DictField()
    versions = serializers.DictField()
    created_at = serializers.DateTimeField()
    verified_at = serializers.DateTimeField(allow_null=True)
    expires_at = serializers.DateTimeField()
    decided_at = serializers.DateTimeField(allow_null=True)
    decided_by = serializers.CharField(allow_null=True)
    rule = serializers.CharField(allow_null=True)
    executed_at = serializers.DateTimeField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)
    withheld_until = serializers.DateTimeField(allow_null=True)
    orders = serializers.ListField(child=serializers.IntegerField())
    waits_at = serializers.IntegerField(help_text="The step whose warning a person has to read; 0: none.")
    rank = serializers.IntegerField(allow_null=True, help_text="Within its trouble.")
    score = ScoreOfProposalSerializer(allow_null=True)
    conflict = serializers.CharField()
    conflict_with = serializers.IntegerField(allow_null=True)


class TroubleSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    origin = serializers.ChoiceField(choices=TroubleOrigin.choices)
    breach = serializers.ChoiceField(choices=Breach.choices)
    breach_label = serializers.CharField()
    subject = serializers.CharField(help_text="What it is told of, as of its alarm: feeder, station or branch.")
    place = serializers.CharField()
    element_mrid = serializers.UUIDField(allow_null=True)
    element_name = serializers.CharField()
    elements = serializers.IntegerField()
    value = serializers.FloatField()
    limit = serializers.FloatField(allow_null=True)
    has_limit = serializers.BooleanField()
    excess_share = serializers.FloatField()
    unit = serializers.CharField()
    customers = serializers.IntegerField()
    began_at = serializers.DateTimeField()
    seen_at = serializers.DateTimeField()
    begins_at = serializers.DateTimeField(allow_null=True, help_text="Of what is foreseen.")
    ends_at = serializers.DateTimeField(allow_null=True)
    worst_at = serializers.DateTimeField(allow_null=True, help_text="Whose state remedies are checked on, if foreseen.")
    probability = serializers.FloatField(allow_null=True, help_text="That it comes, if it is foreseen.")
    is_regulated_away = serializers.BooleanField(help_text="Foreseen, but tap changers will have regulated it by then.")
    ended_at = serializers.DateTimeField(allow_null=True)
    looked_at = serializers.DateTimeField(allow_null=True)
    finding = serializers.CharField()


class RemedySerializer(ProposalSerializer):
    also_by = serializers.ListField(child=serializers.CharField(), help_text="Desks that propose the same steps.")


class TroubleWithRemediesSerializer(TroubleSerializer):
    remedies = RemedySerializer(many=True)


class WeightSerializer(serializers.Serializer):
    part = serializers.CharField()
    most = serializers.FloatField()
    words = serializers.CharField()
    scale = serializers.CharField()


class RemediesSerializer(serializers.Serializer):
    as_of = serializers.DateTimeField()
    troubles = TroubleWithRemediesSerializer(many=True)
    overall = serializers.ListField(child=serializers.IntegerField(), help_text="Proposals in the overall order.")
    weights = WeightSerializer(many=True)


class ReceiptSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    proposal = serializers.IntegerField()
    title = serializers.CharField()
    trouble = serializers.CharField()
    desk = serializers.CharField()
    desk_label = serializers.CharField()
    kind = serializers.CharField()
    status = serializers.ChoiceField(choices=ProposalStatus.choices)
    outcome = serializers.ChoiceField(choices=ReceiptOutcome.choices)
    reason = serializers.CharField()
    is_taken = serializers.BooleanField()
    due_at = serializers.DateTimeField()
    measured_at = serializers.DateTimeField(allow_null=True)
    unit = serializers.CharField()
    expected = serializers.FloatField()
    low = serializers.FloatField()
    high = serializers.FloatField()
    confidence = serializers.FloatField()
    said_ends = serializers.BooleanField()
    value_with = serializers.FloatField(allow_null=True)
    value_without = serializers.FloatField(allow_null=True)
    realised = serializers.FloatField(allow_null=True)
    ends = serializers.BooleanField(allow_null=True)
    is_inside = serializers.BooleanField(allow_null=True)
    is_hit = serializers.BooleanField(allow_null=True)


class ReceiptsSerializer(serializers.Serializer):
    receipts = ReceiptSerializer(many=True)


class PictureOfProposalSerializer(serializers.Serializer):
    """What the frames of before and after hold: values of elements that change by at least so much."""

    nodes = serializers.IntegerField()
    branches = serializers.IntegerField()
    least_pu = serializers.FloatField()
    least_loading_percent = serializers.FloatField()
    network_version = serializers.IntegerField(help_text="Whose geometry the frames have.")


class ProposalPageSerializer(serializers.Serializer):
    proposal = ProposalSerializer()
    trouble = TroubleSerializer()
    profile = serializers.DictField(help_text="Columns: nodes along the feeder, before and after in pu.")
    picture = PictureOfProposalSerializer(allow_null=True)
    receipt = ReceiptSerializer(allow_null=True)
    peers = ProposalSerializer(many=True)
    weights = WeightSerializer(many=True)


class ProposalsSerializer(serializers.Serializer):
    proposals = ProposalSerializer(many=True)


class RecordBinSerializer(serializers.Serializer):
    low = serializers.FloatField()
    high = serializers.FloatField()
    count = serializers.IntegerField()
    stated = serializers.FloatField()
    came_true = serializers.FloatField()


class TrackRecordSerializer(serializers.Serializer):
    desk = serializers.CharField()
    desk_label = serializers.CharField()
    kind = serializers.CharField()
    count = serializers.IntegerField(help_text="Receipts that are scored.")
    hits = serializers.IntegerField()
    hit_rate = serializers.FloatField(allow_null=True)
    bias = serializers.FloatField(allow_null=True, help_text="Below 0: too much was promised, as a share.")
    share_inside = serializers.FloatField(allow_null=True, help_text="Of receipts inside the 80 % band.")
    mean_confidence = serializers.FloatField(allow_null=True)
    ended_rate = serializers.FloatField(allow_null=True)
    brier = serializers.FloatField(allow_null=True)
    bins = RecordBinSerializer(many=True)
    reliability = serializers.FloatField()
    widening = serializers.FloatField()
    proposed = serializers.IntegerField()
    failed_verification = serializers.IntegerField()
    taken = serializers.IntegerField()
    rejected = serializers.IntegerField()


class TrackRecordsSerializer(serializers.Serializer):
    as_of = serializers.DateTimeField()
    since = serializers.DateTimeField()
    records = TrackRecordSerializer(many=True)


class NewAutonomySerializer(serializers.Serializer):
    desk = serializers.CharField(max_length=30)
    feeder_mrid = serializers.UUIDField(required=False, allow_null=True, default=None, help_text="None: all others.")
    mode = serializers.ChoiceField(choices=AutonomyMode.choices)
    max_operations_per_day = serializers.IntegerField(required=False, min_value=0, max_value=1000, default=10)
    max_kw = serializers.FloatField(required=False, min_value=0, max_value=MOST_KW, default=500.0)
    least_confidence = serializers.FloatField(required=False, min_value=0, max_value=1, default=0.9)
    from_hour = serializers.IntegerField(required=False, min_value=0, max_value=23, default=0)
    to_hour = serializers.IntegerField(required=False, min_value=1, max_value=24, default=24)
    reason = serializers.CharField(max_length=LONGEST_TEXT)


class AutonomySerializer(NewAutonomySerializer):
    id = serializers.IntegerField()
    desk_label = serializers.CharField()
    feeder_name = serializers.CharField()
    mode_label = serializers.CharField()
    set_by = serializers.CharField()
    set_at = serializers.DateTimeField()
    seconded_by = serializers.CharField(allow_null=True, help_text="Who agreed that it operates critical devices.")
    seconded_at = serializers.DateTimeField(allow_null=True)


class AutonomiesSerializer(serializers.Serializer):
    rules = AutonomySerializer(many=True)


class RefusedProposalSerializer(serializers.Serializer):
    detail = serializers.CharField()
