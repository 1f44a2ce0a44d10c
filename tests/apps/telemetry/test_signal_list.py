import uuid
from collections.abc import Iterable

import pytest

from apps.telemetry.models import Gateway, LatestBlock, MeasurementPoint
from apps.telemetry.services.points import PointMapOutcome, import_points
from apps.telemetry.services.signal_list import PointMapRefused
from tests.apps.telemetry.history import NOW, history, put

pytestmark = pytest.mark.django_db
HEADER = "mrid,name,equipment_mrid,side,quantity,unit,common_address,ioa,asdu_type,scale,deadband,sigma,max_silence_s"


def signal(number: int, /, **changes: object) -> str:
    cells = dict.fromkeys(HEADER.split(","), "")
    cells |= {"mrid": str(uuid.UUID(int=number)), "name": f"meter {number}", "equipment_mrid": str(uuid.UUID(int=7))}
    cells |= {"quantity": "voltage", "unit": "kV", "common_address": "1", "ioa": str(number), "asdu_type": "36"}
    return ",".join(str(value) for value in (cells | changes).values())


def take(rows: Iterable[str], *, gateway: str = "field") -> PointMapOutcome:
    return import_points(gateway_name=gateway, rows=[HEADER, *rows], host="field.example")


def points() -> list[tuple]:
    fields = ("mrid", "name", "slot", "address", "gateway__name", "deadband")
    return list(MeasurementPoint.objects.order_by("id").values_list("id", *fields))


def problems(rows: Iterable[str], **options: str) -> list[str]:
    with pytest.raises(PointMapRefused) as refusal:
        take(rows, **options)
    return refusal.value.problems


def test_a_signal_list_makes_gateway_points_and_block() -> None:
    outcome = take([signal(1), signal(2, side="from", quantity="switch_state", unit="", scale="2", sigma="0.5")])

    assert outcome == PointMapOutcome(created=2, updated=0, removed=0)
    analog, discrete = MeasurementPoint.objects.order_by("slot")
    assert (analog.name, analog.address, analog.slot, analog.scale) == ("meter 1", "1/1", 0, 1.0)
    assert (discrete.side, discrete.scale, discrete.sigma) == ("from", 2.0, 0.5)
    assert discrete.max_silence_s > analog.max_silence_s
    assert LatestBlock.objects.get(gateway=Gateway.objects.get(name="field")).config_version == 1


FAULTS = [
    ({"mrid": "meter"}, "mrid"),
    ({"equipment_mrid": ""}, "equipment_mrid"),
    ({"name": ""}, "name"),
    ({"name": "x" * 201}, "name"),
    ({"side": "left"}, "left"),
    ({"quantity": "colour"}, "colour"),
    ({"unit": "furlongs/week"}, "unit"),
    ({"common_address": "0"}, "common_address"),
    ({"common_address": "65535"}, "common_address"),
    ({"ioa": "16777216"}, "ioa"),
    ({"ioa": "-1"}, "ioa"),
    ({"ioa": "1.5"}, "ioa"),
    ({"ioa": "9" * 5000}, "ioa"),
    ({"scale": "nan"}, "scale"),
    ({"scale": "0"}, "scale"),
    ({"deadband": "-1"}, "deadband"),
    ({"deadband": "one"}, "deadband"),
    ({"sigma": "1e999"}, "sigma"),
    ({"max_silence_s": "0"}, "max_silence_s"),
    ({"max_silence_s": "60,extra"}, "cells"),
]


@pytest.mark.parametrize(("changes", "word"), FAULTS)
def test_a_fault_is_named_with_its_row_and_its_column(changes: dict[str, str], word: str) -> None:
    (problem,) = problems([signal(1), signal(2), signal(3, **changes), signal(4)])

    assert problem.startswith("row 4 (")
    assert word in problem


