"""The faults that are not refused yet, or not with a sentence that helps: the tests fail as said."""

NOT_REFUSED: dict[str, str] = {}
"""What happens instead, by the fault's name."""
