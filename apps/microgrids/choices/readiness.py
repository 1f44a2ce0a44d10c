"""How long a microgrid could stand alone, and what is held back for it."""

from datetime import timedelta

from django.db.models import TextChoices

STREAM = "microgrids"
STEP = timedelta(minutes=15)
STEPS = 288  # 72 h ahead
SCENARIOS = 500
CURVE_H = (1, 2, 4, 8, 12, 24, 36, 48, 72)
FRESH = timedelta(minutes=20)  # a run that is older says nothing about now
KEPT = timedelta(days=400)
RESERVE_WINDOW = timedelta(hours=24)
LONGEST_WISH = timedelta(days=31)
RESERVE_LEVELS = 11  # amounts of reserve that are compared, 0 and all of it among them


class ReadinessOutcome(TextChoices):
    WORKED_OUT = "worked-out", "Worked out"
    UNKNOWN = "unknown", "Not known"


class ReserveBasis(TextChoices):
    WISH = "wish", "A person's wish"
    COMPUTED = "computed", "Lost load against the cost of holding"
    NONE = "none", "None"
