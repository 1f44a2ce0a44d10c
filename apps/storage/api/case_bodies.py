"""Shapes of economic cases. Fields called `source` are taken off the class by its metaclass, which mypy cannot know."""

from rest_framework import serializers

from apps.storage.api.studio_bodies import AtQuery
from apps.storage.choices import LONGEST_TEXT, CaseState

LONGEST_NAME = 120


def _maybe(help_text: str = "") -> serializers.FloatField:
    return serializers.FloatField(allow_null=True, help_text=help_text)


class CaseFormFigureSerializer(serializers.Serializer):
    name = serializers.CharField()
    words = serializers.CharField()
    unit = serializers.CharField()
    low = _maybe()
    high = _maybe()
    is_needed = serializers.BooleanField()
    value = _maybe("Null: nobody can know it here.")
    source = serializers.CharField()  # type: ignore[assignment]


class CaseFormSerializer(serializers.Serializer):
    name = serializers.CharField()
    plant = serializers.UUIDField(allow_null=True)
    currency = serializers.CharField()
    figures = CaseFormFigureSerializer(many=True)


class CasesQuery(AtQuery):
    plant = serializers.UUIDField(required=False, default=None, allow_null=True)
    free = serializers.BooleanField(required=False, default=False, help_text="Only those that belong to no plant.")
    archived = serializers.BooleanField(required=False, default=False, help_text="Those that were put away as well.")


class NewCaseSerializer(serializers.Serializer):
    name = serializers.CharField(max_length=LONGEST_NAME)
    plant = serializers.UUIDField(required=False, default=None, allow_null=True)
    project = serializers.DictField(help_text="As a JSON file for `storage_economics`.")
    sources = serializers.DictField(
        child=serializers.CharField(max_length=LONGEST_TEXT, allow_blank=True), required=False, default=dict
    )
    source = serializers.CharField(  # type: ignore[assignment]
        max_length=LONGEST_TEXT,
        required=False,
        default="",
        allow_blank=True,
        help_text="Of all figures that `sources` does not name.",
    )


class CaseFileQuery(serializers.Serializer):
    name = serializers.CharField(max_length=LONGEST_NAME)
    file = serializers.CharField(max_length=LONGEST_NAME, help_text="Its name; the ending says what it is.")
    plant = serializers.UUIDField(required=False, default=None, allow_null=True)
    source = serializers.CharField(max_length=LONGEST_TEXT)  # type: ignore[assignment]


class CaseExportQuery(serializers.Serializer):
    form = serializers.ChoiceField(choices=["csv", "json"], default="csv")


class EconomicCaseSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    name = serializers.CharField()
    plant = serializers.UUIDField(allow_null=True)
    plant_name = serializers.CharField()
    currency = serializers.CharField()
    made_by = serializers.CharField()
    made_at = serializers.DateTimeField()
    state = serializers.ChoiceField(choices=CaseState.choices)
    state_label = serializers.CharField()
    reason = serializers.CharField()
    npv = _maybe()
    irr = _maybe("Null: none, or several; `notes` says which.")
    mirr = _maybe()
    payback_years = _maybe()
    lcos_per_mwh = _maybe()
    worked_out_at = serializers.DateTimeField(allow_null=True)
    duration_ms = serializers.FloatField()
    engine_version = serializers.CharField()
    archived_at = serializers.DateTimeField(allow_null=True, help_text="Put away: listed no more.")


class EconomicCasesSerializer(serializers.Serializer):
    cases = EconomicCaseSerializer(many=True)


class CaseFigureSerializer(serializers.Serializer):
    name = serializers.CharField()
    words = serializers.CharField()
    value = _maybe("Null: it goes by years; `project` has them.")
    unit = serializers.CharField()
    source = serializers.CharField()  # type: ignore[assignment]


class EconomicCasePageSerializer(EconomicCaseSerializer):
    project = serializers.DictField()
    figures = CaseFigureSerializer(many=True)
    result = serializers.DictField(help_text="As `storage_economics --json` tells it.")
    notes = serializers.ListField(child=serializers.CharField())
