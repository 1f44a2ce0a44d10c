"""Loads of customers whose truth is known."""

import numpy as np

from gridops.engine.flexibility.days import Loads, working_days

MONDAY = 20_458  # 2026-01-05, in days since 1970-01-01
SLOTS = 24


def flat(customers: int = 1, days: int = 31, level: float = 100.0, *, first: int = MONDAY) -> Loads:
    """The same level always, hour by hour, without temperature."""
    ordinals = first + np.arange(days)
    return Loads(
        kw=np.full((customers, days, SLOTS), level),
        hours=np.ones((days, SLOTS)),
        ordinals=ordinals,
        working=working_days(ordinals),
        called=np.zeros((customers, days), dtype=bool),
        temperature=np.full((days, SLOTS), np.nan),
    )


def summer(customers: int, days: int, chance: np.random.Generator, *, noise: float = 0.3, first: int = MONDAY) -> Loads:
    """Homes that cool by the day's heat, hour by hour, with noise of their own and one of all."""
    world = flat(customers, days, first=first)
    heat = 24 + 5 * np.sin(np.arange(days) / 4.0) + chance.normal(0, 1.5, days)
    course = 1 + 0.5 * np.sin((np.arange(SLOTS) - 9) / 24 * 2 * np.pi)
    size = chance.uniform(0.5, 2.0, customers)
    level = 0.6 + 0.08 * np.maximum(heat - 18.3, 0)
    common = 1 + chance.normal(0, 0.03, (days, 1))
    own = 1 + chance.normal(0, noise, (customers, days, SLOTS))
    world.kw[:] = size[:, None, None] * (level[:, None] * common * course)[None] * own
    world.temperature[:] = heat[:, None]
    return world
