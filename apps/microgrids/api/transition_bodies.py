from rest_framework import serializers

from apps.dispatch.api.proposal_bodies import AutonomySerializer
from apps.dispatch.choices.proposal import AutonomyMode
from apps.microgrids.choices.transition import (
    BY_HAND,
    LONGEST_REASON,
    LONGEST_VETO,
    CriterionKind,
    StepOutcome,
    TransitionKind,
    TransitionStage,
    TransitionStatus,
    VetoAgainst,
)

_HOUR_S = 3600.0


class TransitionWantedSerializer(serializers.Serializer):
    kind = serializers.ChoiceField(choices=[(kind.value, kind.label) for kind in TransitionKind if kind in BY_HAND])
    reason = serializers.CharField(max_length=LONGEST_REASON)


class TransitionVetoWantedSerializer(serializers.Serializer):
    against = serializers.ChoiceField(choices=VetoAgainst.choices, default=VetoAgainst.ALL)
    reason = serializers.CharField(max_length=LONGEST_REASON)
    hours = serializers.FloatField(
        default=4.0, min_value=0.1, max_value=LONGEST_VETO.total_seconds() / _HOUR_S, help_text="How long it stands."
    )


class TransitionVetoSerializer(serializers.Serializer):
    against = serializers.ChoiceField(choices=VetoAgainst.choices)
    against_label = serializers.CharField()
    reason = serializers.CharField()
    by = serializers.CharField()
    placed_at = serializers.DateTimeField()
    until = serializers.DateTimeField()


class TransitionStepSerializer(serializers.Serializer):
    number = serializers.IntegerField()
    stage = serializers.ChoiceField(choices=TransitionStage.choices)
    stage_label = serializers.CharField()
    what = serializers.CharField()
    device_mrid = serializers.UUIDField()
    device = serializers.CharField()
    value = serializers.FloatField(help_text="kW into the island, a mode, or a group.")
    order = serializers.IntegerField(allow_null=True, help_text="Of dispatch.")
    outcome = serializers.ChoiceField(choices=StepOutcome.choices)
    outcome_label = serializers.CharField()
    told = serializers.CharField()
    way_back = serializers.CharField(help_text="What is done if it fails.")
    begun_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)


class TransitionSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=TransitionKind.choices)
    kind_label = serializers.CharField()
    status = serializers.ChoiceField(choices=TransitionStatus.choices)
    status_label = serializers.CharField()
    stage = serializers.ChoiceField(choices=TransitionStage.choices)
    stage_label = serializers.CharField()
    stage_for_s = serializers.FloatField()
    cause = serializers.CharField(help_text="The criterion that asked for it; empty: a person.")
    reason = serializers.CharField()
    way_back = serializers.CharField(help_text="Why the plain way was left; empty: it was not.")
    outcome = serializers.CharField()
    asked_by = serializers.CharField(allow_null=True)
    executor = serializers.CharField(allow_null=True, help_text="In whose name its orders are given.")
    proposed_at = serializers.DateTimeField()
    begun_at = serializers.DateTimeField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)


class OneTransitionSerializer(TransitionSerializer):
    plan = serializers.DictField(help_text="What it aims at: groups cut, generators, energy, limits.")
    check = serializers.DictField(help_text="The island's own power flow, before anything was opened; may be empty.")
    steps = TransitionStepSerializer(many=True)


class IslandingRuleSerializer(serializers.Serializer):
    criterion = serializers.ChoiceField(choices=CriterionKind.choices)
    criterion_label = serializers.CharField()
    is_on = serializers.BooleanField()
    on_at = serializers.FloatField()
    off_at = serializers.FloatField()
    on_delay_s = serializers.FloatField()
    off_delay_s = serializers.FloatField()
    is_standing = serializers.BooleanField()
    turning_since = serializers.DateTimeField(allow_null=True)
    value = serializers.FloatField(allow_null=True)
    judged_at = serializers.DateTimeField(allow_null=True)


class IslandingRuleChangeSerializer(serializers.Serializer):
    is_on = serializers.BooleanField()
    on_at = serializers.FloatField()
    off_at = serializers.FloatField()
    on_delay_s = serializers.FloatField(min_value=0.0, max_value=86400.0)
    off_delay_s = serializers.FloatField(min_value=0.0, max_value=86400.0)


class TransitionsSerializer(serializers.Serializer):
    microgrid = serializers.UUIDField()
    name = serializers.CharField()
    mode = serializers.ChoiceField(choices=AutonomyMode.choices)
    mode_label = serializers.CharField()
    autonomy = AutonomySerializer(allow_null=True)
    veto = TransitionVetoSerializer(allow_null=True)
    current = OneTransitionSerializer(allow_null=True)
    transitions = TransitionSerializer(many=True)
    ended = serializers.IntegerField()
    succeeded = serializers.IntegerField(help_text="Done, or went back safely.")
    rules = IslandingRuleSerializer(many=True)
    limits = serializers.DictField(child=serializers.FloatField())


class TransitionRefusedSerializer(serializers.Serializer):
    detail = serializers.CharField()
