"""Read a record that is set aside once more, by the options that its source has now."""

from __future__ import annotations

from datetime import datetime

from monitor.config.config_file import Config
from monitor.errors import TierwatchError
from monitor.history import Again, Batch, Cursor, least
from monitor.listing import NotDone, QuarantinedRecord


def reread(config: Config, record: QuarantinedRecord, body: str, now: datetime) -> Batch | NotDone:
    """What the record's collector makes of its text; why it cannot, where it cannot."""
    source = next((one for one in config.sources if one.name == record.source), None)
    if source is None:
        return NotDone.NOT_CONFIGURED
    collector = source.module.build(source.options)
    if not isinstance(collector, Again):
        return NotDone.NOT_READABLE_APART
    try:
        read = collector.again(record.record, body, Cursor(source.name, now))
    except TierwatchError:
        return NotDone.NOT_READABLE_APART
    return NotDone.NOT_READABLE_APART if read is None else least(read, source.leave_out, source.keep_raw)
