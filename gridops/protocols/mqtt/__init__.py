"""A client of an MQTT broker that acknowledges only what its owner has kept. The wire itself is paho's."""

from gridops.protocols.mqtt.broker import Broker, Message, Tls
from gridops.protocols.mqtt.door import Door, Pass
from gridops.protocols.mqtt.session import Session, State

__all__ = ["Broker", "Door", "Message", "Pass", "Session", "State", "Tls"]
