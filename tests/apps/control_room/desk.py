"""What a test at a display needs: a session and an alarm to look at."""

from dataclasses import replace
from typing import Any

from django.test import Client
from django.utils import timezone
from playwright.sync_api import Locator, Page, expect

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


def point_until_read(
    page: Page, chart: str, reading: Locator, words: str, *, share: float = 0.1, patience_ms: int = 30_000
) -> None:
    """At a share of the chart's width. The pointer comes again where a busy page has laid the chart elsewhere."""
    for _ in range(patience_ms // 3000 - 1):
        page.mouse.move(1, 1)
        box = page.locator(chart).first.bounding_box()
        assert box
        page.locator(chart).first.hover(position={"x": share * box["width"], "y": 40})
        try:
            return expect(reading).to_contain_text(words, timeout=3000)
        except AssertionError:
            continue
    expect(reading).to_contain_text(words)
