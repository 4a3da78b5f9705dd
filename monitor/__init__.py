"""From a source's ticket or circuit to a stored transition."""

__version__ = "0.1.0"
