import random
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import psycopg
import pytest
from django.db import connection, transaction
from django.db.transaction import TransactionManagementError
from django.utils import timezone

from apps.live import selectors, services
from apps.live.models import Epoch, JournalEntry
from apps.live.positions import BadPosition, Position
from apps.live.watch import _parameters
from tests.apps.live.settling import settle

WRITERS, ROWS = 8, 400


def _write(seed: int) -> list[str]:
    """Transactions of uneven length; a tenth of them change their mind."""
    chance, kept = random.Random(seed), []
    with psycopg.connect(**_parameters()) as journal:
        for number in range(ROWS):
            subject, keep = f"{seed}/{number}", chance.random() > 0.1
            with journal.transaction(force_rollback=not keep):
                if chance.random() < 0.3:
                    journal.execute("SELECT pg_current_xact_id(), pg_sleep(%s)", [chance.random() * 0.004])
                journal.execute(
                    "INSERT INTO live_journalentry (stream, kind, subject, payload) VALUES ('race', 'k', %s, '{}')",
                    [subject],
                )
                journal.execute("SELECT pg_sleep(%s)", [chance.random() * 0.004])
            if keep:
                kept.append(subject)
    return kept


def _read_until_silent(done: threading.Event) -> list[str]:
    position, seen = "0.0", []
    try:
        while True:
            if was_done := done.is_set():
                settle()
            page = selectors.read_after(stream="race", position=position, limit=50)
            seen += [entry.subject for entry in page.entries]
            position = page.position
            if was_done and not page.entries:
                return seen
    finally:
        connection.close()


@pytest.mark.django_db(transaction=True)
def test_a_reader_beside_eight_writers_sees_every_committed_entry_once() -> None:
    done = threading.Event()
    with ThreadPoolExecutor(WRITERS + 2) as threads:
        readers = [threads.submit(_read_until_silent, done) for _ in range(2)]
        written = [name for names in threads.map(_write, range(WRITERS)) for name in names]
        done.set()
        seen = [reader.result() for reader in readers]

    assert len(written) > WRITERS * ROWS * 0.8
    for names in seen:
        assert len(names) == len(set(names))
        assert set(names) == set(written)


@pytest.mark.django_db(transaction=True)
def test_an_entry_is_not_shown_while_an_older_transaction_may_still_write_before_it() -> None:
    with psycopg.connect(**_parameters()) as older:
        older.execute("SELECT pg_current_xact_id()")
        with transaction.atomic():
            services.record(stream="s", kind="k", subject="younger", payload={})
        assert selectors.read_after(stream="s", position="0.0", limit=10).entries == ()
        assert selectors.head("s") == "0.0"
        older.execute("INSERT INTO live_journalentry (stream, kind, subject, payload) VALUES ('s', 'k', 'older', '{}')")
    settle()

    page = selectors.read_after(stream="s", position="0.0", limit=10)
    assert [entry.subject for entry in page.entries] == ["older", "younger"]
    assert page.position == selectors.head("s")


@pytest.mark.django_db(transaction=True)
def test_transaction_nine_comes_before_transaction_ten() -> None:
    with transaction.atomic():
        services.record_many(stream="s", entries=[("k", name, {}) for name in ("ten", "nine", "hundred")])
    settle()
    for name, xid in (("nine", 9), ("ten", 10), ("hundred", 100)):
        JournalEntry.objects.filter(subject=name).update(xid=xid)
    settle()
    page = selectors.read_after(stream="s", position="0.0", limit=10)

    assert [entry.subject for entry in page.entries] == ["nine", "ten", "hundred"]
    assert selectors.head("s") == page.position
    after_nine = selectors.read_after(stream="s", position=page.entries[0].position, limit=1)
    assert [entry.subject for entry in after_nine.entries] == ["ten"]


@pytest.mark.django_db(transaction=True)
def test_a_long_journal_is_read_by_its_index() -> None:
    with transaction.atomic():
        for stream in ("s", "t"):
            services.record_many(stream=stream, entries=[("k", str(number), {}) for number in range(3000)])
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE live_journalentry")
        for query, parameters in ((selectors.HEAD, ["s"]), (selectors.AFTER, ["s", "1", 1, 100])):
            cursor.execute(f"EXPLAIN {query}", parameters)
            plan = "\n".join(row[0] for row in cursor.fetchall())
            assert "live_journal_position" in plan
            assert "Sort" not in plan


