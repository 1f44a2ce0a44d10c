from django.urls import path

from apps.microgrids.api.readiness import ReadinessView, ReserveView, ResultsView

app_name = "microgrid-readiness"

urlpatterns = [
    path("microgrids/<uuid:mrid>/readiness", ReadinessView.as_view(), name="readiness"),
    path("microgrids/<uuid:mrid>/reserve", ReserveView.as_view(), name="reserve"),
    path("microgrids/<uuid:mrid>/results", ResultsView.as_view(), name="results"),
]
