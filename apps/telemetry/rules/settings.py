"""Settings of a gateway: which keys a protocol knows, their defaults and bounds, and a plain word for every fault."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

MAX_ADDRESS = 200


class SettingFault(ValueError):
    """A setting cannot be used; `key` names it, the text says what to do."""

    def __init__(self, key: str, sentence: str) -> None:
        super().__init__(f"{key}: {sentence}")
        self.key = key


class AddressFault(ValueError):
    """An address is none of this protocol; the text says what one looks like."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One key. Its kind is that of the default: bool, int, float, str or list of texts."""

    key: str
    default: bool | int | float | str | tuple[str, ...]
    help: str
    lowest: float | None = None
    highest: float | None = None
    choices: tuple[str, ...] = ()
    check: Callable[[Any], None] | None = None  # raises ValueError with a sentence; of a list it gets every item

    def value(self, given: object) -> Any:
        """What was given, as its kind. Raises SettingFault."""
        try:
            return self._checked(given)
        except ValueError as error:
            raise SettingFault(self.key, str(error)) from None

    def _checked(self, given: object) -> Any:
        if isinstance(self.default, bool):
            return _as_bool(given)
        if isinstance(self.default, int | float):
            return self._as_number(given)
        if isinstance(self.default, tuple):
            return tuple(self._as_text(one) for one in _as_list(given))
        return self._as_text(given)

    def _as_number(self, given: object) -> int | float:
        whole = isinstance(self.default, int)
        if isinstance(given, bool) or not isinstance(given, int if whole else int | float) or not math.isfinite(given):
            raise ValueError(f"{given!r} is no {'whole ' if whole else ''}number{self._range()}")
        if (self.lowest is not None and given < self.lowest) or (self.highest is not None and given > self.highest):
            raise ValueError(f"{given!r} is out of range; give a number{self._range()}")
        return given if whole else float(given)

    def _range(self) -> str:
        low, high = self.lowest, self.highest
        if low is None or high is None:
            return "" if low is None else f" from {low:g}"
        return f" from {low:g} to {high:g}"

    def _as_text(self, given: object) -> str:
        if not isinstance(given, str) or not given.isprintable():
            raise ValueError(f"{given!r} is no text; give a printable text")
        if self.choices and given not in self.choices:
            raise ValueError(f"{given!r} is none of {', '.join(self.choices)}")
        if self.check is not None and given != self.default:
            self.check(given)
        return given


def _as_bool(given: object) -> bool:
    if not isinstance(given, bool):
        raise ValueError(f"{given!r} is neither true nor false")
    return given


def _as_list(given: object) -> Sequence[object]:
    if not isinstance(given, list | tuple):
        raise ValueError(f'{given!r} is no list; give one such as ["a", "b"]')
    return given


def _nothing(settings: Mapping[str, Any]) -> None:
    return


@dataclass(frozen=True, slots=True)
class ProtocolRules:
    """What the admin and the signal list hold a gateway of one protocol against."""

    settings: tuple[Setting, ...]
    address: Callable[[str], str]  # the one form in which an address is stored; raises AddressFault
    address_help: str
    needs_host: bool = True
    can_control: bool = False  # its driver can send commands
    is_awaited: bool = True  # it should be heard within its silence limit; a process of its own holds the link
    check: Callable[[Mapping[str, Any]], None] = _nothing  # relations between settings; raises SettingFault

    def effective(self, given: object) -> dict[str, Any]:
        """Every key with what was given or its default. Raises SettingFault, a key that nobody knows is one too."""
        if not isinstance(given, dict):
            raise SettingFault("settings", "give a JSON object such as {} or " + '{"key": value}')
        known = {setting.key: setting for setting in self.settings}
        for key in given:
            if key not in known:
                raise SettingFault(str(key), f"is not known here; known are {', '.join(known) or 'none'}")
        made = {key: one.value(given[key]) if key in given else one.default for key, one in known.items()}
        self.check(made)
        return made


def host_and_port(text: str) -> tuple[str, int]:
    """`host:port`. Raises ValueError."""
    host, colon, port = text.rpartition(":")
    if not (colon and host.strip() and port.isascii() and port.isdigit() and 0 < int(port[:6]) < 65_536):
        raise ValueError(f"{text!r} is no host and port; give one such as 10.0.0.7:2404")
    return host.strip(), int(port)


def any_address(text: str) -> str:
    """For protocols that name points otherwise."""
    if not text or len(text) > MAX_ADDRESS or not text.isprintable():
        raise AddressFault(f"{text[:40]!r} is no address; give 1 to {MAX_ADDRESS} printable characters")
    return text
