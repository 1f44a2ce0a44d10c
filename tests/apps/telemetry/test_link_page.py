from datetime import datetime

import numpy as np
import pytest
from django.test import Client
from rest_framework.test import APIClient

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.alarms.models import Alarm
from apps.telemetry import selectors
from apps.telemetry.adapters import Quality, SampleBatch
from apps.telemetry.choices import LinkState, Protocol, Quantity
from apps.telemetry.models import Gateway, GatewayLink
from apps.telemetry.selectors.link_page import link_page, troubled_points
from apps.telemetry.services.ingest import ingest
from apps.telemetry.services.links import LinkReport, check_links, report_link, write_figures
from tests.apps.telemetry.history import NOW, after
from tests.factories.telemetry import make_gateway

pytestmark = pytest.mark.django_db


def hear(gateway: Gateway, slots: list[int], *, at: datetime = NOW, value: float = 1.0, quality: int = 0) -> None:
    n, at_us = len(slots), int(at.timestamp() * 1e6)
    batch = SampleBatch(np.array(slots), np.full(n, at_us), np.full(n, value), np.full(n, quality))
    ingest(gateway_id=gateway.pk, batch=batch, received_at=at)


def tell(gateway: Gateway, *reports: LinkReport, at: datetime = NOW) -> None:
    write_figures(gateway_id=gateway.pk, reports=reports, at=at)


UP = LinkReport("", LinkState.UP, values_per_s=12.5, round_trip_ms=3.0, switchovers=2, refused=4)


def test_points_are_counted_by_how_their_newest_value_stands() -> None:
    gateway = make_gateway(5)
    hear(gateway, [3], at=after(-100))
    hear(gateway, [0])
    hear(gateway, [1], quality=int(Quality.INVALID))
    hear(gateway, [2], quality=int(Quality.QUESTIONABLE))
    tell(gateway, UP)

    (row,) = link_page(as_of=NOW)

    assert row["points"] == {"good": 1, "doubtful": 1, "bad": 1, "stale": 1, "never": 1}
    assert (row["values_per_s"], row["round_trip_ms"], row["switchovers"], row["refused"]) == (12.5, 3.0, 2, 4)


def test_a_switch_that_is_quiet_is_not_stale_as_long_as_its_gateway_is_heard() -> None:
    gateway = make_gateway(2, quantity=Quantity.SWITCH_STATE)
    hear(gateway, [0], at=after(-1000))
    hear(gateway, [1])

    assert link_page(as_of=NOW)[0]["points"]["good"] == 2


def test_a_lost_link_of_a_thousand_points_is_one_alarm_and_a_thousand_stale_points() -> None:
    gateway = make_gateway(1000)
    hear(gateway, list(range(1000)))
    report_link(gateway_id=gateway.pk, state=LinkState.UP, reason="", at=NOW)
    assert troubled_points(as_of=after(5)) == (0, [])

    for second in range(11, 30):
        check_links(selectors.latest_values(), as_of=after(second))

    assert Alarm.objects.count() == 1
    assert link_page(as_of=after(20))[0]["points"]["stale"] == 1000
    count, page = troubled_points(as_of=after(20), limit=50)
    assert (count, len(page), {one["state"] for one in page}) == (1000, 50, {"stale"})
    values = selectors.point_values(list(gateway.points.all()), as_of=after(20))
    assert all(value.is_stale for value in values)

    hear(gateway, list(range(1000)), at=after(31))
    check_links(selectors.latest_values(), as_of=after(32))
    assert link_page(as_of=after(32))[0]["points"]["good"] == 1000
    assert Alarm.objects.get().returned_at is not None


def test_the_points_that_are_not_good_are_paged_and_filtered() -> None:
    north, south = make_gateway(4, name="north"), make_gateway(4, name="south")
    hear(north, [0, 1, 2, 3])
    hear(south, [0, 1], at=after(-1))
    hear(south, [0], quality=int(Quality.INVALID))

    assert troubled_points(as_of=NOW)[0] == 3
    assert troubled_points(as_of=NOW, gateway="north") == (0, [])
    assert [one["name"] for one in troubled_points(as_of=NOW, state="bad")[1]] == ["south point 0"]
    assert [one["name"] for one in troubled_points(as_of=NOW, text="POINT 3")[1]] == ["south point 3"]
    first, second = (troubled_points(as_of=NOW, offset=offset, limit=2)[1] for offset in (0, 2))
    assert [one["state"] for one in [*first, *second]] == ["never", "never", "bad"]


def test_figures_of_a_process_that_tells_nothing_any_more_are_not_shown() -> None:
    gateway = make_gateway(1)
    tell(gateway, UP, LinkReport("a:1", LinkState.UP))

    (row,) = link_page(as_of=after(60))

    assert (row["state"], row["reason"]) == (LinkState.DOWN, "its process is not running")
    assert (row["values_per_s"], row["links"]) == (None, [])


def test_links_that_are_configured_no_more_go() -> None:
    gateway = make_gateway(1)
    tell(gateway, UP, LinkReport("a:1", LinkState.UP), LinkReport("b:1", LinkState.DOWN, reason="r" * 300))
    tell(gateway, UP, LinkReport("b:1", LinkState.UP, switchovers=1))

    assert sorted(GatewayLink.objects.values_list("name", "state", "switchovers")) == [("", "up", 2), ("b:1", "up", 1)]


def test_the_page_and_its_api_open_for_whoever_may_see_the_grid(client: Client) -> None:
    make_gateway(2)
    Gateway.objects.create(name="pushed", protocol=Protocol.HTTP)
    Gateway.objects.create(name="off", is_enabled=False)
    viewer = User.objects.create_user("v", password="a long enough password", role=Role.VIEWER)
    client.force_login(viewer)
    api = APIClient()
    api.force_authenticate(viewer)

    assert client.get("/links/").status_code == 200
    rows = api.get("/api/v1/telemetry/links").data
    assert [(row["name"], row["is_enabled"], row["points"] is None) for row in rows] == [
        ("field", True, False),
        ("off", False, True),
        ("pushed", True, True),
    ]
    assert api.get("/api/v1/telemetry/links/points").data["count"] == 2
    assert api.get("/api/v1/telemetry/links/points?state=odd").status_code == 400
    assert api.get("/api/v1/telemetry/links/points?offset=-1").status_code == 400
