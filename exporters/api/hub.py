"""Subscriptions to notifications of violated promises, in the shape of TMF630."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Body
from fastapi import Path as InPath
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from exporters.api.answers import Answer
from exporters.api.section import Section
from exporters.web import API_PATH
from monitor.access import Principal, Right, may
from monitor.explain import text
from monitor.store import Subscription

INSTANT: dict[str, Any] = {"format": "date-time"}

NO_HUB = "The configuration has no hub, so nobody can subscribe."
NONE = "There is no such subscription of yours."

Id = Annotated[str, InPath(max_length=64, description="The subscription's id.")]


@dataclass(frozen=True, slots=True)
class HubViews:
    """What the app lets the API do. `subscribe` takes who, of which customer alone, the callback and the query.

    It raises ValueError with a sentence for what is refused, and gives None where there are too many. `end` takes the
    id and who ends it. `key` gives what signs a subscriber's notifications. `offered` is false without a hub.
    """

    offered: bool
    all: Callable[[], Sequence[Subscription]]
    subscribe: Callable[[str, str | None, str, str], Subscription | None]
    key: Callable[[str], str]
    end: Callable[[str, str], None]


class NewSubscription(BaseModel):
    """Where notifications are to go, and of what."""

    model_config = ConfigDict(extra="forbid")

    callback: str = Field(max_length=1_000, description="The address that is sent them, at an allowed origin.")
    query: str = Field(
        default="", max_length=1_000,
        description="What is notified: `eventType`, `tier`, `source`, `target`, as `tier=gold&tier=diamond`; else all.",
    )  # fmt: skip


class Subscribed(BaseModel):
    """A subscription."""

    id: str = Field(description="Its id.")
    callback: str = Field(description="The address that is sent notifications.")
    query: str = Field(description="What is notified; empty for all.")
    owner: str = Field(description="Who subscribed.")
    created_at: str = Field(description="Since when.", json_schema_extra=INSTANT)
    failing_since: str | None = Field(
        description="Since when the subscriber takes nothing; null while it takes them.", json_schema_extra=INSTANT
    )
    suspended_at: str | None = Field(
        description="When it was suspended: nothing is sent since then; null where it is not.",
        json_schema_extra=INSTANT,
    )
    suspended_for: str = Field(description="Why it was suspended: `dead` or `gone`; empty where it is not.")
    secret: str | None = Field(
        default=None, description="The key that signs what is sent; only in the answer to the one who subscribed."
    )


class Subscriptions(BaseModel):
    """All subscriptions of whoever asks."""

    items: list[Subscribed] = Field(description="The oldest first.")


def hub(views: HubViews) -> Section:
    """The section."""
    section = Section("hub", "Notifications of violated promises, sent to whoever subscribes.")

    @section.change(
        "POST", "/hub", answers=Subscribed, status=201, right=Right.SUBSCRIBE, refusals=(400, 404, 409),
        summary="Subscribe to notifications of violations",
        example={"callback": "https://crm.example.com/violations", "query": "tier=gold&tier=diamond"},
    )  # fmt: skip
    def create_subscription(new: Annotated[NewSubscription, Body()], principal: Principal) -> Answer:
        """The same callback and query of the same caller are the same subscription, which is resumed if need be."""
        return _subscribe(views, new, principal)

    @section.get("/hub", answers=Subscriptions, right=Right.SUBSCRIBE, summary="List subscriptions")
    def list_subscriptions(principal: Principal) -> Answer:
        """Whoever administers sees those of all."""
        return Answer({"items": [_subscribed(one) for one in _mine(views, principal)]})

    @section.get("/hub/{subscription}", answers=Subscribed, right=Right.SUBSCRIBE, summary="Show a subscription")
    def show_subscription(subscription: Id, principal: Principal) -> Answer:
        return Answer(_subscribed(_found(views, subscription, principal)))

    @section.change(
        "DELETE", "/hub/{subscription}", answers=Subscribed, right=Right.SUBSCRIBE, summary="End a subscription"
    )
    def end_subscription(subscription: Id, principal: Principal) -> Answer:
        """Answers with what was ended. What was not sent yet is not sent any more."""
        one = _found(views, subscription, principal)
        views.end(one.id, principal.name)
        return Answer(_subscribed(one))

    return section


def _subscribe(views: HubViews, new: NewSubscription, principal: Principal) -> Answer:
    if not views.offered:
        raise HTTPException(404, NO_HUB)
    try:
        made = views.subscribe(principal.name, principal.customer, new.callback, new.query)
    except ValueError as error:
        raise HTTPException(400, f"{error}.") from None
    if made is None:
        raise HTTPException(409, "There are as many subscriptions as there may be; end one first.")
    body = {**_subscribed(made), "secret": views.key(made.id)}
    return Answer(body, 201, (("location", f"{API_PATH}/hub/{made.id}"),))


def _mine(views: HubViews, principal: Principal) -> list[Subscription]:
    """Whoever administers sees all, others see their own."""
    everything = may(principal, Right.ADMINISTER)
    return [one for one in views.all() if everything or one.owner == principal.name]


def _found(views: HubViews, subscription: str, principal: Principal) -> Subscription:
    one = next((each for each in _mine(views, principal) if each.id == subscription), None)
    if one is None:
        raise HTTPException(404, NONE)
    return one


def _subscribed(one: Subscription) -> dict[str, Any]:
    return {
        "id": one.id,
        "callback": one.callback,
        "query": one.query,
        "owner": one.owner,
        "created_at": text(one.created_at),
        "failing_since": text(one.failing_since),
        "suspended_at": text(one.suspended_at),
        "suspended_for": one.suspended_for,
    }
