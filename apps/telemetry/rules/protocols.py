"""All protocols by name. A new one is a module beside this one, a line here, and a driver in the gateway package."""

from apps.telemetry.choices import Protocol
from apps.telemetry.rules import iec104, modbus, mqtt, sparkplug
from apps.telemetry.rules.settings import ProtocolRules, any_address

PROTOCOLS: dict[str, ProtocolRules] = {
    Protocol.IEC104: iec104.RULES,
    Protocol.MQTT: mqtt.RULES,
    Protocol.SPARKPLUG: sparkplug.RULES,
    Protocol.MODBUS: modbus.RULES,
    Protocol.HTTP: ProtocolRules(
        settings=(),
        address=any_address,
        address_help="any text that no other point of the gateway has; samples name their points by mRID",
        needs_host=False,
        is_awaited=False,
    ),
}


def rules_of(protocol: str) -> ProtocolRules:
    """Raises KeyError for a protocol that no driver speaks."""
    return PROTOCOLS[protocol]


def spoken() -> list[tuple[str, str]]:
    """Choices of a form: only what can be run."""
    return [(one.value, str(one.label)) for one in Protocol if one.value in PROTOCOLS]
