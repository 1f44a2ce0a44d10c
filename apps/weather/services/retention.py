from datetime import datetime, timedelta

from apps.weather.choices import FileOutcome
from apps.weather.models import WeatherFile

REPEATED_FOR, REFUSED_FOR = timedelta(days=7), timedelta(days=90)


def forget_files(*, as_of: datetime) -> int:
    """Notes of what was known already or refused. What was taken stays with its runs."""
    repeated = WeatherFile.objects.filter(outcome=FileOutcome.KNOWN, received_at__lt=as_of - REPEATED_FOR)
    refused = WeatherFile.objects.filter(outcome=FileOutcome.REFUSED, received_at__lt=as_of - REFUSED_FOR)
    return repeated.delete()[0] + refused.delete()[0]
