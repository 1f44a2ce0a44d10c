from django.db import connection


def address() -> dict[str, str]:
    """Where Django's database is, for a bare connection."""
    known = connection.get_connection_params()
    return {name: known[name] for name in ("dbname", "user", "password", "host", "port") if known.get(name)}
