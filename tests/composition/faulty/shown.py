"""The faults that are not refused yet, or not with a sentence that helps; none is hidden."""

SHOWN_BY_NOBODY: dict[str, str] = {}
"""What happens instead, by the fault's name."""
