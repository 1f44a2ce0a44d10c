"""Grid files of other tools, read into one neutral description."""

from gridops.cases.cache import read
from gridops.cases.case import NetworkCase
from gridops.cases.errors import CaseError

__all__ = ["CaseError", "NetworkCase", "read"]
