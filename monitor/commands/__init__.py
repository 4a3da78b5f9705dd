"""One command a file. A command reads its arguments, asks the rooms, and prints."""
