"""What a test at a display needs: a session and an alarm to look at."""

from dataclasses import replace
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


def overload(source: str, **changes: Any) -> alarms.AlarmFact:
    plain = alarms.AlarmFact(
        source=source,
        condition=Condition.OVERLOAD,
        priority=Priority.HIGH,
        equipment_name=source,
        message=f"{source} is loaded to 127 %",
        at=timezone.now(),
        value=127.0,
        limit=100.0,
        unit="%",
    )
    return replace(plain, **changes)


def raised(name: str, priority: Priority = Priority.HIGH, **fields: Any) -> Alarm:
    return alarms.raise_alarms(facts=[overload(name, priority=priority, **fields)])[0]
