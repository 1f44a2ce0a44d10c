"""IEC 60870-5-104: settings of the master and addresses of information objects."""

from collections.abc import Mapping
from typing import Any

from apps.telemetry.rules.settings import AddressFault, ProtocolRules, Setting, SettingFault, host_and_port

MAX_COMMON_ADDRESS, MAX_IOA = 65_534, 2**24 - 1
ADDRESS_HELP = (
    f"common address / information object address, such as 1/1001 (1 to {MAX_COMMON_ADDRESS} / 0 to {MAX_IOA})"
)


def parse_address(text: str) -> tuple[int, int]:
    """Common address and object address. Raises AddressFault."""
    station, slash, ioa = (part.strip() for part in text.partition("/"))
    if slash and _is_whole(station) and _is_whole(ioa):
        common_address, object_address = int(station), int(ioa)
        if 1 <= common_address <= MAX_COMMON_ADDRESS and object_address <= MAX_IOA:
            return common_address, object_address
    raise AddressFault(f"{text[:40]!r} is no IEC 104 address; give {ADDRESS_HELP}")


def _is_whole(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 9


def canonical(text: str) -> str:
    common_address, ioa = parse_address(text)
    return f"{common_address}/{ioa}"


def _check_host(text: str) -> None:
    host_and_port(text)


def _check_station(text: str) -> None:
    if not (_is_whole(text) and 1 <= int(text) <= MAX_COMMON_ADDRESS + 1):
        raise ValueError(f"{text!r} is no common address; give whole numbers from 1 to 65535 as texts")


def _check_all(settings: Mapping[str, Any]) -> None:
    hosts = settings["redundant_hosts"]
    if len(set(hosts)) != len(hosts):
        raise SettingFault("redundant_hosts", "names a host twice; leave one of them out")
    if settings["w"] > settings["k"]:
        raise SettingFault("w", f"is above k = {settings['k']}; give at most k, usually two thirds of it")
    if settings["t2"] >= settings["t1"]:
        raise SettingFault("t2", f"is not below t1 = {settings['t1']:g}; an acknowledgement must come before t1")


RULES = ProtocolRules(
    settings=(
        Setting(
            "redundant_hosts",
            (),
            'further links of the same station, such as ["10.0.1.7:2404"]; '
            "one carries data, the others stand by with test frames",
            check=_check_host,
        ),
        Setting("stations", (), "common addresses to interrogate besides those of the points", check=_check_station),
        Setting("originator", 0, "originator address of this master", 0, 255),
        Setting("k", 12, "most I-frames on their way without an acknowledgement", 1, 32_767),
        Setting("w", 8, "acknowledge after so many I-frames at the latest", 1, 32_767),
        Setting("t0", 30.0, "seconds to wait for a connection", 0.1, 255),
        Setting("t1", 5.0, "seconds to wait for an answer before the link is given up", 0.1, 255),
        Setting("t2", 2.0, "seconds after which an acknowledgement is sent at the latest", 0.05, 255),
        Setting("t3", 4.0, "seconds of silence after which the link is tested", 0.1, 172_800),
        Setting("retry_s", 0.5, "seconds to wait after a lost connection; doubled up to 10 s", 0.01, 3600),
        Setting("interrogation_s", 900.0, "seconds between general interrogations; 0 only after a connection", 0, 1e6),
        Setting("clock_s", 3600.0, "seconds between clock synchronisations; 0: none", 0, 1e6),
        Setting("counters_s", 0.0, "seconds between counter interrogations; 0: none", 0, 1e6),
        Setting(
            "counters_freeze",
            "read",
            "what a counter interrogation does first",
            choices=("read", "freeze", "freeze_and_reset"),
        ),
    ),
    address=canonical,
    address_help=ADDRESS_HELP,
    can_control=True,
    check=_check_all,
)
