from django.urls import path

from apps.telemetry import api

app_name = "telemetry"
urlpatterns = [
    path("telemetry/samples", api.SamplesView.as_view(), name="samples"),
    path("telemetry/export", api.ExportView.as_view(), name="export"),
    path("telemetry/storage", api.StorageView.as_view(), name="storage"),
    path("telemetry/points", api.PointsView.as_view(), name="points"),
    path("telemetry/points/<int:point_id>/samples", api.PointSamplesView.as_view(), name="point-samples"),
]
