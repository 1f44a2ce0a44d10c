"""Signs, sides and bases, in words.

- An injection is positive INTO the network: generation and discharge are positive, consumption negative.
- A source's power is positive when it feeds the network (import).
- A flow at an end of a line or transformer is positive from the node INTO the equipment (CIM terminals), so both
  ends of a line carrying power from 'from' to 'to' read +P and about -P.
- A shunt is given by its injection at 1 pu: a capacitor's reactive power is positive.
- Voltages named `_pu` refer to the nominal voltage of their own node.
- Loading is a fraction: 1.0 is the rating. It is nan where no rating is known.
- A dead element has a voltage of nan and flows of zero.
"""

from enum import IntEnum


class Side(IntEnum):
    """End of a line (from, to) or of a transformer (high, low)."""

    FROM = 0
    TO = 1
    HIGH = FROM
    LOW = TO
