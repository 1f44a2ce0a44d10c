#!/usr/bin/env python
import os
import sys

from django.core.management import execute_from_command_line

STANDALONE = frozenset({"backtest"})  # they ask no server, but the settings want addresses
NOWHERE = {
    "DATABASE_URL": "postgresql://nobody@localhost/nothing",
    "REDIS_URL": "redis://localhost:1/0",
    "GRIDOPS_SECRET_KEY": "of-no-session-" * 5,
}

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gridops.settings")
    if STANDALONE.intersection(sys.argv[1:2]):
        for name, value in NOWHERE.items():
            os.environ.setdefault(name, value)
    execute_from_command_line(sys.argv)
