"""When a callback that did not answer is called again, and when it is given up."""

from datetime import timedelta

MOST_ATTEMPTS = 10
FIRST_PAUSE_S, LONGEST_PAUSE_S = 5.0, 1800.0
GONE = 410
# What nobody could be told for a day is no news; a broker that comes later does not tell of old days.
NEWS = timedelta(days=1)


def is_over(*, attempts: int, status_code: int | None) -> bool:
    return attempts >= MOST_ATTEMPTS or status_code == GONE


def pause(*, attempts: int, draw: float) -> timedelta:
    """Doubled with every attempt, and half to one and a half times that by `draw` of [0, 1): a crowd comes apart."""
    seconds = min(FIRST_PAUSE_S * 2.0 ** min(attempts - 1, 20), LONGEST_PAUSE_S)
    return timedelta(seconds=seconds * (0.5 + draw))