@pytest.mark.django_db(transaction=True)
def test_pages_follow_each_other_and_the_last_says_so() -> None:
    with transaction.atomic():
        services.record_many(stream="s", entries=[("k", str(number), {"n": number}) for number in range(5)])
    settle()
    first = selectors.read_after(stream="s", position="0.0", limit=3)
    second = selectors.read_after(stream="s", position=first.position, limit=3)

    assert [entry.payload["n"] for entry in (*first.entries, *second.entries)] == [0, 1, 2, 3, 4]
    assert (first.more, second.more) == (True, False)
    assert selectors.read_after(stream="s", position=second.position, limit=3).position == second.position
    assert selectors.read_after(stream="other", position="0.0", limit=3).entries == ()


@pytest.mark.django_db(transaction=True)
def test_an_entry_of_a_transaction_that_failed_never_existed() -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        services.record(stream="s", kind="k", subject="1", payload={})
        1 / 0  # noqa: B018

    assert not JournalEntry.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_an_entry_outside_a_transaction_is_refused() -> None:
    with pytest.raises(TransactionManagementError, match="inside the fact's transaction"):
        services.record(stream="s", kind="k", subject="1", payload={})


@pytest.mark.parametrize(
    "text",
    ["", "1", "1.", ".1", "a.b", "-1.2", "1.2.3", "1e3.2", "١.٢", "1.2 ", "9" * 21 + ".1", f"{2**64}.1", f"1.{2**63}"],
)
def test_a_text_that_is_no_position_is_refused_with_a_remedy(text: str) -> None:
    with pytest.raises(BadPosition, match="begin with a snapshot"):
        Position.parse(text)


def test_positions_are_ordered_as_the_journal_is() -> None:
    texts = ["10.1", "9.30", "9.4", "100.0"]
    assert sorted(texts, key=Position.parse) == ["9.4", "9.30", "10.1", "100.0"]


@pytest.mark.django_db(transaction=True)
def test_snapshot_and_position_are_of_one_instant() -> None:
    with transaction.atomic():
        services.record(stream="s", kind="k", subject="before", payload={})
    settle()

    def read_while_another_writes() -> int:
        JournalEntry.objects.count()
        with psycopg.connect(**_parameters()) as other:
            other.execute("INSERT INTO live_journalentry (stream, kind, subject, payload) VALUES ('s', 'k', 'x', '{}')")
        return JournalEntry.objects.count()

    seen = selectors.consistent_snapshot(stream="s", read=read_while_another_writes)
    settle()
    after = selectors.read_after(stream="s", position=seen.position, limit=10)

    assert seen.data == 1
    assert [entry.subject for entry in after.entries] == ["x"]
    assert seen.epoch == selectors.epoch()


@pytest.mark.django_db(transaction=True)
def test_trimming_keeps_the_newest_entry_and_tells_readers_that_stood_before() -> None:
    with transaction.atomic():
        services.record_many(stream="s", entries=[("k", str(number), {}) for number in range(5)])
    settle()
    middle = selectors.read_after(stream="s", position="0.0", limit=2).position
    head = selectors.head("s")
    trimmed = services.trim_journal(before=timezone.now() + timedelta(days=1))

    assert trimmed == 4
    assert selectors.head("s") == head
    assert selectors.read_after(stream="s", position=head, limit=5).entries == ()
    with pytest.raises(BadPosition, match="no longer reaches back"):
        selectors.read_after(stream="s", position=middle, limit=5)


@pytest.mark.django_db(transaction=True)
def test_the_epoch_stays_over_connections_and_changes_with_the_incarnation(monkeypatch: pytest.MonkeyPatch) -> None:
    first = services.open_epoch()
    connection.close()
    assert services.open_epoch() == first == selectors.epoch()
    uuid.UUID(first)

    monkeypatch.setattr(selectors, "INCARNATION", "SELECT 'another cluster'")
    assert services.open_epoch() != first
    assert Epoch.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_journal_restored_into_a_younger_cluster_can_be_read_again() -> None:
    with transaction.atomic():
        services.record_many(stream="s", entries=[("k", "1", {}), ("k", "2", {})])
    JournalEntry.objects.update(xid=1 << 40)  # written by a cluster that had come far
    assert selectors.read_after(stream="s", position="0.0", limit=10).entries == ()

    services.open_epoch()
    with transaction.atomic():
        services.record(stream="s", kind="k", subject="3", payload={})
    settle()
    page = selectors.read_after(stream="s", position="0.0", limit=10)
    assert [entry.subject for entry in page.entries] == ["1", "2", "3"]
