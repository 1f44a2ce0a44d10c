from django.db.models import TextChoices

LONGEST_REASON = 300
STREAM = "tags"


class TagKind(TextChoices):
    """What a tag forbids or asks, the gravest first; the letter stands on the symbol."""

    HOLD = "hold", "Hold: do not operate"
    EARTH = "earth", "Earth: earthed here for work"
    HOT_LINE = "hot_line", "Hot line: work on live parts"
    CAUTION = "caution", "Caution: operate with care"
    INFORMATION = "information", "Information"
