"""The operating cycle: what runs when. The only file that knows the order of the periodic work.

The scan itself is no task: the gateway and the estimator are processes of their own, so that neither samples nor alarms
wait for a queue.
"""

from typing import Any

from celery.schedules import crontab

from gridops.queues import Queues

MINUTE_S = 60.0
HOUSEKEEPING, PIPELINES = Queues.HOUSEKEEPING, Queues.PIPELINES


def _entry(task: str, schedule: crontab | float, queue: Queues, expires_s: float | None = None) -> dict[str, Any]:
    options = {"queue": queue.value} if expires_s is None else {"queue": queue.value, "expires": expires_s}
    return {"task": f"apps.{task}", "schedule": schedule, "options": options}


SCHEDULE = {
    "telemetry: minute rollup": _entry("telemetry.tasks.roll_up", MINUTE_S, HOUSEKEEPING, MINUTE_S),
    "telemetry: partitions ahead, old days dropped": _entry(
        "telemetry.tasks.keep_partitions", crontab(minute="7"), HOUSEKEEPING
    ),
    "telemetry: size of the database and room on its disk": _entry(
        "telemetry.tasks.read_storage", crontab(minute="11"), HOUSEKEEPING, 3600.0
    ),
    "telemetry: closed days ordered by point": _entry(
        "telemetry.tasks.order_closed_days", crontab(minute="17", hour="2"), HOUSEKEEPING, 12 * 3600.0
    ),
    "telemetry: old receipts of pushes forgotten": _entry(
        "telemetry.tasks.forget_receipts", crontab(minute="53"), HOUSEKEEPING, 3600.0
    ),
    "state: old solutions thinned": _entry("state.tasks.thin_solutions", crontab(minute="23"), HOUSEKEEPING),
    "state: look ahead": _entry("state.tasks.look_ahead_now", crontab(minute="*/15"), PIPELINES, 14 * MINUTE_S),
    "state: old security runs thinned": _entry("state.tasks.thin_security", crontab(minute="37"), HOUSEKEEPING),
    # the minutes of the quarter hour are summed up by then
    "forecasts: what came in taken up, 48 h issued": _entry(
        "forecasts.tasks.issue", crontab(minute="2-59/15"), PIPELINES, 10 * MINUTE_S
    ),
    # does something once a day, after six by the local clock
    "forecasts: the week issued": _entry("forecasts.tasks.week", crontab(minute="4"), PIPELINES, 3000.0),
    "forecasts: series of the network, faults of the histories": _entry(
        "forecasts.tasks.examine", crontab(minute="9"), PIPELINES, 3600.0
    ),
    "forecasts: days scored, a model trained": _entry(
        "forecasts.tasks.train", crontab(minute="22", hour="1"), PIPELINES, 6 * 3600.0
    ),
    "dispatch: proposals expired, observed, paid back": _entry("dispatch.tasks.keep_proposals", 15.0, PIPELINES, 15.0),
    "dispatch: approved calls sent, moved on by time": _entry("dispatch.tasks.run_calls", 10.0, PIPELINES, 10.0),
    # the forecast and the congestion of the quarter hour are there by then
    "demand response: where flexibility is worth most": _entry(
        "demand_response.tasks.look_for_opportunities", crontab(minute="8-59/15"), PIPELINES, 7 * MINUTE_S
    ),
    "demand response: strategies that still wait worked out": _entry(
        "demand_response.tasks.work_out_strategies", MINUTE_S, PIPELINES, MINUTE_S
    ),
    "demand response: what customers' equipment tells of events": _entry(
        "demand_response.tasks.follow_reports", 30.0, PIPELINES, 30.0
    ),
    "demand response: old looks forgotten": _entry(
        "demand_response.tasks.forget_looks", crontab(minute="36", hour="3"), HOUSEKEEPING
    ),
    "optimization: desks look at the state where that is due": _entry("optimization.tasks.look", 15.0, PIPELINES, 15.0),
    # the look ahead and the forecast of the quarter hour are there by then
    "optimization: envelopes and congestion of the hours ahead": _entry(
        "optimization.tasks.hours_ahead_now", crontab(minute="5-59/15"), PIPELINES, 10 * MINUTE_S
    ),
    "optimization: old runs of the hours ahead thinned": _entry(
        "optimization.tasks.thin_hours", crontab(minute="51", hour="3"), HOUSEKEEPING
    ),
    "optimization: old runs forgotten": _entry(
        "optimization.tasks.forget_runs", crontab(minute="49", hour="3"), HOUSEKEEPING
    ),
    "weather: drop folders read": _entry("weather.tasks.read_folders", 20.0, HOUSEKEEPING, 20.0),
    "weather: addresses asked": _entry("weather.tasks.ask_addresses", MINUTE_S, PIPELINES, MINUTE_S),
    "weather: late feeds told": _entry("weather.tasks.watch_feeds", 5 * MINUTE_S, HOUSEKEEPING, 5 * MINUTE_S),
    "weather: old notes of repeated and refused files forgotten": _entry(
        "weather.tasks.forget_files", crontab(minute="43", hour="3"), HOUSEKEEPING
    ),
    "weather: old issues thinned": _entry("weather.tasks.thin_runs", crontab(minute="33", hour="3"), HOUSEKEEPING),
    "weather: old files of drop folders deleted": _entry(
        "weather.tasks.delete_files", crontab(minute="38", hour="3"), HOUSEKEEPING
    ),
    "markets: drop folders read": _entry("markets.tasks.read_folders", 20.0, HOUSEKEEPING, 20.0),
    "markets: addresses asked": _entry("markets.tasks.ask_addresses", MINUTE_S, PIPELINES, MINUTE_S),
    "markets: late prices told": _entry("markets.tasks.watch_zones", 5 * MINUTE_S, HOUSEKEEPING, 5 * MINUTE_S),
    # after news, and half an hour before bids are due
    "markets: prices forecast where that is due, days scored": _entry(
        "markets.tasks.forecast_prices", crontab(minute="1-59/5"), PIPELINES, 4 * MINUTE_S
    ),
    "markets: old notes of repeated and refused files forgotten": _entry(
        "markets.tasks.forget_files", crontab(minute="53", hour="3"), HOUSEKEEPING
    ),
    "markets: old files of drop folders deleted": _entry(
        "markets.tasks.delete_files", crontab(minute="56", hour="3"), HOUSEKEEPING
    ),
    "storage: charge followed, limits judged": _entry("storage.tasks.look", MINUTE_S, PIPELINES, MINUTE_S),
    # the envelopes of the quarter hour are there by then
    "storage: the hours ahead planned": _entry(
        "storage.tasks.plan_hours", crontab(minute="9-59/15"), PIPELINES, 5 * MINUTE_S
    ),
    "storage: tomorrow planned, once its prices are out": _entry(
        "storage.tasks.plan_tomorrow", crontab(minute="1-59/15"), PIPELINES, 10 * MINUTE_S
    ),
    "storage: the day so far, in energy and money": _entry(
        "storage.tasks.tell_day", 5 * MINUTE_S, PIPELINES, 5 * MINUTE_S
    ),
    "storage: health, warranties and earnings of the days that have ended": _entry(
        "storage.tasks.look_back", crontab(minute="27"), PIPELINES, 3000.0
    ),
    "storage: lifespans worked out, once a day from midnight on": _entry(
        "storage.tasks.work_out_lifespans", crontab(minute="3-59/10"), PIPELINES, 500.0
    ),
    "storage: economic cases that still wait worked out": _entry(
        "storage.tasks.work_out_cases", 5 * MINUTE_S, PIPELINES, 5 * MINUTE_S
    ),
    "storage: old lifespans forgotten": _entry(
        "storage.tasks.forget_lifespans", crontab(minute="47", hour="3"), HOUSEKEEPING
    ),
    "storage: old schedules forgotten": _entry(
        "storage.tasks.forget_schedules", crontab(minute="57", hour="3"), HOUSEKEEPING
    ),
    # the forecast and the envelopes of the quarter hour are there by then
    "renewables: potential, curtailment, ways around it, reserve": _entry(
        "renewables.tasks.look", crontab(minute="7-59/15"), PIPELINES, 7 * MINUTE_S
    ),
    "renewables: days that have ended": _entry("renewables.tasks.look_back", crontab(minute="31"), PIPELINES, 3000.0),
    "renewables: old quarter hours forgotten": _entry(
        "renewables.tasks.forget_quarters", crontab(minute="59", hour="3"), HOUSEKEEPING
    ),
    # after the forecast of the hour
    "renewables: frequency after the loss of a plant, 24 h ahead": _entry(
        "renewables.tasks.look_at_stability", crontab(minute="6"), PIPELINES, 50 * MINUTE_S
    ),
    "renewables: what nodes can host": _entry(
        "renewables.tasks.host_nightly", crontab(minute="13", hour="2"), PIPELINES, 3600.0
    ),
    "markets: approved bids and orders handed over": _entry("markets.tasks.hand_over", 20.0, HOUSEKEEPING, 20.0),
    "markets: old volumes and unfilled orders forgotten": _entry(
        "markets.tasks.forget_volumes", crontab(minute="58", hour="3"), HOUSEKEEPING
    ),
    # before bids and orders are made
    "storage: terms and schedules told to the market's books": _entry(
        "storage.tasks.tell_market", crontab(minute="5-59/15"), PIPELINES, 8 * MINUTE_S
    ),
    # the forecast of the quarter hour is there by then
    "renewables: volumes told, bids drafted, orders of the hours ahead proposed": _entry(
        "renewables.tasks.trade", crontab(minute="6-59/15"), PIPELINES, 8 * MINUTE_S
    ),
    "renewables: days of trading settled": _entry(
        "renewables.tasks.settle_trades", crontab(minute="34"), PIPELINES, 3000.0
    ),
    "live: old journal entries forgotten": _entry(
        "live.tasks.trim_journal", crontab(minute="41", hour="3"), HOUSEKEEPING
    ),
    "pipelines: old failures forgotten": _entry(
        "pipelines.tasks.forget_old_failures", crontab(minute="47", hour="3"), HOUSEKEEPING
    ),
    "demand response: files of meter readings": _entry(
        "demand_response.tasks.read_meter_folder", 20.0, HOUSEKEEPING, 20.0
    ),
    "demand response: devices matched to declared resources": _entry(
        "demand_response.tasks.match_resources", 5 * MINUTE_S, HOUSEKEEPING, 5 * MINUTE_S
    ),
    "demand response: calls that are over measured": _entry(
        "demand_response.tasks.evaluate_due", 5 * MINUTE_S, PIPELINES, 5 * MINUTE_S
    ),
    "demand response: data of customers who left": _entry(
        "demand_response.tasks.keep_promises", crontab(minute="41"), HOUSEKEEPING, 3600.0
    ),
    "openadr: tokens that ran out, refused logins forgotten": _entry(
        "openadr.tasks.forget_expired", crontab(minute="46"), HOUSEKEEPING, 3600.0
    ),
    "openadr: old deliveries and notices forgotten": _entry(
        "openadr.tasks.forget_deliveries", crontab(minute="56"), HOUSEKEEPING, 3600.0
    ),
    "resilience: threats looked for": _entry("resilience.tasks.look_for_threats", MINUTE_S, PIPELINES, MINUTE_S),
    "resilience: weather and areas of danger around assets": _entry(
        "resilience.tasks.look_around", crontab(minute="7-59/15"), PIPELINES, 10 * MINUTE_S
    ),
    "resilience: readings that were there before": _entry(
        "resilience.tasks.look_for_echoes", crontab(minute="19-59/30"), PIPELINES, 20 * MINUTE_S
    ),
    "resilience: habits of meters learnt": _entry(
        "resilience.tasks.learn_readings", crontab(minute="44", hour="1"), PIPELINES, 6 * 3600.0
    ),
    # the weather of the hour and the state are there by then
    # does something once an hour
    "resilience: what may fail in the next 72 h": _entry(
        "resilience.tasks.look_ahead_at_risk", 2 * MINUTE_S, PIPELINES, 2 * MINUTE_S
    ),
    "resilience: what was foreseen, scored": _entry(
        "resilience.tasks.score_risk", crontab(minute="39"), PIPELINES, 3000.0
    ),
    "resilience: hazards fitted": _entry(
        "resilience.tasks.fit_hazards", crontab(minute="31", hour="2"), PIPELINES, 6 * 3600.0
    ),
    "resilience: old looks ahead forgotten": _entry(
        "resilience.tasks.forget_risk", crontab(minute="59", hour="3"), HOUSEKEEPING
    ),
    "efficiency: voltage experiments carried out, guarded": _entry(
        "efficiency.tasks.run_voltage_experiments", 20.0, PIPELINES, 20.0
    ),
    # the history of the quarter hour is taken up by then
    "efficiency: voltage experiments measured": _entry(
        "efficiency.tasks.score_voltage_experiments", crontab(minute="12-59/15"), PIPELINES, 10 * MINUTE_S
    ),
    "microgrids: hours that each could stand alone, and the reserve for it": _entry(
        "microgrids.tasks.assess_readiness", 5 * MINUTE_S, PIPELINES, 5 * MINUTE_S
    ),
    "microgrids: old hours alone forgotten": _entry(
        "microgrids.tasks.forget_readiness", crontab(minute="57", hour="3"), HOUSEKEEPING
    ),
    # the state of the quarter hour is there by then, and forecasts of the hour
    "microgrids: dispatch of the next 24 h": _entry(
        "microgrids.tasks.schedule_microgrids", crontab(minute="1-59/15"), PIPELINES, 10 * MINUTE_S
    ),
    "microgrids: what was carried out, scored": _entry(
        "microgrids.tasks.score_schedules", crontab(minute="8-59/15"), PIPELINES, 10 * MINUTE_S
    ),
    "microgrids: old schedules forgotten": _entry(
        "microgrids.tasks.forget_schedules", crontab(minute="58", hour="3"), HOUSEKEEPING
    ),
    "efficiency: losses of the day": _entry(
        "efficiency.tasks.work_out_losses", crontab(minute="6-59/15"), PIPELINES, 14 * MINUTE_S
    ),
    "efficiency: suspects of what cannot be explained": _entry(
        "efficiency.tasks.look_for_loss_suspects", crontab(minute="17", hour="2"), PIPELINES, 6 * 3600.0
    ),
    "efficiency: old losses forgotten": _entry(
        "efficiency.tasks.forget_losses", crontab(minute="54", hour="3"), HOUSEKEEPING
    ),
    "impact: runs of lost workers taken back, studies judged": _entry(
        "impact.tasks.keep_arm_runs", MINUTE_S, HOUSEKEEPING, MINUTE_S
    ),
    # the slot that runs, and those whose proposals have not settled yet
    "impact: quarter hours of the whole gathered": _entry(
        "impact.tasks.gather_cycles", 2 * MINUTE_S, HOUSEKEEPING, 2 * MINUTE_S
    ),
    "impact: old quarter hours of the whole forgotten": _entry(
        "impact.tasks.forget_cycles", crontab(minute="52", hour="3"), HOUSEKEEPING
    ),
    "efficiency: savings that were asked for and left behind": _entry(
        "efficiency.tasks.verify_asked", 5 * MINUTE_S, PIPELINES, 5 * MINUTE_S
    ),
    # the day before is whole by then
    "efficiency: readings of sites with a meter of the house": _entry(
        "efficiency.tasks.follow_meters", crontab(minute="41", hour="1"), PIPELINES, 6 * 3600.0
    ),
}
