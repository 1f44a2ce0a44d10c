from apps.markets.rules.days import (
    DAY,
    clock_of,
    day_to_bid,
    delivery_span,
    due_day,
    gate_closes,
    midnight,
    midnights,
    must_ask,
    published_at,
)

__all__ = [
    "DAY",
    "clock_of",
    "day_to_bid",
    "delivery_span",
    "due_day",
    "gate_closes",
    "midnight",
    "midnights",
    "must_ask",
    "published_at",
]
