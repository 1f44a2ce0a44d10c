"""Where the weather comes from: feeds and what they brought, forecasts against what was measured."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.accounts.choices import Permission
from apps.accounts.permissions import permission_required
from apps.control_room.views.paths import page_path
from apps.weather.choices import Variable

# What a small chart shows: its variable and the unit.
SHOWN = (
    (Variable.TEMPERATURE_C, "Temperature", "°C"),
    (Variable.GHI_W_M2, "Global irradiance", "W/m²"),
    (Variable.WIND_SPEED_100M_M_S, "Wind at 100 m", "m/s"),
)


@require_safe
@permission_required(Permission.VIEW_GRID)
def weather(request: HttpRequest) -> HttpResponse:
    shown = [{"name": variable.value, "label": label, "unit": unit} for variable, label, unit in SHOWN]
    context: dict[str, Any] = {
        "display": "weather",
        "page_path": page_path(("Weather", "")),
        "shown": shown,
        "weather": {"shown": shown},
    }
    return render(request, "control_room/weather.html", context)
