"""SunSpec: finding the models of a device in its registers, and reading their points."""

from gridops.protocols.sunspec.definitions import UnknownModel, definition
from gridops.protocols.sunspec.layout import Field, layout
from gridops.protocols.sunspec.models import FoundModel, NoSunSpec, walk
from gridops.protocols.sunspec.values import value_of

__all__ = ["Field", "FoundModel", "NoSunSpec", "UnknownModel", "definition", "layout", "value_of", "walk"]
