import csv
import io
import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pyarrow as pa
import pyarrow.compute
import pytest
from django.test import AsyncClient, Client
from django.utils import timezone

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.telemetry.api import export_files
from apps.telemetry.choices import DataClass
from apps.telemetry.models import Gateway, MeasurementPoint, RetentionPolicy
from apps.telemetry.selectors import export
from apps.telemetry.services.retention import keep_partitions
from apps.telemetry.services.rollup import roll_up
from apps.telemetry.services.storage import read_storage
from gridops.engine.timeseries.quality import Quality
from tests.apps.telemetry.history import NOW, after, put, rolled_up_until
from tests.factories.telemetry import make_gateway

pytestmark = pytest.mark.django_db
SAMPLES, EXPORT, STORAGE = (f"/api/v1/telemetry/{name}" for name in ("samples", "export", "storage"))


@pytest.fixture
def gateway() -> Gateway:
    rolled_up_until(NOW - timedelta(days=1))
    return make_gateway(10)


@pytest.fixture
def points(gateway: Gateway) -> list[MeasurementPoint]:
    return list(gateway.points.order_by("slot"))


@pytest.fixture
def viewer(client: Client) -> Client:
    client.force_login(User.objects.create_user("viewer", password="a long enough password", role=Role.VIEWER))
    return client


def span(first_s: float, last_s: float = 0) -> dict[str, str]:
    return {"from": after(first_s).isoformat(), "to": after(last_s).isoformat()}


def names(points: list[MeasurementPoint]) -> str:
    return ",".join(str(point.pk) for point in points)


def hour(points: list[MeasurementPoint]) -> None:
    put([(point.pk, after(second), float(nth)) for second in range(-3600, 0, 10) for nth, point in enumerate(points)])


def test_eight_pens_come_in_the_order_asked_for_with_their_names(
    viewer: Client, points: list[MeasurementPoint]
) -> None:
    hour(points[:3])

    answer = viewer.get(SAMPLES, {"points": names(points[2::-1]), "width": 500, **span(-3600)}).json()

    assert [pen["name"] for pen in answer["series"]] == ["field point 2", "field point 1", "field point 0"]
    assert [set(pen["mean"]) for pen in answer["series"]] == [{2.0}, {1.0}, {0.0}]
    assert all(len(pen["t"]) == 360 and pen["unit"] == "kV" for pen in answer["series"])


def test_a_silence_is_a_null_between_and_the_resolution_is_told(viewer: Client, points: list[MeasurementPoint]) -> None:
    put([(points[0].pk, after(second), 1.0) for second in (-3000, -2990, -10, -1)])

    answer = viewer.get(f"/api/v1/telemetry/points/{points[0].pk}/samples", span(-3600)).json()

    assert (answer["resolution"], answer["resolution_s"]) == ("samples", 0)
    assert answer["mean"] == answer["min"] == answer["max"] == [1.0, 1.0, None, 1.0, 1.0]
    assert (answer["quality"], answer["count"]) == ([0, 0, None, 0, 0], [1, 1, 0, 1, 1])


@pytest.mark.parametrize(
    ("query", "field", "remedy"),
    [
        ({"points": ""}, "points", "1 to 8"),
        ({"points": "1,2,3,4,5,6,7,8,9"}, "points", "1 to 8"),
        ({"points": "1,x"}, "points", "whole numbers"),
        ({"points": "99999999999999999999"}, "points", "whole numbers"),
        ({"points": "999999999"}, "points", "There is no measurement point 999999999"),
        ({"from": "2026-06-02T00:00:00Z"}, "from", "before"),
        ({"from": "2026-06-01T12:00:00Z"}, "from", "before"),
        ({"from": "1901-01-01T00:00:00Z"}, "from", "days before"),
        ({"to": "0001-01-01T00:00:00Z"}, "to", "ISO 8601"),
        ({"to": "2026-06-01T12:00:00"}, "to", "offset"),
        ({"width": "0"}, "width", "1"),
        ({"width": "5001"}, "width", "5000"),
        ({"known_at": "then"}, "known_at", "ISO 8601"),
        ({"known_at": "2026-06-01T12:00:00Z", "from": "2026-05-30T12:00:00Z"}, "known_at", "24 hours"),
    ],
)
def test_a_wrong_question_names_the_field_and_the_remedy(
    viewer: Client, points: list[MeasurementPoint], query: dict[str, str], field: str, remedy: str
) -> None:
    answer = viewer.get(SAMPLES, {"points": names(points[:1]), **span(-3600), **query})

    assert answer.status_code == 400
    assert remedy in str(answer.json()[field])


