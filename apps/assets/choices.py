from django.db.models import TextChoices


class SwitchKind(TextChoices):
    BREAKER = "Breaker", "Breaker"
    RECLOSER = "Recloser", "Recloser"
    DISCONNECTOR = "Disconnector", "Disconnector"
    LOAD_BREAK_SWITCH = "LoadBreakSwitch", "Load-break switch"
    FUSE = "Fuse", "Fuse"


class GeneratorKind(TextChoices):
    PHOTOVOLTAIC = "PhotoVoltaicUnit", "Photovoltaic"
    WIND = "PowerElectronicsWindUnit", "Wind"
    HYDRO = "HydroGeneratingUnit", "Hydro"
    THERMAL = "ThermalGeneratingUnit", "Thermal"
