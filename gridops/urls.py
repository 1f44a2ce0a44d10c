from django.contrib import admin
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from apps.accounts.views import admin_sign_in

urlpatterns = [
    path("", include("apps.control_room.urls")),
    path("", include("apps.live.urls")),
    path("accounts/", include("apps.accounts.urls")),
    # One door: the sign-in page with its lock-out and audit also guards the admin.
    path("admin/login/", admin_sign_in),
    path("admin/", admin.site.urls),
    path("api/v1/", include("apps.assets.urls")),
    path("api/v1/", include("apps.alarms.urls")),
    path("api/v1/", include("apps.telemetry.urls")),
    path("api/v1/", include("apps.weather.urls")),
    path("api/v1/", include("apps.markets.urls")),
    path("api/v1/", include("apps.state.urls")),
    path("api/v1/", include("apps.forecasts.urls")),
    path("api/v1/", include("apps.studies.urls")),
    path("api/v1/", include("apps.dispatch.urls")),
    path("api/v1/", include("apps.optimization.urls")),
    path("api/v1/", include("apps.storage.urls")),
    path("api/v1/", include("apps.renewables.urls")),
    path("api/v1/", include("apps.demand_response.urls")),
    path("api/v1/", include("apps.incidents.desk_urls")),
    path("api/v1/", include("apps.incidents.urls")),
    path("api/v1/", include("apps.incidents.restoration_urls")),
    path("api/v1/", include("apps.resilience.risk_urls")),
    path("api/v1/", include("apps.resilience.threat_urls")),
    path("api/v1/", include("apps.resilience.studio_urls")),
    path("api/v1/", include("apps.microgrids.urls")),
    path("api/v1/", include("apps.microgrids.schedule_urls")),
    path("api/v1/", include("apps.microgrids.readiness_urls")),
    path("api/v1/", include("apps.microgrids.transition_urls")),
    path("api/v1/", include("apps.efficiency.loss_urls")),
    path("api/v1/", include("apps.efficiency.cvr_urls")),
    path("api/v1/", include("apps.efficiency.program_urls")),
    path("api/v1/", include("apps.impact.urls")),
    path("api/v1/", include("apps.impact.cycle_urls")),
    path("api/v1/", include("apps.impact.meter_urls")),
    path("api/v1/", include("apps.dispatch.objective_urls")),
    path("api/v1/", include("apps.logbook.urls")),
    path("api/v1/", include("apps.demand_response.call_urls")),
    path("api/v1/", include("apps.demand_response.evaluation_urls")),
    path("", include("apps.incidents.public_urls")),
    path("customer/", include("apps.demand_response.customer_urls")),
    path("api/v1/", include("apps.openadr.desk_urls")),
    path("openadr3/3.1.0/", include("apps.openadr.urls")),
    path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("api/docs/", SpectacularSwaggerSplitView.as_view(url_name="schema"), name="api-docs"),
]
handler404 = "gridops.errors.not_found"
handler500 = "gridops.errors.server_error"
