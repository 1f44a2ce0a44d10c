import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from gridops.intake.addresses import AddressRefused, checked_address, fetch, resolve


class Provider(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"told")

    def log_message(self, *_: object) -> None:
        pass


@pytest.mark.parametrize(
    "url",
    [
        "ftp://host/file",
        "file:///etc/passwd",
        "http://",
        "https://user:word@host/",
        "gopher://x",
        "http://host:99999/",
        "",
    ],
)
def test_other_kinds_of_address_are_refused(url: str) -> None:
    with pytest.raises(AddressRefused):
        checked_address(url)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "::1",
        "169.254.169.254",
        "10.0.0.1",
        "192.168.1.1",
        "172.16.0.1",
        "100.64.0.1",
        "0.0.0.0",  # noqa: S104
        "::ffff:10.0.0.1",
    ],
)
def test_private_addresses_are_refused_unless_they_are_listed(host: str) -> None:
    with pytest.raises(AddressRefused, match="allow it by SETTING"):
        resolve(host, 80, private=(), setting="SETTING")
    assert resolve(host, 80, private=(host,), setting="SETTING")


@pytest.fixture
def provider() -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Provider)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()


def test_what_was_checked_is_what_is_asked(provider: int) -> None:
    """A name that means another address at the second look is looked up once only."""
    asked = []

    def once(host: str, port: int) -> str:
        asked.append(host)
        return "127.0.0.1"

    url = f"http://weather.example:{provider}/"
    assert fetch(url, resolver=once, accept="*/*", most_bytes=100) == b"told"
    assert asked == ["weather.example"]
