"""Modbus TCP: settings of the client, addresses of registers and of SunSpec points."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from apps.telemetry.rules.settings import AddressFault, ProtocolRules, Setting, SettingFault

TABLES = ("coil", "discrete", "input", "holding")
WORDS = {"int16": 1, "uint16": 1, "int32": 2, "uint32": 2, "float32": 2, "int64": 4, "uint64": 4, "float64": 4}
ORDERS = ("ABCD", "CDAB", "BADC", "DCBA")
ADDRESS_HELP = (
    "unit/table/address:type:order, such as 1/holding/40083:int32:ABCD; tables coil, discrete, input, holding; "
    "addresses 0 to 65535 as on the wire; types " + ", ".join(WORDS) + " and bit0 to bit15 of a register; "
    "orders ABCD (default), CDAB, BADC, DCBA. SunSpec: sunspec:unit/model/point, such as sunspec:1/103/W, "
    "sunspec:1/103.2/W (second of its kind), sunspec:1/714/Prt[2].DCW"
)
_SUNSPEC = re.compile(
    r"sunspec:(\d{1,3})/(\d{1,5})(?:\.(\d{1,3}))?/([A-Za-z0-9_]+(?:(?:\[\d{1,4}\])?\.[A-Za-z0-9_]+)*)"
)
_REGISTER = re.compile(r"(\d{1,3})/([a-z]+)/(\d{1,5})(?::([a-z0-9]+))?(?::([A-Z]{4}))?")
_BIT = re.compile(r"bit(\d|1[0-5])")


@dataclass(frozen=True, slots=True)
class RegisterAddress:
    unit: int
    table: str
    address: int
    kind: str  # of WORDS, or bit
    order: str
    bit: int = 0


@dataclass(frozen=True, slots=True)
class SunSpecAddress:
    unit: int
    model: int
    instance: int  # from 1
    path: str


def parse_address(text: str) -> RegisterAddress | SunSpecAddress:
    """Raises AddressFault."""
    text = text.strip()
    if text.lower().startswith("sunspec:"):
        return _sunspec(text)
    found = _REGISTER.fullmatch(text)
    if found is None:
        raise AddressFault(f"{text[:40]!r} is no register; give {ADDRESS_HELP}")
    return _register(text, *found.groups(default=""))


def _sunspec(text: str) -> SunSpecAddress:
    found = _SUNSPEC.fullmatch("sunspec:" + text[len("sunspec:") :])
    if found is None or int(found[1]) > 255 or found[3] == "0":
        raise AddressFault(f"{text[:40]!r} is no SunSpec point; give {ADDRESS_HELP}")
    return SunSpecAddress(int(found[1]), int(found[2]), int(found[3] or 1), found[4])


def _register(text: str, *parts: str) -> RegisterAddress:
    unit, address, table, kind, order = int(parts[0]), int(parts[2]), parts[1], parts[3], parts[4]
    if unit > 255 or table not in TABLES or (order and order not in ORDERS):
        raise AddressFault(f"{text[:40]!r} is no register; give {ADDRESS_HELP}")
    if table in ("coil", "discrete"):
        if kind or order or address > 65_535:
            raise AddressFault(f"{text[:40]!r}: a {table} is one bit from 0 to 65535; give no type, as in 1/{table}/17")
        return RegisterAddress(unit, table, address, "bit", "")
    bit = _BIT.fullmatch(kind)
    if bit is None and kind and kind not in WORDS:
        raise AddressFault(f"{text[:40]!r}: {kind!r} is no type; types are {', '.join(WORDS)} and bit0 to bit15")
    if address + WORDS.get(kind, 1) > 65_536:
        raise AddressFault(f"{text[:40]!r}: the last register is 65535")
    if bit is not None:
        return RegisterAddress(unit, table, address, "bit", order or ORDERS[0], int(bit[1]))
    return RegisterAddress(unit, table, address, kind or "uint16", order or ORDERS[0])


def canonical(text: str) -> str:
    one = parse_address(text)
    if isinstance(one, SunSpecAddress):
        instance = f".{one.instance}" if one.instance > 1 else ""
        return f"sunspec:{one.unit}/{one.model}{instance}/{one.path}"
    place = f"{one.unit}/{one.table}/{one.address}"
    if not one.order:
        return place
    if one.kind == "bit":
        return f"{place}:bit{one.bit}" + ("" if one.order == ORDERS[0] else f":{one.order}")
    return f"{place}:{one.kind}:{one.order}"


def _check_base(text: str) -> None:
    if not (text.isascii() and text.isdigit() and int(text[:6]) <= 65_535):
        raise ValueError(f"{text!r} is no register; give whole numbers from 0 to 65535 as texts")


def _check_heartbeat(text: str) -> None:
    try:
        one = parse_address(text)
    except AddressFault as fault:
        raise ValueError(str(fault)) from None
    if isinstance(one, RegisterAddress) and (one.table != "holding" or one.kind == "bit"):
        raise ValueError(f"{text!r} is no register that can be counted up; give one such as 1/holding/40120:uint16")


def _check_all(settings: Mapping[str, Any]) -> None:
    if settings["timeout_s"] * (settings["retries"] + 1) > settings["give_up_s"]:
        raise SettingFault("give_up_s", "is less than all tries of one request take; raise it or lower timeout_s")


RULES = ProtocolRules(
    settings=(
        Setting("poll_s", 2.0, "seconds from the begin of one round of reading to the next", 0.05, 3600),
        Setting("timeout_s", 1.0, "seconds to wait for an answer", 0.05, 60),
        Setting("retries", 1, "how often a request without an answer is repeated", 0, 10),
        Setting(
            "give_up_s", 5.0, "a unit that did not answer is left alone so long, so that the others are read", 0.1, 3600
        ),
        Setting("gap", 16, "most registers that are read for nothing to save a request", 0, 120),
        Setting("longest", 125, "most registers of one request; less for devices that cannot", 4, 125),
        Setting(
            "pause_ms", 0, "milliseconds between two requests, for slow serial devices behind a converter", 0, 10_000
        ),
        Setting("retry_s", 0.5, "seconds to wait after a lost connection; doubled up to 10 s", 0.01, 3600),
        Setting(
            "sunspec_bases", ("40000", "0", "50000"), "registers where SunSpec models may begin", check=_check_base
        ),
        Setting(
            "heartbeats",
            (),
            "registers or SunSpec points that are counted up every round, so that a device knows that the room is "
            "there, such as sunspec:1/715/ControllerHb; without one set-points lapse where the device wants it",
            check=_check_heartbeat,
        ),
    ),
    address=canonical,
    address_help=ADDRESS_HELP,
    can_control=True,
    check=_check_all,
)
