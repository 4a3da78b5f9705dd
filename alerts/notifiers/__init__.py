"""One receiver of pages per file."""
