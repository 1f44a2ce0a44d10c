"""What stands beside every alarm of a condition, until a site documents it in its own words."""

from dataclasses import dataclass

from apps.alarms.choices import Condition


@dataclass(frozen=True, slots=True)
class Procedure:
    """What an operator should know and do; the same for every alarm of a condition."""

    cause: str
    consequence: str
    action: str


PROCEDURES: dict[Condition, Procedure] = {
    Condition.HIGH: Procedure(
        "The measured value has risen above the limit set for this point.",
        "The equipment works outside the range it was set for; other alarms may follow.",
        "Compare the reading with its neighbours and its trend. If they agree, bring the value back below the limit.",
    ),
    Condition.LOW: Procedure(
        "The measured value has fallen below the limit set for this point.",
        "The equipment works outside the range it was set for; other alarms may follow.",
        "Compare the reading with its neighbours and its trend. If they agree, bring the value back above the limit.",
    ),
    Condition.VOLTAGE_LOW: Procedure(
        "Heavy load, a long way round after switching, a tap that stands too low, or generation that has dropped out.",
        "Customers get too little voltage; motors run hot, and devices may switch off.",
        "Look for an open switch or a lost generator on the feeder. Raise the transformer's tap, or move load to a "
        "neighbouring feeder over a tie line.",
    ),
    Condition.VOLTAGE_HIGH: Procedure(
        "Much local generation at light load, or a tap that stands too high.",
        "Equipment of customers may be damaged; inverters will switch off, and the voltage then falls at once.",
        "Lower the transformer's tap, let storage charge, or ask for less generation on the feeder.",
    ),
    Condition.OVERLOAD: Procedure(
        "More load or generation than planned, or a path that carries what another one has lost.",
        "Heat ages the equipment and makes lines sag; protection may trip it and cut customers off.",
        "See how fast the loading rises. Move load to a neighbouring feeder, discharge storage behind the bottleneck, "
        "or ask for less generation.",
    ),
    Condition.OFF_NORMAL: Procedure(
        "Protection has tripped the switch, or somebody has operated it.",
        "What lies behind it may be without supply, and neighbouring feeders may carry more than usual.",
        "Find out whether protection or a person opened it. Do not close onto a fault: have the section behind it "
        "checked or isolated first.",
    ),
    Condition.LOSS_OF_SUPPLY: Procedure(
        "A fault has been cleared by opening a breaker, or switching has left a section without a source.",
        "Customers are without electricity.",
        "Find the faulted section between the opened breaker and the last live node. Isolate it, then supply the "
        "healthy sections from the substation and over tie lines. Send a crew.",
    ),
    Condition.BAD_DATA: Procedure(
        "A meter, its transformer or its scaling is wrong: its readings contradict all the others.",
        "The reading is left out of the estimate; with less redundancy another error may stay unseen.",
        "Do not act on this meter alone. Compare reading and estimate over time and have the meter checked.",
    ),
    Condition.SWITCH_DOUBTFUL: Procedure(
        "The switch's signal is wrong or was set by hand and forgotten: the meters around it fit its other position.",
        "What is shown as live may be dead, and dead as live; the estimate uses the position that the meters say.",
        "Do not rely on the shown position: test for voltage before any work. Have the position confirmed on site and "
        "the signal corrected.",
    ),
    Condition.COMM_FAIL: Procedure(
        "The link to the gateway is broken, or the gateway itself has stopped.",
        "All its values stand still. Nothing that happens there is seen, and no news is not good news.",
        "Treat its area as unseen. Check the link and the gateway; staff a station by hand if it matters now.",
    ),
    Condition.POINTS_STALE: Procedure(
        "Many meters have stopped reporting: a concentrator, a radio link or a power supply may have failed.",
        "The state leans on stand-ins and on what is left; limits may be passed without being seen.",
        "See on the overview which area is stale. Check the links there before acting on its values.",
    ),
    Condition.ESTIMATION_FAILED: Procedure(
        "Too few or contradicting measurements, or a topology that does not fit what is measured.",
        "The state of the grid is not known: no violation of voltage or loading would be told.",
        "Work by measured values alone. Look for stale links and bad data, and undo doubtful switch positions.",
    ),
    Condition.AREA_SILENT: Procedure(
        "The process that estimates the area has stopped or hangs, or the machine on which it runs is not reached.",
        "The area's part of the state stands still: no violation of voltage or loading there would be told.",
        "Work there by measured values alone. Tell an administrator: the process 'run_estimator --area' with the "
        "area's name, its log, and its way to the database are to be looked at.",
    ),
    Condition.AREA_UNATTENDED: Procedure(
        "Nobody who answers for this area has had a display open for a minute, or nobody is assigned to it.",
        "Alarms of the area sound before an empty chair.",
        "Take the area over, or call whoever is assigned to it. A supervisor assigns people in the administration.",
    ),
    Condition.CLOCK_WRONG: Procedure(
        "Time tags lie ahead of the time of their arrival, or stay far behind it: a clock is set wrong or runs away.",
        "Values from ahead are marked questionable and never count as newest; the order of events cannot be trusted.",
        "Have the clock of the device set. Until then read its events by the time at which they were received.",
    ),
    Condition.TASK_FAILED: Procedure(
        "A forecast, a report or a piece of housekeeping failed, or ended its worker again and again.",
        "What it should have written is missing or old. Samples, alarms and the estimate do not depend on it.",
        "Tell an administrator: the reason stands in the message and, in full, in the log of the worker.",
    ),
    Condition.COMMAND_FAILED: Procedure(
        "The field has accepted a command, or may have, and the device was not seen to follow in time.",
        "The device stands elsewhere than was ordered, or moves later than expected; plans that count on it are void.",
        "See the order's log and the device's position. Nothing is sent again by itself: have the device looked at on "
        "site, or order the act anew once its position is certain.",
    ),
    Condition.COURSE_STOPPED: Procedure(
        "A set-point of an approved course was refused, failed, or carried a warning that nobody was there to read; or "
        "whoever approved it no longer answers for the area.",
        "The rest of the course is not carried out. The device stands at rest, or where the message says so.",
        "Read the reason on the course. Take the course over where that is asked for; else see what the device may do "
        "now, and approve the next plan or order it by hand.",
    ),
    Condition.CALL_FAILED: Procedure(
        "An approved call to customers could not be published over OpenADR before it should have begun.",
        "Nobody was asked: the relief that was planned does not come.",
        "Read the reason on the call. Put it right with the program manager and plan the call anew, or relieve the "
        "feeder by other means.",
    ),
    Condition.FAULT_PASSED: Procedure(
        "A fault indicator has seen fault current: the fault lies behind it, seen from the supply.",
        "By itself nothing; it helps to find the faulted section.",
        "Look at the incident, which has taken it up. Reset the indicator when the fault is repaired.",
    ),
    Condition.SUPPLY_FAULT: Procedure(
        "Protection has cut off a part of the network, or customers' meters say that they have no supply.",
        "Customers stay without supply until the fault is isolated and the rest is switched on again.",
        "Open the incident: see the section that is probably faulted, and the plan that isolates it and restores the "
        "rest. Send a crew.",
    ),
    Condition.RESTORATION_STOPPED: Procedure(
        "A switch did not answer, or what a step would do is no longer what was checked.",
        "Customers that were to be restored stay without supply; the grid stands between two steps.",
        "Open the incident: go on by another plan, or take the way back that is prepared there.",
    ),
    Condition.THREAT: Procedure(
        "Values, commands, sign-ins or devices do not behave as physics and habit say, or a warning touches assets.",
        "Decisions may rest on false values, or somebody may act who must not.",
        "Open the finding: read its evidence, compare with a second source, and do what it advises. Tell who answers "
        "for security.",
    ),
    Condition.ISLANDED: Procedure(
        "A microgrid has parted from the network: by protection, by a rule that a person has set, or by command.",
        "Its customers live from its own generation and storage alone, for the hours that its page tells.",
        "Open the microgrid: see how long it can stand alone, and what would raise it. It reconnects when the network "
        "has kept its limits long enough, unless you forbid it.",
    ),
    Condition.TRANSITION_STOPPED: Procedure(
        "A step of islanding or of reconnection was refused, or its effect was not seen in time.",
        "The microgrid stands in the state that its page tells; loads may be without supply.",
        "Open the microgrid: read the step and its reason, then go on, or take the way back that stands there.",
    ),
    Condition.ISLAND_SHORT: Procedure(
        "The energy and fuel of an island will not carry its critical loads as long as the outage is expected to last.",
        "Critical customers lose supply when the storage is empty.",
        "Open the microgrid: shed loads of less priority, bring fuel or a mobile generator, and tell the customers.",
    ),
    Condition.CVR_GUARD: Procedure(
        "During a voltage experiment a customer's voltage came below the guard.",
        "Nothing by itself: the experiment has ended and the voltage goes back to where it was.",
        "See the lowest voltages of the feeder and their cause before the experiment is begun anew.",
    ),
    Condition.BATTERY_WARNING: Procedure(
        "A reading of a rack has come near a safety limit: charge, cell voltage, temperature, spread or insulation.",
        "If it goes on, the battery's power will be reduced.",
        "See which rack and which reading, and its trend. Plan gentler, or have cooling and cells looked at.",
    ),
    Condition.BATTERY_DERATED: Procedure(
        "A reading of a rack lies between a limit's derating and its stop.",
        "The battery may take or give only part of its power: what is planned beyond that is refused.",
        "See which reading it is. The plan of the next quarter of an hour reckons with it; look for what else can do "
        "what the battery was to do.",
    ),
    Condition.BATTERY_STOPPED: Procedure(
        "A reading of a rack is beyond a limit's stop, or has not been known for too long.",
        "The battery may not move in that direction. Courses that want it to are stopped.",
        "See which reading it is, and whether the meter or the cells are at fault. Do not narrow or lift anything to "
        "get it going: have it looked at.",
    ),
    Condition.BATTERY_TRIPPED: Procedure(
        "A reading was beyond its last rung; the battery's own management has taken it off, or is about to.",
        "The battery is away until somebody has reset it on the spot. Gas or heat may be dangerous.",
        "Keep people away until the readings are normal. Send those who know the plant; the trip is reset there, and "
        "only then told here.",
    ),
    Condition.DISK_SHORT: Procedure(
        "The database grows faster than the retention policies free room, or something else fills its disk.",
        "On a full disk no sample, alarm or act is stored: the control room goes blind until there is room again.",
        "Tell an administrator: give the database a larger disk, remove what does not belong there, or shorten a "
        "retention policy; tables that are too old go within the hour.",
    ),
    Condition.WEATHER_LATE: Procedure(
        "The provider, the way to it or whatever puts files into the folder has stopped, or the files are refused.",
        "Forecasts lean on an older weather forecast, then on none: those of sun, wind and heating get worse first.",
        "Trust the outer hours of forecasts less. Tell an engineer: the reason and the refused files stand on the page "
        "Weather.",
    ),
    Condition.PRICES_LATE: Procedure(
        "The auction was delayed or decoupled, the way to its provider is broken, or its files are refused.",
        "Schedules of storage, flexible loads and bids for tomorrow stand on an expected price: the mean of the same "
        "hour of the last seven known days.",
        "See the page Prices for the reason and the refused files. Tell an engineer; a file can be imported there by "
        "hand. Do not confirm schedules or bids that only pay at the expected price.",
    ),
    Condition.FORECAST_DRIFT: Procedure(
        "What is forecast has changed its ways: other customers, new plants, switching, or inputs that went wrong.",
        "Forecasts of these series are no better than repeating last week; what is decided by them is decided blindly.",
        "Look at the series' page for faults of its data and at the weather's feeds. If both are sound, the next "
        "training learns the new ways; until then an earlier model may do better, or an override by hand.",
    ),
    Condition.FORECAST_UNCALIBRATED: Procedure(
        "The errors have grown or shrunk since the bands were set: a change of season, of weather forecasts, of loads.",
        "The bands promise more, or less, certainty than there is: reserves taken from them are too small or too dear.",
        "See on the skill page whether they are too narrow or too wide. They adapt within two weeks by themselves; "
        "until then take a wider level, or a narrower one.",
    ),
    Condition.CANARY: Procedure(
        "Every half minute the alarm processor writes a sign of life through the whole alarm path.",
        "When it stays away for a minute, displays say that alarms are not being processed.",
        "Treat the alarm list as old. Have the process 'alarms' and the database looked at.",
    ),
}
