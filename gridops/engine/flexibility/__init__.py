"""What customers would have used without a call, how well that is known, and what follows for delivery and money.

Signs: load and baseline are positive when power is taken from the network; delivered is baseline less load, so what a
call saved is positive; rebound is load less baseline. kW are means over a slot. NaN is unknown and stays unknown.
"""
