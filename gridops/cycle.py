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
    "forecasts: what came in taken up, 48 h issued": {
        "task": "apps.forecasts.tasks.issue",
        "schedule": crontab(minute="2-59/15"),  # the minutes of the quarter hour are summed up by then
        "options": {"queue": Queues.PIPELINES.value, "expires": 10 * MINUTE_S},
    },
    "forecasts: the week issued": {
        "task": "apps.forecasts.tasks.week",
        "schedule": crontab(minute="4"),  # does something once a day, after six by the local clock
        "options": {"queue": Queues.PIPELINES.value, "expires": 3000.0},
    },
    "forecasts: series of the network, faults of the histories": {
        "task": "apps.forecasts.tasks.examine",
        "schedule": crontab(minute="9"),
        "options": {"queue": Queues.PIPELINES.value, "expires": 3600.0},
    },
    "forecasts: days scored, a model trained": {
        "task": "apps.forecasts.tasks.train",
        "schedule": crontab(minute="22", hour="1"),
        "options": {"queue": Queues.PIPELINES.value, "expires": 6 * 3600.0},
    },
    "dispatch: proposals expired, observed, paid back": {
        "task": "apps.dispatch.tasks.keep_proposals",
        "schedule": MINUTE_S,
        "options": {"queue": Queues.PIPELINES.value, "expires": MINUTE_S},
    },
    "optimization: desks look at the state where that is due": {
        "task": "apps.optimization.tasks.look",
        "schedule": 15.0,
        "options": {"queue": Queues.PIPELINES.value, "expires": 15.0},
    },
    "optimization: old runs forgotten": {
        "task": "apps.optimization.tasks.forget_runs",
        "schedule": crontab(minute="49", hour="3"),
        "options": {"queue": Queues.HOUSEKEEPING.value},
    },
    "weather: drop folders read": {
        "task": "apps.weather.tasks.read_folders",
        "schedule": 20.0,
        "options": {"queue": Queues.HOUSEKEEPING.value, "expires": 20.0},
    },
    "weather: addresses asked": {
        "task": "apps.weather.tasks.ask_addresses",
        "schedule": MINUTE_S,
        "options": {"queue": Queues.PIPELINES.value, "expires": MINUTE_S},
    },
    "weather: late feeds told": {
        "task": "apps.weather.tasks.watch_feeds",
        "schedule": 5 * MINUTE_S,
        "options": {"queue": Queues.HOUSEKEEPING.value, "expires": 5 * MINUTE_S},
    },
    "weather: old notes of repeated and refused files forgotten": {
        "task": "apps.weather.tasks.forget_files",
        "schedule": crontab(minute="43", hour="3"),
        "options": {"queue": Queues.HOUSEKEEPING.value},
    },
    "weather: old issues thinned": {
        "task": "apps.weather.tasks.thin_runs",
        "schedule": crontab(minute="33", hour="3"),
        "options": {"queue": Queues.HOUSEKEEPING.value},
    },
    "weather: old files of drop folders deleted": {
        "task": "apps.weather.tasks.delete_files",
        "schedule": crontab(minute="38", hour="3"),
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
