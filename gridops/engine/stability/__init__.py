"""Frequency and voltage after a disturbance: what happens, what is needed against it, who gives it."""
