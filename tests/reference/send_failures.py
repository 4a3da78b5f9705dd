"""Say what each reason for a page that a receiver did not take means, besides those of a failed request.

A test compares the words with those in `alerts/notifiers` and `alerts/delivery`.
"""

from __future__ import annotations

from collections.abc import Mapping

WORDS: Mapping[str, str] = {
    "apprise_failed": "Apprise itself failed.",
    "deferred": "The mail server does not take the mail now (4xx).",
    "defect": "tierwatch itself failed while sending; the log has the traceback.",
    "no_such_peer": "The page is for a peer that is no longer among `urls`.",
    "no_such_recipient": "The page is for an address that is no longer among `to`.",
    "not_alertmanager": "What answers at the address is not Alertmanager.",
    "not_pagerduty": "What answers at the address is not PagerDuty.",
    "not_supported": "The mail server offers neither TLS nor login as the options want them.",
    "paced": "The receiver was sent as much as it takes; the page waits for room. This is no failure.",
    "robot_refused": "The robot answered with an error code that only an edit can help.",
    "unanswered": "The notifier gave no answer for the page.",
    "undelivered": "The notifier raised an error for the whole batch.",
}
