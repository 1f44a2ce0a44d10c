from apps.weather.selectors.known import GATE_LEAD, Known, as_forecast, known, known_at, runs_used
from apps.weather.selectors.observed import observed
from apps.weather.selectors.places import nearest_location

__all__ = ["GATE_LEAD", "Known", "as_forecast", "known", "known_at", "nearest_location", "observed", "runs_used"]
