from django.urls import path

from apps.state import api, api_past, api_security

app_name = "state"
urlpatterns = [
    path("state/latest", api.LatestStateView.as_view(), name="latest"),
    path("state/at", api_past.StateAtView.as_view(), name="at"),
    path("state/frames", api_past.FramesView.as_view(), name="frames"),
    path("state/elements/<uuid:mrid>", api.ElementStateView.as_view(), name="element"),
    path("state/elements/<uuid:mrid>/trend", api.ElementTrendView.as_view(), name="element-trend"),
    path("state/security", api_security.LatestSecurityView.as_view(), name="security"),
    path("state/security/<int:pk>", api_security.SecurityRunView.as_view(), name="security-run"),
    path("state/look-ahead", api_security.LookAheadView.as_view(), name="look-ahead"),
    path("state/short-circuit", api_security.ShortCircuitView.as_view(), name="short-circuit"),
]
