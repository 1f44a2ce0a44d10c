from apps.telemetry.models.control import ControlPoint, ControlRequest
from apps.telemetry.models.measuring import (
    LIMIT_CONDITIONS,
    Backfill,
    Gateway,
    GatewayLink,
    IngestReceipt,
    LatestBlock,
    MeasurementPoint,
    PointLimit,
    PointMapImport,
    RetentionPolicy,
    StateChange,
    StorageReading,
)

__all__ = [
    "LIMIT_CONDITIONS",
    "Backfill",
    "ControlPoint",
    "ControlRequest",
    "Gateway",
    "GatewayLink",
    "IngestReceipt",
    "LatestBlock",
    "MeasurementPoint",
    "PointLimit",
    "PointMapImport",
    "RetentionPolicy",
    "StateChange",
    "StorageReading",
]
