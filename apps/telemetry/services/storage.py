"""How large the database is and how much room it has, read once an hour, so that growth is known before it hurts."""

import shutil
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import ProgrammingError, connection, transaction

from apps.telemetry.models import StorageReading

_KEPT = timedelta(days=7)


def read_storage(*, as_of: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_database_size(current_database())")
        (size,) = cursor.fetchone() or (0,)
    StorageReading.objects.create(at=as_of, database_bytes=size, free_bytes=_free_bytes())
    StorageReading.objects.filter(at__lt=as_of - _KEPT).delete()


def _free_bytes() -> int | None:
    """None if the server is elsewhere. The embedded one does not say where its files lie, but we know."""
    own = settings.VAR / "postgres"
    if own.is_dir():
        return shutil.disk_usage(own).free
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('data_directory')")
            (folder,) = cursor.fetchone() or ("",)
    except ProgrammingError:
        return None
    return shutil.disk_usage(folder).free if folder and Path(folder).is_dir() else None
