from django.urls import URLPattern, URLResolver, path

from apps.impact.api import cycles

app_name = "cycles"
urlpatterns: list[URLPattern | URLResolver] = [
    path("cycles", cycles.CyclesView.as_view(), name="cycles"),
    path("cycles/<uuid:cycle_id>", cycles.CycleView.as_view(), name="cycle"),
]
