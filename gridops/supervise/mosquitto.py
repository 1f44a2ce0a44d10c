"""The broker of OpenADR's topics, where the machine has mosquitto: a program beside us, reached by its socket alone.

It knows no passwords. Whoever comes from outside has passed the door of `run_notifier`, which says the name by which
the list of rights judges: each VEN reads its own branch, business logic reads all, and only we write.
"""

import os
import pwd
import shutil
import socket
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from gridops.supervise.process import Spec
from gridops.supervise.site import Site
from gridops.supervise.supervisor import Supervisor

RIGHTS = """user vtn
topic readwrite #

user bl
topic read #

pattern read vens/%u/#
"""


@cache
def program() -> str | None:
    return shutil.which("mosquitto") or shutil.which("/usr/sbin/mosquitto") or shutil.which("/usr/local/sbin/mosquitto")


def start_broker(site: Site, supervisor: Supervisor, port: int) -> dict[str, str]:
    """What the processes are told of it: nothing where there is no mosquitto."""
    if program() is None:
        return {}
    broker = Mosquitto(site)
    broker.create()
    supervisor.start(broker.spec())
    return {"GRIDOPS_OPENADR_MQTT_BROKER": str(broker.socket), "GRIDOPS_OPENADR_MQTT_PORT": str(port)}


@dataclass(frozen=True)
class Mosquitto:
    site: Site

    @property
    def socket(self) -> Path:
        return self.site.sockets / "mqtt.sock"

    @property
    def folder(self) -> Path:
        return self.site.var / "mosquitto"

    @property
    def config(self) -> Path:
        return self.folder / "mosquitto.conf"

    def create(self) -> None:
        self.folder.mkdir(mode=0o700, exist_ok=True)
        rights = self.folder / "rights"
        rights.write_text(RIGHTS)
        rights.chmod(0o600)
        self.config.write_text(self._configuration(rights))

    def _configuration(self, rights: Path) -> str:
        lines = (
            f"listener 0 {self.socket}",
            "allow_anonymous true",
            f"acl_file {rights}",
            f"user {pwd.getpwuid(os.getuid()).pw_name}",
            "persistence true",
            f"persistence_location {self.folder}/",
            "max_inflight_messages 0",
            "max_queued_messages 1000",
            "log_type error",
            "log_type warning",
        )
        return "\n".join(lines) + "\n"

    def spec(self) -> Spec:
        return Spec(
            name="broker",
            command=(program() or "mosquitto", "-c", str(self.config)),
            gate=self.answers,
            before=lambda: self.socket.unlink(missing_ok=True),
        )

    def answers(self) -> bool:
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(2)
            try:
                line.connect(str(self.socket))
            except OSError:
                return False
            return True
