from apps.telemetry.api.export import ExportView
from apps.telemetry.api.history import PointSamplesView
from apps.telemetry.api.ingest import SamplesView
from apps.telemetry.api.links import LinksView, TroubledPointsView
from apps.telemetry.api.point_map import PointMapImportView, PointMapPreviewView, PointMapView
from apps.telemetry.api.points import PointsView
from apps.telemetry.api.storage import StorageView

__all__ = [
    "ExportView",
    "LinksView",
    "PointMapImportView",
    "PointMapPreviewView",
    "PointMapView",
    "PointSamplesView",
    "PointsView",
    "SamplesView",
    "StorageView",
    "TroubledPointsView",
]
