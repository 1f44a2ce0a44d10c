from rest_framework import serializers

from apps.resilience.choices.threat import (
    LONGEST_REASON,
    FindingKind,
    FindingState,
    Group,
    HazardKind,
    LearningOutcome,
)
from apps.resilience.choices.vulnerability import Certainty, Zone


class ThreatProblemSerializer(serializers.Serializer):
    detail = serializers.CharField()


class ThreatAssetSerializer(serializers.Serializer):
    mrid = serializers.CharField()
    name = serializers.CharField(help_text="Empty: the live network does not have it.")
    # `class` is no name in Python, so that the field is added by hand.

    def get_fields(self) -> dict[str, serializers.Field]:
        return {**super().get_fields(), "class": serializers.CharField()}


class FindingSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=FindingKind.choices)
    kind_label = serializers.CharField()
    group = serializers.ChoiceField(choices=Group.choices)
    state = serializers.ChoiceField(choices=FindingState.choices)
    state_label = serializers.CharField()
    title = serializers.CharField()
    likelihood = serializers.FloatField(help_text="0 to 1.")
    basis = serializers.CharField(help_text="Whence the likelihood.")
    gravity = serializers.FloatField(help_text="Orders findings: likelihood and share of load.")
    assets = ThreatAssetSerializer(many=True)
    advice = serializers.CharField()
    began_at = serializers.DateTimeField()
    seen_at = serializers.DateTimeField(help_text="Of the newest evidence.")
    starts_at = serializers.DateTimeField(allow_null=True, help_text="Of what is foreseen.")
    ended_at = serializers.DateTimeField(allow_null=True)
    decided_by = serializers.CharField()
    decided_at = serializers.DateTimeField(allow_null=True)
    reason = serializers.CharField()
    evidence = serializers.DictField(
        help_text="By kind: `meters` with courses read and usual, `residuals`, `courses` of weather, or plain facts."
    )


class ReadingHabitSerializer(serializers.Serializer):
    as_of = serializers.DateTimeField()
    outcome = serializers.ChoiceField(choices=LearningOutcome.choices)
    outcome_label = serializers.CharField()
    reason = serializers.CharField()
    learnt_from = serializers.DateTimeField(allow_null=True)
    learnt_to = serializers.DateTimeField(allow_null=True)
    meters = serializers.IntegerField()
    groups = serializers.IntegerField(help_text="Feeders of which habits are known.")


class ThreatsSerializer(serializers.Serializer):
    findings = FindingSerializer(many=True)
    habit = ReadingHabitSerializer(allow_null=True)


class FindingQuerySerializer(serializers.Serializer):
    state = serializers.MultipleChoiceField(choices=FindingState.choices, required=False)
    kind = serializers.ChoiceField(choices=FindingKind.choices, required=False)


class FindingDecisionSerializer(serializers.Serializer):
    state = serializers.ChoiceField(choices=[one for one in FindingState.choices if one[0] != FindingState.NEW])
    reason = serializers.CharField(max_length=LONGEST_REASON, allow_blank=True, default="")


class HazardAreaSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=HazardKind.choices)
    kind_label = serializers.CharField()
    name = serializers.CharField()
    source = serializers.CharField()  # type: ignore[assignment]  # the field of this name, not DRF's attribute
    valid_from = serializers.DateTimeField()
    valid_to = serializers.DateTimeField()
    rings = serializers.ListField(help_text="[[longitude, latitude], ...] of each ring.")


class HazardAreasSerializer(serializers.Serializer):
    areas = HazardAreaSerializer(many=True)


class FileTakenSerializer(serializers.Serializer):
    added = serializers.IntegerField()
    changed = serializers.IntegerField()


class FieldDeviceSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    name = serializers.CharField()
    vendor = serializers.CharField()
    product = serializers.CharField()
    version = serializers.CharField(allow_null=True, help_text="Null: not known.")
    zone = serializers.ChoiceField(choices=Zone.choices)
    zone_label = serializers.CharField()
    equipment_mrid = serializers.UUIDField(allow_null=True)
    link = serializers.CharField()
    source = serializers.CharField()  # type: ignore[assignment]  # the field of this name, not DRF's attribute
    told_at = serializers.DateTimeField()


class FieldDevicesSerializer(serializers.Serializer):
    devices = FieldDeviceSerializer(many=True)


class VulnerabilitySerializer(serializers.Serializer):
    identifier = serializers.CharField()
    title = serializers.CharField()
    cvss = serializers.FloatField(allow_null=True, help_text="Null: not told; 7.0 counts.")
    is_exploited = serializers.BooleanField()
    published_at = serializers.DateTimeField(allow_null=True)
    remedy = serializers.CharField()
    reference = serializers.CharField()
    device_id = serializers.IntegerField()
    device = serializers.CharField()
    vendor = serializers.CharField()
    product = serializers.CharField()
    version = serializers.CharField(allow_null=True)
    zone = serializers.ChoiceField(choices=Zone.choices)
    zone_label = serializers.CharField()
    certainty = serializers.ChoiceField(choices=Certainty.choices)
    certainty_label = serializers.CharField()
    load_share = serializers.FloatField(allow_null=True, help_text="Of all load, on the feeders that it controls.")
    rank = serializers.FloatField(help_text="CVSS x exposure x load, 0 to 10.")
    equipment_mrid = serializers.UUIDField(allow_null=True)
    equipment_name = serializers.CharField()


class VulnerabilitiesSerializer(serializers.Serializer):
    vulnerabilities = VulnerabilitySerializer(many=True)
    devices = serializers.IntegerField()
    advisories = serializers.IntegerField()
