"""IEC 60870-5-104, both ends, on asyncio. A leaf: nothing but the standard library and numpy."""

from gridops.protocols.iec104.commands import Command, CommandOutcome, CommandResult
from gridops.protocols.iec104.image import PointImage, UnknownObject
from gridops.protocols.iec104.link import LinkSettings
from gridops.protocols.iec104.master import LinkState, Master
from gridops.protocols.iec104.outstation import Outstation
from gridops.protocols.iec104.points import PointBatch
from gridops.protocols.iec104.procedures import Counting, Schedule
from gridops.protocols.iec104.redundancy import RedundantMaster
from gridops.protocols.iec104.types import Cause, TypeId

__all__ = [
    "Cause",
    "Command",
    "CommandOutcome",
    "CommandResult",
    "Counting",
    "LinkSettings",
    "LinkState",
    "Master",
    "Outstation",
    "PointBatch",
    "PointImage",
    "RedundantMaster",
    "Schedule",
    "TypeId",
    "UnknownObject",
]
