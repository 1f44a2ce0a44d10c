"""What must be known to be a client of a broker, and what comes from it."""

import ssl
from dataclasses import dataclass, field

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion


@dataclass(frozen=True, slots=True)
class Tls:
    """Files in PEM; empty: the system's certificates, none of our own."""

    ca_file: str = ""
    cert_file: str = ""
    key_file: str = ""

    def context(self) -> ssl.SSLContext:
        """Raises OSError (of which ssl.SSLError is one) if a file cannot be used."""
        made = ssl.create_default_context(cafile=self.ca_file or None)
        if self.cert_file:
            made.load_cert_chain(self.cert_file, self.key_file or None)
        return made


@dataclass(frozen=True, slots=True)
class Message:
    topic: str
    payload: bytes
    qos: int = 0
    is_retained: bool = False
    # Of the sender and of the connection it came by; an acknowledgement is worth something only there.
    mid: int = 0
    connection: int = 0


@dataclass(frozen=True, slots=True)
class Broker:
    host: str
    port: int
    client_id: str
    is_version_5: bool = False
    username: str = ""
    password: str = field(default="", repr=False)
    tls: Tls | None = None
    keepalive_s: int = 15
    keeps_session: bool = True
    session_s: int = 86_400
    retry_s: float = 0.5
    longest_retry_s: float = 30.0
    # The host is the path of a socket in the file system.
    is_unix: bool = False
    # How many of ours may wait for their acknowledgement at once; paho's own bound is for slow lines.
    most_in_flight: int = 20

    def client(self) -> Client:
        """Raises OSError if a file of the encryption cannot be used."""
        version = MQTTProtocolVersion.MQTTv5 if self.is_version_5 else MQTTProtocolVersion.MQTTv311
        made = Client(
            CallbackAPIVersion.VERSION2,
            client_id=self.client_id,
            clean_session=None if self.is_version_5 else not self.keeps_session,
            protocol=version,
            manual_ack=True,
            transport="unix" if self.is_unix else "tcp",
            reconnect_on_failure=False,
        )
        made.max_inflight_messages_set(self.most_in_flight)
        if self.username:
            made.username_pw_set(self.username, self.password or None)
        if self.tls is not None:
            made.tls_set_context(self.tls.context())
        return made
