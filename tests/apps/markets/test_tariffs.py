from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.audit.models import AuditEvent
from apps.markets.adapters.csv_tariffs import parse
from apps.markets.adapters.parsed import FileRefused
from apps.markets.choices import FileFormat
from apps.markets.models import Tariff, TariffPart
from apps.markets.selectors.tariffs import NoTariff, TariffCourse, tariff_course, tariffs_in_force
from apps.markets.services.importing import Handed, NotThePreviewed
from apps.markets.services.tariffs import confirm_tariffs, preview_tariffs
from tests.factories.market_files import DAY, NOW, ZONE
from tests.factories.markets import make_feed, take_day

NAMES = "tariff;kind;price;unit;from;to;weekdays;months;valid_from;valid_to;spot_zone"
HOME = (
    "Home;energy;30;ct/kWh;06:00;22:00;1-5;;2026-01-01;;",
    "Home;energy;20;ct/kWh;00:00;06:00;;;2026-01-01;;",
    "Home;energy;20;ct/kWh;22:00;24:00;;;2026-01-01;;",
    "Home;energy;25;ct/kWh;06:00;22:00;6,7;;2026-01-01;;",
    "Home;network;0,08;EUR/kWh;;;;;2026-01-01;;",
    "Home;levy;20;EUR/MWh;;;;;2026-01-01;;",
    "Home;feed_in;8;ct/kWh;;;;;2026-01-01;;",
    "Home;demand;60;EUR/kW/year;17:00;20:00;1-5;1-3,10-12;2026-01-01;;",
    "Home;standing;120;EUR/year;;;;;2026-01-01;;",
)


def sheet(*rows: str, names: str = NAMES) -> bytes:
    return "\n".join([names, *rows]).encode()


def problems(*rows: str, names: str = NAMES) -> list[str]:
    with pytest.raises(FileRefused) as caught:
        parse(sheet(*rows, names=names))
    return caught.value.problems


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (";energy;1;ct/kWh;;;;;2026-01-01;;", "row 2, tariff: give a name"),
        ("T;coal;1;ct/kWh;;;;;2026-01-01;;", "row 2, kind: 'coal' is not known"),
        ("T;energy;dear;ct/kWh;;;;;2026-01-01;;", "row 2, price: 'dear' is no number"),
        ("T;energy;;ct/kWh;;;;;2026-01-01;;", "row 2, price: '' cannot be"),
        ("T;energy;1;EUR/kW;;;;;2026-01-01;;", "row 2, unit: 'EUR/kW' is no unit of energy; there are EUR/kwh"),
        ("T;demand;1;EUR/kWh;;;;;2026-01-01;;", "EUR/kw/month"),
        ("T;energy;1;ct/kWh;6;;;;2026-01-01;;", "row 2, from: '6' is no time of day"),
        ("T;energy;1;ct/kWh;22:00;06:00;;;2026-01-01;;", "row 2, to: it is not after from; for a time over midnight"),
        ("T;energy;1;ct/kWh;;;0-5;;2026-01-01;;", "row 2, weekdays: '0-5' cannot be read"),
        ("T;energy;1;ct/kWh;;;;13;2026-01-01;;", "row 2, months: '13' cannot be read"),
        ("T;energy;1;ct/kWh;;;;;soon;;", "row 2, valid_from: 'soon' is no day"),
        ("T;energy;1;ct/kWh;;;;;2026-01-01;2026-01-01;", "row 2, valid_to: it is not after valid_from"),
        ("T;energy;1;ct/kWh;06:00;;;;2026-01-01;;", "no price of energy on weekday 1 of month 1 at 00:00"),
        ("T;network;1;ct/kWh;;;;;2026-01-01;;", "it has no price of energy; add one, or the spot_zone"),
    ],
)
def test_what_is_wrong_is_told_with_its_row_and_field(row: str, words: str) -> None:
    assert words in problems(row)[0]


def test_two_prices_at_the_same_time_are_refused() -> None:
    (told,) = problems(*HOME, "Home;energy;1;ct/kWh;12:00;13:00;3;7;2026-01-01;;")
    assert "Energy has two prices on weekday 3 of month 7 at 12:00" in told


def test_rows_of_one_tariff_say_the_same_of_it() -> None:
    (told,) = problems(HOME[0], "Home;levy;20;EUR/MWh;;;;;2026-01-01;2027-01-01;")
    assert told == "row 3, valid_to: an earlier row of the same tariff says otherwise; write them alike"


