"""A control room whose field has battery plants that take settings, and an area that somebody has described."""

import io
from dataclasses import dataclass

from apps.renewables.models import StabilityArea
from apps.telemetry.choices import LinkState, Protocol, RequestState
from apps.telemetry.models import Gateway
from apps.telemetry.rules.modbus import SunSpecAddress, parse_address
from apps.telemetry.services.control import finish_request, take_requests
from apps.telemetry.services.points import import_points
from gridops.protocols.sunspec import definition, layout, registers_for
from gridops.simulator.batteries.fleet import Batteries
from gridops.simulator.batteries.image import BASE, RegisterImage
from gridops.simulator.batteries.plant import BatteryPlant
from gridops.simulator.batteries.signals import write_battery_signals
from gridops.simulator.field import to_us
from tests.factories.grids import MEDIUM_VOLTAGE, grid
from tests.factories.orders import Desk, make_desk
from tests.factories.storage import heard


@dataclass
class StabilityDesk:
    desk: Desk
    plants: list[BatteryPlant]
    gateway: Gateway

    def tell(self, *, droop: float = 50.0, charge: float = 60.0) -> None:
        """What every plant says now."""
        values = {"active_power": [0.0], "state_of_charge": [charge], "frequency_droop": [droop], "volt_var": [0.0]}
        heard(self.gateway, [self.desk.now], frequency=[50.012], **values)

    def send(self) -> list[str]:
        """The gateway's part, in lock step: each request into the registers of its plant. Why it was refused."""
        told = []
        for request in take_requests(gateway_id=self.gateway.pk, holder=self.desk.holder, at=self.desk.now):
            told.append(self._written(request.control.address, request.value / request.control.point.scale))
            state = RequestState.REFUSED if told[-1] else RequestState.ACCEPTED
            finish_request(
                request_id=request.pk, holder=self.desk.holder, state=state, reason=told[-1], at=self.desk.now
            )
        return told

    def _written(self, address: str, value: float) -> str:
        one = parse_address(address)
        assert isinstance(one, SunSpecAddress)
        image = RegisterImage(next(plant for plant in self.plants if plant.design.unit == one.unit))
        words = image.words(0)[image.address[one.model] - BASE :]
        words = words[: words[1] + 2]
        offset, changed = registers_for(one.model, one.path, value, layout(definition(one.model), words), words)
        return image.write(image.address[one.model] + offset, changed, to_us(self.desk.now))


def make_stability_desk() -> StabilityDesk:
    desk = make_desk(MEDIUM_VOLTAGE)
    case = grid(MEDIUM_VOLTAGE)
    plants = Batteries(case, 1).plants
    signals = io.StringIO()
    write_battery_signals(case.source, plants, signals)
    signals.seek(0)
    import_points(gateway_name="batteries", rows=signals, protocol=Protocol.MODBUS, host="127.0.0.1", port=1502)
    gateway = Gateway.objects.get(name="batteries")
    Gateway.objects.filter(pk=gateway.pk).update(link_state=LinkState.UP)
    made = StabilityDesk(desk, plants, gateway)
    made.tell()
    return made


def make_area(loss_kw: float, **more: object) -> StabilityArea:
    """One in which the loss is a tenth of the load."""
    load = 10 * loss_kw
    usual = {
        "name": "Island",
        "kinetic_kws": 3 * load,
        "load_kw": load,
        "governor_kw": load,
        "governor_room_kw": 0.2 * load,
        "limit_hz": 49.0,
        "source": "Network code of the island, table 4",
    }
    return StabilityArea.objects.create(**{**usual, **more})
