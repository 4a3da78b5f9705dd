"""Keep the few facts of a history by which every search for its first or last fact of a kind ends as in the whole.

Pure. What is kept of what is kept, with the facts that follow, is what would be kept of all.
"""

from __future__ import annotations

from collections.abc import Sequence

from monitor.history.events import Event
from monitor.history.mapping import HOLDERS, Fact, History, Interpreted, Past
from monitor.history.retirement import retires, shows_life
from monitor.model import CircuitState, SubjectKind


def landmarks(facts: Sequence[Fact]) -> tuple[Fact, ...]:
    """The first and last fact of each phase, with and without a status; the first of all, and that names a party.

    Also the last that says or takes back each instant, and the first retirement after the last sign of life.
    """
    first: dict[object, int] = {}
    last: dict[object, int] = {}
    party = gone = None
    for place, fact in enumerate(facts):
        repeats = fact.override is not None and fact.override.repeats
        kind = (type(fact.phase), fact.phase, fact.status is None, repeats)
        first.setdefault(kind, place)
        last[kind] = place
        if party is None and any(fact.attributes.get(name) for name in HOLDERS):
            party = place
        for name in (*fact.instants, *fact.taken_back):
            last["instant", name] = place
        if retires(fact.phase):
            gone = place if gone is None else gone
        elif shows_life(fact.phase):
            gone = None
    kept = {*first.values(), *last.values(), *(at for at in (party, gone) if at is not None)}
    return tuple(facts[place] for place in sorted(kept | ({0} if facts else set())))


def read_so_far(history: History, events: Sequence[Event]) -> Interpreted | None:
    """What the events after *events* are read with, of which *history* was made; None where nothing can be kept yet.

    Until the first phase or state the opening is not known.
    """
    scanned = history.scanned
    phase = next((fact.phase for fact in scanned if fact.phase is not None), None)
    read = history.read
    if phase is None or read is None:
        return None
    if read.believing.kind is SubjectKind.CIRCUIT and not isinstance(phase, CircuitState):
        return None
    past = Past(history.attributes, history.circuit_state, landmarks(scanned))
    one = read.believing.kept(events, past)
    other = one if read.refusing is read.believing else read.refusing.kept(events, past)
    return Interpreted(one, other)
