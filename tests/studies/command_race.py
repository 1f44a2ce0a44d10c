"""Two clients select one device in the same moment, again and again: exactly one must win each time."""

import threading
import time
from argparse import Namespace
from dataclasses import dataclass, field
from uuid import uuid4

from django.db import connection

from apps.dispatch.choices.order import Act, OrderStatus
from apps.dispatch.models import Order
from apps.dispatch.rules.orders import Client
from apps.dispatch.services import orders
from apps.dispatch.services.order_telling import OrderRefused
from apps.telemetry.models import ControlPoint
from tests.factories.orders import Desk, make_desk, switch_control


@dataclass
class Race:
    """Per round who won, and why the other did not."""

    winners: list[list[str]] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)

    @property
    def fair(self) -> int:
        """Rounds with exactly one winner."""
        return sum(len(names) == 1 for names in self.winners)


def run_race(desk: Desk, control: ControlPoint, rounds: int) -> Race:
    race = Race()
    for _ in range(rounds):
        barrier, told = threading.Barrier(2), dict[str, str]()
        threads = [
            threading.Thread(target=_select, args=(desk, control, client, barrier, told))
            for client in (desk.anna, desk.ben)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        standing = Order.objects.filter(status=OrderStatus.SELECTED).select_related("selected_by")
        race.winners.append([order.selected_by.get_username() for order in standing])
        race.reasons += [cause for cause in told.values() if cause]
        for order in standing:
            client = desk.anna if order.selected_by_id == desk.anna.user.pk else desk.ben
            orders.cancel(order_id=order.pk, client=client, as_of=desk.now)
    return race


def _select(
    desk: Desk, control: ControlPoint, client: Client, barrier: threading.Barrier, told: dict[str, str]
) -> None:
    wanted = orders.Wanted(control.point.equipment_mrid, Act.OPEN)
    try:
        barrier.wait()
        orders.select(wanted=wanted, key=uuid4(), client=client, as_of=desk.now, clock=desk.clock)
        told[client.session] = ""
    except OrderRefused as refusal:
        told[client.session] = refusal.add_cause
    finally:
        connection.close()


def run(arguments: Namespace) -> str:
    """`--draws`: rounds."""
    desk = make_desk()
    begun = time.monotonic()
    race = run_race(desk, switch_control(), arguments.draws)
    spent_s = time.monotonic() - begun
    anna = sum(names == ["anna"] for names in race.winners)
    causes = {cause: race.reasons.count(cause) for cause in sorted(set(race.reasons))}
    return (
        f"{len(race.winners)} races, {race.fair} with exactly one winner (anna {anna}), losers told {causes}, "
        f"{1000 * spent_s / len(race.winners):.0f} ms a race"
    )
