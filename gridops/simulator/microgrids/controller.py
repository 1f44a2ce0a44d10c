"""The controller of a microgrid on its site: what it does by itself, and what it takes from the room.

IEEE 2030.7 calls the two halves dispatch and transition functions; here are those that must not wait for anybody. Pure:
no wire and no clock.
"""

from dataclasses import replace

from gridops.simulator.microgrids.genset import NOMINAL_HZ, Genset, Running
from gridops.simulator.microgrids.standing import GROUPS, VOLTAGE_PU, Around, Mode, Standing
from gridops.simulator.microgrids.swing import SECONDARY_S, STEP_S, SYNC_S
from gridops.simulator.microgrids.windows import NORMAL_SHARE, refusal

SHED_HZ, SHED_EVERY_S = 49.0, 0.3
TRIP_HZ, TRIP_AFTER_S = (47.5, 52.0), 0.16
# While it synchronises: how much faster it turns for each degree that it lags, and how fast it follows the voltage.
HZ_PER_DEG, MOST_SLIP_HZ, VOLTAGE_S = 6e-4, 0.12, 3.0
# With nobody at the wire it starts its generators on a low charge, and stops them on a good one.
LOW_SOC, GOOD_SOC, OWN_SHARE = 0.2, 0.6, 0.8


class Controller(Standing):
    # What the room sets. A text says why it is refused.

    def set_mode(self, wanted: int) -> str:
        if wanted == self.mode:
            return ""
        if wanted not in (Mode.CONNECTED, Mode.ISLANDED, Mode.SYNCHRONISING):
            return "the mode is 1 connected, 2 islanded or 3 synchronising"
        if wanted == Mode.SYNCHRONISING:
            return self._synchronise()
        if wanted == Mode.CONNECTED and self.is_live:
            return "the part stands alone; synchronise and close the coupling"
        if wanted == Mode.ISLANDED and not self.closed and not self.is_live:
            return self._start_black()
        self.mode = Mode(wanted)
        return ""

    def set_shed(self, wanted: int) -> str:
        if wanted not in range(GROUPS + 1):
            return f"shed_group is a whole number from 0 to {GROUPS}"
        self._wanted_shed, self._own_shed = wanted, 0
        return ""

    def order(self, genset: Genset, wanted_kw: float) -> str:
        if said := genset.refusal(wanted_kw):
            return said
        self._started.discard(genset.design.mrid)
        genset.order(wanted_kw)
        return ""

    def may_close(self) -> str:
        """The synchrocheck: why the coupling stays open; empty where it may close."""
        if not self.is_live:
            return ""  # a dead part takes supply from whatever there is
        if not self.around.grid_live:
            return "the grid is dead and the part lives"
        return refusal(
            self.window, slip_hz=self.slip_hz, voltage_pu=self.voltage_difference_pu, angle_deg=self.angle_deg
        )

    def open_coupling(self) -> None:
        """By command or by a protection. A controller that is on forms the island in the same instant."""
        if self.closed:
            self.closed = False
            self._part()

    def close_coupling(self) -> None:
        self.closed = True
        if self.is_live:
            self._say("joined the grid")
        self.is_live, self._own_shed = False, 0
        self.mode = Mode.CONNECTED

    def go_black(self, why: str) -> None:
        self._say(f"went black: {why}")
        self.is_live, self.mode = False, Mode.OFF
        self.swing.battery_kw = 0.0
        for one in self.gensets:
            one.order(0.0)

    # What happens.

    def feel_grid(self, *, is_live: bool, has_fault: bool = False) -> None:
        """The supply beyond the coupling: where it is lost, the controller parts from it in the same instant."""
        is_lost = self.around.grid_live and not is_live
        self.around = replace(self.around, grid_live=is_live)
        if self.closed and is_live and self.mode is Mode.OFF:
            self.mode = Mode.CONNECTED
        if has_fault and (self.is_live or (self.closed and is_lost)):
            self.go_black("a fault inside")
        elif is_lost and self.closed and self.mode is not Mode.OFF:
            self._answer_loss()

    def step(self, wall_s: float, energy_s: float, around: Around) -> None:
        """Advance by wall_s; energy flows for energy_s, the time of the profiles."""
        self.around = replace(around, grid_live=self.around.grid_live)
        self.feel_grid(is_live=around.grid_live)
        for one in self.gensets:
            one.pass_time(wall_s)
        if self.is_live:
            self._stand_alone(wall_s)
        else:
            self._follow()
        for one in self.gensets:
            one.burn(energy_s)

    def _answer_loss(self) -> None:
        """A part that cannot live stays with the dead grid, whose return brings it back."""
        if self.groups_to_cut() is None:
            self.go_black("the grid is lost and its battery cannot carry what must not be cut")
        else:
            self.open_coupling()

    def _part(self) -> None:
        """The part has just come to stand alone."""
        if self.mode is Mode.OFF:
            return
        kept = self.groups_to_cut()
        if kept is None:
            self.go_black("its battery cannot carry what must not be cut")
            return
        self._own_shed = max(self._own_shed, kept)
        self._form(self.around.grid_hz if self.around.grid_live else NOMINAL_HZ, self.around.battery_kw)
        self._say(f"stands alone, {self.shed} groups of loads cut")

    def _start_black(self) -> str:
        kept = self.groups_to_cut()
        if kept is None:
            return "the battery cannot carry what must not be cut; charge it or start with less load"
        self._own_shed = max(self._own_shed, kept)
        self._form(NOMINAL_HZ, self.kept_kw(self.shed) + self.around.losses_kw - self.around.plants_kw)
        self._say(f"started from black, {self.shed} groups of loads cut")
        return ""

    def _form(self, hz: float, battery_kw: float) -> None:
        low, high = self.around.limits_kw
        self.swing.begin(hz, min(max(battery_kw, low), max(low, high)))
        self.is_live, self.mode, self.angle_deg = True, Mode.ISLANDED, 0.0
        self.set_voltage_pu = VOLTAGE_PU
        self._shed_left_s = self._out_s = 0.0

    def _synchronise(self) -> str:
        if not self.is_live:
            return "the part does not stand alone"
        if not self.around.grid_live:
            return "the grid beyond the coupling is dead"
        self.mode = Mode.SYNCHRONISING
        return ""

    def _follow(self) -> None:
        """Beside the grid, or dead."""
        self.angle_deg = 0.0
        for one in self.gensets:
            if self.has_voltage:
                one.follow()
            elif one.state is not Running.FAILED and one.wanted_kw:
                one.order(0.0)

    def _stand_alone(self, wall_s: float) -> None:
        self._mind_the_charge()
        if self.mode is Mode.SYNCHRONISING and not self.around.grid_live:
            self.mode = Mode.ISLANDED
        self._hold_voltage(wall_s)
        self.swing.lowest_hz = self.swing.highest_hz = self.swing.hz
        for _ in range(round(wall_s / STEP_S)):
            self._sub_step()
            if not self.is_live:
                return

    def _sub_step(self) -> None:
        around, is_joining = self.around, self.mode is Mode.SYNCHRONISING
        wanted = NOMINAL_HZ
        if is_joining:
            wanted = around.grid_hz + min(max(-HZ_PER_DEG * self.angle_deg, -MOST_SLIP_HZ), MOST_SLIP_HZ)
        self.swing.advance(
            load_kw=self.kept_kw(self.shed) + around.losses_kw,
            plants_kw=around.plants_kw,
            limits_kw=around.limits_kw,
            gensets=self.gensets,
            wanted_hz=wanted,
            within_s=SYNC_S if is_joining else SECONDARY_S,
        )
        turned = 360.0 * (self.swing.hz - around.grid_hz) * STEP_S
        self.angle_deg = (self.angle_deg + turned + 180.0) % 360.0 - 180.0
        self._protect()

    def _protect(self) -> None:
        hz = self.swing.hz
        self._shed_left_s = max(self._shed_left_s - STEP_S, 0.0)
        if hz < SHED_HZ and self.shed < GROUPS and not self._shed_left_s:
            self._own_shed, self._shed_left_s = self.shed + 1, SHED_EVERY_S
            self._say(f"cut group {self._own_shed} of loads at {hz:.2f} Hz")
        is_out = not TRIP_HZ[0] < hz < TRIP_HZ[1]
        self._out_s = self._out_s + STEP_S if is_out else 0.0
        if self._out_s > TRIP_AFTER_S:
            self.go_black(f"its frequency was {hz:.1f} Hz")

    def _hold_voltage(self, wall_s: float) -> None:
        goal = self.set_voltage_pu + self.grid_voltage_pu - self.voltage_pu
        if self.mode is not Mode.SYNCHRONISING or self.grid_voltage_pu < NORMAL_SHARE:
            goal = VOLTAGE_PU
        self.set_voltage_pu += (goal - self.set_voltage_pu) * min(wall_s / VOLTAGE_S, 1.0)

    def _mind_the_charge(self) -> None:
        for one in self.gensets:
            name = one.design.mrid
            if one.state is Running.STOPPED and self.around.soc < LOW_SOC and one.fuel_kwh > 0:
                self._started.add(name)
                one.order(OWN_SHARE * one.design.rated_kw)
                self._say(f"starts {one.design.name} on a low charge")
            elif name in self._started and self.around.soc > GOOD_SOC:
                self._started.discard(name)
                one.order(0.0)
