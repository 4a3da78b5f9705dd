"""Hold the commands of `tierwatch` that ask and answer, one per file; `cli.py` lists them."""
