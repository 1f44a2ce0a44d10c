from rest_framework import serializers

from apps.dispatch.api.order_bodies import SelectedOrderSerializer
from apps.dispatch.choices.plan import (
    LONGEST_NAME,
    LONGEST_WORDS,
    MOST_STEPS,
    CrewStatus,
    DocumentKind,
    DocumentStatus,
    PlanKind,
    PlanStatus,
    StepKind,
    StepStatus,
)


class RefusedPlanSerializer(serializers.Serializer):
    detail = serializers.CharField()


REFUSED = {409: RefusedPlanSerializer}


class PlansAskedSerializer(serializers.Serializer):
    status = serializers.ListField(child=serializers.ChoiceField(choices=PlanStatus.choices), required=False)
    kind = serializers.ChoiceField(choices=PlanKind.choices, required=False)


class PlanRowSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    number = serializers.CharField()
    name = serializers.CharField()
    purpose = serializers.CharField()
    kind = serializers.ChoiceField(choices=PlanKind.choices)
    kind_label = serializers.CharField()
    status = serializers.ChoiceField(choices=PlanStatus.choices)
    status_label = serializers.CharField()
    created_at = serializers.DateTimeField()
    created_by = serializers.CharField()
    begins_at = serializers.DateTimeField(allow_null=True)
    customers_may_lose = serializers.IntegerField()
    from_template = serializers.IntegerField(allow_null=True)
    go_back_of = serializers.IntegerField(allow_null=True)
    is_writable = serializers.BooleanField()
    may_become = serializers.ListField(child=serializers.ChoiceField(choices=PlanStatus.choices))


class PlansSerializer(serializers.Serializer):
    plans = PlanRowSerializer(many=True)


class SwitchingStepSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    position = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=StepKind.choices)
    mrid = serializers.UUIDField(allow_null=True)
    equipment_name = serializers.CharField()
    payload = serializers.DictField()
    text = serializers.CharField()
    crew = serializers.CharField()
    status = serializers.ChoiceField(choices=StepStatus.choices)
    status_label = serializers.CharField()
    instructed_at = serializers.DateTimeField(allow_null=True)
    instructed_by = serializers.CharField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)
    note = serializers.CharField()
    found = serializers.DictField()


class DeviceNameSerializer(serializers.Serializer):
    mrid = serializers.UUIDField()
    name = serializers.CharField()


class SafetyDocumentSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    number = serializers.CharField()
    plan = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=DocumentKind.choices)
    kind_label = serializers.CharField()
    work = serializers.CharField()
    crew = serializers.CharField()
    devices = DeviceNameSerializer(many=True)
    status = serializers.ChoiceField(choices=DocumentStatus.choices)
    status_label = serializers.CharField()
    crew_status = serializers.ChoiceField(choices=CrewStatus.choices)
    crew_status_label = serializers.CharField()
    issued_at = serializers.DateTimeField(allow_null=True)
    issued_by = serializers.CharField(allow_null=True)
    released_at = serializers.DateTimeField(allow_null=True)
    released_by = serializers.CharField(allow_null=True)


class PlanMoveSerializer(serializers.Serializer):
    status = serializers.ChoiceField(choices=PlanStatus.choices)
    status_label = serializers.CharField()
    at = serializers.DateTimeField()
    by = serializers.CharField()
    reason = serializers.CharField()


class PlanStudySerializer(serializers.Serializer):
    id = serializers.IntegerField()
    as_of = serializers.DateTimeField()
    made_by = serializers.CharField()
    network_version = serializers.IntegerField()
    is_safe = serializers.BooleanField()
    text = serializers.CharField()
    results = serializers.ListField(child=serializers.DictField())


class WholePlanSerializer(PlanRowSerializer):
    go_back = serializers.IntegerField(allow_null=True)
    steps = SwitchingStepSerializer(many=True)
    documents = SafetyDocumentSerializer(many=True)
    moves = PlanMoveSerializer(many=True)
    study = PlanStudySerializer(allow_null=True)


class StepsSerializer(serializers.Serializer):
    steps = serializers.ListField(child=serializers.DictField(), max_length=MOST_STEPS)


class StepsAnewSerializer(StepsSerializer):
    replaces = serializers.ListField(
        child=serializers.IntegerField(),
        max_length=MOST_STEPS,
        required=False,
        help_text="Keys of the steps as they were seen, in order: refused with 409 where others stand by now.",
    )


class NewPlanSerializer(StepsSerializer):
    name = serializers.CharField(max_length=LONGEST_NAME)
    purpose = serializers.CharField(max_length=LONGEST_WORDS)
    kind = serializers.ChoiceField(choices=PlanKind.choices)
    begins_at = serializers.DateTimeField(required=False, allow_null=True)
    customers_may_lose = serializers.IntegerField(required=False, default=0, min_value=0, max_value=10_000_000)


class PlanCopySerializer(serializers.Serializer):
    name = serializers.CharField(max_length=LONGEST_NAME)
    purpose = serializers.CharField(max_length=LONGEST_WORDS)
    kind = serializers.ChoiceField(choices=PlanKind.choices)
    begins_at = serializers.DateTimeField(required=False, allow_null=True)


class MoveSerializer(serializers.Serializer):
    to = serializers.ChoiceField(choices=PlanStatus.choices)
    reason = serializers.CharField(max_length=LONGEST_WORDS, required=False, default="", allow_blank=True)


class NewDocumentSerializer(serializers.Serializer):
    kind = serializers.ChoiceField(choices=DocumentKind.choices)
    work = serializers.CharField(max_length=300)
    crew = serializers.CharField(max_length=80)
    devices = serializers.ListField(child=serializers.UUIDField(), min_length=1, max_length=100)


class CrewSerializer(serializers.Serializer):
    status = serializers.ChoiceField(choices=[CrewStatus.ISSUED, CrewStatus.CLEARED])


class InstructionSerializer(serializers.Serializer):
    key = serializers.UUIDField(help_text="A key of the client's own: the same again is the same order.")


class InstructedSerializer(WholePlanSerializer):
    order = SelectedOrderSerializer(allow_null=True)


class StepReportSerializer(serializers.Serializer):
    outcome = serializers.ChoiceField(choices=[StepStatus.COMPLETED, StepStatus.FAILED])
    note = serializers.CharField(max_length=LONGEST_WORDS, required=False, default="", allow_blank=True)
