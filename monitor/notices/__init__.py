"""Hold what carriers announce of planned work: notices as values, and what becomes of one work by all its notices.

Pure. What parses a mail or a file is a collector's; here what was parsed becomes a `Notice`, or is refused with a
reason.
"""

from __future__ import annotations

from monitor.notices.notice import Notice, NoticeStatus, notices_from
from monitor.notices.work import Work, with_notice, work_from_json, work_to_json

__all__ = ["Notice", "NoticeStatus", "Work", "notices_from", "with_notice", "work_from_json", "work_to_json"]
