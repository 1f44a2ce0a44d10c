from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from django.conf import settings
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import ValidationError
from rest_framework.parsers import JSONParser
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.authentication import TokenAuthentication
from apps.accounts.choices import Permission
from apps.accounts.permissions import requires
from apps.telemetry.api.history import ManySamplesView
from apps.telemetry.api.problems import ProblemSerializer
from apps.telemetry.forms import MAX_SAMPLES, parse_samples
from apps.telemetry.services import push


class PushedSampleSerializer(serializers.Serializer):
    point = serializers.UUIDField()
    at = serializers.DateTimeField()
    value = serializers.FloatField()
    quality = serializers.IntegerField(required=False, min_value=0, max_value=16383)


class PushSerializer(serializers.Serializer):
    samples = serializers.ListField(child=PushedSampleSerializer(), min_length=1, max_length=MAX_SAMPLES)


class PushOutcomeSerializer(serializers.Serializer):
    accepted = serializers.IntegerField()
    duplicates = serializers.IntegerField()
    late = serializers.IntegerField()


class SamplesView(ManySamplesView):
    """Read by whoever may see the grid, written by devices with a token."""

    parser_classes = [JSONParser]

    def get_authenticators(self) -> list[BaseAuthentication]:
        # For devices: the check of a browser's form would eat the body.
        is_push = self.request is not None and self.request.method == "POST"
        return [TokenAuthentication()] if is_push else super().get_authenticators()

    def get_permissions(self) -> Sequence[Any]:
        is_push = self.request is not None and self.request.method == "POST"
        return [requires(Permission.WRITE_TELEMETRY)()] if is_push else super().get_permissions()

    @extend_schema(
        parameters=[OpenApiParameter("Idempotency-Key", str, OpenApiParameter.HEADER, required=True)],
        request=PushSerializer,
        responses={201: PushOutcomeSerializer, 400: ProblemSerializer, 413: ProblemSerializer, 422: ProblemSerializer},
    )
    def post(self, request: Request) -> Response:
        """Store samples. An answer of 201 means that they are committed; send again with the same key until then."""
        key = _idempotency_key(request)
        if int(request.META.get("CONTENT_LENGTH") or 0) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            return Response({"detail": "The body is above 4 MB; send fewer samples a request."}, status=413)
        body = request.body
        samples = parse_samples(body)
        try:
            outcome = push.push(
                principal=request.user.get_username(), key=key, body=body, samples=samples, received_at=timezone.now()
            )
        except push.UnknownPoints as error:
            places = {f"samples[{place}].point": "No such measurement point." for place in error.positions[:50]}
            raise ValidationError(places) from error
        except push.KeyReused as error:
            return Response({"detail": str(error)}, status=status.HTTP_422_UNPROCESSABLE_ENTITY)
        return Response(asdict(outcome), status=status.HTTP_201_CREATED)


def _idempotency_key(request: Request) -> str:
    key = request.headers.get("Idempotency-Key", "")
    if not (1 <= len(key) <= 200 and key.isprintable()):
        raise ValidationError(
            {"Idempotency-Key": "Send a header with 1 to 200 printable characters, new for new data."}
        )
    return key
