"""A file becomes rows as a whole, or leaves nothing but the reason why not."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from django.db import transaction

from apps.weather.adapters.files import parse_file
from apps.weather.adapters.grids import stored
from apps.weather.adapters.parsed import FileRefused, ParsedRun, ParsedSeries, Place
from apps.weather.choices import AVERAGED, DataKind, FileFormat, FileOutcome
from apps.weather.models import Feed, Location, WeatherFile, WeatherRun, WeatherSeries
from apps.weather.selectors import nearest_location

SAME_PLACE_KM = 15.0  # providers answer for the middle of their grid's cell
ROWS_AT_ONCE = 500
PARTS_WITHIN = timedelta(days=1)
_STAMP = re.compile(r"(\d{4})-?(\d{2})-?(\d{2})T?_?(\d{2}):?(\d{2})?(?:\d{2})?Z")


@dataclass(frozen=True, slots=True)
class Told:
    """What a feed knows of its files besides their content."""

    feed: Feed
    name: str
    received_at: datetime


def take_file(*, feed: Feed, name: str, content: bytes, received_at: datetime) -> WeatherFile:
    """Parse, check and store. The same content is taken once, and so is the same value of the same issue."""
    told = Told(feed, name[:300], received_at)
    digest = hashlib.sha256(content).hexdigest()
    if feed.files.filter(sha256=digest, outcome=FileOutcome.TAKEN).exists():
        return _heard(told, _note(told, digest, FileOutcome.KNOWN, "This content was taken before."))
    try:
        runs = parse_file(content, FileFormat(feed.file_format), _places(feed))
        return _heard(told, _store(told, digest, runs))
    except FileRefused as refusal:
        Feed.objects.filter(pk=feed.pk).update(reason=str(refusal)[:300])
        return _note(told, digest, FileOutcome.REFUSED, str(refusal))


def _heard(told: Told, file: WeatherFile) -> WeatherFile:
    """A provider that repeats itself has told nothing: its feed becomes late."""
    news = {"heard_at": told.received_at} if file.outcome == FileOutcome.TAKEN else {}
    Feed.objects.filter(pk=told.feed.pk).update(reason="", **news)
    return file


def _places(feed: Feed) -> Sequence[Place]:
    known = [feed.location] if feed.location else Location.objects.order_by("pk")
    return [Place(one.name, one.latitude, one.longitude) for one in known]


def _note(told: Told, digest: str, outcome: FileOutcome, reason: str = "") -> WeatherFile:
    return WeatherFile.objects.create(
        feed=told.feed,
        name=told.name,
        sha256=digest,
        received_at=told.received_at,
        outcome=outcome,
        reason=reason[:400],
    )


@transaction.atomic
def _store(told: Told, digest: str, runs: Sequence[ParsedRun]) -> WeatherFile:
    file = _note(told, digest, FileOutcome.TAKEN)
    if told.feed.data_kind == DataKind.OBSERVATION:
        runs = [_measured(run, told.received_at) for run in runs]
    told_runs = [(run, *_instants(told, run)) for run in runs if run.series]
    rows = _run_rows(told, file, told_runs)
    known = set(
        WeatherSeries.objects.filter(run__in=rows.values()).values_list("run_id", "location_id", "variable", "member")
    )
    places: dict[Place, Location] = {}
    fresh: dict[tuple[int, int, str, int], WeatherSeries] = {}
    for run, issued_at, available_at in told_runs:
        row = rows[issued_at]
        for one in run.series:
            if one.place not in places:
                places[one.place] = _location(told.feed, one.place)
            key = (row.pk, places[one.place].pk, one.variable.value, one.member)
            if key not in known and key not in fresh:
                _keep_back(row, available_at)
                fresh[key] = _row(row, places[one.place].pk, one)
    WeatherSeries.objects.bulk_create(fresh.values(), batch_size=ROWS_AT_ONCE, ignore_conflicts=True)
    if not fresh:
        file.outcome, file.reason = FileOutcome.KNOWN, "Every value of it was known."
        file.save(update_fields=["outcome", "reason"])
    return file


def _run_rows(
    told: Told, file: WeatherFile, runs: Sequence[tuple[ParsedRun, datetime, datetime]]
) -> dict[datetime, WeatherRun]:
    """By issue. Whoever stores the same issue at the same time meets its one row."""
    feed = told.feed
    same = {"provider": feed.provider, "model": feed.model, "data_kind": feed.data_kind}
    issues = {issued_at: available_at for _, issued_at, available_at in runs}
    stored_runs = WeatherRun.objects.filter(**same, issued_at__in=issues)
    known = set(stored_runs.values_list("issued_at", flat=True))
    WeatherRun.objects.bulk_create(
        [
            WeatherRun(**same, issued_at=issued_at, available_at=available_at, file=file)
            for issued_at, available_at in issues.items()
            if issued_at not in known
        ],
        batch_size=ROWS_AT_ONCE,
        ignore_conflicts=True,
    )
    return {row.issued_at: row for row in stored_runs.all()}


def _measured(run: ParsedRun, received_at: datetime) -> ParsedRun:
    series = [_until(one, received_at) for one in run.series if one.starts_at <= received_at]
    return ParsedRun(run.issued_at, run.available_at, series)


def _until(one: ParsedSeries, received_at: datetime) -> ParsedSeries:
    """What an observation says of the time after its arrival is no observation."""
    whole = int((received_at - one.starts_at).total_seconds() // one.step_s) + (one.variable not in AVERAGED)
    return replace(one, values=one.values[: max(whole, 1)])


def _keep_back(run: WeatherRun, available_at: datetime) -> None:
    """An issue in several files is known when the last of them has come: nobody sees a part too early."""
    if available_at <= run.available_at:
        return
    if available_at - run.available_at > PARTS_WITHIN:
        raise FileRefused(
            f"the issue of {run.issued_at:%Y-%m-%d %H:%M} UTC",
            f"it has been there since {run.available_at:%Y-%m-%d %H:%M} UTC and this file adds to it; "
            "the parts of an issue come within a day",
        )
    run.available_at = available_at
    run.save(update_fields=["available_at"])


def _row(run: WeatherRun, location_id: int, one: ParsedSeries) -> WeatherSeries:
    return WeatherSeries(
        run=run,
        location_id=location_id,
        variable=one.variable,
        member=one.member,
        starts_at=one.starts_at,
        ends_at=one.ends_at,
        step_s=one.step_s,
        values=stored(one.values),
    )


def _instants(told: Told, run: ParsedRun) -> tuple[datetime, datetime]:
    """Issued and available. A file of an ordinary feed was available when it came, whatever it says."""
    if told.feed.data_kind == DataKind.OBSERVATION:
        issued_at = run.issued_at or min(run.newest, told.received_at)
    else:
        issued_at = run.issued_at or _in_name(told.name) or told.received_at
    if issued_at > told.received_at:
        raise FileRefused(
            "issued_at", f"{issued_at:%Y-%m-%d %H:%M} UTC lies ahead of the file's arrival; see whether it is UTC"
        )
    if not told.feed.is_archive:
        return issued_at, told.received_at
    available_at = run.available_at or issued_at
    if not issued_at <= available_at <= told.received_at:
        raise FileRefused(
            "available_at", "it lies before the issue or ahead of the file's arrival; see whether it is UTC"
        )
    return issued_at, available_at


def _in_name(name: str) -> datetime | None:
    """A file like icon_20260310T0600Z.json tells its issue."""
    if not (found := _STAMP.search(name)):
        return None
    year, month, day, hour, minute = (int(part or 0) for part in found.groups())
    try:
        return datetime(year, month, day, hour, minute, tzinfo=UTC)
    except ValueError:
        return None


def _location(feed: Feed, place: Place) -> Location:
    if feed.location:
        return feed.location
    if place.name and (known := Location.objects.filter(name=place.name).first()):
        return known
    if place.latitude is None or place.longitude is None:
        raise FileRefused(
            f"location {place.name!r}",
            "no location has this name; add it in the administration or tell its coordinates",
        )
    east = (place.longitude + 180.0) % 360.0 - 180.0
    near = None if place.name else nearest_location(place.latitude, east, within_km=SAME_PLACE_KM)
    return near or Location.objects.create(
        name=place.name or f"{place.latitude:.3f}, {east:.3f}",
        latitude=place.latitude,
        longitude=east,
        altitude_m=place.altitude_m,
    )
