"""Which program plays the arms: two runs are comparable, and one can stand for the other, only where it is the same."""

import hashlib
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
PLAYED = ("gridops", "apps")  # packages whose text decides what an arm does
SHORT = 16


@cache
def code_version() -> str:
    """Of every line of the program, in whatever folder and on whatever machine it lies."""
    digest = hashlib.sha256()
    for package in PLAYED:
        for path in sorted((ROOT / package).rglob("*.py")):
            digest.update(f"{path.relative_to(ROOT).as_posix()}\0".encode() + path.read_bytes() + b"\0")
    return digest.hexdigest()[:SHORT]
