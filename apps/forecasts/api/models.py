"""Model versions and trainings."""

from typing import cast

from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.choices import Permission
from apps.accounts.models import User
from apps.accounts.permissions import requires
from apps.forecasts.api.queries import AtQuery, read
from apps.forecasts.api.serializers import (
    ForecastModelSerializer,
    ForecastProblemSerializer,
    InUseSerializer,
    TrainingSerializer,
)
from apps.forecasts.api.series import ForecastApi
from apps.forecasts.models import ModelVersion
from apps.forecasts.selectors import registry
from apps.forecasts.services.registry import CannotBeUsed, put_in_use

SHOWN = 200


class ModelsView(ForecastApi):
    @extend_schema(parameters=[AtQuery], responses={200: ForecastModelSerializer(many=True)})
    def get(self, request: Request) -> Response:
        """Newest first: what each was trained on, how it did on days it had not seen, why it is in use or not."""
        return Response(registry.model_documents(as_of=read(AtQuery, request)["at"], most=SHOWN))


class ModelInUseView(ForecastApi):
    permission_classes = [requires(Permission.MANAGE_MODELS)]

    @extend_schema(
        request=InUseSerializer,
        responses={
            201: ForecastModelSerializer,
            400: ForecastProblemSerializer,
            404: ForecastProblemSerializer,
            409: ForecastProblemSerializer,
        },
    )
    def post(self, request: Request, model_id: int) -> Response:
        """Forward or back: from the next issue on this version forecasts."""
        body = InUseSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        if not ModelVersion.objects.filter(pk=model_id).exists():
            raise Http404("There is no model of this number; GET /api/v1/forecasts/models lists them.")
        by = cast(User, request.user)
        try:
            put_in_use(model_id=model_id, by=by, as_of=timezone.now(), reason=body.validated_data["reason"])
        except CannotBeUsed as refusal:
            return Response({"detail": str(refusal)}, status=status.HTTP_409_CONFLICT)
        model = registry.models().get(pk=model_id)
        return Response(registry.model_document(model), status=status.HTTP_201_CREATED)


class TrainingsView(ForecastApi):
    @extend_schema(parameters=[AtQuery], responses={200: TrainingSerializer(many=True)})
    def get(self, request: Request) -> Response:
        """Newest first, with how far each is."""
        at = read(AtQuery, request)["at"]
        rows = registry.trainings().filter(begun_at__lte=at)[:SHOWN]
        return Response([registry.training_document(one, as_of=at) for one in rows])
