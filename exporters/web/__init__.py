"""The page for people: the tiers, the nearest clocks, what is wrong, and why a clock stands where it stands."""
