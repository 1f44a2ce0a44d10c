from datetime import UTC, datetime

from rest_framework import serializers

from apps.alarms.choices import BaseState, Condition, Happening, Priority, Suppression

EARLIEST_YEAR = 2000  # before it no offset is a whole number of minutes everywhere, and nothing was recorded


class ProcedureSerializer(serializers.Serializer):
    cause = serializers.CharField()
    consequence = serializers.CharField()
    action = serializers.CharField()
    time_to_respond_s = serializers.IntegerField()


class AlarmSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    version = serializers.IntegerField(help_text="1, 2, 3 without a gap: of two tellings the higher is the newer.")
    source = serializers.CharField()  # type: ignore[assignment]  # the metaclass takes fields off the class
    occurrence = serializers.IntegerField()
    priority = serializers.ChoiceField(choices=Priority.choices)
    state = serializers.ChoiceField(choices=BaseState.choices)
    is_active = serializers.BooleanField(help_text="The condition as it is evaluated, whatever is shown of it.")
    latches = serializers.BooleanField()
    is_chattering = serializers.BooleanField()
    suppression = serializers.ChoiceField(choices=Suppression.choices)
    equipment_mrid = serializers.UUIDField(allow_null=True)
    equipment_name = serializers.CharField()
    equipment_class = serializers.CharField()
    substation_mrid = serializers.UUIDField(allow_null=True)
    feeder_mrid = serializers.UUIDField(allow_null=True)
    area_id = serializers.IntegerField(allow_null=True, help_text="Null: the default area.")
    path = serializers.CharField()
    condition = serializers.ChoiceField(choices=Condition.choices)
    condition_label = serializers.CharField()
    message = serializers.CharField()
    value = serializers.FloatField(allow_null=True)
    limit = serializers.FloatField(allow_null=True)
    unit = serializers.CharField()
    quality_good = serializers.BooleanField()
    is_late = serializers.BooleanField()
    parent_id = serializers.IntegerField(allow_null=True, help_text="The alarm that explains this one.")
    raised_at = serializers.DateTimeField(allow_null=True)
    returned_at = serializers.DateTimeField(allow_null=True)
    acknowledged_at = serializers.DateTimeField(allow_null=True)
    acknowledged_by = serializers.CharField()
    escalated_at = serializers.DateTimeField(allow_null=True)
    shelved_until = serializers.DateTimeField(allow_null=True)
    shelved_by = serializers.CharField()
    shelf_reason = serializers.CharField()
    suppressed_rule = serializers.CharField()
    suppressed_by_id = serializers.IntegerField(allow_null=True)
    work_order = serializers.CharField()
    out_of_service_reason = serializers.CharField()
    out_of_service_asked_by = serializers.CharField()
    out_of_service_approved_by = serializers.CharField()
    out_of_service_since = serializers.DateTimeField(allow_null=True)
    procedure = ProcedureSerializer()


class AlarmEntrySerializer(serializers.Serializer):
    position = serializers.CharField()
    kind = serializers.ChoiceField(choices=Happening.choices)
    recorded_at = serializers.DateTimeField()
    alarm = AlarmSerializer()


class AlarmListSerializer(serializers.Serializer):
    epoch = serializers.CharField(help_text="Changes when positions start anew; take a new snapshot then.")
    position = serializers.CharField(help_text="Pass as ?after= to read on without a gap.")
    alarms = AlarmSerializer(many=True, required=False, help_text="Without ?after: all not normal or suppressed.")
    entries = AlarmEntrySerializer(many=True, required=False, help_text="With ?after: the journal from there on.")
    more = serializers.BooleanField(required=False)


class GroupSerializer(serializers.Serializer):
    key = serializers.CharField()
    kind = serializers.ChoiceField(choices=["alarm", "feeder", "substation", "area", "rest"])
    title = serializers.CharField()
    root = serializers.IntegerField(  # type: ignore[assignment]  # as above
        allow_null=True, help_text="The alarm that explains the others."
    )
    root_stands = serializers.BooleanField()
    first_out = serializers.IntegerField(help_text="Which of them came first.")
    alarms = serializers.ListField(child=serializers.IntegerField())
    urgent = serializers.ListField(
        child=serializers.IntegerField(), help_text="Priority 1, not acknowledged: to be shown however the group is."
    )
    by_priority = serializers.DictField(child=serializers.IntegerField())
    unacknowledged = serializers.IntegerField()
    quiet = serializers.IntegerField(help_text="How many of them are suppressed.")


class ShortListSerializer(serializers.Serializer):
    flooded = serializers.BooleanField()
    groups = GroupSerializer(many=True)


class PastAlarmsSerializer(serializers.Serializer):
    instant = serializers.DateTimeField()
    alarms = AlarmSerializer(many=True)


class InstantSerializer(serializers.Serializer):
    instant = serializers.DateTimeField(help_text="A past instant, ISO 8601 with its offset.", default_timezone=UTC)

    def validate_instant(self, instant: datetime) -> datetime:
        if instant.year < EARLIEST_YEAR:
            raise serializers.ValidationError(f"Give an instant after the beginning of {EARLIEST_YEAR}.")
        return instant


class OccurrenceSerializer(serializers.Serializer):
    occurrence = serializers.IntegerField(min_value=1, max_value=2**31 - 1)


class ShelvingSerializer(serializers.Serializer):
    reason = serializers.CharField(max_length=200)
    minutes = serializers.IntegerField(min_value=1, max_value=12 * 60, default=60)


class OutOfServiceSerializer(serializers.Serializer):
    work_order = serializers.CharField(max_length=60)
    reason = serializers.CharField(max_length=200)


class RefusalSerializer(serializers.Serializer):
    detail = serializers.CharField()


class AreaSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    name = serializers.CharField()
    is_default = serializers.BooleanField()
    assigned = serializers.ListField(child=serializers.CharField())
    seen_at = serializers.DateTimeField(allow_null=True)
    is_mine = serializers.BooleanField()
