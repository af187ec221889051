"""Stock that costs more than it is good for: too much, too old, moved for nothing, waiting."""
