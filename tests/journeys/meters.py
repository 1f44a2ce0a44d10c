"""Meters of the tests' own, which push their samples over HTTP beside the field's gateway."""

import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import requests

from tests.journeys.site import Site

HEADER = "mrid,name,equipment_mrid,side,quantity,unit,common_address,ioa,asdu_type,scale,deadband,sigma"
LIMITED = """
from apps.telemetry.models import Gateway, LatestBlock, PointLimit
from django.db.models import F
for point in Gateway.objects.get(name={name!r}).points.all():
    PointLimit.objects.update_or_create(
        point=point, condition="high",
        defaults=dict(is_high=True, limit={limit}, priority=2, message=f"{{point.name}} is high"),
    )
LatestBlock.objects.filter(gateway__name={name!r}).update(config_version=F("config_version") + 1)
"""


@dataclass(frozen=True)
class Meter:
    mrid: str
    name: str
    equipment: str


def install(
    site: Site, name: str, equipment: list[str], *, limit: float | None = None, port: int | None = None
) -> list[Meter]:
    """Make a gateway with one weak voltage meter at each equipment: the estimate hardly heeds it.

    For HTTP, or for IEC 104 if there is a port.
    """
    meters = [Meter(str(uuid.uuid4()), f"{name} {number}", mrid) for number, mrid in enumerate(equipment)]
    rows = [f"{m.mrid},{m.name},{m.equipment},,voltage,kV,1,{ioa},36,1,0,100" for ioa, m in enumerate(meters, start=1)]
    file = site.var / f"{name}.csv"
    file.write_text("\n".join([HEADER, *rows]) + "\n")
    way = ("--protocol", "http") if port is None else ("--protocol", "iec104", "--port", str(port))
    site.manage("import_points", str(file), "--gateway", name, *way)
    if limit is not None:
        site.manage("shell", given=LIMITED.format(name=name, limit=limit))
    return meters


class Sender:
    """A device with a token that sends a request again until it is answered with 201."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.token = site.manage("issue_token", "--user", "admin", "--scope", "write_telemetry")
        self.session = requests.Session()
        self.session.trust_env = False
        self.url = site.url
        self._numbers = count()
        self._last = datetime.now(UTC)

    def go_by(self, url: str) -> None:
        """Another way to the same site."""
        self.url = url

    def instant(self) -> datetime:
        """Now, and never the same twice."""
        self._last = max(datetime.now(UTC), self._last + timedelta(microseconds=1))
        return self._last

    def keys(self) -> Iterator[str]:
        return (f"journey-{id(self)}-{number}" for number in self._numbers)

    def send(self, samples: list[dict[str, Any]], *, key: str, token: str | None = None) -> requests.Response:
        return self.session.post(
            f"{self.url}/api/v1/telemetry/samples",
            data=json.dumps({"samples": samples}),
            headers={
                "Authorization": f"Bearer {token or self.token}",
                "Idempotency-Key": key,
                "Content-Type": "application/json",
            },
            timeout=8,
        )


def sample(meter: Meter, at: datetime, value: float) -> dict[str, Any]:
    return {"point": meter.mrid, "at": at.isoformat(), "value": value}
