from rest_framework import serializers

from apps.dispatch.choices.order import LONGEST_FINDING, Act, Found, OrderStatus
from apps.telemetry.choices import ControlKind, Quantity


class WantedSerializer(serializers.Serializer):
    device_mrid = serializers.UUIDField()
    act = serializers.ChoiceField(choices=Act.choices)
    value = serializers.FloatField(
        required=False, allow_null=True, help_text="Of `set`, as the measured value will read: drawn is positive."
    )
    quantity = serializers.ChoiceField(
        choices=Quantity.choices, required=False, help_text="Where a plant takes set-points of several quantities."
    )

    def validate_value(self, value: float | None) -> float | None:
        if value is not None and not -1e9 < value < 1e9:
            raise serializers.ValidationError("Give a finite number.")
        return value


class SelectionSerializer(WantedSerializer):
    key = serializers.UUIDField(help_text="New for a new order; the same again gives the same order.")


class OperationSerializer(serializers.Serializer):
    nonce = serializers.CharField(max_length=64, help_text="Of the selection.")


class ApprovalSerializer(serializers.Serializer):
    approves = serializers.BooleanField(help_text="False declines; then give the reason.")
    password = serializers.CharField(
        required=False, max_length=200, trim_whitespace=False, help_text="Unless given within 5 minutes here."
    )
    reason = serializers.CharField(required=False, max_length=200, default="", allow_blank=True)

    def validate(self, attrs: dict[str, object]) -> dict[str, object]:
        if not attrs["approves"] and not attrs.get("reason"):
            raise serializers.ValidationError({"reason": "Say why you decline."})
        return attrs


class SettlementSerializer(serializers.Serializer):
    found = serializers.ChoiceField(choices=Found.choices)
    reason = serializers.CharField(max_length=LONGEST_FINDING, help_text="What was found in the field, and how.")


class OrdersQuery(serializers.Serializer):
    device = serializers.UUIDField(required=False)
    status = serializers.MultipleChoiceField(choices=OrderStatus.choices, required=False)
    before = serializers.IntegerField(required=False, min_value=1, help_text="Id of the last order of the page before.")


class ControlsQuery(serializers.Serializer):
    device = serializers.UUIDField()


class OrderSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    key = serializers.UUIDField()
    device_mrid = serializers.UUIDField()
    device_name = serializers.CharField()
    point_name = serializers.CharField()
    act = serializers.ChoiceField(choices=Act.choices)
    act_label = serializers.CharField()
    value = serializers.FloatField()
    unit = serializers.CharField()
    before = serializers.FloatField(allow_null=True)
    status = serializers.ChoiceField(choices=OrderStatus.choices)
    status_label = serializers.CharField()
    purpose = serializers.CharField()
    is_open = serializers.BooleanField()
    is_critical = serializers.BooleanField()
    selected_at = serializers.DateTimeField()
    selected_by = serializers.CharField()
    expires_at = serializers.DateTimeField()
    ordered_at = serializers.DateTimeField(allow_null=True)
    approved_by = serializers.CharField(allow_null=True)
    approved_at = serializers.DateTimeField(allow_null=True)
    sent_at = serializers.DateTimeField(allow_null=True)
    answered_at = serializers.DateTimeField(allow_null=True)
    feedback = serializers.FloatField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)
    add_cause = serializers.CharField(help_text="A word of IEC 61850-7-2, AddCause.")
    reason = serializers.CharField()
    settled_by = serializers.CharField(allow_null=True)
    finding = serializers.CharField(help_text="What was found where the outcome was not known.")
    sentence = serializers.CharField()
    server_time = serializers.DateTimeField()


class OrderLookAheadSerializer(serializers.Serializer):
    as_of = serializers.DateTimeField()
    device = serializers.DictField()
    act = serializers.CharField()
    act_label = serializers.CharField()
    value = serializers.FloatField()
    unit = serializers.CharField()
    present = serializers.DictField(help_text="The measured value with time, age and quality.")
    sentence = serializers.CharField(help_text="The act and its gravest consequence.")
    findings = serializers.ListField(child=serializers.DictField(), help_text="level, text, add_cause; gravest first.")
    needs_second = serializers.CharField(allow_blank=True, help_text="Why two persons; empty: one is enough.")
    effect = serializers.DictField(allow_null=True)
    milliseconds = serializers.IntegerField()


class OneOrderSerializer(OrderSerializer):
    look_ahead = OrderLookAheadSerializer()


class SelectedOrderSerializer(OneOrderSerializer):
    nonce = serializers.CharField(help_text="Who operates gives it back.")


class OrdersSerializer(serializers.Serializer):
    orders = OrderSerializer(many=True)


class ControlSerializer(serializers.Serializer):
    mrid = serializers.UUIDField()
    point = serializers.CharField()
    quantity = serializers.CharField()
    unit = serializers.CharField()
    kind = serializers.ChoiceField(choices=ControlKind.choices)
    acts = serializers.ListField(child=serializers.DictField())
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)
    is_critical = serializers.BooleanField()
    is_controllable = serializers.BooleanField()
    why_not = serializers.CharField(allow_blank=True)
    present = serializers.DictField()


class ControlsSerializer(serializers.Serializer):
    controls = ControlSerializer(many=True)
    open_order = OrderSerializer(allow_null=True)


class RefusedOrderSerializer(serializers.Serializer):
    detail = serializers.CharField()
    add_cause = serializers.CharField()
    order = OrderSerializer(allow_null=True)
