from gridops.simulator.vens.documents import USAGE, read_event, report, seconds, written

NOW = 1_800_000_000.0
EVENT = {
    "id": "e1",
    "programID": "p1",
    "priority": 2,
    "intervalPeriod": {"start": "2027-01-15T08:30:00Z", "duration": "PT15M"},
    "intervals": [
        {"id": 0, "payloads": [{"type": "SIMPLE", "values": [1]}]},
        {
            "id": 1,
            "payloads": [
                {"type": "SIMPLE", "values": [2]},
                {"type": "DISPATCH_SETPOINT_RELATIVE", "values": [-60.0]},
            ],
        },
    ],
    "reportDescriptors": [{"payloadType": "USAGE"}],
}


def test_intervals_follow_each_other_with_the_duration_of_the_event():
    event = read_event(EVENT, NOW)
    assert [(part.begin_s, part.end_s, part.level) for part in event.parts] == [
        (1_800_001_800.0, 1_800_002_700.0, 1),
        (1_800_002_700.0, 1_800_003_600.0, 2),
    ]
    assert event.at(1_800_002_700.0).percent == -60.0
    assert event.at(1_800_003_600.0) is None


def test_an_interval_may_have_a_time_of_its_own():
    own = {"start": "2027-01-15T10:00:00+01:00", "duration": "PT1H"}
    changed = EVENT | {"intervals": [EVENT["intervals"][0] | {"intervalPeriod": own}]}
    assert (read_event(changed, NOW).begin_s, read_event(changed, NOW).end_s) == (1_800_003_600.0, 1_800_007_200.0)


def test_a_start_of_the_year_one_means_at_once():
    at_once = {"start": "0001-01-01T00:00:00Z", "duration": "PT15M"}
    assert read_event(EVENT | {"intervalPeriod": at_once}, NOW).begin_s == NOW


def test_prices_alone_ask_a_home_for_nothing():
    priced = [{"id": 0, "payloads": [{"type": "PRICE", "values": [0.17]}]}]
    assert read_event(EVENT | {"intervals": priced}, NOW) is None


def test_durations_in_every_unit():
    assert [seconds(one) for one in ("PT15M", "P1DT2H", "PT0.5S", "P1W", "later")] == [900, 93_600, 0.5, 604_800, 0]


def test_a_report_tells_only_what_the_event_asks_for():
    event = read_event(EVENT, NOW)
    told = report(event, "home-1", number=1, begin_s=NOW, length_s=300, rows=[{USAGE: 0.2, "BASELINE": 0.3}])
    assert told["resources"][0]["intervals"] == [{"id": 0, "payloads": [{"type": "USAGE", "values": [0.2]}]}]
    assert told["resources"][0]["intervalPeriod"] == {"start": written(NOW), "duration": "PT300S"}
