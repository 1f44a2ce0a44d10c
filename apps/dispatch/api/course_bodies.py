from rest_framework import serializers

from apps.dispatch.choices.course import CourseStatus, StepOutcome
from apps.dispatch.choices.order import OrderStatus
from apps.dispatch.choices.proposal import LONGEST_TEXT, StepQuantity


class RefusedCourseSerializer(serializers.Serializer):
    detail = serializers.CharField()


class CourseStepSerializer(serializers.Serializer):
    at = serializers.DateTimeField()
    value = serializers.FloatField(help_text="As the meter will read; it holds until the next step.")


class CourseSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    desk = serializers.CharField()
    desk_label = serializers.CharField()
    kind = serializers.CharField()
    title = serializers.CharField()
    explanation = serializers.CharField()
    status = serializers.ChoiceField(choices=CourseStatus.choices)
    status_label = serializers.CharField()
    reason = serializers.CharField(help_text="Why it stands where it stands, or waits.")
    device_mrid = serializers.UUIDField()
    device_name = serializers.CharField()
    quantity = serializers.ChoiceField(choices=StepQuantity.choices)
    unit = serializers.CharField()
    steps = CourseStepSerializer(many=True)
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField(help_text="Nothing but rest is ordered from then on.")
    rest = serializers.FloatField(help_text="What the device is set to at the end, and where the course stops before.")
    versions = serializers.DictField(help_text="Of what it was made from.")
    created_at = serializers.DateTimeField()
    decided_at = serializers.DateTimeField(allow_null=True)
    decided_by = serializers.CharField(allow_null=True)
    rule = serializers.CharField(allow_null=True, help_text="That approved it in place of a person.")
    executor = serializers.CharField(allow_null=True, help_text="In whose name its set-points are ordered.")
    ended_at = serializers.DateTimeField(allow_null=True)


class CoursesSerializer(serializers.Serializer):
    courses = CourseSerializer(many=True)


class CourseOrderSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    status = serializers.ChoiceField(choices=OrderStatus.choices)
    status_label = serializers.CharField()
    reason = serializers.CharField(help_text="Why it ended so, or what somebody found.")
    ordered_at = serializers.DateTimeField(allow_null=True)
    feedback = serializers.FloatField(allow_null=True, help_text="What the meter read when it was confirmed.")
    ended_at = serializers.DateTimeField(allow_null=True)


class CourseStepProgressSerializer(CourseStepSerializer):
    number = serializers.IntegerField()
    until = serializers.DateTimeField()
    outcome = serializers.ChoiceField(choices=StepOutcome.choices)
    outcome_label = serializers.CharField()
    order = CourseOrderSerializer(allow_null=True)


class CourseEffectSerializer(serializers.Serializer):
    moves = serializers.IntegerField(help_text="Set-points that differ from the one before.")
    lowest = serializers.FloatField()
    highest = serializers.FloatField()
    drawn_kwh = serializers.FloatField(required=False, help_text="Of active power.")
    given_kwh = serializers.FloatField(required=False, help_text="Of active power.")


class CoursePointSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    name = serializers.CharField()
    unit = serializers.CharField()


class CourseProgressSerializer(serializers.Serializer):
    course = CourseSerializer()
    effect = CourseEffectSerializer()
    points = CoursePointSerializer(many=True, help_text="Where it is measured what was done.")
    steps = CourseStepProgressSerializer(many=True)
    rest_order = CourseOrderSerializer(allow_null=True, help_text="That set the device to rest.")


class CourseInstantQuery(serializers.Serializer):
    at = serializers.DateTimeField(required=False, help_text="As it stood then; default: now.")


class CoursesQuery(serializers.Serializer):
    device = serializers.UUIDField(required=False)
    desk = serializers.CharField(required=False, max_length=30)
    status = serializers.ChoiceField(choices=CourseStatus.choices, required=False)
    before = serializers.IntegerField(required=False, min_value=1, help_text="The id of the last one of a page.")
    at = serializers.DateTimeField(required=False, help_text="As they stood then; default: now.")


class CourseReasonSerializer(serializers.Serializer):
    reason = serializers.CharField(max_length=LONGEST_TEXT)
