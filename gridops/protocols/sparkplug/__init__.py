"""Sparkplug B 3.0, the host's end: births, aliases, sequence numbers and deaths of edge nodes."""

from gridops.protocols.sparkplug.host import Heard, Host, Said, Source
from gridops.protocols.sparkplug.metrics import Metric
from gridops.protocols.sparkplug.payload import BadPayload, decode, rebirth_request
from gridops.protocols.sparkplug.topics import NAMESPACE, Topic, parse_topic, state_payload, state_topic

__all__ = [
    "NAMESPACE",
    "BadPayload",
    "Heard",
    "Host",
    "Metric",
    "Said",
    "Source",
    "Topic",
    "decode",
    "parse_topic",
    "rebirth_request",
    "state_payload",
    "state_topic",
]