@pytest.mark.parametrize("url", [SAMPLES, EXPORT, STORAGE])
def test_only_who_may_see_the_grid_may_read(client: Client, url: str) -> None:
    assert client.get(url).status_code in {401, 403}


def body(answer: Any) -> bytes:
    return b"".join(answer.streaming_content)


def test_a_csv_tells_every_line_whole(viewer: Client, points: list[MeasurementPoint]) -> None:
    put([(points[0].pk, after(-7200.5), 1.5)])
    put([(points[1].pk, after(-1), 2.0)], quality=Quality.INVALID | Quality.OLD_DATA, received_at=after(-0.25))

    answer = viewer.get(EXPORT, {"points": names(points[:2]), "format": "csv", **span(-7300)})

    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert list(csv.reader(body(answer).decode().splitlines())) == [
        ["time", "point", "name", "value", "unit", "quality", "received_at"],
        [sent := "2026-06-01T09:59:59.500000Z", str(points[0].mrid), "field point 0", "1.5", "kV", "good", sent],
        [
            "2026-06-01T11:59:59.000000Z",
            *(str(points[1].mrid), "field point 1", "2.0", "kV", "invalid, old data", "2026-06-01T11:59:59.750000Z"),
        ],
    ]


def test_an_arrow_stream_carries_all_rows_and_the_units(viewer: Client, points: list[MeasurementPoint]) -> None:
    hour(points)
    roll_up(as_of=after(-600))

    query = {"points": names(points), "format": "arrow", "resolution": "minute", **span(-3600)}
    reader = pa.ipc.open_stream(io.BytesIO(body(viewer.get(EXPORT, query))))
    table = reader.read_all()

    assert json.loads(table.schema.metadata[b"points"])[str(points[3].pk)]["unit"] == "kV"
    assert table.num_rows == 60 * len(points)
    assert set(table.filter(pa.compute.equal(table["point"], points[3].pk))["mean"].to_pylist()) == {3.0}
    assert str(table.schema.field("time").type) == "timestamp[us, tz=UTC]"


def test_samples_in_arrow_carry_both_times_and_what_is_not_known_is_null(
    viewer: Client, points: list[MeasurementPoint]
) -> None:
    put([(points[0].pk, after(-90), 1.5), (points[0].pk, after(-70), float("nan"))], received_at=after(-60))
    put([(points[1].pk, after(-80), 2.5)], received_at=after(-75))

    query = {"points": names(points[:2]), "format": "arrow", **span(-3600)}
    table = pa.ipc.open_stream(io.BytesIO(body(viewer.get(EXPORT, query)))).read_all()

    assert table.column_names == ["time", "point", "value", "quality", "received_at"]
    assert table["value"].to_pylist() == [1.5, None, 2.5]
    assert table["time"].to_pylist() == [after(-90), after(-70), after(-80)]
    assert table["received_at"].to_pylist() == [after(-60), after(-60), after(-75)]
    assert table["point"].to_pylist() == [points[0].pk, points[0].pk, points[1].pk]


def test_a_bucket_without_a_valid_sample_is_an_empty_field_of_a_csv(
    viewer: Client, points: list[MeasurementPoint]
) -> None:
    put([(points[0].pk, after(-3600), 1.5)], quality=Quality.INVALID)
    roll_up(as_of=after(0))

    answer = viewer.get(EXPORT, {"points": names(points[:1]), "resolution": "minute", **span(-3600)})

    (row,) = csv.DictReader(body(answer).decode().splitlines())
    assert (row["mean"], row["min"], row["max"], row["count"], row["quality"]) == ("", "", "", "0", "invalid")


