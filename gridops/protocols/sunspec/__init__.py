"""SunSpec: finding the models of a device in its registers, and reading their points."""

from gridops.protocols.sunspec.definitions import UnknownModel, definition
from gridops.protocols.sunspec.layout import Field, layout
from gridops.protocols.sunspec.models import FoundModel, NoSunSpec, walk
from gridops.protocols.sunspec.setting import registers_for
from gridops.protocols.sunspec.values import value_of
from gridops.protocols.sunspec.writing import Block, block, words_of

__all__ = [
    "Block",
    "Field",
    "FoundModel",
    "NoSunSpec",
    "UnknownModel",
    "block",
    "definition",
    "layout",
    "registers_for",
    "value_of",
    "walk",
    "words_of",
]
