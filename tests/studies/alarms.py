"""A hundred thousand random events in Postgres: what is stored, what was told, and the pure machine stay one."""

import argparse
import time
from random import Random

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.alarms import selectors
from apps.alarms.models import Alarm
from tests.apps.alarms.life import Ward

CHECK_EVERY = 5000


def run(arguments: argparse.Namespace) -> str:
    if Alarm.objects.exists():
        return "This database holds alarms already. Give the study one of its own, or none: then it starts a server."
    return "\n".join(_live(arguments.events, arguments.seed))


def _live(events: int, seed: int) -> list[str]:
    olga = User.objects.create_user(f"study-operator-{seed}", role=Role.OPERATOR)
    boss = User.objects.create_user(f"study-supervisor-{seed}", role=Role.SUPERVISOR)
    ward, began = Ward(olga, boss, Random(seed), sources=50), time.perf_counter()
    for number in range(1, events + 1):
        ward.step()
        if number % CHECK_EVERY == 0:
            ward.check()
    ward.check()
    took = time.perf_counter() - began
    after = selectors.compared_with_the_journal()
    moves = sum(ward.moves.values())
    return [
        f"{events} events, seed {seed}, {ward.sources} alarms: {moves} transitions, "
        f"{ward.refused} acts refused as the rules say, {1000 * took / events:.2f} ms an event",
        f"journal: {after.entries} entries, {moves - after.entries} lost, {len(after.faults)} faults in the fold",
        f"rows equal to the pure machine at {events // CHECK_EVERY + 1} comparisons",
    ]
