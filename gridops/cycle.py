"""The operating cycle: what runs when. The only file that knows the order of the periodic work.

The scan itself is no task: the gateway and the estimator are processes of their own, so that neither samples nor alarms
wait for a queue.
"""

from celery.schedules import crontab

from gridops.queues import Queues

MINUTE_S = 60.0

SCHEDULE = {
    "telemetry: minute rollup": {
        "task": "apps.telemetry.tasks.roll_up",
        "schedule": MINUTE_S,
        "options": {"queue": Queues.HOUSEKEEPING.value, "expires": MINUTE_S},
    },
    "telemetry: partitions ahead, old days dropped": {
        "task": "apps.telemetry.tasks.keep_partitions",
        "schedule": crontab(minute="7"),
        "options": {"queue": Queues.HOUSEKEEPING.value},
    },
    "telemetry: size of the database and room on its disk": {
        "task": "apps.telemetry.tasks.read_storage",
        "schedule": crontab(minute="11"),
        "options": {"queue": Queues.HOUSEKEEPING.value, "expires": 3600.0},
    },
    "telemetry: closed days ordered by point": {
        "task": "apps.telemetry.tasks.order_closed_days",
        "schedule": crontab(minute="17", hour="2"),
        "options": {"queue": Queues.HOUSEKEEPING.value, "expires": 12 * 3600.0},
    },
    "telemetry: old receipts of pushes forgotten": {
        "task": "apps.telemetry.tasks.forget_receipts",
        "schedule": crontab(minute="53"),
        "options": {"queue": Queues.HOUSEKEEPING.value, "expires": 3600.0},
    },
    "state: old solutions thinned": {
        "task": "apps.state.tasks.thin_solutions",
        "schedule": crontab(minute="23"),
        "options": {"queue": Queues.HOUSEKEEPING.value},
    },
    "state: look ahead": {
        "task": "apps.state.tasks.look_ahead_now",
        "schedule": crontab(minute="*/15"),
        "options": {"queue": Queues.PIPELINES.value, "expires": 14 * MINUTE_S},
    },
    "state: old security runs thinned": {
        "task": "apps.state.tasks.thin_security",
        "schedule": crontab(minute="37"),
        "options": {"queue": Queues.HOUSEKEEPING.value},
    },
    "live: old journal entries forgotten": {
        "task": "apps.live.tasks.trim_journal",
        "schedule": crontab(minute="41", hour="3"),
        "options": {"queue": Queues.HOUSEKEEPING.value},
    },
    "pipelines: old failures forgotten": {
        "task": "apps.pipelines.tasks.forget_old_failures",
        "schedule": crontab(minute="47", hour="3"),
        "options": {"queue": Queues.HOUSEKEEPING.value},
    },
}
