from django.urls import path

from apps.forecasts.api import components, models, overrides, points, scenarios, series, skill, why

app_name = "forecasts"
_SERIES = "forecasts/series/<int:series_id>"
urlpatterns = [
    path("forecasts/series", series.SeriesListView.as_view(), name="list"),
    path(_SERIES, series.SeriesView.as_view(), name="series"),
    path(f"{_SERIES}/forecast", series.SeriesForecastView.as_view(), name="forecast"),
    path(f"{_SERIES}/issues", series.SeriesIssuesView.as_view(), name="issues"),
    path(f"{_SERIES}/actual", series.SeriesActualView.as_view(), name="actual"),
    path(f"{_SERIES}/skill", skill.SeriesSkillView.as_view(), name="series_skill"),
    path(f"{_SERIES}/drivers", why.SeriesDriversView.as_view(), name="drivers"),
    path(f"{_SERIES}/components", components.SeriesComponentsView.as_view(), name="components"),
    path(f"{_SERIES}/scenario", scenarios.SeriesScenarioView.as_view(), name="scenario"),
    path(f"{_SERIES}/overrides", overrides.OverridesView.as_view(), name="overrides"),
    path(f"{_SERIES}/overrides/near", overrides.NearOverridesView.as_view(), name="near_overrides"),
    path("forecasts/overrides/<int:override_id>/withdrawal", overrides.WithdrawalView.as_view(), name="withdrawal"),
    path("forecasts/points", points.PointForecastsView.as_view(), name="points"),
    path("forecasts/skill", skill.SkillView.as_view(), name="skill"),
    path("forecasts/models", models.ModelsView.as_view(), name="models"),
    path("forecasts/models/<int:model_id>/in-use", models.ModelInUseView.as_view(), name="in_use"),
    path("forecasts/trainings", models.TrainingsView.as_view(), name="trainings"),
]
