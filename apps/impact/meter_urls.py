from django.urls import URLPattern, URLResolver, path

from apps.impact.api import meter

app_name = "meter"
urlpatterns: list[URLPattern | URLResolver] = [path("impact/meter", meter.MeterView.as_view(), name="meter")]
