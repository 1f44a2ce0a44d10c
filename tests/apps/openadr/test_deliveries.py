from datetime import datetime, timedelta

import pytest

from apps.accounts.choices import Role
from apps.audit.models import AuditEvent
from apps.openadr.choices import ClientRole, DeliveryStatus, ObjectType
from apps.openadr.models import Delivery
from apps.openadr.rules import retries
from apps.openadr.services import dead_letters, deliveries
from apps.openadr.services.deliveries import Answer, Call
from tests.factories.openadr import NOW, make_client, make_notice, make_program, make_subscription, make_ven
from tests.factories.trading import person

pytestmark = pytest.mark.django_db
URL = "https://ven.example/hook"


def _urls() -> list[str]:
    deliveries.fan_out(as_of=NOW)
    return list(Delivery.objects.values_list("callback_url", flat=True))


def _taken(as_of: datetime = NOW) -> list[Call]:
    return deliveries.take(most=100, as_of=as_of)


def _answered(call: Call, status: int | None, as_of: datetime = NOW) -> None:
    deliveries.finish([Answer(call, status, "" if status == 200 else "no")], as_of=as_of)


def test_a_ven_hears_only_of_events_whose_targets_it_was_granted() -> None:
    program = make_program()
    for name, targets in (("both", ["north", "peak"]), ("one", ["north"]), ("none", [])):
        client = make_client(name)
        make_ven(name, targets, client=client)
        make_subscription(client, f"https://{name}.example/")
    make_notice(program, ["north", "peak"])
    assert _urls() == ["https://both.example/"]
    make_notice(program)
    assert sorted(_urls()) == sorted(["https://both.example/"] * 2 + ["https://none.example/", "https://one.example/"])


def test_a_ven_hears_of_no_other_vens_objects() -> None:
    mine, theirs = make_client("mine"), make_client("theirs")
    ven = make_ven("mine", client=mine)
    for client in (mine, theirs):
        make_subscription(client, f"https://{client.name}.example/", objects=["VEN", "RESOURCE"])
    make_notice(object_type=ObjectType.RESOURCE, ven=ven, client_id=mine.client_id)
    assert _urls() == ["https://mine.example/"]


def test_an_object_of_business_logic_alone_is_told_to_no_ven() -> None:
    client = make_client("ven")
    make_subscription(client, URL, objects=["SUBSCRIPTION"])
    make_notice(make_program(), object_type=ObjectType.SUBSCRIPTION)
    assert _urls() == []


def test_a_manager_hears_of_own_programs_only() -> None:
    manager = person("books")
    own, other = make_program("own"), make_program("other")
    own.managers.add(manager)
    make_subscription(make_client("books", ClientRole.BL, manager=manager), URL)
    make_notice(other)
    assert _urls() == []
    make_notice(own)
    assert _urls() == [URL]


def test_program_targets_and_operations_of_a_subscription_narrow_it() -> None:
    client = make_client("head", ClientRole.BL)
    program, other = make_program("a"), make_program("b")
    make_subscription(client, "https://of.example/program", program=program)
    make_subscription(client, "https://of.example/target", targets=["north"])
    make_subscription(client, "https://of.example/older", operations=["POST"])
    make_subscription(client, "https://of.example/deleted", operations=["DELETE"])
    make_notice(other, ["south"])
    assert _urls() == ["https://of.example/older"]
    make_notice(program, ["north"])
    assert len(_urls()) == 4


def test_a_notice_is_fanned_out_once() -> None:
    make_subscription(make_client("head", ClientRole.BL), URL)
    make_notice(make_program())
    assert len(_urls()) == len(_urls()) == 1


def test_a_subscription_is_called_in_order_and_waits_for_the_one_before() -> None:
    make_subscription(make_client("head", ClientRole.BL), URL, token="secret")
    program = make_program()
    first, second = make_notice(program), make_notice(program)
    deliveries.fan_out(as_of=NOW)
    (call,) = _taken()
    assert (call.token, call.attempts) == ("secret", 1)
    assert Delivery.objects.get(pk=call.delivery_id).notification == first
    assert _taken() == []
    _answered(call, 503)
    assert _taken() == []
    later = NOW + timedelta(minutes=5)
    (again,) = _taken(later)
    assert (again.delivery_id, again.attempts) == (call.delivery_id, 2)
    _answered(again, 204, later)
    assert Delivery.objects.get(pk=again.delivery_id).last_status_code == 204
    (next_one,) = _taken(later)
    assert Delivery.objects.get(pk=next_one.delivery_id).notification == second


def test_a_delivery_whose_sender_died_is_taken_again() -> None:
    make_subscription(make_client("head", ClientRole.BL), URL)
    make_notice(make_program())
    deliveries.fan_out(as_of=NOW)
    (lost,) = _taken()
    assert _taken(NOW + deliveries.LEASE / 2) == []
    assert [call.delivery_id for call in _taken(NOW + deliveries.LEASE)] == [lost.delivery_id]


def _give_up() -> Delivery:
    make_subscription(make_client("head", ClientRole.BL), URL)
    program = make_program()
    make_notice(program)
    make_notice(program)
    deliveries.fan_out(as_of=NOW)
    (call,) = _taken()
    _answered(call, retries.GONE)
    return Delivery.objects.get(pk=call.delivery_id)


def test_what_is_given_up_takes_along_what_waits_behind_it() -> None:
    assert _give_up().status == DeliveryStatus.DEAD
    assert set(Delivery.objects.values_list("status", flat=True)) == {DeliveryStatus.DEAD}
    assert "one before it was given up" in Delivery.objects.latest("pk").last_error


def test_after_the_last_attempt_it_is_given_up_and_pauses_grow_with_scatter() -> None:
    assert not retries.is_over(attempts=retries.MOST_ATTEMPTS - 1, status_code=503)
    assert retries.is_over(attempts=retries.MOST_ATTEMPTS, status_code=503)
    pauses = [retries.pause(attempts=count, draw=0.5).total_seconds() for count in range(1, 30)]
    assert pauses == sorted(pauses)
    assert pauses[0] == retries.FIRST_PAUSE_S
    assert pauses[-1] == retries.LONGEST_PAUSE_S
    assert retries.pause(attempts=3, draw=0.0) * 3 > retries.pause(attempts=3, draw=0.99)


def test_a_person_sends_again_or_forgets_and_it_is_audited() -> None:
    dead = _give_up()
    behind = Delivery.objects.exclude(pk=dead.pk).get()
    admin = person("admin", Role.ADMIN)
    assert dead_letters.send_again(delivery_ids=[dead.pk], by=admin, as_of=NOW) == 1
    assert dead_letters.forget(delivery_ids=[dead.pk, behind.pk], by=admin, as_of=NOW) == 1
    assert [call.delivery_id for call in _taken()] == [dead.pk]
    behind.refresh_from_db()
    assert behind.status == DeliveryStatus.FORGOTTEN
    actions = AuditEvent.objects.filter(action__startswith="openadr.delivery").values_list("action", flat=True)
    assert sorted(actions) == ["openadr.delivery.again", "openadr.delivery.forgotten"]


def test_old_rows_go_and_dead_ones_stay_longer() -> None:
    _give_up()
    assert dead_letters.delete_old(as_of=NOW + timedelta(days=dead_letters.DELIVERED_DAYS + 1)) == 0
    dead_letters.delete_old(as_of=NOW + timedelta(days=dead_letters.DEAD_DAYS + 1))
    assert not Delivery.objects.exists()
