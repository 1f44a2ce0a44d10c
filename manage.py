#!/usr/bin/env python
import os
import sys

from django.core.management import execute_from_command_line

# Commands of a moment: more threads would wait for each other.
ONE_THREAD = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS")
# They ask no server, but the settings want addresses.
STANDALONE = frozenset(
    {
        "backtest",
        "balance_phases",
        "optimize",
        "optimize_voltage",
        "reconfigure",
        "schedule_storage",
        "storage_economics",
    }
)
NOWHERE = {
    "DATABASE_URL": "postgresql://nobody@localhost/nothing",
    "REDIS_URL": "redis://localhost:1/0",
    "GRIDOPS_SECRET_KEY": "of-no-session-" * 5,
}

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gridops.settings")
    for name in ONE_THREAD:
        os.environ.setdefault(name, "1")
    if STANDALONE.intersection(sys.argv[1:2]):
        for name, value in NOWHERE.items():
            os.environ.setdefault(name, value)
    execute_from_command_line(sys.argv)
