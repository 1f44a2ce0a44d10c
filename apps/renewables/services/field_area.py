"""The area that the demo's paper describes: weak, so that the loss of a plant means something."""

from apps.forecasts.choices import Subject
from apps.forecasts.models import Series
from apps.renewables.choices import PlantKind
from apps.renewables.models import StabilityArea

NAME = "Weak area of the demo"
LOAD_OF_LOSS, INERTIA_S, ROOM = 10.0, 3.0, 0.2  # as the field's scenario plant-loss has them
SOURCE = (
    "Assumption of the demo, no measured area: load ten times its largest plant, machines of that rating with 3 s of "
    "inertia, 5 % droop and a fifth of their rating as room, as in the field's scenario plant-loss."
)


def prepare_field_area() -> bool:
    """Whether it was written; where somebody described an area, or took this one away, nothing is."""
    rows = Series.objects.in_use().filter(subject=Subject.PLANT, quantity__in=PlantKind.values, rated_kw__gt=0)
    largest = rows.order_by("-rated_kw").values_list("rated_kw", flat=True).first()
    if largest is None or StabilityArea.objects.exists():
        return False
    load_kw = LOAD_OF_LOSS * largest
    StabilityArea.objects.create(
        name=NAME,
        kinetic_kws=INERTIA_S * load_kw,
        load_kw=load_kw,
        governor_kw=load_kw,
        governor_room_kw=ROOM * load_kw,
        source=SOURCE,
    )
    return True
