"""Write the reference pages anew: `python -m tests.reference`, or `make reference`."""

from __future__ import annotations

from tests.reference.pages import PAGES

for path, write in PAGES.items():
    path.parent.mkdir(exist_ok=True)
    text = write()
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")
        print(f"wrote {path.name}")
