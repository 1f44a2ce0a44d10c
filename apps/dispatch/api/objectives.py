"""What the grid is run for: every version, and which desk honours what."""

from typing import Any, cast

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.choices import Permission
from apps.accounts.models import User
from apps.dispatch.api.bodies import checked
from apps.dispatch.api.proposals import ReadsAreFree
from apps.dispatch.choices.proposal import LONGEST_TEXT
from apps.dispatch.models import ObjectiveVersion
from apps.dispatch.selectors.objectives import FIELDS, objectives_at, objectives_overview
from apps.dispatch.services.objectives import set_objectives
from apps.dispatch.services.refusal import Refused


class ObjectiveValuesSerializer(serializers.ModelSerializer[ObjectiveVersion]):
    class Meta:
        model = ObjectiveVersion
        fields = FIELDS
        extra_kwargs = {name: {"required": False} for name in FIELDS}


class NewObjectivesSerializer(serializers.Serializer[Any]):
    replaces = serializers.IntegerField(min_value=0, help_text="The version that this one follows; 0: as delivered.")
    reason = serializers.CharField(max_length=LONGEST_TEXT)
    values = ObjectiveValuesSerializer(help_text="Fields that are left out stay as they are.")


class ObjectiveChangeSerializer(serializers.Serializer[Any]):
    field = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    unit = serializers.CharField(allow_blank=True)
    before = serializers.FloatField(allow_null=True)
    after = serializers.FloatField(allow_null=True)


class ObjectivesSerializer(serializers.Serializer[Any]):
    version = serializers.IntegerField()
    is_active = serializers.BooleanField()
    reason = serializers.CharField()
    set_at = serializers.DateTimeField(allow_null=True)
    set_by = serializers.CharField(allow_null=True)
    values = ObjectiveValuesSerializer()
    changes = ObjectiveChangeSerializer(many=True)


class ObjectiveFieldSerializer(serializers.Serializer[Any]):
    field = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    unit = serializers.CharField(allow_blank=True)
    words = serializers.CharField()
    low = serializers.FloatField()
    high = serializers.FloatField()
    is_weight = serializers.BooleanField()
    may_be_empty = serializers.BooleanField()
    default = serializers.FloatField(allow_null=True)


class ObjectiveHonourSerializer(serializers.Serializer[Any]):
    field = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    words = serializers.CharField()


class ObjectiveDeskSerializer(serializers.Serializer[Any]):
    desk = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    honours = ObjectiveHonourSerializer(many=True)
    reason = serializers.CharField(allow_blank=True, help_text="Why it reads none.")


class ObjectivesOverviewSerializer(serializers.Serializer[Any]):
    active = ObjectivesSerializer()
    versions = ObjectivesSerializer(many=True)
    fields = ObjectiveFieldSerializer(many=True)  # type: ignore[assignment]
    desks = ObjectiveDeskSerializer(many=True)


class RefusedObjectivesSerializer(serializers.Serializer[Any]):
    detail = serializers.CharField()


class ObjectivesView(ReadsAreFree):
    writes = Permission.SET_OBJECTIVES

    @extend_schema(responses={200: ObjectivesOverviewSerializer})
    def get(self, request: Request) -> Response:
        """The version that counts, those before it with what each changed, and which desk honours what."""
        return Response(objectives_overview())

    @extend_schema(
        request=NewObjectivesSerializer, responses={201: ObjectivesSerializer, 409: RefusedObjectivesSerializer}
    )
    def post(self, request: Request) -> Response:
        """Another version on top of the one that counts. 409 where somebody set one meanwhile."""
        body = checked(NewObjectivesSerializer, request.data)
        _insist_on_known(request.data)
        try:
            row = set_objectives(by=cast(User, request.user), as_of=timezone.now(), **body)
        except Refused as refusal:
            return Response({"detail": str(refusal)}, status=status.HTTP_409_CONFLICT)
        return Response(objectives_at(row.version), status=status.HTTP_201_CREATED)


class ObjectivesVersionView(ReadsAreFree):
    @extend_schema(responses={200: ObjectivesSerializer, 404: RefusedObjectivesSerializer})
    def get(self, request: Request, version: int) -> Response:
        """One version and what it changed; 0 is the software as delivered."""
        found = objectives_at(version)
        if found is None:
            raise NotFound(f"There is no version {version}. GET objectives lists all.")
        return Response(found)


def _insist_on_known(asked: Any) -> None:
    """A name that is misspelt must not pass as if it were set."""
    values = asked.get("values") if isinstance(asked, dict) else None
    unknown = sorted(set(values) - set(FIELDS)) if isinstance(values, dict) else []
    if unknown:
        raise ValidationError({"values": [f"There is no {', '.join(unknown)}. Take names of {', '.join(FIELDS)}."]})
