"""Addresses and settings of the protocols behind brokers and of Modbus: one form, and a sentence for every fault."""

from typing import Any

import pytest

from apps.telemetry.choices import Protocol
from apps.telemetry.rules.protocols import rules_of
from apps.telemetry.rules.settings import AddressFault, SettingFault


@pytest.mark.parametrize(
    ("protocol", "given", "stored"),
    [
        ("modbus", " 1/holding/40083:int32:ABCD ", "1/holding/40083:int32:ABCD"),
        ("modbus", "1/input/7", "1/input/7:uint16:ABCD"),
        ("modbus", "1/holding/7:bit12", "1/holding/7:bit12"),
        ("modbus", "1/coil/9", "1/coil/9"),
        ("modbus", "SunSpec:1/103.1/W", "sunspec:1/103/W"),
        ("modbus", "sunspec:1/714/Prt[2].DCW", "sunspec:1/714/Prt[2].DCW"),
        ("mqtt", "plant/m1#/values/name=P/v", "plant/m1#/values/name=P/v"),
        ("mqtt", "plant/m1#", "plant/m1#"),
        ("sparkplug", "City/N7/M1#AC/P", "City/N7/M1#AC/P"),
        ("sparkplug", "City/N7#Temp", "City/N7#Temp"),
    ],
)
def test_an_address_has_one_form(protocol: str, given: str, stored: str) -> None:
    address = rules_of(protocol).address
    assert address(given) == stored
    assert address(stored) == stored


@pytest.mark.parametrize(
    ("protocol", "given"),
    [
        ("modbus", ""), ("modbus", "1/holding"), ("modbus", "300/holding/1"), ("modbus", "1/holding/65535:int32"),
        ("modbus", "1/coil/1:int16"), ("modbus", "1/holding/1:text"), ("modbus", "1/holding/1:int16:XYZW"),
        ("modbus", "sunspec:1/W"), ("modbus", "1/holding/1:bit16"), ("modbus", "sunspec:1/103.0/W"),
        ("mqtt", "plant/m1"), ("mqtt", "plant/+#/p"), ("mqtt", "#/p"), ("mqtt", "plant#p"), ("mqtt", "t#/" + "x" * 300),
        ("sparkplug", "City#Temp"), ("sparkplug", "City/N/D/E#x"), ("sparkplug", "City/N#"), ("sparkplug", "City/#x"),
    ],
)  # fmt: skip
def test_what_is_no_address_is_refused_with_an_example(protocol: str, given: str) -> None:
    with pytest.raises(AddressFault, match=r"give|types are|no JSON pointer|last register"):
        rules_of(protocol).address(given)


@pytest.mark.parametrize(
    ("protocol", "settings", "key"),
    [
        ("mqtt", {"password_env": "hunter2"}, "password_env"),
        ("mqtt", {"password_env": "GRIDOPS_SECRET_KEY"}, "password_env"),
        ("mqtt", {"password_env": "GRIDOPS_FIELD_X"}, "username"),
        ("mqtt", {"ca_file": "/etc/ca.pem"}, "tls"),
        ("mqtt", {"tls": True, "cert_file": "/c.pem"}, "key_file"),
        ("mqtt", {"tls": True, "ca_file": "ca.pem"}, "ca_file"),
        ("mqtt", {"status_topics": ["plant/status"]}, "status_topics"),
        ("mqtt", {"time": "t"}, "time"),
        ("mqtt", {"version": "4"}, "version"),
        ("mqtt", {"qos": 2}, "qos"),
        ("sparkplug", {"host_id": "a/b"}, "host_id"),
        ("modbus", {"heartbeats": ["1/coil/3"]}, "heartbeats"),
        ("modbus", {"heartbeats": ["beat"]}, "heartbeats"),
        ("modbus", {"give_up_s": 0.5}, "give_up_s"),
        ("modbus", {"sunspec_bases": ["x"]}, "sunspec_bases"),
        ("modbus", {"speed": 9600}, "speed"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(protocol: str, settings: dict[str, Any], key: str) -> None:
    with pytest.raises(SettingFault) as fault:
        rules_of(protocol).effective(settings)
    assert fault.value.key == key


def test_the_password_itself_is_no_setting() -> None:
    for protocol in (Protocol.MQTT, Protocol.SPARKPLUG, Protocol.MODBUS):
        assert "password" not in rules_of(protocol).effective({})
