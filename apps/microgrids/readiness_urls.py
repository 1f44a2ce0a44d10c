from django.urls import path

from apps.microgrids.api.readiness import ReadinessView, ReserveView, ResultsView
from apps.microgrids.api.terms import MicrogridTermsView

app_name = "microgrid-readiness"

urlpatterns = [
    path("microgrids/<uuid:mrid>/readiness", ReadinessView.as_view(), name="readiness"),
    path("microgrids/<uuid:mrid>/reserve", ReserveView.as_view(), name="reserve"),
    path("microgrids/<uuid:mrid>/results", ResultsView.as_view(), name="results"),
    path("microgrids/<uuid:mrid>/terms", MicrogridTermsView.as_view(), name="terms"),
]
