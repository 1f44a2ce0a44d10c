from apps.telemetry.selectors.history import Series, TooManyPoints, rolled_up_until, samples_of
from apps.telemetry.selectors.latest import (
    GatewayValues,
    PointValue,
    binary_cursor,
    latest_values,
    links,
    meter_rows,
    point_values,
    points_of,
)
from apps.telemetry.selectors.past import point_values_at
from apps.telemetry.selectors.retention import kept_days

__all__ = [
    "GatewayValues",
    "PointValue",
    "Series",
    "TooManyPoints",
    "binary_cursor",
    "kept_days",
    "latest_values",
    "links",
    "meter_rows",
    "point_values",
    "point_values_at",
    "points_of",
    "rolled_up_until",
    "samples_of",
]
