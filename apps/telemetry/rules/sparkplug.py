"""Sparkplug B: settings of a host application and addresses of metrics."""

from dataclasses import dataclass

from apps.telemetry.rules.mqtt import BROKER_SETTINGS, check_broker, is_topic
from apps.telemetry.rules.settings import MAX_ADDRESS, AddressFault, ProtocolRules, Setting

ADDRESS_HELP = (
    "group/edge#metric or group/edge/device#metric, such as City/Node7/Inverter2#AC/Power (metrics may have slashes)"
)


@dataclass(frozen=True, slots=True)
class MetricAddress:
    group: str
    edge: str
    device: str  # empty: a metric of the edge node itself
    metric: str


def parse_address(text: str) -> MetricAddress:
    """Raises AddressFault."""
    source, hash_sign, metric = text.strip().partition("#")
    parts = source.split("/")
    fits = hash_sign and metric.strip() and 2 <= len(parts) <= 3 and all(map(is_topic, parts))
    if not fits or len(text) > MAX_ADDRESS or not text.isprintable():
        raise AddressFault(f"{text[:40]!r} is no metric; give {ADDRESS_HELP}")
    return MetricAddress(parts[0], parts[1], parts[2] if len(parts) == 3 else "", metric.strip())


def canonical(text: str) -> str:
    one = parse_address(text)
    return "/".join(filter(None, (one.group, one.edge, one.device))) + f"#{one.metric}"


def _check_host_id(text: str) -> None:
    if not is_topic(text) or "/" in text:
        raise ValueError(f"{text!r} is no name of a host; leave out /, + and #")


RULES = ProtocolRules(
    settings=(
        *BROKER_SETTINGS,
        Setting(
            "host_id",
            "",
            "name of this primary host, told in spBv1.0/STATE/<name>: edge nodes then keep what we miss; empty: none",
            check=_check_host_id,
        ),
        Setting("rebirth_s", 10.0, "seconds between two requests of a birth to one edge node", 0.1, 3600),
    ),
    address=canonical,
    address_help=ADDRESS_HELP,
    can_control=True,
    check=check_broker,
)
