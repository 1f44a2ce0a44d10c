from django.db.models import TextChoices


class FeedKind(TextChoices):
    FOLDER = "folder", "Drop folder"
    URL = "url", "Address"


class FileFormat(TextChoices):
    OPEN_METEO = "open_meteo", "Open-Meteo JSON"
    CSV = "csv", "CSV"
    GRIB2 = "grib2", "GRIB2"


class DataKind(TextChoices):
    FORECAST = "forecast", "Forecast"
    OBSERVATION = "observation", "Observation"


class Variable(TextChoices):
    """The unit is part of the name; importers convert."""

    TEMPERATURE_C = "temperature_c", "Temperature, °C"
    HUMIDITY_PERCENT = "humidity_percent", "Relative humidity, %"
    WIND_SPEED_M_S = "wind_speed_m_s", "Wind at 10 m, m/s"
    WIND_SPEED_100M_M_S = "wind_speed_100m_m_s", "Wind at 100 m, m/s"
    WIND_DIRECTION_DEG = "wind_direction_deg", "Wind direction, °"
    WIND_DIRECTION_100M_DEG = "wind_direction_100m_deg", "Wind direction at 100 m, °"
    GUST_M_S = "gust_m_s", "Gusts, m/s"
    GHI_W_M2 = "ghi_w_m2", "Global irradiance, W/m²"
    DNI_W_M2 = "dni_w_m2", "Direct normal irradiance, W/m²"
    DHI_W_M2 = "dhi_w_m2", "Diffuse irradiance, W/m²"
    CLOUD_COVER_PERCENT = "cloud_cover_percent", "Cloud cover, %"
    PRECIPITATION_MM = "precipitation_mm", "Precipitation, mm"
    PRESSURE_HPA = "pressure_hpa", "Pressure, hPa"
    SNOW_DEPTH_CM = "snow_depth_cm", "Snow depth, cm"


SUMMED = frozenset({Variable.PRECIPITATION_MM})
AVERAGED = frozenset({Variable.GHI_W_M2, Variable.DNI_W_M2, Variable.DHI_W_M2})
DIRECTIONS = frozenset({Variable.WIND_DIRECTION_DEG, Variable.WIND_DIRECTION_100M_DEG})

# What a place on earth can have; beyond it a unit was mistaken.
PLAUSIBLE: dict[Variable, tuple[float, float]] = {
    Variable.TEMPERATURE_C: (-90.0, 60.0),
    Variable.HUMIDITY_PERCENT: (0.0, 110.0),
    Variable.WIND_SPEED_M_S: (0.0, 120.0),
    Variable.WIND_SPEED_100M_M_S: (0.0, 150.0),
    Variable.WIND_DIRECTION_DEG: (0.0, 360.0),
    Variable.WIND_DIRECTION_100M_DEG: (0.0, 360.0),
    Variable.GUST_M_S: (0.0, 150.0),
    Variable.GHI_W_M2: (-20.0, 1700.0),
    Variable.DNI_W_M2: (-20.0, 1500.0),
    Variable.DHI_W_M2: (-20.0, 1000.0),
    Variable.CLOUD_COVER_PERCENT: (0.0, 100.5),
    Variable.PRECIPITATION_MM: (0.0, 500.0),
    Variable.PRESSURE_HPA: (450.0, 1100.0),
    Variable.SNOW_DEPTH_CM: (0.0, 2500.0),
}


class FileOutcome(TextChoices):
    TAKEN = "taken", "Taken"
    KNOWN = "known", "Known already"
    REFUSED = "refused", "Refused"


class FeedState(TextChoices):
    """Worked out from a feed's row; not stored."""

    ON_TIME = "on_time", "On time"
    LATE = "late", "Late"
    WAITING = "waiting", "Nothing yet"
    ARCHIVE = "archive", "Archive"
    OFF = "off", "Off"


class Told(TextChoices):
    """Which series is asked for."""

    FORECAST = "forecast", "Newest forecast known"
    OBSERVATION = "observation", "Observation"
    DAY_AHEAD = "day_ahead", "Each day as forecast at 06:00 UTC of the day before"
