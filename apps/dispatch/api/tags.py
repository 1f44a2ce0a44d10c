from collections.abc import Callable
from datetime import datetime
from typing import Any, cast
from uuid import UUID

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
from apps.dispatch.api.bodies import checked
from apps.dispatch.choices import LONGEST_REASON, TagKind
from apps.dispatch.models import Tag
from apps.dispatch.selectors.tags import standing_tags, tag_document
from apps.dispatch.services import tags
from apps.dispatch.services.refusal import Refused
from apps.state.api_past import InstantField


class AskedSerializer(serializers.Serializer):
    equipment = serializers.UUIDField(required=False)
    at = InstantField(required=False)


class ReasonSerializer(serializers.Serializer):
    reason = serializers.CharField(max_length=LONGEST_REASON)


class PlaceSerializer(ReasonSerializer):
    equipment_mrid = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=TagKind.choices)


class TagSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    equipment_mrid = serializers.UUIDField()
    equipment_name = serializers.CharField()
    kind = serializers.ChoiceField(choices=TagKind.choices)
    kind_label = serializers.CharField()
    reason = serializers.CharField()
    placed_at = serializers.DateTimeField()
    placed_by = serializers.CharField()
    removed_at = serializers.DateTimeField(allow_null=True)
    removed_by = serializers.CharField(allow_null=True)
    removal_reason = serializers.CharField()


class TagsSerializer(serializers.Serializer):
    tags = TagSerializer(many=True)


class RefusedTagSerializer(serializers.Serializer):
    detail = serializers.CharField()


def _answer(act: Callable[[], Tag]) -> Response:
    try:
        return Response(tag_document(act()), status=status.HTTP_201_CREATED)
    except Refused as refusal:
        return Response({"detail": str(refusal)}, status=status.HTTP_409_CONFLICT)


class TagsView(APIView):
    def get_permissions(self) -> list[Any]:
        return [requires(Permission.TAG if self.request.method == "POST" else Permission.VIEW_GRID)()]

    @extend_schema(
        parameters=[
            OpenApiParameter("equipment", UUID, description="Of one device; of all, if not given."),
            OpenApiParameter("at", datetime, description="As they hung then; now, if not given."),
        ],
        responses={200: TagsSerializer},
    )
    def get(self, request: Request) -> Response:
        return Response({"tags": standing_tags(**checked(AskedSerializer, request.query_params))})

    @extend_schema(request=PlaceSerializer, responses={201: TagSerializer, 409: RefusedTagSerializer})
    def post(self, request: Request) -> Response:
        body = checked(PlaceSerializer, request.data)
        body["kind"] = TagKind(body["kind"])
        given = {"by": cast(User, request.user), "as_of": timezone.now(), **body}
        return _answer(lambda: tags.place_tag(**given))


class RemovalView(APIView):
    permission_classes = [requires(Permission.TAG)]

    @extend_schema(request=ReasonSerializer, responses={201: TagSerializer, 409: RefusedTagSerializer})
    def post(self, request: Request, tag_id: int) -> Response:
        reason = checked(ReasonSerializer, request.data)["reason"]
        get_object_or_404(Tag, pk=tag_id)
        given = {"tag_id": tag_id, "reason": reason, "by": cast(User, request.user), "as_of": timezone.now()}
        return _answer(lambda: tags.remove_tag(**given))
