"""The numbers out: what other systems read of the clocks."""
