from typing import Any

from django.utils import timezone
from rest_framework import serializers

from apps.assets.choices import ChangeKind, EditAction, Phase
from apps.assets.models import NetworkModel


class VersionSerializer(serializers.ModelSerializer[NetworkModel]):
    model_version = serializers.IntegerField(source="pk")
    phase = serializers.SerializerMethodField()

    class Meta:
        model = NetworkModel
        fields = [
            "model_version",
            "phase",
            "source",
            "name",
            "note",
            "parent",
            "revision",
            "author",
            "imported_at",
            "checked_at",
            "approved_by",
            "approved_at",
            "approved_against",
            "rejected_by",
            "rejected_at",
            "rejection_reason",
            "released_by",
            "live_from",
            "live_until",
            "counts",
        ]

    def get_phase(self, model: NetworkModel) -> Phase:
        return model.phase_at(timezone.now())


class VersionDetailSerializer(VersionSerializer):
    class Meta(VersionSerializer.Meta):
        fields = [*VersionSerializer.Meta.fields, "checks", "problems"]


class DraftSerializer(serializers.Serializer[Any]):
    note = serializers.CharField(max_length=300, help_text="What the change is for.")


class RejectionSerializer(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=300)


class ActivationSerializer(serializers.Serializer[Any]):
    at = serializers.DateTimeField(required=False, allow_null=True, help_text="Now where it is left out.")


class FindingSerializer(serializers.Serializer[Any]):
    element = serializers.CharField()
    text = serializers.CharField()


class FindingsSerializer(serializers.Serializer[Any]):
    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        # 'errors' is an attribute of every serializer.
        return {**super().get_fields(), "errors": FindingSerializer(many=True)}


class FieldDifferenceSerializer(serializers.Serializer[Any]):
    field = serializers.CharField()

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        # 'label' is an attribute of every serializer.
        return {
            **super().get_fields(),
            "label": serializers.CharField(),
            "unit": serializers.CharField(),
            "kind": serializers.ChoiceField(choices=[kind.value for kind in ChangeKind]),
            "before": serializers.JSONField(allow_null=True),
            "after": serializers.JSONField(allow_null=True),
        }


class DifferenceSerializer(serializers.Serializer[Any]):
    class_name = serializers.CharField()
    mrid = serializers.UUIDField()
    name = serializers.CharField()
    kinds = serializers.ListField(child=serializers.ChoiceField(choices=[kind.value for kind in ChangeKind]))

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        return {**super().get_fields(), "fields": FieldDifferenceSerializer(many=True)}


class ConsequenceSerializer(serializers.Serializer[Any]):
    text = serializers.CharField()
    names = serializers.ListField(child=serializers.CharField())


class ComparisonSerializer(serializers.Serializer[Any]):
    before = serializers.IntegerField()
    after = serializers.IntegerField()
    counts = serializers.ListField(child=serializers.DictField())
    consequences = ConsequenceSerializer(many=True)
    differences = DifferenceSerializer(many=True)


class EditSerializer(serializers.Serializer[Any]):
    action = serializers.ChoiceField(choices=EditAction.choices)
    mrid = serializers.CharField(max_length=60, allow_blank=True, required=False, default="")
    values = serializers.DictField(required=False, default=dict)
    revision = serializers.IntegerField(required=False, help_text="What you saw; another one is refused.")


class EditFaultSerializer(serializers.Serializer[Any]):
    line = serializers.IntegerField()
    element = serializers.CharField()
    field = serializers.CharField()
    text = serializers.CharField()
    remedy = serializers.CharField()


class ChangeSerializer(serializers.Serializer[Any]):
    action = serializers.ChoiceField(choices=EditAction.choices)
    mrid = serializers.UUIDField()
    name = serializers.CharField()

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        return {**super().get_fields(), "fields": FieldDifferenceSerializer(many=True)}


class EditOutcomeSerializer(serializers.Serializer[Any]):
    applied = serializers.BooleanField()
    unchanged = serializers.IntegerField()
    changes = ChangeSerializer(many=True)
    faults = EditFaultSerializer(many=True)
