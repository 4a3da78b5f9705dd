"""One exporter that sends points to a database per file."""
