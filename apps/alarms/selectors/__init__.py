from apps.alarms.selectors.documents import Definitions, alarm_of, definitions, document, with_response
from apps.alarms.selectors.figures import Figures, alarm_figures
from apps.alarms.selectors.groups import ShortList, short_list_now
from apps.alarms.selectors.history import as_of, compared_with_the_journal, fold
from apps.alarms.selectors.lists import AlarmList, alarm_list, shown, standing_sources

__all__ = [
    "AlarmList",
    "Definitions",
    "Figures",
    "ShortList",
    "alarm_figures",
    "alarm_list",
    "alarm_of",
    "as_of",
    "compared_with_the_journal",
    "definitions",
    "document",
    "fold",
    "short_list_now",
    "shown",
    "standing_sources",
    "with_response",
]
