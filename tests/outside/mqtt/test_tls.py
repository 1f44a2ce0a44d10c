"""The MQTT gateway over TLS: it trusts whom it was told to, shows its own certificate, and says why it is refused."""

import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import sync_to_async

from apps.telemetry.choices import LinkState
from apps.telemetry.models import Gateway, GatewayLink
from gridops.supervise.ports import any_free
from tests.outside.mqtt.brokers import HOST, Mosquitto
from tests.outside.room import make, running, values
from tests.waiting import until_stored

Publisher = Callable[[int], Callable[[str, bytes], None]]
SETTINGS = {"retry_s": 0.1, "keepalive_s": 2, "tls": True}


def openssl(*arguments: object) -> None:
    program = shutil.which("openssl")
    if program is None:
        pytest.skip("there is no openssl to make certificates with (apt install openssl)")
    subprocess.run((program, *map(str, arguments)), check=True, capture_output=True)


@dataclass(frozen=True)
class Authority:
    """Somebody who signs certificates."""

    folder: Path
    name: str

    def begin(self) -> "Authority":
        kind = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2")
        openssl("req", "-x509", *kind, "-subj", f"/CN={self.name}", "-keyout", self.key(), "-out", self.cert())
        return self

    def cert(self, of: str = "") -> Path:
        return self.folder / f"{of or self.name}.pem"

    def key(self, of: str = "") -> Path:
        return self.folder / f"{of or self.name}.key"

    def sign(self, name: str, *, subject: str) -> None:
        asked, extra = self.folder / f"{name}.csr", self.folder / f"{name}.ext"
        extra.write_text(f"subjectAltName={subject}\n")
        kind = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", f"/CN={name}")
        openssl("req", *kind, "-keyout", self.key(name), "-out", asked)
        signer = ("-CA", self.cert(), "-CAkey", self.key(), "-CAcreateserial", "-days", "2", "-extfile", extra)
        openssl("x509", "-req", "-in", asked, *signer, "-out", self.cert(name))


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    made = Authority(tmp_path_factory.mktemp("tls"), "city").begin()
    made.sign("broker", subject=f"IP:{HOST}")
    made.sign("elsewhere", subject="DNS:elsewhere.example")
    made.sign("gateway", subject="DNS:gateway.example")
    return made


Doors = tuple[int, int]


@pytest.fixture
def opened(city: Authority, tmp_path: Path) -> Iterator[Callable[..., Doors]]:
    """Starts a broker with a door for the device, plain, and one for the gateway, encrypted."""
    brokers = []

    def made(*, shows: str = "broker", asks: bool = False) -> Doors:
        port = any_free()
        files = (f"certfile {city.cert(shows)}", f"keyfile {city.key(shows)}", f"cafile {city.cert()}")
        one = Mosquitto(tmp_path, extra=[f"listener {port} {HOST}", *files, f"require_certificate {str(asks).lower()}"])
        one.start()
        brokers.append(one)
        return one.port, port

    yield made
    for one in brokers:
        one.stop()


async def room(port: int, **changes: Any) -> Gateway:
    told = {key: str(value) for key, value in changes.items()}
    return await sync_to_async(make)("mqtt", ["plant/m2#"], port=port, settings=SETTINGS | told)


async def says(part: str) -> None:
    await until_stored(
        lambda: GatewayLink.objects.filter(name="", state=LinkState.DOWN, reason__icontains=part).exists()
    )


async def is_up() -> None:
    await until_stored(lambda: Gateway.objects.filter(link_state=LinkState.UP).exists())


async def test_values_come_over_tls_from_a_broker_whose_signer_is_trusted(
    committed_history: None, city: Authority, opened: Callable[..., Doors], publisher: Publisher
) -> None:
    plain, encrypted = opened()
    async with running(await room(encrypted, ca_file=city.cert())):
        await is_up()
        publisher(plain)("plant/m2", b"42")
        await until_stored(lambda: values() == [42])


async def test_a_broker_that_asks_gets_our_own_certificate(
    committed_history: None, city: Authority, opened: Callable[..., Doors], publisher: Publisher
) -> None:
    plain, encrypted = opened(asks=True)
    own = {"cert_file": city.cert("gateway"), "key_file": city.key("gateway")}
    async with running(await room(encrypted, ca_file=city.cert(), **own)):
        await is_up()
        publisher(plain)("plant/m2", b"43")
        await until_stored(lambda: values() == [43])


async def test_without_the_certificate_that_is_asked_for_there_is_no_link(
    committed_history: None, city: Authority, opened: Callable[..., Doors]
) -> None:
    _, encrypted = opened(asks=True)
    async with running(await room(encrypted, ca_file=city.cert())):
        await says("")
    assert not await Gateway.objects.filter(link_state=LinkState.UP).aexists()


async def test_a_signer_that_nobody_trusts_is_refused_and_told(
    committed_history: None, city: Authority, opened: Callable[..., Doors], tmp_path: Path
) -> None:
    stranger = Authority(tmp_path, "stranger").begin()
    async with running(await room(opened()[1], ca_file=stranger.cert())):
        await says("certificate verify failed")


async def test_the_certificate_of_another_host_is_refused_and_told(
    committed_history: None, city: Authority, opened: Callable[..., Doors]
) -> None:
    async with running(await room(opened(shows="elsewhere")[1], ca_file=city.cert())):
        await says("not valid for")


async def test_a_file_that_is_not_there_is_named(
    committed_history: None, opened: Callable[..., Doors], tmp_path: Path
) -> None:
    async with running(await room(opened()[1], ca_file=tmp_path / "missing.pem")):
        await says("no such file")
