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
from apps.live.positions import BadPosition, parse
from apps.live.watch import _parameters

WRITERS, ROWS = 8, 80
INSERT = "INSERT INTO live_journalentry (stream, kind, subject, payload) VALUES (%s, 'k', %s, '{}')"


def _write(seed: int) -> list[str]:
    """Transactions of uneven length. Some change their mind, some lose their connection before they commit."""
    chance, kept = random.Random(seed), []
    journal = psycopg.connect(**_parameters())
    for number in range(ROWS):
        subject, fate = f"{seed}/{number}", chance.random()
        try:
            with journal.transaction(force_rollback=fate < 0.1):
                journal.execute("SELECT pg_current_xact_id(), pg_sleep(%s)", [chance.random() * 0.003])
                journal.execute(INSERT, [chance.choice(["race", "other"]), f"{subject}/first"])
                journal.execute(INSERT, ["race", subject])
                journal.execute("SELECT pg_sleep(%s)", [chance.random() * 0.002])
                if fate > 0.98:
                    journal.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        except psycopg.OperationalError:
            journal = psycopg.connect(**_parameters())
            continue
        if fate >= 0.1:
            kept.append(subject)
    journal.close()
    return kept


def _read_until_silent(done: threading.Event) -> list[str]:
    position, seen = "0", []
    try:
        while True:
            was_done = done.is_set()
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
    stored = list(JournalEntry.objects.filter(stream="race").order_by("id").values_list("subject", flat=True))
    assert set(written) == {name for name in stored if not name.endswith("/first")}
    for names in seen:
        assert names == stored


@pytest.mark.django_db(transaction=True)
def test_an_entry_is_read_while_an_older_transaction_still_writes_and_that_one_comes_after_it() -> None:
    with psycopg.connect(**_parameters()) as older:
        older.execute("SELECT pg_current_xact_id()")
        with transaction.atomic():
            services.record(stream="s", kind="k", subject="younger", payload={})
        before = selectors.read_after(stream="s", position="0", limit=10)
        older.execute(INSERT, ["s", "older"])

    assert [entry.subject for entry in before.entries] == ["younger"]
    after = selectors.read_after(stream="s", position=before.position, limit=10)
    assert [entry.subject for entry in after.entries] == ["older"]
    assert after.position == selectors.head("s")


@pytest.mark.django_db(transaction=True)
def test_who_writes_to_a_stream_waits_for_the_one_before_and_not_for_other_streams() -> None:
    with psycopg.connect(**_parameters()) as first, psycopg.connect(**_parameters()) as second:
        first.execute(INSERT, ["s", "first"])
        second.execute("SET LOCAL lock_timeout = '100ms'")
        second.execute(INSERT, ["t", "elsewhere"])
        with pytest.raises(psycopg.errors.LockNotAvailable):
            second.execute(INSERT, ["s", "second"])
        second.rollback()


@pytest.mark.django_db(transaction=True)
def test_nobody_chooses_the_number_of_an_entry() -> None:
    with transaction.atomic():
        services.record_many(stream="s", entries=[("k", name, {}) for name in ("1", "2")])
    JournalEntry.objects.create(id=1 << 40, stream="s", kind="k", subject="3", payload={})
    page = selectors.read_after(stream="s", position="0", limit=10)

    assert [entry.subject for entry in page.entries] == ["1", "2", "3"]
    assert int(page.position) < 1 << 40


@pytest.mark.django_db(transaction=True)
def test_a_long_journal_is_read_by_its_index() -> None:
    with transaction.atomic():
        for stream in ("s", "t"):
            services.record_many(stream=stream, entries=[("k", str(number), {}) for number in range(3000)])
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE live_journalentry")
        for query, parameters in ((selectors.HEAD, ["s"]), (selectors.AFTER, ["s", 1, 100])):
            cursor.execute(f"EXPLAIN {query}", parameters)
            plan = "\n".join(row[0] for row in cursor.fetchall())
            assert "live_journal_position" in plan
            assert "Sort" not in plan


@pytest.mark.django_db(transaction=True)
def test_pages_follow_each_other_and_the_last_says_so() -> None:
    with transaction.atomic():
        services.record_many(stream="s", entries=[("k", str(number), {"n": number}) for number in range(5)])
    first = selectors.read_after(stream="s", position="0", limit=3)
    second = selectors.read_after(stream="s", position=first.position, limit=3)

    assert [entry.payload["n"] for entry in (*first.entries, *second.entries)] == [0, 1, 2, 3, 4]
    assert (first.more, second.more) == (True, False)
    assert selectors.read_after(stream="s", position=second.position, limit=3).position == second.position
    assert selectors.read_after(stream="other", position="0", limit=3).entries == ()


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
    ["", "1.2", "a", "-1", "1e3", "١", "1 ", "9" * 20, str(2**63)],
)
def test_a_text_that_is_no_position_is_refused_with_a_remedy(text: str) -> None:
    with pytest.raises(BadPosition, match="begin with a snapshot"):
        parse(text)


@pytest.mark.django_db(transaction=True)
def test_snapshot_and_position_are_of_one_instant() -> None:
    with transaction.atomic():
        services.record(stream="s", kind="k", subject="before", payload={})

    def read_while_another_writes() -> int:
        JournalEntry.objects.count()
        with psycopg.connect(**_parameters()) as other:
            other.execute(INSERT, ["s", "x"])
        return JournalEntry.objects.count()

    seen = selectors.consistent_snapshot(stream="s", read=read_while_another_writes)
    after = selectors.read_after(stream="s", position=seen.position, limit=10)

    assert seen.data == 1
    assert [entry.subject for entry in after.entries] == ["x"]
    assert seen.epoch == selectors.epoch()


@pytest.mark.django_db(transaction=True)
def test_trimming_keeps_the_newest_entry_and_tells_readers_that_stood_before() -> None:
    with transaction.atomic():
        services.record_many(stream="s", entries=[("k", str(number), {}) for number in range(5)])
    middle = selectors.read_after(stream="s", position="0", limit=2).position
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
