"""A person's changes of a forecast."""

from collections.abc import Callable
from typing import cast

from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.exceptions import ValidationError
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.choices import Permission
from apps.accounts.models import User
from apps.accounts.permissions import requires
from apps.forecasts.api.queries import AtQuery, read, series_or_404
from apps.forecasts.api.serializers import (
    ForecastProblemSerializer,
    NearOverrideSerializer,
    NewOverrideSerializer,
    OverrideSerializer,
    ScoredOverrideSerializer,
)
from apps.forecasts.api.series import ForecastApi
from apps.forecasts.models import Override
from apps.forecasts.rules.overrides import Refused, Wish
from apps.forecasts.selectors.fan import override_document, overrides_near, overrides_of
from apps.forecasts.services import overrides

REFUSED = {400: ForecastProblemSerializer, 404: ForecastProblemSerializer, 409: ForecastProblemSerializer}


def answered(act: Callable[[], Response]) -> Response:
    """Refusals as answers: 400 names the field and the remedy, 409 what stands in the way."""
    try:
        return act()
    except Refused as refusal:
        raise ValidationError({"detail": str(refusal), refusal.field: [refusal.problem]}) from None
    except overrides.Conflict as conflict:
        return Response({"detail": str(conflict)}, status=status.HTTP_409_CONFLICT)


class OverridesView(ForecastApi):
    def get_permissions(self) -> list[BasePermission]:
        needed = Permission.OVERRIDE_FORECASTS if self.request.method == "POST" else Permission.VIEW_GRID
        return [requires(needed)()]

    @extend_schema(
        parameters=[AtQuery], responses={200: ScoredOverrideSerializer(many=True), 404: ForecastProblemSerializer}
    )
    def get(self, request: Request, series_id: int) -> Response:
        """Newest first, each with its error beside that of the forecast that it changed."""
        return Response(overrides_of(series_or_404(series_id), as_of=read(AtQuery, request)["at"]))

    @extend_schema(request=NewOverrideSerializer, responses={201: OverrideSerializer, **REFUSED})
    def post(self, request: Request, series_id: int) -> Response:
        """Laid over the model's forecast, which stays beside it; both are scored."""
        series = series_or_404(series_id)
        body = NewOverrideSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        wish, by = Wish(**body.validated_data), cast(User, request.user)

        def act() -> Response:
            made = overrides.make_override(series=series, wish=wish, by=by, as_of=timezone.now())
            return Response(override_document(made), status=status.HTTP_201_CREATED)

        return answered(act)


class NearOverridesView(ForecastApi):
    @extend_schema(
        parameters=[AtQuery], responses={200: NearOverrideSerializer(many=True), 404: ForecastProblemSerializer}
    )
    def get(self, request: Request, series_id: int) -> Response:
        """Those of the series above and right below that hold or will. An override moves its own series alone: none of
        these is contained in the forecast of this one."""
        return Response(overrides_near(series_or_404(series_id), as_of=read(AtQuery, request)["at"]))


class WithdrawalView(ForecastApi):
    permission_classes = [requires(Permission.OVERRIDE_FORECASTS)]

    @extend_schema(request=None, responses={201: OverrideSerializer, **REFUSED})
    def post(self, request: Request, override_id: int) -> Response:
        """From now on the model's own forecast holds again."""
        if not Override.objects.filter(pk=override_id).exists():
            raise Http404("There is no override of this number.")

        def act() -> Response:
            by = cast(User, request.user)
            gone = overrides.withdraw_override(override_id=override_id, by=by, as_of=timezone.now())
            return Response(override_document(gone), status=status.HTTP_201_CREATED)

        return answered(act)
