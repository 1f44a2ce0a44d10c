from typing import Any

from rest_framework import serializers

from apps.assets.choices import CustomerClass
from apps.demand_response.choices import DeviceKind, EnrolmentStatus


class CustomersQuery(serializers.Serializer):
    search = serializers.CharField(max_length=100, required=False, default="", allow_blank=True)
    program = serializers.IntegerField(required=False, min_value=1, max_value=2**63 - 1, default=None)
    status = serializers.ChoiceField(EnrolmentStatus.choices, required=False, default="", allow_blank=True)
    offset = serializers.IntegerField(required=False, min_value=0, max_value=10_000_000, default=0)
    limit = serializers.IntegerField(required=False, min_value=1, max_value=500, default=100)


class CustomerStandingSerializer(serializers.Serializer):
    program = serializers.IntegerField()
    title = serializers.CharField()
    status = serializers.ChoiceField(EnrolmentStatus.choices)


class DemandCustomerSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    reference = serializers.CharField()
    name = serializers.CharField()
    email = serializers.CharField()
    customer_class = serializers.ChoiceField(CustomerClass.choices)
    usage_points = serializers.ListField(child=serializers.CharField())
    is_critical = serializers.BooleanField(help_text="Life support, hospital: never asked.")
    kinds = serializers.DictField(child=serializers.IntegerField(), help_text="How many devices of each kind.")
    rated_kw = serializers.FloatField()
    standing = CustomerStandingSerializer(many=True)


class DemandCustomersSerializer(serializers.Serializer):
    count = serializers.IntegerField()
    customers = DemandCustomerSerializer(many=True)


class CustomerConnectionSerializer(serializers.Serializer):
    usage_point = serializers.CharField()
    since = serializers.DateTimeField()
    consumer_mrid = serializers.UUIDField(allow_null=True)
    consumer = serializers.CharField(help_text="Empty: not known to the live network.")
    feeder = serializers.CharField()
    is_critical = serializers.BooleanField()
    critical_reason = serializers.CharField()
    rated_kw = serializers.FloatField(allow_null=True)


class CustomerDeviceSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    name = serializers.CharField()
    kind = serializers.ChoiceField(DeviceKind.choices)
    rated_kw = serializers.FloatField()
    usage_point = serializers.CharField()
    resource = serializers.CharField(help_text="As its VEN declared it over OpenADR; empty: not yet.")


class CustomerConsentSerializer(serializers.Serializer):
    purpose = serializers.CharField()
    version = serializers.IntegerField()
    text = serializers.CharField()
    given_at = serializers.DateTimeField()
    given_by = serializers.CharField()
    revoked_at = serializers.DateTimeField(allow_null=True)
    revoked_by = serializers.CharField()


class CustomerLinkSerializer(serializers.Serializer):
    made_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    used_at = serializers.DateTimeField(allow_null=True)
    withdrawn_at = serializers.DateTimeField(allow_null=True)


class CustomerEnrolmentSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    program = serializers.IntegerField()
    title = serializers.CharField()
    status = serializers.ChoiceField(EnrolmentStatus.choices)
    status_since = serializers.DateTimeField()
    status_reason = serializers.CharField()
    ven_name = serializers.CharField(help_text="Empty: no identity in the field, so that it cannot be asked.")
    last_seen_at = serializers.DateTimeField(allow_null=True)
    most_events_a_month = serializers.IntegerField(allow_null=True)
    most_hours_a_day = serializers.FloatField(allow_null=True)
    consents = CustomerConsentSerializer(many=True)
    link = CustomerLinkSerializer(allow_null=True)


class DemandCustomerPageSerializer(DemandCustomerSerializer):
    made_at = serializers.DateTimeField()
    forgotten_at = serializers.DateTimeField(allow_null=True)
    is_own = serializers.BooleanField()
    connections = CustomerConnectionSerializer(many=True)
    equipment = CustomerDeviceSerializer(many=True)
    enrolments = CustomerEnrolmentSerializer(many=True)


class NewCustomerSerializer(serializers.Serializer):
    reference = serializers.CharField(max_length=60)
    name = serializers.CharField(max_length=200, required=False, default="", allow_blank=True)
    email = serializers.EmailField(required=False, default="", allow_blank=True)
    customer_class = serializers.ChoiceField(CustomerClass.choices)
    usage_point = serializers.CharField(max_length=80)
    consumer_mrid = serializers.UUIDField(required=False, default=None, allow_null=True)


class ChangedCustomerSerializer(serializers.Serializer):
    name = serializers.CharField(max_length=200, required=False, allow_blank=True)
    email = serializers.EmailField(required=False, allow_blank=True)
    customer_class = serializers.ChoiceField(CustomerClass.choices, required=False)


class NewDeviceSerializer(serializers.Serializer):
    usage_point = serializers.CharField(max_length=80)
    name = serializers.CharField(max_length=120)
    kind = serializers.ChoiceField(DeviceKind.choices)
    rated_kw = serializers.FloatField(min_value=0.0, max_value=1e6)


class CriticalMarkSerializer(serializers.Serializer):
    usage_point = serializers.CharField(max_length=80)
    reason = serializers.CharField(max_length=200, allow_blank=True, help_text="Empty takes the mark away.")


class InvitationSerializer(serializers.Serializer):
    program = serializers.IntegerField(min_value=1, max_value=2**63 - 1)


class GivenConsentSerializer(serializers.Serializer):
    given_at = serializers.DateTimeField(required=False, default=None, allow_null=True)


class EnrolmentReasonSerializer(serializers.Serializer):
    reason = serializers.CharField(max_length=200, required=False, default="", allow_blank=True)


class EnrolmentWishesSerializer(serializers.Serializer):
    most_events_a_month = serializers.IntegerField(min_value=0, max_value=1000, allow_null=True)
    most_hours_a_day = serializers.FloatField(min_value=0.0, max_value=24.0, allow_null=True)


class OneTimeLinkSerializer(serializers.Serializer):
    """Shown now and never again."""

    path = serializers.CharField(help_text="Of the customer's page, on this site.")
    expires_at = serializers.DateTimeField()


class IssuedCredentialsSerializer(serializers.Serializer):
    """Shown now and never again."""

    reference = serializers.CharField()
    ven_name = serializers.CharField()
    client_id = serializers.CharField()
    client_secret = serializers.CharField()


class ReadingDaysQuery(serializers.Serializer):
    first = serializers.DateField()
    last = serializers.DateField()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not 0 <= (attrs["last"] - attrs["first"]).days <= 92:
            raise serializers.ValidationError({"last": "Ask for at most 92 days, the first day first."})
        return attrs


class ReadingDaySerializer(serializers.Serializer):
    usage_point = serializers.CharField()
    day = serializers.DateField()
    starts_at = serializers.DateTimeField()
    step_s = serializers.IntegerField()
    kwh = serializers.ListField(child=serializers.FloatField(allow_null=True), help_text="null: not known.")
    source = serializers.CharField()  # type: ignore[assignment]
    quality = serializers.CharField()
    received_at = serializers.DateTimeField()


class ReadingDaysSerializer(serializers.Serializer):
    days = ReadingDaySerializer(many=True)
