from django.urls import path

from apps.state import api

app_name = "state"
urlpatterns = [
    path("state/latest", api.LatestStateView.as_view(), name="latest"),
    path("state/elements/<uuid:mrid>", api.ElementStateView.as_view(), name="element"),
    path("state/elements/<uuid:mrid>/trend", api.ElementTrendView.as_view(), name="element-trend"),
]
