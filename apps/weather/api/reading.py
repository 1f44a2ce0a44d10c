from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.choices import Permission
from apps.accounts.permissions import requires
from apps.weather import selectors
from apps.weather.api.queries import ErrorsQuery, FilesQuery, RunsQuery, SeriesQuery, read
from apps.weather.api.serializers import (
    LeadErrorSerializer,
    WeatherFeedSerializer,
    WeatherFileSerializer,
    WeatherLocationSerializer,
    WeatherProblemSerializer,
    WeatherRunSerializer,
    WeatherSeriesSerializer,
)
from apps.weather.choices import Told, Variable
from apps.weather.models import Location, WeatherFile, WeatherRun
from apps.weather.selectors.errors import errors_by_lead
from apps.weather.selectors.health import feeds_health


class WeatherApi(APIView):
    permission_classes = [requires(Permission.VIEW_GRID)]


class FeedsView(WeatherApi):
    @extend_schema(responses=WeatherFeedSerializer(many=True))
    def get(self, request: Request) -> Response:
        """Each feed with what came last, what is due and what was refused."""
        return Response(WeatherFeedSerializer(feeds_health(as_of=timezone.now()), many=True).data)


class FilesView(WeatherApi):
    @extend_schema(
        parameters=[FilesQuery], responses={200: WeatherFileSerializer(many=True), 400: WeatherProblemSerializer}
    )
    def get(self, request: Request) -> Response:
        """What came, newest first, with the reason where it was refused."""
        asked = read(FilesQuery, request)
        files = WeatherFile.objects.select_related("feed").order_by("-received_at", "-pk")
        if "outcome" in asked:
            files = files.filter(outcome=asked["outcome"])
        return Response(WeatherFileSerializer(files[: asked["limit"]], many=True).data)


class LocationsView(WeatherApi):
    @extend_schema(responses=WeatherLocationSerializer(many=True))
    def get(self, request: Request) -> Response:
        return Response(WeatherLocationSerializer(Location.objects.order_by("name"), many=True).data)


class RunsView(WeatherApi):
    @extend_schema(
        parameters=[RunsQuery], responses={200: WeatherRunSerializer(many=True), 400: WeatherProblemSerializer}
    )
    def get(self, request: Request) -> Response:
        """Issues of providers' models, newest first."""
        asked = read(RunsQuery, request)
        runs = WeatherRun.objects.order_by("-issued_at", "-pk")
        if "data_kind" in asked:
            runs = runs.filter(data_kind=asked["data_kind"])
        if "as_of" in asked:
            runs = runs.filter(available_at__lte=asked["as_of"])
        return Response(WeatherRunSerializer(runs[: asked["limit"]], many=True).data)


class SeriesView(WeatherApi):
    @extend_schema(parameters=[SeriesQuery], responses={200: WeatherSeriesSerializer, 400: WeatherProblemSerializer})
    def get(self, request: Request) -> Response:
        """Weather at one place as it was known at an instant, on the steps that are asked for."""
        asked = read(SeriesQuery, request)
        values, issued_at = _told(asked)
        starts_s = int(asked["starts_at"].timestamp())
        named = {one.value: _plain(values[:, n]) for n, one in enumerate(asked["variables"])}
        times = [starts_s + n * asked["step_s"] for n in range(asked["steps"])]
        return Response(WeatherSeriesSerializer({"t": times, "values": named, "issued_at": issued_at}).data)


def _told(asked: dict[str, Any]) -> tuple[Any, Sequence[datetime]]:
    grid = {name: asked[name] for name in ("variables", "starts_at", "steps", "step_s")}
    as_of = asked.get("as_of") or timezone.now()
    if asked["told"] == Told.DAY_AHEAD:
        # What its gate had not seen yet by then stays open.
        values = selectors.as_forecast(location_id=asked["location"], **grid)
        last = as_of.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=2 if as_of.hour >= 6 else 1)
        known = int(max((last - asked["starts_at"]).total_seconds() // asked["step_s"], 0))
        values[known:] = np.nan
        return values, []
    if asked["told"] == Told.OBSERVATION:
        return selectors.observed(location_id=asked["location"], as_of=as_of, **grid), []
    found = selectors.known(location_id=asked["location"], as_of=as_of, **grid)
    return found.values, found.issued_at


def _plain(column: Any) -> list[float | None]:
    return [round(float(one), 3) if np.isfinite(one) else None for one in column]


class ErrorsView(WeatherApi):
    @extend_schema(
        parameters=[ErrorsQuery], responses={200: LeadErrorSerializer(many=True), 400: WeatherProblemSerializer}
    )
    def get(self, request: Request) -> Response:
        """How far stored forecasts were from what was then measured, by lead time."""
        asked = read(ErrorsQuery, request)
        found = errors_by_lead(
            location_id=asked["location"],
            variable=Variable(asked["variable"]),
            as_of=asked.get("as_of") or timezone.now(),
            days=asked["days"],
        )
        return Response(LeadErrorSerializer(found, many=True).data)
