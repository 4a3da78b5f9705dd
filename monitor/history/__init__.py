"""Events of sources, batches of events, the mapping of a source's words to facts, the order of events.

Pure. Nothing is judged here; `monitor.clock` decides what a fact does to a clock.
"""

from __future__ import annotations

from monitor.compiled import let_copy
from monitor.history.baseline import Baseline, Used, baseline_from_json, baseline_to_json
from monitor.history.batch import Again, Apart, Batch, Collector, Cursor, Part, Records, polled
from monitor.history.erased import FIELD, RAW, Write, fields_without, least, texts_in_json, texts_of, without_texts
from monitor.history.event_json import correction_from_json, correction_to_json, event_from_json, event_to_json, stamp
from monitor.history.events import Correction, Event, Reject, content_id
from monitor.history.group_record import Entry, GoneSpell, GroupRecord
from monitor.history.landmarks import landmarks, read_so_far
from monitor.history.mapping import (
    ATTRIBUTES,
    CHOOSING,
    HOLDERS,
    INSTANT,
    INSTANTS,
    LADDERS,
    LASTING,
    OPEN,
    RUNGS_OF,
    TIME,
    AttributeRule,
    Doubt,
    Fact,
    History,
    Interpreted,
    PastChangesError,
    SourceMapping,
    StatusRule,
    interpret,
    understood,
)
from monitor.history.override import Override, OverrideKind
from monitor.history.placing import in_order, since_baseline
from monitor.history.retirement import (
    CORRECTION_ID,
    Retirement,
    WhyNot,
    correction_event,
    retirement,
    retires,
    shows_life,
    why_not,
)
from monitor.history.sound_batch import sound, text_of

__all__ = [
    "ATTRIBUTES",
    "CHOOSING",
    "CORRECTION_ID",
    "FIELD",
    "HOLDERS",
    "INSTANT",
    "INSTANTS",
    "LADDERS",
    "LASTING",
    "OPEN",
    "RAW",
    "RUNGS_OF",
    "TIME",
    "Again",
    "Apart",
    "AttributeRule",
    "Baseline",
    "Batch",
    "Collector",
    "Correction",
    "Cursor",
    "Doubt",
    "Entry",
    "Event",
    "Fact",
    "GoneSpell",
    "GroupRecord",
    "History",
    "Interpreted",
    "Override",
    "OverrideKind",
    "Part",
    "PastChangesError",
    "Records",
    "Reject",
    "Retirement",
    "SourceMapping",
    "StatusRule",
    "Used",
    "WhyNot",
    "Write",
    "baseline_from_json",
    "baseline_to_json",
    "content_id",
    "correction_event",
    "correction_from_json",
    "correction_to_json",
    "event_from_json",
    "event_to_json",
    "fields_without",
    "in_order",
    "interpret",
    "landmarks",
    "least",
    "polled",
    "read_so_far",
    "retirement",
    "retires",
    "shows_life",
    "since_baseline",
    "sound",
    "stamp",
    "text_of",
    "texts_in_json",
    "texts_of",
    "understood",
    "why_not",
    "without_texts",
]

let_copy(__name__)
