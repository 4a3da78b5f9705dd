"""The people told: from a transition to a page that somebody received."""
