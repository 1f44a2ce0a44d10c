from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from apps.assets.adapters import CaseError
from apps.assets.choices import ModelStatus
from apps.assets.models import (
    ACLineSegment,
    BatteryUnit,
    ConnectivityNode,
    EnergyConsumer,
    Feeder,
    GeneratingUnit,
    LoadProfile,
    NetworkModel,
    Switch,
)
from apps.audit.models import AuditEvent
from tests.factories.grids import CASE33, LOW_VOLTAGE, MEDIUM_VOLTAGE, grid
from tests.factories.networks import AT, EVERY_CLASS, imported, made_live

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.mark.parametrize("source", [LOW_VOLTAGE, MEDIUM_VOLTAGE, CASE33])
def test_every_element_of_the_source_is_a_row(source: str) -> None:
    case, model = grid(source), imported(source)
    rows = {
        ConnectivityNode: case.nodes,
        ACLineSegment: case.lines,
        Switch: case.switches,
        EnergyConsumer: case.loads,
        GeneratingUnit: case.generators,
        BatteryUnit: case.storages,
        LoadProfile: case.profiles,
    }
    for kind, elements in rows.items():
        assert kind.objects.filter(model=model).count() == len(elements)
    buses = sum(not node.is_terminal for node in case.nodes)
    assert (model.counts["ConnectivityNode"], model.counts["TerminalNode"]) == (buses, len(case.nodes) - buses)
    assert model.counts["Customers"] == sum(load.customers for load in case.loads)


def test_mrids_are_those_of_the_source_and_buses_come_first() -> None:
    case, model = grid(MEDIUM_VOLTAGE), imported(MEDIUM_VOLTAGE)
    rows = list(ConnectivityNode.objects.filter(model=model).order_by("index"))
    assert [row.index for row in rows] == list(range(len(rows)))
    assert {str(row.mrid) for row in rows} == {node.mrid for node in case.nodes}
    terminal = [row.is_terminal for row in rows]
    assert terminal == sorted(terminal)
    assert all(row.bus_index == row.index for row in rows if not row.is_terminal)
    assert all(not rows[row.bus_index].is_terminal for row in rows)


def test_importing_the_same_again_changes_nothing() -> None:
    first = imported(LOW_VOLTAGE)
    second = imported(LOW_VOLTAGE)
    assert second.pk == first.pk
    assert NetworkModel.objects.count() == 1
    assert AuditEvent.objects.filter(action="network.imported").count() == 1


def test_the_first_version_is_live_at_once_and_later_ones_wait_for_approval() -> None:
    first, second = imported(LOW_VOLTAGE), imported(CASE33, at=AT + HOUR)
    assert (first.status, first.live_from) == (ModelStatus.RELEASED, AT)
    assert (second.status, second.live_from, second.parent) == (ModelStatus.CHECKED, None, first)
    assert list(NetworkModel.objects.current()) == [first]


def test_an_approved_version_takes_over_and_the_first_content_can_return_as_a_new_version() -> None:
    first, second = imported(LOW_VOLTAGE), imported(CASE33, at=AT + HOUR)
    made_live(second, at=AT + 2 * HOUR)
    assert list(NetworkModel.objects.current()) == [second]
    again = imported(LOW_VOLTAGE, at=AT + 3 * HOUR)
    assert again.pk not in {first.pk, second.pk}
    assert again.digest == first.digest


def test_a_version_that_waits_is_not_imported_twice() -> None:
    imported(LOW_VOLTAGE)
    waiting = imported(CASE33)
    assert imported(CASE33) == waiting


def test_replacing_removes_what_never_was_live_and_keeps_history() -> None:
    live, waiting = imported(LOW_VOLTAGE), imported(CASE33)
    model = imported(MEDIUM_VOLTAGE, replace=True)
    assert set(NetworkModel.objects.all()) == {live, model}
    assert not ACLineSegment.objects.filter(model_id=waiting.pk).exists()


