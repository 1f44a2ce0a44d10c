from apps.telemetry.forms.gateway import GatewayForm
from apps.telemetry.forms.samples import MAX_SAMPLES, parse_samples

__all__ = ["MAX_SAMPLES", "GatewayForm", "parse_samples"]
