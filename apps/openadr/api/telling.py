"""For administrators: how subscribers are told, and what becomes of what was given up."""

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.choices import Permission
from apps.accounts.models import User
from apps.accounts.permissions import requires
from apps.openadr.selectors.telling import MOST, telling
from apps.openadr.selectors.vens import standing
from apps.openadr.services import dead_letters


class DeadLetterSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    client_name = serializers.CharField(source="subscription.client_name")
    callback_url = serializers.CharField()
    operation = serializers.CharField(source="notification.operation")
    object_type = serializers.CharField(source="notification.object_type")
    recorded_at = serializers.DateTimeField(source="notification.recorded_at")
    attempts = serializers.IntegerField()
    last_status_code = serializers.IntegerField(allow_null=True)
    last_error = serializers.CharField()
    can_be_sent_again = serializers.SerializerMethodField()

    def get_can_be_sent_again(self, row: object) -> bool:
        """False: the subscription was deleted since."""
        return getattr(row, "subscription").withdrawn_at is None  # noqa: B009


class TellingSerializer(serializers.Serializer):
    subscriptions = serializers.IntegerField()
    is_broker_named = serializers.BooleanField()
    to_publish = serializers.IntegerField()
    pending = serializers.IntegerField()
    oldest_pending_s = serializers.FloatField(allow_null=True)
    delivered_last_hour = serializers.IntegerField()
    last_delivered_at = serializers.DateTimeField(allow_null=True)
    given_up = serializers.IntegerField()
    dead = DeadLetterSerializer(many=True)


class VtnStandingSerializer(serializers.Serializer):
    clients = serializers.IntegerField()
    vens = serializers.IntegerField()
    vens_seen = serializers.IntegerField(help_text="That asked for something in the last ten minutes.")
    events_open = serializers.IntegerField()


class NotificationsSerializer(TellingSerializer):
    vtn = VtnStandingSerializer()


class DeliveriesSerializer(serializers.Serializer):
    deliveries = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=2**62), min_length=1, max_length=MOST
    )


class DeliveriesDoneSerializer(serializers.Serializer):
    done = serializers.IntegerField()


class _Administrators(APIView):
    permission_classes = [requires(Permission.ADMINISTER)]


class NotificationsView(_Administrators):
    @extend_schema(responses=NotificationsSerializer)
    def get(self, request: Request) -> Response:
        """Who takes part, what waits, what was delivered, and the newest that were given up."""
        now = timezone.now()
        vtn = VtnStandingSerializer(standing(as_of=now)).data
        return Response({"vtn": vtn, **TellingSerializer(telling(as_of=now)).data})


class _ActView(_Administrators):
    act: dead_letters.Act

    def _done(self, request: Request) -> Response:
        asked = DeliveriesSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        person = request.user
        assert isinstance(person, User)  # noqa: S101  the permission lets nobody else through
        done = type(self).act(delivery_ids=asked.validated_data["deliveries"], by=person, as_of=timezone.now())
        return Response(DeliveriesDoneSerializer({"done": done}).data)


class SendAgainView(_ActView):
    act = staticmethod(dead_letters.send_again)

    @extend_schema(request=DeliveriesSerializer, responses=DeliveriesDoneSerializer)
    def post(self, request: Request) -> Response:
        """What was given up is called again from the first attempt; audited."""
        return self._done(request)


class ForgetView(_ActView):
    act = staticmethod(dead_letters.forget)

    @extend_schema(request=DeliveriesSerializer, responses=DeliveriesDoneSerializer)
    def post(self, request: Request) -> Response:
        """What was given up leaves the list for good; audited."""
        return self._done(request)
