"""Which baselines are worked out side by side, by the names that programs choose among and some beside them."""

from apps.demand_response.choices import BaselineMethod
from gridops.engine.flexibility.methods import METHODS as ENGINE_METHODS

CONTROL_GROUP = BaselineMethod.CONTROL_GROUP.value
_BESIDE = {
    "caiso_10_10_plain": "10 in 10 without adjustment",
    "caiso_10_10_40": "10 in 10, adjusted by up to 40 %",
    "weather_match": "Four days of the most alike weather",
    "pjm_same_day": "Hours before and after of the same day (PJM 3 + 2)",
}
LABELS: dict[str, str] = {choice.value: choice.label for choice in BaselineMethod} | _BESIDE
BY_DAYS = {key: ENGINE_METHODS[key] for key in LABELS if key != CONTROL_GROUP}
