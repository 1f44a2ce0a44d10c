"""A gateway with points, as an import of a signal list leaves it."""

import uuid

from apps.telemetry.models import Gateway, LatestBlock, MeasurementPoint


def make_gateway(n_points: int = 3, *, name: str = "field", quantity: str = "voltage", unit: str = "kV") -> Gateway:
    gateway = Gateway.objects.create(name=name)
    LatestBlock.objects.create(gateway=gateway)
    MeasurementPoint.objects.bulk_create(
        MeasurementPoint(
            gateway=gateway,
            slot=slot,
            name=f"{name} point {slot}",
            equipment_mrid=uuid.uuid4(),
            quantity=quantity,
            unit=unit,
            address=f"1/{slot + 1}",
        )
        for slot in range(n_points)
    )
    return gateway
