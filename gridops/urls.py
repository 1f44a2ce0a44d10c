from django.contrib import admin
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView

urlpatterns = [
    path("", include("apps.control_room.urls")),
    path("", include("apps.live.urls")),
    path("accounts/", include("apps.accounts.urls")),
    path("admin/", admin.site.urls),
    path("api/v1/", include("apps.assets.urls")),
    path("api/v1/", include("apps.alarms.urls")),
    path("api/v1/", include("apps.telemetry.urls")),
    path("api/v1/", include("apps.state.urls")),
    path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("api/docs/", SpectacularSwaggerView.as_view(url_name="schema"), name="api-docs"),
]
