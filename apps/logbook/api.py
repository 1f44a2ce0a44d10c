from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, cast

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.choices import Permission
from apps.accounts.models import User
from apps.accounts.permissions import requires
from apps.logbook import services
from apps.logbook.choices import LONGEST_NOTE, Stage
from apps.logbook.models import HandOver, Note
from apps.logbook.selectors import hand_over_page, shift_log

_MOST_REVIEWED = 1000


class EntrySerializer(serializers.Serializer):
    kind = serializers.ChoiceField(choices=["note", "act"])
    id = serializers.IntegerField()
    at = serializers.DateTimeField()
    who = serializers.CharField()
    text = serializers.CharField()
    target = serializers.CharField(required=False)
    detail = serializers.JSONField(required=False)
    equipment_mrid = serializers.UUIDField(required=False, allow_null=True)
    equipment_name = serializers.CharField(required=False)
    is_open = serializers.BooleanField(required=False)
    corrects = serializers.IntegerField(required=False, allow_null=True)
    closes = serializers.IntegerField(required=False, allow_null=True)
    is_corrected = serializers.BooleanField(required=False)


class ShiftLogSerializer(serializers.Serializer):
    entries = EntrySerializer(many=True)


class TextSerializer(serializers.Serializer):
    text = serializers.CharField(max_length=LONGEST_NOTE)


class NoteSerializer(TextSerializer):
    equipment_mrid = serializers.UUIDField(required=False, allow_null=True)
    is_open = serializers.BooleanField(required=False, default=False)


class PeriodSerializer(serializers.Serializer):
    start = serializers.DateTimeField(required=False)
    end = serializers.DateTimeField(required=False)
    text = serializers.CharField(required=False, default="", max_length=100, allow_blank=True)

    def get_fields(self) -> dict[str, serializers.Field]:
        fields = super().get_fields()
        return {"from": fields["start"], "to": fields["end"], "text": fields["text"]}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        now = timezone.now()
        end: datetime = attrs.get("to") or now + timedelta(seconds=1)
        start: datetime = attrs.get("from") or end - timedelta(hours=12)
        if start >= end:
            raise serializers.ValidationError({"from": ["'from' must lie before 'to'."]})
        return {"start": start, "end": end, "text": attrs.get("text", "")}


class ReviewSerializer(serializers.Serializer):
    reviewed = serializers.ListField(
        child=serializers.RegexField(r"^\d{1,18}/\d{1,10}$"),
        max_length=_MOST_REVIEWED,
        help_text="alarm/occurrence of every alarm of priority 1 that you have looked at",
    )


class SignOutSerializer(ReviewSerializer):
    remarks = serializers.CharField(max_length=LONGEST_NOTE, allow_blank=True, required=False, default="")


class SignInSerializer(ReviewSerializer):
    digest = serializers.RegexField(r"^[0-9a-f]{64}$", help_text="Of the page that you have looked at.")


class HandOverSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    stage = serializers.ChoiceField(choices=Stage.choices)
    outgoing = serializers.CharField()
    outgoing_at = serializers.DateTimeField()
    incoming = serializers.CharField(allow_null=True)
    incoming_at = serializers.DateTimeField(allow_null=True)
    remarks = serializers.CharField()
    reviewed = serializers.ListField(child=serializers.CharField())
    digest = serializers.CharField()
    page = serializers.JSONField()


class RefusedSerializer(serializers.Serializer):
    detail = serializers.CharField()


def _answer(act: Callable[[], dict[str, Any]]) -> Response:
    try:
        return Response(act(), status=status.HTTP_201_CREATED)
    except services.Refused as refusal:
        return Response({"detail": str(refusal)}, status=status.HTTP_409_CONFLICT)


def _body(serializer: type[serializers.Serializer], request: Request) -> dict[str, Any]:
    body = serializer(data=request.data)
    body.is_valid(raise_exception=True)
    return dict(body.validated_data)


def _who(request: Request) -> User:
    return cast(User, request.user)


class ShiftLogView(APIView):
    permission_classes = [requires(Permission.VIEW_ALARMS)]

    @extend_schema(
        parameters=[
            OpenApiParameter("from", datetime, description="Twelve hours before the end, if not given."),
            OpenApiParameter("to", datetime, description="Now, if not given."),
            OpenApiParameter("text", str),
        ],
        responses={200: ShiftLogSerializer},
    )
    def get(self, request: Request) -> Response:
        period = PeriodSerializer(data=request.query_params)
        period.is_valid(raise_exception=True)
        return Response({"entries": shift_log.shift_log(**period.validated_data)})


