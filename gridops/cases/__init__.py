"""Grid files of other tools, read into one neutral description."""

from gridops.cases.cache import read
from gridops.cases.case import NetworkCase
from gridops.cases.errors import CaseError
from gridops.cases.sources import SOURCES

__all__ = ["SOURCES", "CaseError", "NetworkCase", "read"]
