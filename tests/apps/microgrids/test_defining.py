from uuid import uuid4

import pytest

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.audit.models import AuditEvent
from apps.dispatch.services.refusal import Refused
from apps.live.models import JournalEntry
from apps.microgrids.choices.microgrid import MemberKind
from apps.microgrids.models import Microgrid
from apps.microgrids.services.defining import Changes, change, define, propose, seed_microgrids
from tests.factories.microgrids import BACKUP, BATTERY, COUPLING, NOW, SUN, make_microgrid, make_network, mrid_of

pytestmark = pytest.mark.django_db


def someone() -> User:
    return User.objects.create_user("erika", password="a long enough password", role=Role.ENGINEER)


def test_members_are_what_stays_together_when_the_coupling_opens():
    microgrid = make_microgrid()
    kinds = dict(microgrid.members.values_list("name", "kind"))
    assert kinds == {
        "Harbour clinic": MemberKind.LOAD,
        "Harbour school": MemberKind.LOAD,
        "Harbour works": MemberKind.LOAD,
        BATTERY: MemberKind.STORAGE,
        SUN: MemberKind.RENEWABLE,
        BACKUP: MemberKind.GENERATOR,
    }
    assert microgrid.forming_mrid == mrid_of(BATTERY)
    assert microgrid.members.get(name=BACKUP).fuel_kwh > 0
    assert microgrid.members.get(name=BATTERY).capacity_kwh == 800.0


def test_defining_is_audited_and_told():
    microgrid = make_microgrid()
    assert AuditEvent.objects.filter(action="microgrid.defined", target="microgrid/Harbour").exists()
    assert JournalEntry.objects.filter(stream="microgrids", subject=str(microgrid.mrid)).exists()


@pytest.mark.parametrize(
    ("switch", "remedy"),
    [("B1 cable switch", "holds no battery"), ("A3 cable switch", "holds no battery")],
)
def test_a_part_without_a_battery_is_refused(switch, remedy):
    make_network()
    with pytest.raises(Refused, match=remedy):
        propose(coupling_switch_mrid=mrid_of(switch))


def test_what_is_no_switch_is_refused():
    make_network()
    with pytest.raises(Refused, match="no such switch"):
        propose(coupling_switch_mrid=uuid4())


def test_a_forming_device_outside_is_refused():
    make_network()
    with pytest.raises(Refused, match="forming_mrid"):
        propose(coupling_switch_mrid=mrid_of(COUPLING), forming_mrid=mrid_of(SUN))


def test_one_that_overlaps_another_is_refused():
    make_microgrid()
    with pytest.raises(Refused, match="belongs to the microgrid Harbour"):
        define(name="All of A", coupling_switch_mrid=mrid_of("A1 cable switch"), by=None, as_of=NOW)


def test_one_that_is_switched_off_makes_room():
    microgrid = make_microgrid()
    change(mrid=microgrid.mrid, version=1, changes=Changes(is_active=False), by=someone(), as_of=NOW)
    wider = define(name="All of A", coupling_switch_mrid=mrid_of("A1 cable switch"), by=None, as_of=NOW)
    with pytest.raises(Refused, match="belongs to the microgrid All of A"):
        change(mrid=microgrid.mrid, version=2, changes=Changes(is_active=True), by=User.objects.get(), as_of=NOW)
    assert wider.members.count() == 6


def test_without_a_network_nothing_is_defined():
    with pytest.raises(Refused, match="no network yet"):
        define(name="Harbour", coupling_switch_mrid=uuid4(), by=None, as_of=NOW)


def test_a_change_of_what_another_has_changed_is_refused():
    microgrid, by = make_microgrid(), someone()
    works = mrid_of("Harbour works")
    change(mrid=microgrid.mrid, version=1, changes=Changes(members={works: {"priority": 2}}), by=by, as_of=NOW)
    with pytest.raises(Refused, match="was changed since"):
        change(mrid=microgrid.mrid, version=1, changes=Changes(members={works: {"priority": 1}}), by=by, as_of=NOW)
    assert microgrid.members.get(name="Harbour works").priority == 2
    assert Microgrid.objects.get().version == 2


def test_a_priority_of_what_is_no_load_is_refused():
    microgrid, by = make_microgrid(), someone()
    with pytest.raises(Refused, match="no load"):
        change(
            mrid=microgrid.mrid, version=1, changes=Changes(members={mrid_of(SUN): {"priority": 1}}), by=by, as_of=NOW
        )


def test_a_least_power_above_the_rating_is_refused_with_the_field():
    microgrid, by = make_microgrid(), someone()
    wanted = Changes(members={mrid_of(BACKUP): {"least_kw": 500.0}})
    with pytest.raises(Refused, match="least_kw"):
        change(mrid=microgrid.mrid, version=1, changes=wanted, by=by, as_of=NOW)


def test_the_seed_finds_the_breaker_before_the_backup_generator_once():
    make_network()
    made = seed_microgrids(as_of=NOW)
    assert [(one.name, one.coupling_switch_mrid) for one in made] == [("Harbour", mrid_of(COUPLING))]
    assert seed_microgrids(as_of=NOW) == []
    assert {one.priority for one in made[0].members.filter(kind=MemberKind.LOAD)} <= {1, 2, 3}


def test_the_seed_finds_nothing_in_an_empty_room():
    assert seed_microgrids(as_of=NOW) == []
