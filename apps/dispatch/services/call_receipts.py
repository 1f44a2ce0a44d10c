"""What was promised of a call beside what came, told by the desk that measured it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from apps.dispatch.choices.call import CallReceiptOutcome
from apps.dispatch.models import Call, CallReceipt


@dataclass(frozen=True, slots=True)
class Delivered:
    """kW of all together in their best hour, with its band; None is unknown, and then the reason says why."""

    kw: float | None
    low_kw: float | None
    high_kw: float | None
    rebound_kw: float | None
    method: str
    reason: str = ""
    versions: Mapping[str, Any] = field(default_factory=dict)


def settle_call(*, call: Call, delivered: Delivered, as_of: datetime) -> CallReceipt:
    """Written again when more readings tell more."""
    figures: dict[str, Any] = {
        "outcome": CallReceiptOutcome.VOID if delivered.kw is None else CallReceiptOutcome.SCORED,
        "reason": delivered.reason[:300],
        "promised_kw_p10": call.expected_kw_p10,
        "promised_kw_p50": call.expected_kw_p50,
        "promised_kw_p90": call.expected_kw_p90,
        "delivered_kw": delivered.kw,
        "low_kw": delivered.low_kw,
        "high_kw": delivered.high_kw,
        "rebound_kw": delivered.rebound_kw,
        "method": delivered.method[:80],
        "measured_at": as_of,
        "versions": dict(delivered.versions),
    }
    return CallReceipt.objects.update_or_create(call=call, defaults=figures)[0]
