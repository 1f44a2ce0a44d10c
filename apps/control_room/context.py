"""What the frame around every page shows. Also called for strangers and for the error pages."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from apps.accounts.choices import Permission, Theme
from apps.accounts.models import User
from apps.control_room.choices import KEYBOARD, PAGES, Key, Page

NO_MRID = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Menu:
    """Pages under one word of the bar; without a word they stand in the bar themselves."""

    label: str
    pages: list[Page]

    @property
    def displays(self) -> list[str]:
        return [page.display for page in self.pages]


@dataclass(frozen=True, slots=True)
class Frame:
    environment: str
    user: str
    role_label: str
    area: str
    time_zone: str
    theme: str
    may_view_alarms: bool
    may_acknowledge: bool
    menus: list[Menu]
    keyboard: list[Key]
    config: dict[str, Any]


def _urls() -> dict[str, str]:
    return {
        "overview": reverse("control_room:overview"),
        "alarms": reverse("control_room:alarms"),
        "element": reverse("control_room:element", args=[NO_MRID]),
        "theme": reverse("accounts:theme"),
        "api": "/api/v1/",
        "live": "/ws/live/",
    }


def _config(user: User, time_zone: str) -> dict[str, Any]:
    may_view_alarms = user.may(Permission.VIEW_ALARMS)
    return {
        "urls": _urls(),
        "noMrid": str(NO_MRID),
        "timeZone": time_zone,
        "scanPeriodS": settings.SCAN_PERIOD_S,
        "mayViewAlarms": may_view_alarms,
        "mayAcknowledge": user.may(Permission.ACKNOWLEDGE_ALARMS),
        "mayShelve": user.may(Permission.SHELVE_ALARMS),
        "mayApprove": user.may(Permission.APPROVE_OUT_OF_SERVICE),
        "topics": ["grid", "system", "security", *(["alarms"] if may_view_alarms else [])],
    }


def _keys(user: User) -> list[Key]:
    return [key for key in KEYBOARD if key.needs is None or user.may(key.needs)]


def _menus(user: User) -> list[Menu]:
    pages: dict[str, list[Page]] = {}
    for page in PAGES:
        if user.may(page.needs):
            pages.setdefault(page.group, []).append(page)
    return [Menu(label, of_group) for label, of_group in pages.items()]


def frame(request: HttpRequest) -> dict[str, Any]:
    user = getattr(request, "user", None)
    if not isinstance(user, User) or not user.is_active:
        return {"frame": {"environment": settings.ENVIRONMENT_NAME, "theme": Theme.AUTO.value}}
    time_zone = user.time_zone or settings.TIME_ZONE
    return {
        "frame": Frame(
            environment=settings.ENVIRONMENT_NAME,
            user=user.get_full_name() or user.get_username(),
            role_label=user.get_role_display(),
            area="whole network",
            time_zone=time_zone,
            theme=user.theme,
            may_view_alarms=user.may(Permission.VIEW_ALARMS),
            may_acknowledge=user.may(Permission.ACKNOWLEDGE_ALARMS),
            menus=_menus(user),
            keyboard=_keys(user),
            config=_config(user, time_zone),
        )
    }
