from rest_framework import serializers

from apps.incidents.choices.crew import AssignmentStatus, CrewSkill, CrewStatus
from apps.incidents.choices.incident import (
    LONGEST_WORDS,
    MOST_REPORTS,
    DamageClass,
    FactKind,
    IncidentKind,
    IncidentStatus,
    Trigger,
)
from apps.state.choices import OutageCause


class IncidentsQuery(serializers.Serializer):
    status = serializers.MultipleChoiceField(choices=IncidentStatus.choices, required=False)
    open = serializers.BooleanField(
        required=False, allow_null=True, default=None, help_text="Only open, or only ended."
    )
    feeder = serializers.UUIDField(required=False)
    before = serializers.IntegerField(required=False, min_value=1, help_text="Id of the last of the page before.")


class LossReportSerializer(serializers.Serializer):
    equipment_mrid = serializers.UUIDField(help_text="A customer, a node, a line or a transformer without supply.")
    at = serializers.DateTimeField(
        required=False, allow_null=True, default=None, help_text="When it was seen; left out: now."
    )
    text = serializers.CharField(max_length=LONGEST_WORDS, help_text="What was seen or heard, and by whom.")


class SectionChoiceSerializer(serializers.Serializer):
    key = serializers.CharField(max_length=64, required=False, default="", help_text="Of a candidate.")
    equipment_mrid = serializers.UUIDField(
        required=False, allow_null=True, default=None, help_text="Or a line, transformer or node of the section."
    )

    def validate(self, attrs: dict[str, object]) -> dict[str, object]:
        if bool(attrs["key"]) == bool(attrs["equipment_mrid"]):
            raise serializers.ValidationError(
                {"key": "Give the key of a candidate, or equipment_mrid: one of the two."}
            )
        return attrs


class CrewTaskSerializer(serializers.Serializer):
    crew_id = serializers.IntegerField(min_value=1)
    task = serializers.CharField(max_length=200, required=False, default="", allow_blank=True)


class CrewMoveSerializer(serializers.Serializer):
    status = serializers.ChoiceField(choices=AssignmentStatus.choices)
    note = serializers.CharField(max_length=200, required=False, default="", allow_blank=True)


class CrewDutySerializer(serializers.Serializer):
    is_on_duty = serializers.BooleanField()


class EstimateGivenSerializer(serializers.Serializer):
    earliest_at = serializers.DateTimeField()
    likely_at = serializers.DateTimeField()
    latest_at = serializers.DateTimeField()
    reason = serializers.CharField(max_length=300, help_text="What the estimate rests on.")

    def validate(self, attrs: dict[str, object]) -> dict[str, object]:
        if not attrs["earliest_at"] <= attrs["likely_at"] <= attrs["latest_at"]:  # type: ignore[operator]
            raise serializers.ValidationError(
                {"likely_at": "It lies between earliest_at and latest_at; put the three in order."}
            )
        return attrs


class DamageSerializer(serializers.Serializer):
    damage_class = serializers.ChoiceField(choices=DamageClass.choices)
    damage = serializers.CharField(max_length=LONGEST_WORDS, required=False, default="", allow_blank=True)
    cause = serializers.ChoiceField(choices=OutageCause.choices, required=False, allow_null=True, default=None)
    equipment_mrid = serializers.UUIDField(required=False, allow_null=True, default=None, help_text="What failed.")


class RepairSerializer(serializers.Serializer):
    note = serializers.CharField(max_length=LONGEST_WORDS, required=False, default="", allow_blank=True)


class ClosureSerializer(serializers.Serializer):
    cause = serializers.ChoiceField(choices=OutageCause.choices)
    cause_note = serializers.CharField(max_length=LONGEST_WORDS, required=False, default="", allow_blank=True)


class CancelIncidentSerializer(serializers.Serializer):
    reason = serializers.CharField(max_length=LONGEST_WORDS, help_text="Why it was no loss of supply.")


class IncidentNoteSerializer(serializers.Serializer):
    text = serializers.CharField(max_length=LONGEST_WORDS)
    looked_at = serializers.UUIDField(
        required=False, allow_null=True, default=None, help_text="A line at which people found nothing."
    )


class MeterEventsSerializer(serializers.Serializer):
    events = serializers.ListField(child=serializers.JSONField(), min_length=1, max_length=MOST_REPORTS)


class OutageCallsSerializer(serializers.Serializer):
    calls = serializers.ListField(child=serializers.JSONField(), min_length=1, max_length=MOST_REPORTS)


class SupplyReportRow(serializers.Serializer):
    id = serializers.CharField(max_length=120)
    consumer_mrid = serializers.UUIDField(required=False, allow_null=True, default=None)
    usage_point = serializers.CharField(max_length=80, required=False, default="", allow_blank=True)
    at = serializers.DateTimeField()
    text = serializers.CharField(max_length=LONGEST_WORDS, required=False, default="", allow_blank=True)

    def validate(self, attrs: dict[str, object]) -> dict[str, object]:
        if not attrs["consumer_mrid"] and not attrs["usage_point"]:
            raise serializers.ValidationError({"consumer_mrid": "Give it, or usage_point: whose supply it is about."})
        return attrs


class MeterEventRow(SupplyReportRow):
    kind = serializers.ChoiceField(choices=["last-gasp", "restored"])


class RefusedReportSerializer(serializers.Serializer):
    index = serializers.IntegerField()
    reason = serializers.CharField()


class ReportsTakenSerializer(serializers.Serializer):
    taken = serializers.IntegerField()
    repeated = serializers.IntegerField()
    refused = RefusedReportSerializer(many=True)


class IncidentRefusalSerializer(serializers.Serializer):
    detail = serializers.CharField()


