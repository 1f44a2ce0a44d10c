"""Microgrids of the field: how an island swings, its generators, its controller, and what all of them say by Modbus."""
