"""One child a gateway. The children are real processes that only sleep."""

import itertools
import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import psutil
import pytest

from apps.telemetry.choices import Protocol
from apps.telemetry.gateway import keeper as keeper_module
from apps.telemetry.gateway.keeper import Keeper, enabled_gateways
from apps.telemetry.models import Gateway
from tests.waiting import eventually

PATIENCE_S = 20.0


@pytest.fixture
def keeper() -> Iterator[Keeper]:
    one = Keeper(lambda name: (sys.executable, "-c", "import time; time.sleep(600)", name))
    yield one
    one.stop()


def test_every_wanted_gateway_has_one_process_and_keeps_it(keeper: Keeper) -> None:
    keeper.tend({"north", "south"})
    first = dict(keeper.running())
    keeper.tend({"north", "south"})

    assert set(first) == {"north", "south"}
    assert keeper.running() == first


def test_one_that_is_added_starts_and_one_that_is_disabled_ends(keeper: Keeper) -> None:
    keeper.tend({"north"})
    north = keeper.running()["north"]

    keeper.tend({"south"})

    assert set(keeper.running()) == {"south"}
    assert not psutil.pid_exists(north)


def test_one_that_dies_starts_again_and_the_others_go_on(keeper: Keeper) -> None:
    keeper.tend({"north", "south"})
    before = dict(keeper.running())
    os.kill(before["north"], signal.SIGKILL)

    eventually(lambda: keeper.tend({"north", "south"}) or (len(keeper.running()) == 2 and keeper.running() != before))

    assert keeper.running()["south"] == before["south"]
    assert keeper.running()["north"] != before["north"]


def test_one_that_cannot_run_is_tried_less_and_less_often(monkeypatch: pytest.MonkeyPatch) -> None:
    now, starts = 0.0, []
    monkeypatch.setattr(keeper_module.time, "monotonic", lambda: now)
    keeper = Keeper(lambda name: starts.append(now) or (sys.executable, "-c", "raise SystemExit(1)"))
    while now < 60:
        keeper.tend({"north"})
        for child in keeper._children.values():
            child.process.wait()
        now += 0.25

    gaps = [after - before for before, after in itertools.pairwise(starts)]
    assert len(starts) < 18
    assert gaps == sorted(gaps)
    assert max(gaps) <= 5.5


def test_the_end_of_the_keeper_is_the_end_of_its_children() -> None:
    code = (
        "import sys, time\nfrom apps.telemetry.gateway.keeper import Keeper\n"
        "k = Keeper(lambda name: (sys.executable, '-c', 'import time; time.sleep(600)'))\n"
        "k.tend({'north'})\nprint(k.running()['north'], flush=True)\ntime.sleep(600)"
    )
    prelude = "import django; django.setup()\n"
    parent = subprocess.Popen((sys.executable, "-c", prelude + code), stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    parent.kill()
    parent.wait()

    eventually(lambda: not psutil.pid_exists(child) or psutil.Process(child).status() == psutil.STATUS_ZOMBIE)


@pytest.mark.django_db
def test_enabled_gateways_that_hold_a_link_are_wanted() -> None:
    Gateway.objects.create(name="north")
    Gateway.objects.create(name="south", is_enabled=False)
    Gateway.objects.create(name="pushed", protocol=Protocol.HTTP)

    assert enabled_gateways() == {"north"}
