"""The room's place in the process: its settings, its folder and its database, before anything of Django is imported."""

import os
import secrets
from pathlib import Path

import django
from celery import current_app
from django.conf import settings

NO_VALKEY = "no-valkey.sock"  # nobody listens to what is published; whoever publishes goes on without


def enter(url: str, var: Path) -> None:
    """Once a process: from here on the apps are those of this database, and tasks are carried out where they are asked
    for."""
    (var / "cases").mkdir(parents=True, exist_ok=True)
    os.environ.update(
        DATABASE_URL=url,
        REDIS_URL=f"unix://{var.resolve() / NO_VALKEY}?db=0",
        GRIDOPS_VAR=str(var),
        DJANGO_SETTINGS_MODULE="gridops.settings",
        DJANGO_ALLOW_ASYNC_UNSAFE="true",  # one thread for all
    )
    os.environ.setdefault("GRIDOPS_SECRET_KEY", secrets.token_urlsafe(64))
    os.environ.setdefault("GRIDOPS_LOG_LEVEL", "ERROR")
    settings.DATABASES["default"]["OPTIONS"].pop("pool", None)
    django.setup()
    current_app.conf.task_always_eager = True