def test_a_changed_file_is_a_new_version_in_which_the_same_elements_keep_their_mrid(every_class: Path) -> None:
    first = imported(every_class)
    every_class.write_text(EVERY_CLASS.replace("2 3 0.02", "2 3 0.03"))
    second = imported(every_class)
    assert second.pk != first.pk
    mrids = [set(ACLineSegment.objects.filter(model=model).values_list("mrid", flat=True)) for model in (first, second)]
    assert mrids[0] == mrids[1]


def test_a_broken_source_is_refused_and_changes_nothing(network: NetworkModel, every_class: Path) -> None:
    every_class.write_text(EVERY_CLASS.replace("2 3 0.02", "2 33 0.02"))
    with pytest.raises(CaseError, match="bus 33"):
        imported(every_class)
    assert list(NetworkModel.objects.current()) == [network]


def test_a_failure_while_storing_leaves_the_network_that_was_there(
    network: NetworkModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(self, *args, **kwargs):
        raise RuntimeError("the disk is full")

    monkeypatch.setattr("apps.assets.adapters.CaseRows.shunts", fail)
    with pytest.raises(RuntimeError, match="disk"):
        imported(LOW_VOLTAGE)
    assert list(NetworkModel.objects.all()) == [network]
    assert NetworkModel.objects.current().exists()


def test_the_command_prints_counts_and_problems(every_class: Path, settings, tmp_path, capsys) -> None:
    settings.VAR = tmp_path / "var"
    call_command("import_network", str(every_class))
    printed = capsys.readouterr().out
    assert "3  ACLineSegment" in printed
    assert "warning: missing-rating (1)" in printed
    assert "is now the current network" in printed
    call_command("import_network", str(every_class))
    assert "Nothing changed" in capsys.readouterr().out


def test_the_command_refuses_a_broken_source_with_every_reason(every_class: Path, settings, tmp_path) -> None:
    settings.VAR = tmp_path / "var"
    every_class.write_text(EVERY_CLASS.replace("0.02 0.04 0 7", "-1 0.04 0 7").replace("1 3 0", "1 1 0"))
    with pytest.raises(CommandError) as refused:
        call_command("import_network", str(every_class))
    assert "nothing was changed" in str(refused.value)
    assert "r_ohm" in str(refused.value) and "no external grid" in str(refused.value)
    assert not NetworkModel.objects.exists()


def test_feeders_are_what_the_lines_of_a_station_feed() -> None:
    model = imported(MEDIUM_VOLTAGE)
    feeders = Feeder.objects.filter(model=model)
    assert feeders.count() == 10
    assert {feeder.nominal_kv for feeder in feeders} == {10}
    assert {feeder.substation.name for feeder in feeders} == {"HV1_MV3.101_Substation"}
    fed = EnergyConsumer.objects.filter(model=model, node__feeder__isnull=False)
    assert sum(feeder.customers for feeder in feeders) == sum(consumer.customers for consumer in fed)
    upstream = ConnectivityNode.objects.filter(model=model, nominal_kv=110)
    assert not upstream.exclude(feeder=None).exists()
    assert set(EnergyConsumer.objects.filter(model=model, node__feeder=None).values_list("node__substation__name")) == {
        ("HV1_MV3.101_Substation",)
    }


def test_an_open_tie_separates_two_feeders() -> None:
    model = imported(MEDIUM_VOLTAGE)
    apart = 0
    for switch in Switch.objects.filter(model=model, normal_closed=False).select_related("from_node", "to_node"):
        feeders = {switch.from_node.feeder_id, switch.to_node.feeder_id}
        apart += len(feeders - {None}) == 2
    assert apart >= 5


def test_a_network_without_a_station_has_the_feeders_of_its_source(network: NetworkModel) -> None:
    assert Feeder.objects.filter(model=network).count() == 1
    model = imported(CASE33)
    feeder = Feeder.objects.get(model=model)
    assert feeder.nodes.filter(is_terminal=False).count() == 32