def keep(*rows: str) -> int:
    actor = User.objects.filter(username="engineer").first() or User.objects.create_user("engineer", role=Role.ENGINEER)
    handed = Handed("tariffs.csv", sheet(*rows), FileFormat.CSV)
    return confirm_tariffs(handed=handed, sha256=handed.sha256, actor=actor, as_of=NOW, source_ip=None)


def asked(begin: datetime, *, steps: int = 24, step_s: int = 3600, name: str = "Home") -> TariffCourse:
    return tariff_course(name=name, starts_at=begin, steps=steps, step_s=step_s, as_of=NOW)


@pytest.mark.django_db
def test_what_is_paid_follows_the_local_clock_the_weekday_and_the_month() -> None:
    keep(*HOME)
    wednesday = asked(DAY)  # 2026-03-11, midnight in Berlin
    assert wednesday.buy == pytest.approx([0.30] * 6 + [0.40] * 16 + [0.30] * 2)
    assert wednesday.sell == pytest.approx([0.08] * 24)
    assert np.flatnonzero(wednesday.demand).tolist() == [17, 18, 19]
    assert wednesday.demand.max() == pytest.approx(5.0)
    assert wednesday.standing_per_month == pytest.approx(10.0)
    assert asked(DAY + timedelta(days=4)).buy[12] == pytest.approx(0.35)  # a Sunday
    assert not asked(datetime(2026, 7, 7, 22, tzinfo=UTC)).demand.any()  # no demand charge in July
    assert asked(DAY + timedelta(hours=5), steps=1, step_s=7200).buy[0] == pytest.approx(0.35)  # half and half


@pytest.mark.django_db
def test_a_newer_version_ends_the_one_before_and_a_time_without_any_is_told() -> None:
    keep(*HOME)
    keep("Home;energy;50;ct/kWh;;;;;2026-03-12;2026-03-13;")
    two_days = asked(DAY + timedelta(hours=12))
    assert two_days.buy[0] == pytest.approx(0.40)
    assert two_days.buy[-1] == pytest.approx(0.50)
    assert len(two_days.versions) == 2
    assert [one.valid_from for one in tariffs_in_force(day=date(2026, 3, 12))] == [date(2026, 3, 12)]
    assert tariffs_in_force(day=date(2026, 3, 13)) == []
    with pytest.raises(NoTariff, match="holds on 2026-03-13"):
        asked(DAY + timedelta(days=2))
    with pytest.raises(NoTariff):
        asked(DAY, name="nothing")
    with pytest.raises(ValueError, match="five minutes"):
        asked(DAY, step_s=400)


@pytest.mark.django_db
def test_energy_may_follow_the_spot_price_and_says_where_it_is_not_out() -> None:
    keep(f"Spot;network;10;ct/kWh;;;;;2026-01-01;;{ZONE}", f"Spot;levy;20;EUR/MWh;;;;;2026-01-01;;{ZONE}")
    take_day(make_feed(), [100] * 24)
    found = asked(DAY + timedelta(hours=12), name="Spot")
    assert found.buy[:12] == pytest.approx([0.22] * 12)
    assert found.is_known.tolist() == [True] * 12 + [False] * 12


@pytest.mark.django_db
def test_a_preview_changes_nothing_and_a_confirmation_is_of_what_was_seen() -> None:
    handed = Handed("tariffs.csv", sheet(*HOME), FileFormat.CSV)
    seen = preview_tariffs(handed=handed)
    assert [(one.name, one.parts, one.is_known) for one in seen.tariffs] == [("Home", 9, False)]
    assert not Tariff.objects.exists()
    user = User.objects.create_user("other", role=Role.ENGINEER)
    with pytest.raises(NotThePreviewed):
        confirm_tariffs(handed=handed, sha256="0" * 64, actor=user, as_of=NOW, source_ip=None)
    keep(*HOME)
    assert preview_tariffs(handed=handed).tariffs[0].is_known
    keep(*HOME[:4])
    assert TariffPart.objects.count() == 4
    assert AuditEvent.objects.filter(action="markets.tariffs").count() == 2
    assert preview_tariffs(handed=Handed("x", sheet("T"), FileFormat.CSV)).problems
