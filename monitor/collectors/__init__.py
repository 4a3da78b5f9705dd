"""One source of tickets or circuits per file."""
