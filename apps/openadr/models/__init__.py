from apps.openadr.models.base import LONGEST_NAME, ObjectQuerySet, OpenAdrObject
from apps.openadr.models.clients import OpenAdrClient, WrongLogin
from apps.openadr.models.notices import Delivery, Notification, Subscription
from apps.openadr.models.programs import LOWEST_PRIORITY, Event, Program, Report
from apps.openadr.models.vens import Resource, Ven

__all__ = [
    "LONGEST_NAME",
    "LOWEST_PRIORITY",
    "Delivery",
    "Event",
    "Notification",
    "ObjectQuerySet",
    "OpenAdrClient",
    "OpenAdrObject",
    "Program",
    "Report",
    "Resource",
    "Subscription",
    "Ven",
    "WrongLogin",
]
