from enum import StrEnum


class TopicKind(StrEnum):
    JOURNAL = "journal"  # facts in order; listeners are hinted and read by position
    TEXT = "text"  # newest JSON wins
    BINARY = "binary"  # newest frame wins
