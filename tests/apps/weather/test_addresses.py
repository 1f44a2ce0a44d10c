import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from pytest_django.fixtures import Settings

from apps.weather.adapters.parsed import MOST_BYTES
from apps.weather.choices import FeedKind, FileOutcome
from apps.weather.models import Feed, WeatherFile
from apps.weather.services.addresses import ask, ask_addresses
from tests.factories.weather_files import NOW, as_json, make_feed, open_meteo


class Provider(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/away":
            self.send_response(302)
            self.send_header("Location", "http://127.0.0.1/secret")
            self.end_headers()
            return
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"x" * (MOST_BYTES + 9) if self.path == "/huge" else as_json(open_meteo()))

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def provider(settings: Settings) -> Iterator[str]:
    settings.WEATHER_PRIVATE_HOSTS = frozenset({"127.0.0.1"})
    server = ThreadingHTTPServer(("127.0.0.1", 0), Provider)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


@pytest.mark.django_db
def test_an_address_is_asked_when_it_is_due_and_its_answer_taken(provider: str) -> None:
    feed = make_feed(kind=FeedKind.URL, url=f"{provider}/forecast?hourly=temperature_2m", every_s=3600)
    assert ask_addresses(as_of=NOW) == 1
    assert ask_addresses(as_of=NOW + timedelta(minutes=59)) == 0
    assert ask_addresses(as_of=NOW + timedelta(minutes=60)) == 1
    assert list(feed.files.order_by("pk").values_list("outcome", flat=True)) == [FileOutcome.TAKEN, FileOutcome.KNOWN]


@pytest.mark.django_db
@pytest.mark.parametrize(("path", "reason"), [("/away", "302"), ("/huge", "32 MB")])
def test_a_redirect_and_an_endless_answer_are_not_taken(provider: str, path: str, reason: str) -> None:
    feed = make_feed(kind=FeedKind.URL, url=provider + path)
    assert ask(feed=feed, as_of=NOW) is None
    assert reason in Feed.objects.get().reason
    assert not WeatherFile.objects.exists()


@pytest.mark.django_db
def test_nobody_there_is_a_reason_and_no_failure(provider: str) -> None:
    feed = make_feed(kind=FeedKind.URL, url="http://127.0.0.1:9/")
    assert ask(feed=feed, as_of=NOW) is None
    assert Feed.objects.get().reason.startswith("Not fetched")
