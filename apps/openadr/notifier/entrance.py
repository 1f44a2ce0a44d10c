import asyncio
import logging
import ssl
from pathlib import Path

from asgiref.sync import sync_to_async
from django.conf import settings
from django.utils import timezone

from apps.openadr.selectors import connections
from gridops.protocols.mqtt import Door, Pass

log = logging.getLogger("apps.openadr.topics")
WATCH_S = 15.0


class Entrance:
    """Who comes to the topics shows the token of the REST interface, as the password. Nobody comes without."""

    def __init__(self, socket: str) -> None:
        self.door = Door(Path(socket), self._asked)

    async def run(self) -> None:
        """Raises OSError if the port cannot be had or a certificate cannot be read."""
        host, port = settings.OPENADR_MQTT_LISTEN, settings.OPENADR_MQTT_PORT
        server = await self.door.serve(host, port, tls_context())
        log.info("topics are reached at %s:%s", host, port)
        try:
            while True:
                await asyncio.sleep(WATCH_S)
                gone = await sync_to_async(connections.retired)(self.door.keys())
                self.door.show_out(gone)
        finally:
            server.close()

    async def _asked(self, _: str, password: str) -> Pass | None:
        """The token alone says who it is; what else clients write as a user differs from one to the next."""
        if not password:
            return None
        bearer = await sync_to_async(connections.bearer_of)(password, as_of=timezone.now())
        return None if bearer is None else Pass(bearer.branch, bearer.client_id)


def tls_context() -> ssl.SSLContext | None:
    """Raises OSError."""
    if not settings.OPENADR_MQTT_CERT:
        return None
    made = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    made.load_cert_chain(settings.OPENADR_MQTT_CERT, settings.OPENADR_MQTT_KEY or None)
    return made