def test_every_fault_is_named_and_nothing_has_changed() -> None:
    take([signal(1), signal(2)])
    before = points()

    named = problems([signal(n, **changes) for n, (changes, _) in enumerate(FAULTS, start=1)])

    assert [problem.split()[1] for problem in named] == [str(n) for n in range(2, len(FAULTS) + 2)]
    assert points() == before
    assert LatestBlock.objects.get().config_version == 1


def test_a_fault_makes_no_gateway() -> None:
    problems([signal(1, ioa="x")])

    assert not Gateway.objects.exists()


def test_what_is_used_twice_is_named_with_both_rows() -> None:
    named = problems(
        [signal(1), signal(2, ioa=1), signal(3, mrid=uuid.UUID(int=1)), signal(4, common_address=2, ioa=1)]
    )

    assert len(named) == 2
    assert "row 3" in named[0] and "1/1" in named[0] and "row 2" in named[0]
    assert "row 4" in named[1] and "mRID" in named[1] and "row 2" in named[1]


def test_a_point_of_another_gateway_is_refused() -> None:
    take([signal(1)], gateway="north")

    (problem,) = problems([signal(2), signal(1)], gateway="south")

    assert "row 3" in problem and "north" in problem
    assert [row[5] for row in points()] == ["north"]


@pytest.mark.parametrize("row", ["", "meter", "a,b,c"])
def test_a_row_of_few_cells_is_refused(row: str) -> None:
    rows = [signal(1), row]

    if row:
        assert "row 3" in problems(rows)[0]
    else:
        assert take(rows).created == 1  # an empty line is no row


def test_a_header_without_a_column_is_refused() -> None:
    with pytest.raises(PointMapRefused, match="ioa"):
        import_points(gateway_name="field", rows=[HEADER.replace("ioa", "object")])
    with pytest.raises(PointMapRefused, match="address"):
        import_points(gateway_name="field", rows=["mrid,name,equipment_mrid,side,quantity,unit"])


def test_what_is_no_csv_at_all_is_refused() -> None:
    with pytest.raises(PointMapRefused):
        import_points(gateway_name="field", rows=[HEADER, '"' + "x" * 200_000])
    with pytest.raises(PointMapRefused):
        import_points(gateway_name="field", rows=[])


def test_a_point_that_keeps_its_mrid_keeps_slot_and_history() -> None:
    take([signal(1), signal(2), signal(3)])
    (kept,) = MeasurementPoint.objects.filter(name="meter 3")
    put([(kept.pk, NOW, 5.0)])

    outcome = take([signal(8), signal(3, name="renamed", ioa=77, deadband="0.5")])

    assert outcome == PointMapOutcome(created=1, updated=1, removed=2)
    again = MeasurementPoint.objects.get(pk=kept.pk)
    assert (again.slot, again.name, again.address, again.deadband) == (2, "renamed", "1/77", 0.5)
    assert history() == [(kept.pk, NOW, 5.0)]


def test_points_may_swap_their_addresses() -> None:
    take([signal(1), signal(2), signal(3)])

    outcome = take([signal(1, ioa=2), signal(2, ioa=3), signal(3, ioa=1)])

    assert outcome == PointMapOutcome(created=0, updated=3, removed=0)
    assert [(row[2], row[4]) for row in points()] == [("meter 1", "1/2"), ("meter 2", "1/3"), ("meter 3", "1/1")]


def test_a_removed_point_is_gone_and_its_slot_is_given_to_nobody_that_stays() -> None:
    take([signal(1), signal(2), signal(3)])

    assert take([signal(1), signal(3)]).removed == 1

    assert [(row[2], row[3]) for row in points()] == [("meter 1", 0), ("meter 3", 2)]
    assert LatestBlock.objects.get().config_version == 2


def test_importing_the_same_list_again_changes_no_point() -> None:
    rows = [signal(1), signal(2, deadband="0.5")]
    take(rows)
    before = points()

    assert take(rows) == PointMapOutcome(created=0, updated=2, removed=0)
    assert points() == before
