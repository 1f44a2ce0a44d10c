from apps.telemetry.api.history import PointSamplesView
from apps.telemetry.api.ingest import SamplesView
from apps.telemetry.api.points import PointsView

__all__ = ["PointSamplesView", "PointsView", "SamplesView"]
