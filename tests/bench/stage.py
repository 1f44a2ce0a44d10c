"""Two servers for the same frames: the site's own, as `make run` starts it, and the bare broadcast."""

import json
import sys
import time
from dataclasses import dataclass

import redis
from django.conf import settings
from django.test import Client as Browser

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.live.services import publish
from apps.state.choices import GRID_TOPIC
from gridops.supervise.ports import LOOPBACK, any_free, is_free
from gridops.supervise.process import Spec
from gridops.supervise.services import environment
from gridops.supervise.site import Site
from gridops.supervise.supervisor import Supervisor
from gridops.supervise.table import Options, processes
from tests.bench.bare_broadcast import AS_SENT, STAMPED
from tests.bench.crowd import Crowd, stamped

# One person may open few sockets; here one person stands for many.
MANY = {"GRIDOPS_LIVE_SOCKETS_PER_USER": "100000"}


@dataclass
class Stage:
    frame: bytes
    valkey: redis.Redis
    site_pid: int
    bare_pid: int
    _site_port: int
    _bare_port: int
    cookie: str

    @classmethod
    def build(cls, site: Site, supervisor: Supervisor, frame: bytes) -> "Stage":
        site_port, bare_port = any_free(), any_free()
        options = Options(var=site.var, port=site_port, scenario="normal", speed=1.0, grid="")
        table = processes(site, options, grid="", field_port=0, environment={**environment(site), **MANY})
        web = next(spec for spec in table if spec.name == "web")
        bare = (sys.executable, "-m", "tests.bench.bare_broadcast", "--port", str(bare_port))
        address = str(settings.LIVE_REDIS_URL)
        supervisor.start(
            web, Spec(name="bare", command=(*bare, "--valkey", address), gate=lambda: not is_free(bare_port))
        )
        return cls(
            frame=frame,
            valkey=redis.Redis.from_url(address),
            site_pid=pid_of(supervisor, "web"),
            bare_pid=pid_of(supervisor, "bare"),
            _site_port=site_port,
            _bare_port=bare_port,
            cookie=_cookie(),
        )

    @property
    def site_url(self) -> str:
        return f"http://{LOOPBACK}:{self._site_port}"

    def at_the_site(self, count: int, *, reads: bool = True) -> Crowd:
        headers = {"Cookie": self.cookie, "Origin": self.site_url}
        greeting = json.dumps({"subscribe": [GRID_TOPIC]})
        url = f"ws://{LOOPBACK}:{self._site_port}/ws/live/"
        return Crowd(url, count=count, headers=headers, greeting=greeting, reads=reads)

    def at_the_bare(self, count: int) -> Crowd:
        return Crowd(f"ws://{LOOPBACK}:{self._bare_port}/", count=count, headers={})

    def show(self) -> float:
        """Publish the frame as of now, as the scan does. Returns its time, in unix ms."""
        at_ms = time.time() * 1000
        assert publish(topic=GRID_TOPIC, payload=stamped(self.frame, at_ms))
        return at_ms

    def broadcast(self) -> float:
        at_ms = time.time() * 1000
        self.valkey.publish(AS_SENT, stamped(self.frame, at_ms))
        return at_ms

    def broadcast_stamped_there(self) -> None:
        self.valkey.publish(STAMPED, self.frame)


def pid_of(supervisor: Supervisor, name: str) -> int:
    process = next(child.process for child in supervisor.children if child.spec.name == name)
    assert process is not None
    return process.pid


def _cookie() -> str:
    browser = Browser()
    browser.force_login(User.objects.create_user("bench", password="unused by the bench", role=Role.VIEWER))
    return f"{settings.SESSION_COOKIE_NAME}={browser.cookies[settings.SESSION_COOKIE_NAME].value}"


def processor_s(pid: int) -> float:
    """Processor time of a process, all its threads, to the nanosecond: what its clock shows to others."""
    return time.clock_gettime((~pid << 3) | 2)
