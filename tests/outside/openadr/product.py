"""The product as it runs: web server, notifier and broker as processes, on the database of the tests."""

import os
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import pytest
from django.db import connection

from gridops.supervise import mosquitto
from gridops.supervise.ports import any_free
from gridops.supervise.site import Site
from tests.waiting import eventually

ROOT = Path(__file__).resolve().parents[3]
HOST = "127.0.0.1"
BASE = "/openadr3/3.1.0"
PATIENCE_S = 150.0


@dataclass(frozen=True)
class Product:
    url: str
    mqtt_port: int
    var: Path

    @property
    def vtn(self) -> str:
        return f"{self.url}{BASE}"


def database_url() -> str:
    known = connection.get_connection_params()
    user = quote(str(known.get("user") or ""))
    secret = f":{quote(str(known['password']))}" if known.get("password") else ""
    place = f"?host={quote(str(known['host']))}" if known.get("host") else ""
    port = f"&port={known['port']}" if known.get("port") and place else ""
    return f"postgresql://{user}{secret}@/{quote(str(known['dbname']))}{place}{port}"


@contextmanager
def running(folder: Path, *, web_app: str = "gridops.asgi:application") -> Iterator[Product]:
    """Fails where there is no broker: topics are a part of what is shown."""
    if mosquitto.program() is None:
        pytest.fail("there is no mosquitto; install the package of that name (apt install mosquitto)", pytrace=False)
    broker = mosquitto.Mosquitto(Site(folder))
    for place in (broker.site.sockets, broker.site.log):
        place.mkdir(parents=True, exist_ok=True)
    broker.create()
    web_port, mqtt_port = any_free(), any_free()
    told = {
        "DATABASE_URL": database_url(),
        "DJANGO_SETTINGS_MODULE": "gridops.settings",
        "GRIDOPS_OPENADR_CALLBACK_HOSTS": HOST,
        "GRIDOPS_OPENADR_MQTT_BROKER": str(broker.socket),
        "GRIDOPS_OPENADR_MQTT_PORT": str(mqtt_port),
        "OPENBLAS_NUM_THREADS": "1",
    }
    web = (sys.executable, "-m", "uvicorn", web_app, "--host", HOST, "--port", str(web_port))
    commands = {
        "broker": broker.spec().command,
        "notifier": (sys.executable, "manage.py", "run_notifier"),
        "web": (*web, "--lifespan", "off", "--no-access-log"),
    }
    product = Product(f"http://{HOST}:{web_port}", mqtt_port, folder)
    started: list[subprocess.Popen[bytes]] = []
    try:
        for name, command in commands.items():
            started.append(_started(command, told, broker.site.log / f"{name}.log"))
        eventually(lambda: _is_up(product), what="the VTN answers", patience_s=PATIENCE_S)
        yield product
    finally:
        for process in reversed(started):
            process.terminate()
        for process in started:
            process.wait(15)


def _started(command: tuple[str, ...], told: Mapping[str, str], log: Path) -> subprocess.Popen[bytes]:
    with log.open("ab") as file:
        return subprocess.Popen(command, cwd=ROOT, env={**os.environ, **told}, stdout=file, stderr=file)


def _is_up(product: Product) -> bool:
    try:
        with urllib.request.urlopen(f"{product.vtn}/auth/server", timeout=5) as answer:  # noqa: S310  our own http address
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False
