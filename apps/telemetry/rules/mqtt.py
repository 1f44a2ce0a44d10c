"""MQTT: what every client of a broker may be told, and how JSON messages name their values."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from apps.telemetry.rules.settings import MAX_ADDRESS, AddressFault, ProtocolRules, Setting, SettingFault

SECRET_PREFIX = "GRIDOPS_FIELD_"  # noqa: S105
VERSIONS = ("3.1.1", "5")
_SECRET_NAME = re.compile(SECRET_PREFIX + r"[A-Z0-9_]{1,80}")
ADDRESS_HELP = (
    "topic#pointer, such as plant/meter1#/power/p: the topic without wildcards, then a JSON pointer into the message; "
    "a step such as name=P takes that member of a list; plant/meter1# is the whole message"
)


@dataclass(frozen=True, slots=True)
class JsonAddress:
    topic: str
    steps: tuple[str, ...]


def parse_address(text: str) -> JsonAddress:
    """Raises AddressFault."""
    topic, hash_sign, pointer = text.strip().partition("#")
    if not hash_sign or not is_topic(topic) or len(text) > MAX_ADDRESS or not text.isprintable():
        raise AddressFault(f"{text[:40]!r} is no address of a value; give {ADDRESS_HELP}")
    try:
        return JsonAddress(topic, pointer_steps(pointer))
    except ValueError as error:
        raise AddressFault(f"{text[:40]!r}: {error}") from None


def is_topic(topic: str) -> bool:
    """A name that a device may publish to: not empty, no wildcards."""
    return bool(topic) and not set(topic) & {"+", "#"} and topic.isprintable()


def pointer_steps(pointer: str) -> tuple[str, ...]:
    """Of RFC 6901. Raises ValueError."""
    if pointer == "":
        return ()
    if not pointer.startswith("/"):
        raise ValueError(f"{pointer!r} is no JSON pointer; give one such as /power/p")
    return tuple(step.replace("~1", "/").replace("~0", "~") for step in pointer[1:].split("/"))


def canonical(text: str) -> str:
    parse_address(text)
    return text.strip()


def place_of(pointer: str) -> tuple[bool, tuple[str, ...]]:
    """Whether it begins at the value's own place (./t) and not at the top of the message (/t), and its steps."""
    is_beside = pointer.startswith(".")
    return is_beside, pointer_steps(pointer[1:] if is_beside else pointer)


def topic_filter_parts(text: str) -> list[str]:
    """Of `plant/+/status`: exactly one + that stands for the device. Raises ValueError."""
    parts = text.split("/")
    if parts.count("+") != 1 or "#" in text or any("+" in part and part != "+" for part in parts):
        raise ValueError(f"{text!r} does not name one device; give a topic with one +, such as plant/+/status")
    return parts


def _check_place(text: str) -> None:
    place_of(text)


def _check_filter(text: str) -> None:
    topic_filter_parts(text)


def _check_secret(text: str) -> None:
    if not _SECRET_NAME.fullmatch(text):
        raise ValueError(
            f"give the name of an environment variable that begins with {SECRET_PREFIX}, such as "
            f"{SECRET_PREFIX}NORTH_PASSWORD, and set it where the gateways run; the password itself is kept nowhere"
        )


def _check_file(text: str) -> None:
    if not Path(text).is_absolute():
        raise ValueError(f"{text!r} is no absolute path")


BROKER_SETTINGS = (
    Setting("client_id", "", "by which the broker keeps our session; empty: gridops- and the name of the gateway"),
    Setting("version", VERSIONS[0], "of MQTT", choices=VERSIONS),
    Setting("username", "", "empty: none"),
    Setting(
        "password_env", "", f"environment variable {SECRET_PREFIX}... that holds the password", check=_check_secret
    ),
    Setting("tls", False, "encrypt, and hold the broker to its certificate; the port is then usually 8883"),
    Setting("ca_file", "", "certificates to trust, PEM; empty: those of the system", check=_check_file),
    Setting("cert_file", "", "our own certificate, PEM", check=_check_file),
    Setting("key_file", "", "its private key, PEM", check=_check_file),
    Setting("keepalive_s", 15, "seconds of silence after which the connection is tested", 2, 3600),
    Setting("retry_s", 0.5, "seconds to wait after a lost connection; doubled up to 30 s", 0.05, 3600),
)


def check_broker(settings: Mapping[str, Any]) -> None:
    if settings["password_env"] and not settings["username"]:
        raise SettingFault("username", "is empty but a password is named; give the user it belongs to")
    if not settings["tls"]:
        for key in ("ca_file", "cert_file", "key_file"):
            if settings[key]:
                raise SettingFault("tls", f"is false but {key} is given; set it to true or leave {key} out")
    if bool(settings["cert_file"]) != bool(settings["key_file"]):
        raise SettingFault("key_file", "belongs to cert_file; give both or none")


RULES = ProtocolRules(
    settings=(
        *BROKER_SETTINGS,
        Setting("qos", 1, "of the subscriptions; with 1 a message is acknowledged after its values are stored", 0, 1),
        Setting(
            "session_s", 86_400, "how long the broker keeps what we missed; version 5 only, else it decides", 0, 2**31
        ),
        Setting("value", "", "where below an address the number stands, such as /v", check=_check_place),
        Setting(
            "time",
            "",
            "where the time stands: /t from the top of the message, ./t below the address; empty: time of arrival",
            check=_check_place,
        ),
        Setting("time_format", "auto", "of a time that is a number", choices=("auto", "iso", "s", "ms", "us")),
        Setting("quality", "", "where the quality stands, as for time; empty: what comes is good", check=_check_place),
        Setting("good", ("good", "ok", "valid", "true", "192"), "words for good, in any case"),
        Setting("doubtful", ("questionable", "uncertain", "64"), "words for questionable; all else is invalid"),
        Setting(
            "status_topics",
            (),
            'topics such as ["plant/+/status"] where a device or its last will says whether it is there; '
            "its points are those of plant/<device> and below",
            check=_check_filter,
        ),
        Setting(
            "up_words", ("online", "up", "true", "1", "connected"), "status of a device that is there; all else: down"
        ),
    ),
    address=canonical,
    address_help=ADDRESS_HELP,
    check=check_broker,
)
