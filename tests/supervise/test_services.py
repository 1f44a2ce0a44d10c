import redis
from django.conf import settings
from django.db import connection


def test_the_tests_have_a_database_of_their_own(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SHOW fsync")
        assert cursor.fetchone() == ("on",)


def test_valkey_answers_at_the_address_of_the_settings() -> None:
    with redis.Redis.from_url(settings.LIVE_REDIS_URL) as client:
        assert client.ping()
