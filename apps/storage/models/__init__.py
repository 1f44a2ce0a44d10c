from apps.storage.models.following import CapacityTest, ChargeDay, ChargeState, HealthState, WarrantyCounter
from apps.storage.models.limits import LimitSetting, SafetyLimit, SafetyState
from apps.storage.models.plant import Rack, StorageFleet, StoragePlant, StorageSite
from apps.storage.models.reserve import ReserveCommitment
from apps.storage.models.schedule import Earning, StorageSchedule
from apps.storage.models.site_plan import SitePlan
from apps.storage.models.today import DaySoFar
from apps.storage.models.wear import WearPrice
from apps.storage.models.worth import BatteryCost, EconomicCase, LifespanRun

__all__ = [
    "BatteryCost",
    "CapacityTest",
    "ChargeDay",
    "ChargeState",
    "DaySoFar",
    "Earning",
    "EconomicCase",
    "HealthState",
    "LifespanRun",
    "LimitSetting",
    "Rack",
    "ReserveCommitment",
    "SafetyLimit",
    "SafetyState",
    "SitePlan",
    "StorageFleet",
    "StoragePlant",
    "StorageSchedule",
    "StorageSite",
    "WarrantyCounter",
    "WearPrice",
]
