"""What a test at a display needs: a session and an alarm to look at."""

from typing import Any

from django.test import Client
from django.utils import timezone

from apps.accounts.models import User
from apps.alarms import services as alarms
from apps.alarms.choices import Condition, Priority
from apps.alarms.models import Alarm


def session_of(user: User) -> str:
    client = Client()
    client.force_login(user)
    return client.cookies["sessionid"].value


def raised(name: str, priority: Priority = Priority.HIGH, **fields: Any) -> Alarm:
    fact = alarms.AlarmFact(
        source=name,
        condition=Condition.OVERLOAD,
        priority=priority,
        equipment_name=name,
        message=f"{name} is loaded to 127 %",
        at=timezone.now(),
        value=127.0,
        limit=100.0,
        unit="%",
        **fields,
    )
    return alarms.raise_alarms(facts=[fact])[0]
