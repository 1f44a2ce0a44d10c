"""How well forecasts did."""

from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.forecasts.api.queries import SkillQuery, read, series_or_404
from apps.forecasts.api.serializers import ForecastProblemSerializer, SkillReportSerializer
from apps.forecasts.api.series import ForecastApi
from apps.forecasts.models import Series
from apps.forecasts.selectors import report
from apps.forecasts.selectors.desk import local_day
from apps.forecasts.selectors.kinds import skill_table
from apps.forecasts.selectors.skill import day_scores
from gridops.database_paths import bears_lag

REPORTED = {200: SkillReportSerializer, 400: ForecastProblemSerializer, 404: ForecastProblemSerializer}


def _report(series: QuerySet[Series], at: datetime, days: int) -> dict[str, Any]:
    until = local_day(at)
    sample = report.largest(series, until=until, days=days)
    said = report.said(sample, as_of=at, days=days)
    scores = day_scores(sample, until=until, days=days)
    return {
        "as_of": at,
        "days": days,
        "kinds": skill_table(series, until=until, days=days),
        "by_day": report.by_day([row for rows in scores.values() for row in rows]),
        "by_lead": report.lead_table(said) if said else [],
        "reliability": report.reliability(said) if said else [],
        "sample": [str(one) for one in Series.objects.filter(pk__in=sample)],
    }


class SeriesSkillView(ForecastApi):
    @extend_schema(parameters=[SkillQuery], responses=REPORTED)
    @bears_lag
    def get(self, request: Request, series_id: int) -> Response:
        """One series, against repeating the past, by day, lead and level."""
        asked, series = read(SkillQuery, request), series_or_404(series_id)
        return Response(_report(Series.objects.filter(pk=series.pk), asked["at"], asked["days"]))


class SkillView(ForecastApi):
    @extend_schema(parameters=[SkillQuery], responses=REPORTED)
    @bears_lag
    def get(self, request: Request) -> Response:
        """All series, by their kind. Leads, levels and days are of those with the greatest power."""
        asked = read(SkillQuery, request)
        given = {name: asked[name] for name in ("subject", "quantity") if asked[name]}
        return Response(_report(Series.objects.in_use().filter(**given), asked["at"], asked["days"]))
