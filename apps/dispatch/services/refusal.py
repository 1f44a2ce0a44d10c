class Refused(Exception):
    """The act does not fit what is there; the message says why and what to do."""
