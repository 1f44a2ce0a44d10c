"""Modbus TCP, the client's end: registers gathered into few reads, decoded by arrays."""

from gridops.protocols.modbus.client import Client, LinkLost, NoAnswer, Refused
from gridops.protocols.modbus.points import Register, Table, encode
from gridops.protocols.modbus.reads import Limits, Read, plan

__all__ = ["Client", "Limits", "LinkLost", "NoAnswer", "Read", "Refused", "Register", "Table", "encode", "plan"]
