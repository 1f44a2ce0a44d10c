from apps.weather.choices import DataKind, FeedKind, FileFormat
from apps.weather.models import Feed

PROVIDER = "field"
HOUR_S = 3600
# Name and folder under the root of drop folders, what it holds, whether it is an archive. The archives come first:
# what the past knew is stored before what is issued now.
FIELD_FEEDS = (
    ("field archive of forecasts", "field/archive-forecasts", DataKind.FORECAST, True),
    ("field archive of observations", "field/archive-observations", DataKind.OBSERVATION, True),
    ("field forecasts", "field/forecasts", DataKind.FORECAST, False),
    ("field observations", "field/observations", DataKind.OBSERVATION, False),
)


def prepare_field_feeds() -> list[str]:
    """Names of those that were made; what somebody changed stays."""
    made = []
    for name, folder, data_kind, is_archive in FIELD_FEEDS:
        _, is_new = Feed.objects.get_or_create(
            name=name,
            defaults={
                "kind": FeedKind.FOLDER,
                "file_format": FileFormat.OPEN_METEO,
                "data_kind": data_kind,
                "provider": PROVIDER,
                "folder": folder,
                "every_s": HOUR_S,
                "is_archive": is_archive,
            },
        )
        if is_new:
            made.append(name)
    return made
