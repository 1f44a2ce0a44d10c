from django.urls import path

from apps.telemetry import api

app_name = "telemetry"
urlpatterns = [
    path("telemetry/samples", api.SamplesView.as_view(), name="samples"),
    path("telemetry/export", api.ExportView.as_view(), name="export"),
    path("telemetry/storage", api.StorageView.as_view(), name="storage"),
    path("telemetry/links", api.LinksView.as_view(), name="links"),
    path("telemetry/links/points", api.TroubledPointsView.as_view(), name="troubled-points"),
    path("telemetry/gateways/<int:gateway_id>/points.csv", api.PointMapView.as_view(), name="point-map"),
    path("telemetry/gateways/<int:gateway_id>/points/preview", api.PointMapPreviewView.as_view(), name="map-preview"),
    path("telemetry/gateways/<int:gateway_id>/points/import", api.PointMapImportView.as_view(), name="map-import"),
    path("telemetry/points", api.PointsView.as_view(), name="points"),
    path("telemetry/points/<int:point_id>/samples", api.PointSamplesView.as_view(), name="point-samples"),
]
