from datetime import datetime, timedelta

from apps.accounts.models import ApiToken

ATTEMPT_WINDOW = timedelta(minutes=15)
TRIES_PER_NAME = 5
TRIES_PER_ADDRESS = 100  # a whole control room may sit behind one address


def too_many_tries(*, of_name: int, of_address: int) -> bool:
    return of_name >= TRIES_PER_NAME or of_address >= TRIES_PER_ADDRESS


def why_refused(token: ApiToken | None, *, at: datetime) -> str:
    """Empty when the token is good."""
    if token is None:
        return "This token is unknown. Issue one with 'manage.py issue_token'."
    if token.revoked_at is not None:
        return f"This token was revoked at {token.revoked_at:%Y-%m-%d %H:%M} UTC. Issue a new one."
    if token.expires_at <= at:
        return f"This token expired at {token.expires_at:%Y-%m-%d %H:%M} UTC. Issue a new one."
    if not token.owner.is_active:
        return "The owner of this token is disabled."
    return ""
