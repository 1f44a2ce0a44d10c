"""Terms of a microgrid as they hold now."""

from typing import Any

from apps.microgrids.models import Microgrid, ReadinessTerms, ScheduleTerms
from apps.microgrids.selectors.readiness import TERMS
from apps.microgrids.selectors.schedules import terms_of

SCHEDULE_TERMS = (
    "wear_eur_per_kwh",
    "emissions_eur_per_kg",
    "peak_eur_per_kw",
    "peak_reached_kw",
    "reserve_eur_per_kwh_h",
    "import_kw",
    "export_kw",
    "proposes",
)


def terms_page(microgrid: Microgrid) -> dict[str, Any]:
    readiness, schedule = terms_of(microgrid)
    entered = (rows.objects.filter(microgrid=microgrid).exists() for rows in (ReadinessTerms, ScheduleTerms))
    return {
        "is_default": not any(entered),
        "readiness": {name: getattr(readiness, name) for name in TERMS},
        "schedule": {name: getattr(schedule, name) for name in SCHEDULE_TERMS},
    }
