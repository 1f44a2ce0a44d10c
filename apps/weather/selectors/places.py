from apps.weather.models import Location
from apps.weather.rules import distance_km


def nearest_location(latitude: float, longitude: float, *, within_km: float | None = None) -> Location | None:
    """None where no place is known, or none is as near as asked."""
    places = [
        (distance_km(latitude, longitude, one.latitude, one.longitude), one.pk, one) for one in Location.objects.all()
    ]
    if not places:
        return None
    distance, _, place = min(places, key=lambda one: one[:2])
    return place if within_km is None or distance <= within_km else None
