"""Ways out of the stages of the sequence: back where something failed, and at once where the values say so."""

from gridops.engine.microgrids.stages import Aim, Enter, Failed, Next, Stage, View


def to_grid(view: View, aim: Aim, why: str) -> Next:
    """Nothing was parted: everything goes back to where it was."""
    if view.coupling_closed is False:
        return Enter(Stage.FORMING, why, way_back=f"{why} The coupling is open: the island is formed.")
    return Enter(Stage.RECONNECTING, why, way_back=f"{why} It stays with the grid.")


def to_voltage(view: View, aim: Aim, why: str) -> Next:
    """An island that does not live goes back to a healthy grid, else it is started from black."""
    if not aim.grid_objection(view) and not aim.sync_objection(view):
        return Enter(Stage.CLOSING, why, way_back=f"{why} The grid is healthy: it goes back to it.")
    return Enter(Stage.CLEARING, why, way_back=f"{why} It is started from black.")


def to_deeper(view: View, aim: Aim, why: str) -> Next:
    """An island that lives though beyond its limits is left to a person; one without voltage is brought back to it."""
    if view.is_dead:
        return to_voltage(view, aim, why)
    return Failed(f"{why} The island stands, but not within its limits.")


def to_island(view: View, aim: Aim, why: str) -> Next:
    """A reconnection that does not come about ends where the part stands: alone, unless the coupling has closed."""
    if view.coupling_closed:
        return Enter(Stage.RECONNECTING, why)
    return Enter(Stage.ISLANDED, why, way_back=f"{why} It stays alone.")


def to_person(view: View, aim: Aim, why: str) -> Next:
    """Nothing is done by itself any more."""
    return Failed(why)


def to_shed(view: View, aim: Aim, why: str) -> Next:
    """What was picked up last was too much; or a generator does not come."""
    return Enter(Stage.ISLANDED, why, way_back=f"{why} No more loads are picked up.")


# What leaves a stage at once.


def closed_meanwhile(view: View, aim: Aim) -> Next | None:
    """Whoever has closed the coupling, the part stands with the grid."""
    return Enter(Stage.RECONNECTING, "The coupling is closed.") if view.coupling_closed else None


def dead_or_closed(view: View, aim: Aim) -> Next | None:
    """An island ends by a closed coupling or by the loss of its voltage."""
    if view.coupling_closed:
        return Enter(Stage.RECONNECTING, "The coupling is closed.", way_back="The coupling was closed meanwhile.")
    if view.is_dead:
        why = "The island has lost its voltage."
        return Enter(Stage.CLEARING, why, way_back=f"{why} It is started from black.")
    return None


def lost_while_closing(view: View, aim: Aim) -> Next | None:
    """Outside the windows nothing is closed: back to synchronising, or alone where the grid is not healthy."""
    if view.coupling_closed:
        return None
    why = aim.grid_objection(view)
    if why and view.knows_grid:
        return Enter(Stage.ISLANDED, why, way_back=f"Not closed: {why}. It stays alone.")
    if why:
        return Enter(Stage.SYNCHRONISING, why)
    return Enter(Stage.SYNCHRONISING, why) if (why := aim.sync_objection(view)) else None


def grid_lost(view: View, aim: Aim) -> Next | None:
    """While it synchronises the grid may be lost again."""
    if view.coupling_closed:
        return Enter(Stage.RECONNECTING, "The coupling is closed.")
    if view.knows_grid and (why := aim.grid_objection(view)):
        return Enter(Stage.ISLANDED, why, way_back=f"Not synchronised: {why}. It stays alone.")
    return None


def opened_again(view: View, aim: Aim) -> Next | None:
    """A coupling that opens soon after it has closed leaves an island."""
    if view.coupling_closed is False:
        why = "The coupling has opened again."
        return Enter(Stage.FORMING, why, way_back=f"{why} The island is formed.")
    return None


def grid_is_back(view: View, aim: Aim) -> Next | None:
    """A black part beside a healthy grid is supplied by it."""
    if view.coupling_closed is False and view.is_dead and not aim.grid_objection(view):
        return Enter(Stage.CLOSING, "The grid is healthy.")
    return None


def grid_gone(view: View, aim: Aim) -> Next | None:
    """While it balances the field may have parted by itself."""
    if view.coupling_closed is False:
        return Enter(Stage.FORMING, "The coupling has opened.")
    return None
