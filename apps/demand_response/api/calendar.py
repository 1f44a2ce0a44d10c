from django.utils.timezone import localdate
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.demand_response.api.common import ViewsDemand, person
from apps.demand_response.selectors.calendar import month_of_calls
from apps.dispatch.api.bodies import checked
from apps.dispatch.choices.call import CallAim, CallStatus


class CalendarQuery(serializers.Serializer):
    year = serializers.IntegerField(min_value=2000, max_value=2199, required=False)
    month = serializers.IntegerField(min_value=1, max_value=12, required=False)


class CalendarCallSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    title = serializers.CharField()
    program = serializers.IntegerField()
    program_title = serializers.CharField()
    status = serializers.ChoiceField(CallStatus.choices)
    aim = serializers.ChoiceField(CallAim.choices)
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    customers = serializers.IntegerField()
    expected_kw_p50 = serializers.FloatField()


class DemandCalendarSerializer(serializers.Serializer):
    year = serializers.IntegerField()
    month = serializers.IntegerField()
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    calls = CalendarCallSerializer(many=True)


class DemandCalendarView(ViewsDemand):
    @extend_schema(operation_id="demand_calendar", parameters=[CalendarQuery], responses=DemandCalendarSerializer)
    def get(self, request: Request) -> Response:
        """Events that begin in a month, this one unless told; of own programs for a program manager."""
        asked, today = checked(CalendarQuery, request.query_params), localdate()
        told = {"year": asked.get("year", today.year), "month": asked.get("month", today.month)}
        return Response(DemandCalendarSerializer(month_of_calls(person(request), **told)).data)
