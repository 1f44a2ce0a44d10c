from apps.pipelines.models import Attempt

MOST_ATTEMPTS = 5


def may_begin(attempt: Attempt) -> bool:
    return attempt.given_up_at is None and attempt.count < MOST_ATTEMPTS