class NotesView(APIView):
    permission_classes = [requires(Permission.KEEP_LOG)]

    @extend_schema(request=NoteSerializer, responses={201: EntrySerializer, 409: RefusedSerializer})
    def post(self, request: Request) -> Response:
        body = _body(NoteSerializer, request)
        return _answer(
            lambda: shift_log.note_document(
                services.write_note(
                    text=body["text"],
                    equipment_mrid=body.get("equipment_mrid"),
                    is_open=body["is_open"],
                    by=_who(request),
                    as_of=timezone.now(),
                )
            )
        )


class CorrectionView(APIView):
    permission_classes = [requires(Permission.KEEP_LOG)]

    @extend_schema(request=TextSerializer, responses={201: EntrySerializer, 409: RefusedSerializer})
    def post(self, request: Request, note_id: int) -> Response:
        text = _body(TextSerializer, request)["text"]
        get_object_or_404(Note, pk=note_id)
        given = {"note_id": note_id, "text": text, "by": _who(request), "as_of": timezone.now()}
        return _answer(lambda: shift_log.note_document(services.correct_note(**given)))


class ClosingView(APIView):
    permission_classes = [requires(Permission.KEEP_LOG)]

    @extend_schema(request=TextSerializer, responses={201: EntrySerializer, 409: RefusedSerializer})
    def post(self, request: Request, note_id: int) -> Response:
        text = _body(TextSerializer, request)["text"]
        get_object_or_404(Note, pk=note_id)
        given = {"note_id": note_id, "text": text, "by": _who(request), "as_of": timezone.now()}
        return _answer(lambda: shift_log.note_document(services.close_note(**given)))


class HandOverPageView(APIView):
    """What would be handed over at this moment."""

    permission_classes = [requires(Permission.VIEW_ALARMS)]

    @extend_schema(responses={200: serializers.JSONField})
    def get(self, request: Request) -> Response:
        return Response(hand_over_page.page(as_of=timezone.now()))


class HandOversView(APIView):
    def get_permissions(self) -> list[Any]:
        needed = Permission.KEEP_LOG if self.request.method == "POST" else Permission.VIEW_ALARMS
        return [requires(needed)()]

    @extend_schema(responses={200: HandOverSerializer(many=True)})
    def get(self, request: Request) -> Response:
        return Response([hand_over_page.document(one) for one in hand_over_page.hand_overs()])

    @extend_schema(request=SignOutSerializer, responses={201: HandOverSerializer, 409: RefusedSerializer})
    def post(self, request: Request) -> Response:
        body = _body(SignOutSerializer, request)
        given = {"by": _who(request), "as_of": timezone.now(), **body}
        return _answer(lambda: hand_over_page.document(services.hand_over(**given)))


class HandOverView(APIView):
    permission_classes = [requires(Permission.VIEW_ALARMS)]

    @extend_schema(responses={200: HandOverSerializer})
    def get(self, request: Request, hand_over_id: int) -> Response:
        return Response(hand_over_page.document(get_object_or_404(HandOver, pk=hand_over_id)))


class SignatureView(APIView):
    permission_classes = [requires(Permission.KEEP_LOG)]

    @extend_schema(request=SignInSerializer, responses={201: HandOverSerializer, 409: RefusedSerializer})
    def post(self, request: Request, hand_over_id: int) -> Response:
        body = _body(SignInSerializer, request)
        get_object_or_404(HandOver, pk=hand_over_id)
        given = {"by": _who(request), "as_of": timezone.now(), "reviewed": body["reviewed"]}
        return _answer(
            lambda: hand_over_page.document(
                services.take_over(hand_over_id=hand_over_id, seen_digest=body["digest"], **given)
            )
        )


class WithdrawalView(APIView):
    permission_classes = [requires(Permission.KEEP_LOG)]

    @extend_schema(request=None, responses={201: HandOverSerializer, 409: RefusedSerializer})
    def post(self, request: Request, hand_over_id: int) -> Response:
        get_object_or_404(HandOver, pk=hand_over_id)
        given: dict[str, Any] = {"by": _who(request), "as_of": timezone.now()}
        return _answer(lambda: hand_over_page.document(services.withdraw(hand_over_id=hand_over_id, **given)))
