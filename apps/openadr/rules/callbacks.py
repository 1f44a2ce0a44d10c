"""Which callbacks we call: a VTN must not be made to knock at doors of its own house."""

import ipaddress
from collections.abc import Collection

from gridops.intake.addresses import AddressRefused, checked_address, is_public

SETTING = "GRIDOPS_OPENADR_CALLBACK_HOSTS"


def refusal(url: str, *, allowed: Collection[str]) -> str:
    """Why this callback is not called, with the remedy; empty if it is. Names are looked up only when we call."""
    try:
        parts = checked_address(url)
    except AddressRefused as error:
        return f"callbackUrl: {error}"
    host = (parts.hostname or "").lower()
    if host in allowed:
        return ""
    if parts.scheme != "https":
        return f"callbackUrl: only https is called; an administrator can allow http to {host} by {SETTING}."
    if host == "localhost" or host.endswith(".localhost") or _is_private(host):
        return f"callbackUrl: {host} is a private address; an administrator can allow it by {SETTING}."
    return ""


def _is_private(host: str) -> bool:
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return not is_public(host)
