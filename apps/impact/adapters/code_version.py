"""Which program plays the arms: one run can stand for another only where it is the same to the last letter."""

import hashlib
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
DECIDING = ("gridops/engine", "gridops/simulator", "gridops/cases", "gridops/replay", "apps")
LENGTH = 16
_SEED_BITS = 31


@cache
def code_version() -> str:
    """Of everything that decides a run, in whatever folder and on whatever machine it lies."""
    digest = hashlib.sha256()
    for folder in DECIDING:
        for path in sorted((ROOT / folder).rglob("*.py")):
            digest.update(str(path.relative_to(ROOT)).encode() + path.read_bytes())
    return digest.hexdigest()[:LENGTH]


def drawn_seeds(network: str, count: int) -> list[int]:
    """Drawn from the code itself, so that nobody can choose tapes that suit it: they are known once it is frozen."""
    seeds: list[int] = []
    number = 0
    while len(seeds) < count:
        drawn = hashlib.sha256(f"{code_version()}/{network}/{number}".encode()).digest()
        seed = int.from_bytes(drawn[:4]) >> (32 - _SEED_BITS)
        seeds += [seed] if seed not in seeds else []
        number += 1
    return seeds
