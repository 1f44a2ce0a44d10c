from django.urls import URLPattern, URLResolver, path

from apps.dispatch.api import objectives

app_name = "objectives"
urlpatterns: list[URLPattern | URLResolver] = [
    path("objectives", objectives.ObjectivesView.as_view(), name="objectives"),
    path("objectives/<int:version>", objectives.ObjectivesVersionView.as_view(), name="objectives-version"),
]
