"""What the frame around every page shows. Also called for strangers and for the error pages."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from apps.accounts.choices import Permission, Theme
from apps.accounts.models import User
from apps.accounts.selectors import areas_in_words
from apps.control_room.choices import KEYBOARD, PAGES, PAST_KEYBOARD, Key, Page
from apps.control_room.past import SHOW_PAST, asked_instant
from apps.forecasts.choices import STREAM as FORECASTS
from apps.impact.choices.study import STREAM as IMPACT
from apps.microgrids.choices.microgrid import STREAM as MICROGRIDS
from apps.state.selectors.past import model_id_at

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
    may_run_studies: bool
    menus: list[Menu]
    keyboard: list[Key]
    past: datetime | None
    past_fault: str
    has_past: bool
    config: dict[str, Any]


def _urls() -> dict[str, str]:
    return {
        "overview": reverse("control_room:overview"),
        "alarms": reverse("control_room:alarms"),
        "element": reverse("control_room:element", args=[NO_MRID]),
        "diagram": reverse("control_room:diagram", args=[NO_MRID]),
        "orders": reverse("control_room:orders"),
        "theme": reverse("accounts:theme"),
        "api": "/api/v1/",
        "live": "/ws/live/",
    }


def _numbered(menus: list[Menu]) -> dict[str, Page]:
    """The keys 1 to 9, in the order in which the bar has the pages."""
    pages = [page for menu in menus for page in menu.pages]
    return {str(number): page for number, page in enumerate(pages[:9], start=1)}


def _topics(request: HttpRequest, user: User) -> list[str]:
    """Every page hears of the grid and of alarms; of others only those that show them."""
    match = request.resolver_match
    shows_forecasts = match is not None and (match.url_name or "").startswith("forecast")
    shows_microgrids = match is not None and (match.url_name or "").startswith("microgrid")
    shows_efficiency = match is not None and match.url_name in ("efficiency", "cvr", "losses")
    shows_benefits = match is not None and (match.url_name or "").startswith("benefits")
    alarms = ["alarms"] if user.may(Permission.VIEW_ALARMS) else []
    return [
        "grid",
        "system",
        "security",
        "tags",
        "plans",
        "orders",
        "proposals",
        "incidents",
        *alarms,
        *(["calls"] if user.may(Permission.VIEW_DEMAND) else []),
        *([FORECASTS] if shows_forecasts else []),
        *([MICROGRIDS] if shows_microgrids else []),
        *(["efficiency"] if shows_efficiency else []),
        *([IMPACT] if shows_benefits else []),
    ]


def _config(user: User, time_zone: str, past: datetime | None, topics: list[str]) -> dict[str, Any]:
    may_view_alarms = user.may(Permission.VIEW_ALARMS)
    return {
        "urls": _urls(),
        "noMrid": str(NO_MRID),
        "timeZone": time_zone,
        "scanPeriodS": settings.SCAN_PERIOD_S,
        "mayViewAlarms": may_view_alarms,
        # Of the past there is only reading.
        "mayAcknowledge": past is None and user.may(Permission.ACKNOWLEDGE_ALARMS),
        "mayShelve": past is None and user.may(Permission.SHELVE_ALARMS),
        "mayApprove": past is None and user.may(Permission.APPROVE_OUT_OF_SERVICE),
        "mayOperate": past is None and user.may(Permission.OPERATE),
        "mayApproveOrders": past is None and user.may(Permission.APPROVE_ORDERS),
        "userName": user.get_username(),
        "mayTag": past is None and user.may(Permission.TAG),
        "past": _past(past) if past else None,
        "pageKeys": {key: reverse(page.url_name) for key, page in _numbered(_menus(user)).items()},
        "topics": topics,
    }


def _past(at: datetime) -> dict[str, Any]:
    return {"at": at.isoformat(), "now": timezone.now().isoformat(), "modelVersion": model_id_at(at)}


def _keys(user: User, past: datetime | None) -> list[Key]:
    keys = KEYBOARD if past is None else [*PAST_KEYBOARD, *(key for key in KEYBOARD if not key.acts)]
    pages = [Key(key, page.label) for key, page in _numbered(_menus(user)).items()]
    return [*(key for key in keys if key.needs is None or user.may(key.needs)), *pages]


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
    past, past_fault = asked_instant(request, now=timezone.now())
    time_zone = user.time_zone or settings.TIME_ZONE
    return {
        "frame": Frame(
            environment=settings.ENVIRONMENT_NAME,
            user=user.get_full_name() or user.get_username(),
            role_label=user.get_role_display(),
            area=areas_in_words(user),
            time_zone=time_zone,
            theme=user.theme,
            may_view_alarms=user.may(Permission.VIEW_ALARMS),
            may_acknowledge=past is None and user.may(Permission.ACKNOWLEDGE_ALARMS),
            may_run_studies=user.may(Permission.RUN_STUDIES),
            menus=_menus(user),
            keyboard=_keys(user, past),
            config=_config(user, time_zone, past, _topics(request, user)),
            past=past,
            past_fault=past_fault,
            has_past=bool(request.resolver_match and request.resolver_match.url_name in SHOW_PAST),
        )
    }