class FaultSectionSerializer(serializers.Serializer):
    key = serializers.CharField()
    rank = serializers.IntegerField()
    name = serializers.CharField()
    probability = serializers.FloatField()
    lines = serializers.ListField(child=serializers.DictField(), help_text="mrid, name, probability.")
    transformers = serializers.ListField(child=serializers.DictField())
    nodes = serializers.ListField(child=serializers.UUIDField())
    switches = serializers.ListField(child=serializers.DictField(), help_text="mrid and name of what isolates it.")
    customers = serializers.IntegerField()
    reasons = serializers.ListField(child=serializers.CharField())
    is_confirmed = serializers.BooleanField()
    is_isolated = serializers.BooleanField()


class RestorationEstimateSerializer(serializers.Serializer):
    made_at = serializers.DateTimeField()
    earliest_at = serializers.DateTimeField()
    likely_at = serializers.DateTimeField()
    latest_at = serializers.DateTimeField()
    basis = serializers.CharField()
    past_outages = serializers.IntegerField()
    by = serializers.CharField(allow_null=True)


class CrewAssignmentSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    crew = serializers.CharField()
    crew_id = serializers.IntegerField()
    status = serializers.ChoiceField(choices=AssignmentStatus.choices)
    status_label = serializers.CharField()
    task = serializers.CharField()
    assigned_at = serializers.DateTimeField()
    assigned_by = serializers.CharField()
    en_route_at = serializers.DateTimeField(allow_null=True)
    on_site_at = serializers.DateTimeField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)


class IncidentSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    number = serializers.CharField()
    status = serializers.ChoiceField(choices=IncidentStatus.choices)
    status_label = serializers.CharField()
    may_become = serializers.ListField(child=serializers.ChoiceField(choices=IncidentStatus.choices))
    is_open = serializers.BooleanField()
    kind = serializers.ChoiceField(choices=IncidentKind.choices)
    kind_label = serializers.CharField()
    trigger = serializers.ChoiceField(choices=Trigger.choices)
    trigger_label = serializers.CharField()
    # Declared fields are taken out of the class, so it hides nothing.
    parent = serializers.CharField(allow_null=True)  # type: ignore[assignment]
    feeder_mrid = serializers.UUIDField(allow_null=True)
    feeder_name = serializers.CharField()
    device_mrid = serializers.UUIDField(allow_null=True)
    device_name = serializers.CharField()
    place = serializers.CharField()
    began_at = serializers.DateTimeField()
    detected_at = serializers.DateTimeField()
    located_at = serializers.DateTimeField(allow_null=True)
    isolated_at = serializers.DateTimeField(allow_null=True)
    restored_at = serializers.DateTimeField(allow_null=True)
    repaired_at = serializers.DateTimeField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)
    customers = serializers.IntegerField()
    critical_customers = serializers.IntegerField()
    customers_without = serializers.IntegerField()
    critical_without = serializers.IntegerField()
    lost_kw = serializers.FloatField()
    outage_mrid = serializers.UUIDField(allow_null=True)
    cause = serializers.ChoiceField(choices=OutageCause.choices)
    cause_label = serializers.CharField()
    cause_note = serializers.CharField()
    damage_class = serializers.ChoiceField(choices=DamageClass.choices)
    damage_class_label = serializers.CharField()
    damage = serializers.CharField()
    equipment_mrid = serializers.UUIDField(allow_null=True)
    equipment_name = serializers.CharField()
    section = FaultSectionSerializer(allow_null=True)
    estimate = RestorationEstimateSerializer(allow_null=True)
    crews = CrewAssignmentSerializer(many=True)


class IncidentFactSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=FactKind.choices)
    kind_label = serializers.CharField()
    at = serializers.DateTimeField()
    recorded_at = serializers.DateTimeField()
    equipment_mrid = serializers.UUIDField(allow_null=True)
    equipment_name = serializers.CharField()
    value = serializers.FloatField(allow_null=True)
    unit = serializers.CharField()
    text = serializers.CharField()
    by = serializers.CharField(allow_null=True)


class OutageStepSerializer(serializers.Serializer):
    began_at = serializers.DateTimeField()
    restored_at = serializers.DateTimeField(allow_null=True)
    customers = serializers.IntegerField()
    critical_customers = serializers.IntegerField()
    lost_kw = serializers.FloatField()
    consumers = serializers.DictField(child=serializers.IntegerField(), help_text="Customers by mRID.")


class WholeIncidentSerializer(IncidentSerializer):
    nodes = serializers.ListField(child=serializers.UUIDField(), help_text="That lost supply.")
    facts = IncidentFactSerializer(many=True, help_text="The newest first.")
    sections = FaultSectionSerializer(many=True)
    estimates = RestorationEstimateSerializer(many=True)
    steps = OutageStepSerializer(many=True)
    reports = serializers.DictField(child=serializers.IntegerField(), help_text="How many by kind.")
    nested = serializers.ListField(child=serializers.CharField())


class IncidentsSerializer(serializers.Serializer):
    incidents = IncidentSerializer(many=True)


class FieldCrewSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    name = serializers.CharField()
    area = serializers.CharField()
    skills = serializers.ListField(child=serializers.ChoiceField(choices=CrewSkill.choices))
    status = serializers.ChoiceField(choices=CrewStatus.choices)
    status_label = serializers.CharField()
    members = serializers.IntegerField()
    longitude = serializers.FloatField(allow_null=True)
    latitude = serializers.FloatField(allow_null=True)
    incident = serializers.CharField(allow_null=True)


class FieldCrewsSerializer(serializers.Serializer):
    crews = FieldCrewSerializer(many=True)