@pytest.mark.parametrize("name", ["plain", 'with "quotes", commas', "two\nlines", "Öl-Straße"])
def test_a_csv_keeps_any_name_and_many_lines(
    viewer: Client, points: list[MeasurementPoint], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    MeasurementPoint.objects.filter(pk=points[0].pk).update(name=name)
    monkeypatch.setattr(export_files, "_LINES_AT_ONCE", 7)
    hour(points[:2])

    text = body(viewer.get(EXPORT, {"points": names(points[:2]), **span(-3600)})).decode()

    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert len(rows) == 720
    assert {row["name"] for row in rows} == {name, "field point 1"}
    assert len({(row["time"], row["point"]) for row in rows}) == 720


def test_nothing_is_a_file_without_rows(viewer: Client, points: list[MeasurementPoint]) -> None:
    query = {"points": names(points), **span(-3600)}

    assert body(viewer.get(EXPORT, query)).count(b"\n") == 1
    arrow = body(viewer.get(EXPORT, {**query, "format": "arrow"}))
    assert pa.ipc.open_stream(io.BytesIO(arrow)).read_all().num_rows == 0


@pytest.mark.parametrize(
    ("query", "field", "remedy"),
    [
        ({"format": "xlsx"}, "format", "csv, arrow"),
        ({"resolution": "fortnight"}, "resolution", "raw, minute"),
        ({"points": ",".join(map(str, range(101)))}, "points", "1 to 100"),
        ({"resolution": "minute", "from": "2000-01-01T00:00:00Z"}, "to", "at most 5,000,000"),
    ],
)
def test_what_cannot_be_exported_is_refused_before_the_first_byte(
    viewer: Client, points: list[MeasurementPoint], query: dict[str, str], field: str, remedy: str
) -> None:
    answer = viewer.get(EXPORT, {"points": names(points[:1]), **span(-3600), **query})

    assert answer.status_code == 400
    assert remedy in str(answer.json()[field])


def test_samples_are_counted_before_they_are_sent(
    viewer: Client, points: list[MeasurementPoint], monkeypatch: pytest.MonkeyPatch
) -> None:
    hour(points[:2])
    query = {"points": names(points[:2]), **span(-3600)}
    monkeypatch.setattr(export, "MAX_ROWS", 720)
    assert viewer.get(EXPORT, query).status_code == 200

    monkeypatch.setattr(export, "MAX_ROWS", 719)

    assert "720 rows" in viewer.get(EXPORT, query).json()["to"]


def test_what_is_no_longer_kept_is_not_given_as_if_it_were_all(viewer: Client, points: list[MeasurementPoint]) -> None:
    RetentionPolicy.objects.update_or_create(
        data_class=DataClass.SAMPLES, defaults={"keep_days": 1, "dropped_before": after(-600)}
    )

    refused = viewer.get(EXPORT, {"points": names(points[:1]), **span(-601)})

    assert "2026-06-01T11:50:00Z" in refused.json()["from"]
    assert viewer.get(EXPORT, {"points": names(points[:1]), **span(-600)}).status_code == 200


async def test_a_server_sends_the_slices_one_by_one(
    transactional_db: None, points: list[MeasurementPoint], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = []

    def slices(**_: object) -> Iterator[list[object]]:
        for number in range(5):
            made.append(number)
            yield []

    monkeypatch.setattr("apps.telemetry.api.export.exported", slices)
    monkeypatch.setattr(
        "apps.telemetry.api.export.FORMS", {"csv": ("text/csv", lambda parts, *_: (b"x" for _ in parts))}
    )
    client = AsyncClient()
    await client.aforce_login(await User.objects.acreate(username="viewer", role=Role.VIEWER))
    answer = await client.get(EXPORT, {"points": names(points[:1]), **span(-60)})

    first = await anext(aiter(answer.streaming_content))

    assert (first, made) == (b"x", [0])


def test_storage_tells_its_growth_and_the_days_left(viewer: Client) -> None:
    now = timezone.now()
    for hours in (0, 12):
        read_storage(as_of=now - timedelta(days=9) + timedelta(hours=hours))
    read_storage(as_of=now)
    read_storage(as_of=now + timedelta(hours=2))
    keep_partitions(as_of=now)

    answer = viewer.get(STORAGE).json()

    assert answer["database_bytes"] > 1_000_000
    assert answer["growth_bytes_per_day"] is not None
    assert {"telemetry_sample", "telemetry_rollup_hour"} <= answer["tables"].keys()
    assert {row["data_class"] for row in answer["kept"]} == set(DataClass)
