"""A room whose field takes commands, and people who give them. The gateway's part is played in lock step."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.dispatch.choices.order import Act
from apps.dispatch.models import Order
from apps.dispatch.rules.orders import Client
from apps.dispatch.services import order_watch, orders
from apps.telemetry.choices import ControlKind, RequestState
from apps.telemetry.gateway.commanding import _field_command
from apps.telemetry.gateway.iec104_commands import wire_command
from apps.telemetry.models import ControlPoint
from apps.telemetry.services.control import finish_request, take_requests
from gridops.simulator.field import to_us
from tests.factories.field import Room, make_room
from tests.factories.grids import LOW_VOLTAGE, cache_dir

START = datetime(2026, 3, 2, 11, 0, tzinfo=UTC)


@dataclass
class Desk:
    """Time passes here only by `wait`."""

    room: Room
    now: datetime
    anna: Client
    ben: Client
    holder: UUID = field(default_factory=uuid4)

    def clock(self) -> datetime:
        return self.now

    def wait(self, seconds: float, *, everything: bool = True) -> None:
        self.now += timedelta(seconds=seconds)
        self.room.take(self.room.hear(self.now, everything=everything), self.now)
        order_watch.advance(as_of=self.now)

    def select(self, control: ControlPoint, act: Act, *, by: Client | None = None, **more: object) -> Order:
        wanted = orders.Wanted(control.point.equipment_mrid, act, more.pop("value", None), control.point.quantity)
        key = more.pop("key", None) or uuid4()
        return orders.select(wanted=wanted, key=key, client=by or self.anna, as_of=self.now, clock=self.clock, **more)

    def operate(self, order: Order, *, by: Client | None = None, nonce: str | None = None) -> Order:
        return orders.operate(
            order_id=order.pk, nonce=order.nonce if nonce is None else nonce, client=by or self.anna, as_of=self.now
        )

    def gateway(self, *, answer: RequestState | None = None, is_sent: bool = False) -> int:
        """What its process does: take, send, tell. With `answer` that is told, and nothing is sent unless said."""
        taken = take_requests(gateway_id=self.room.gateway.pk, holder=self.holder, at=self.now)
        for request in taken:
            state, reason = self._sent(request) if is_sent or answer is None else (answer, "As asked for.")
            state = answer or state
            finish_request(request_id=request.pk, holder=self.holder, state=state, reason=reason, at=self.now)
        order_watch.advance(as_of=self.now)
        return len(taken)

    def _sent(self, request: object) -> tuple[RequestState, str]:
        command = wire_command(_field_command(request))  # type: ignore[arg-type]
        refusal = self.room.field.devices.execute(command.common_address, command.ioa, command.value, to_us(self.now))
        return (RequestState.REFUSED, refusal) if refusal else (RequestState.ACCEPTED, "Accepted and completed.")

    def carried_out(self, control: ControlPoint, act: Act, **more: object) -> Order:
        order = self.operate(self.select(control, act, **more))
        self.gateway()
        self.wait(8)
        order.refresh_from_db()
        return order


def person(name: str, role: Role = Role.OPERATOR) -> Client:
    return Client(User.objects.create_user(name, password=f"{name}-password", role=role), f"session of {name}")


def make_desk(source: str = LOW_VOLTAGE, *, now: datetime = START) -> Desk:
    room = make_room(source, cache_dir(), started_at=now)
    room.field.devices.stuck.clear()
    room.field.devices.locked.clear()
    room.take(room.hear(now), now)
    return Desk(room, now, person("anna"), person("ben"))


def switch_control(*, is_critical: bool = False) -> ControlPoint:
    """A switch that stands closed and may be opened."""
    rows = ControlPoint.objects.filter(kind=ControlKind.POSITION).select_related("point").order_by("id")
    control = rows.earliest("id")
    ControlPoint.objects.filter(pk=control.pk).update(is_critical=is_critical)
    control.is_critical = is_critical
    return control
