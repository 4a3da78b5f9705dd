"""Have the configuration read again: it is taken as a whole, or refused and nothing changes."""

from __future__ import annotations

from typing import Annotated

from fastapi import Body
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from exporters.api.answers import Answer
from exporters.api.deeds import DeedViews, NothingMore
from exporters.api.section import Section
from monitor.access import Principal, Right


class Reloaded(BaseModel):
    """How it ended."""

    taken: bool = Field(description="Whether it runs now; false in a 202: it is still being read, the log says more.")
    sentence: str = Field(description="What the log says of it.")


def reload(views: DeedViews) -> Section:
    """The section."""
    section = Section("reload", "The configuration that runs.")

    @section.change(
        "POST", "/reload", answers=Reloaded, right=Right.RELOAD, summary="Read the configuration again",
        also=(202,), example={},
    )  # fmt: skip
    def reload_configuration(asked: Annotated[NothingMore, Body()], principal: Principal) -> Answer:
        """One that cannot be used is a 422 with the sentence, and the one before runs on."""
        found = views.reload(principal.name)
        if found.status >= 400:
            headers = {"retry-after": str(found.retry_after)} if found.retry_after else None
            raise HTTPException(found.status, f"{found.sentence.rstrip('.')}.", headers)
        return Answer({"taken": found.status == 200, "sentence": found.sentence}, found.status)

    return section
