from typing import Any

from rest_framework import serializers

from apps.studies.choices import (
    BaseKind,
    ChangeKind,
    Flowing,
    PlantKind,
    Reactive,
    RunKind,
    RunOutcome,
    Scaled,
    StudyStatus,
)


class BaseSerializer(serializers.Serializer):
    kind = serializers.ChoiceField(choices=BaseKind.choices)
    as_of = serializers.DateTimeField()
    solution = serializers.IntegerField(allow_null=True, help_text="The scan beside it; scans are thinned.")
    digest = serializers.CharField(help_text="SHA-256 of the copied arrays.")


class StudyRowSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    name = serializers.CharField()
    note = serializers.CharField()
    author = serializers.CharField()
    created_at = serializers.DateTimeField()
    status = serializers.ChoiceField(choices=StudyStatus.choices)
    base = BaseSerializer()
    model_version = serializers.IntegerField()
    copied_from = serializers.IntegerField(allow_null=True)


class ChangeSerializer(serializers.Serializer):
    position = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=ChangeKind.choices)
    payload = serializers.DictField()
    text = serializers.CharField()
    by = serializers.CharField()
    at = serializers.DateTimeField()


class RunRowSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    study = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=RunKind.choices)
    kind_label = serializers.CharField()
    options = serializers.DictField()
    outcome = serializers.ChoiceField(choices=RunOutcome.choices)
    text = serializers.CharField()
    progress = serializers.FloatField(help_text="From 0 to 1.")
    made_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)
    duration_ms = serializers.FloatField(allow_null=True)
    engine_version = serializers.CharField()
    inputs = serializers.CharField(help_text="SHA-256: equal inputs have equal results.")
    changes = serializers.ListField(child=serializers.CharField())
    is_current = serializers.BooleanField(help_text="Whether the study still has the changes that it was run with.")


class RunSerializer(RunRowSerializer):
    result = serializers.DictField()


class StudySerializer(StudyRowSerializer):
    is_current_model = serializers.BooleanField()
    changes = ChangeSerializer(many=True)
    runs = RunRowSerializer(many=True, help_text="The newest.")


class NewStudySerializer(serializers.Serializer):
    name = serializers.CharField(max_length=100)
    note = serializers.CharField(max_length=2000, required=False, default="", allow_blank=True)
    at = serializers.DateTimeField(
        required=False, allow_null=True, default=None, help_text="Left out: the state of now. Else the scan by then."
    )


class StudyEditSerializer(serializers.Serializer):
    name = serializers.CharField(max_length=100, required=False)
    note = serializers.CharField(max_length=2000, required=False, allow_blank=True)
    status = serializers.ChoiceField(choices=StudyStatus.choices, required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not attrs:
            raise serializers.ValidationError({"detail": "Give a name, a note or a status."})
        return attrs


class CopySerializer(serializers.Serializer):
    name = serializers.CharField(max_length=100)


class NewChangeSerializer(serializers.Serializer):
    """For the document alone: which fields count depends on the kind, and the service checks them."""

    kind = serializers.ChoiceField(choices=ChangeKind.choices)
    mrid = serializers.CharField(required=False, help_text="The equipment; of 'scale' also 'all', a feeder or station.")
    closed = serializers.BooleanField(required=False, help_text="switch")
    which = serializers.ChoiceField(choices=Scaled.choices, required=False, help_text="scale")
    factor = serializers.FloatField(required=False, help_text="scale: from 0 to 20")
    p_kw = serializers.FloatField(
        required=False, help_text="set-power, plant: what a load draws, or a plant feeds in, is positive"
    )
    q_kvar = serializers.FloatField(required=False, help_text="set-power; left out, the power factor stays")
    plant = serializers.ChoiceField(choices=PlantKind.choices, required=False, help_text="plant")
    flowing = serializers.ChoiceField(choices=Flowing.choices, required=False, help_text="plant: of a battery")
    cos_phi = serializers.FloatField(required=False, help_text="plant: from 0.1 to 1, default 1")
    reactive = serializers.ChoiceField(choices=Reactive.choices, required=False, help_text="plant, default absorbs")
    position = serializers.IntegerField(required=False, help_text="tap")


class NewRunSerializer(serializers.Serializer):
    """For the document alone, as that of a change."""

    kind = serializers.ChoiceField(choices=RunKind.choices)
    regulate = serializers.BooleanField(required=False, help_text="Tap changers regulate; default false.")
    least_kv = serializers.FloatField(required=False, help_text="n-1: from which voltage branches are taken out")
    mrid = serializers.CharField(
        required=False, help_text="hosting: a node, feeder or station, or 'all'; short-circuit: a node"
    )
    flowing = serializers.ChoiceField(choices=Flowing.choices, required=False, help_text="hosting")
    cos_phi = serializers.FloatField(required=False, help_text="hosting")
    reactive = serializers.ChoiceField(choices=Reactive.choices, required=False, help_text="hosting")
    most_kw = serializers.FloatField(required=False, help_text="hosting: the most to try")
    source_mva = serializers.FloatField(required=False, help_text="short-circuit: power of each source")


class SideSerializer(serializers.Serializer):
    study = serializers.IntegerField(allow_null=True)
    name = serializers.CharField()


class ComparisonOfStudiesSerializer(serializers.Serializer):
    before = SideSerializer()
    after = SideSerializer()
    same_network = serializers.BooleanField()
    reason = serializers.CharField(help_text="Why one of the two has no solution; empty if both have.")
    figures = serializers.DictField()
    violations_gained = serializers.ListField(child=serializers.DictField())
    violations_lost = serializers.ListField(child=serializers.DictField())
    violations_kept = serializers.IntegerField()
    voltages = serializers.ListField(child=serializers.DictField(), help_text="Those that moved most, pu.")
    loadings = serializers.ListField(child=serializers.DictField(), help_text="Those that moved most, percent.")
