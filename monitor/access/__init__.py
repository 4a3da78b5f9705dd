"""Who may what: roles, rights, the table between them, and the hashes of what people and programs log in with.

Pure. The web side of it is `exporters/web/who.py`, the store's `monitor/store/accounts.py`.
"""

from __future__ import annotations

from monitor.access.attempts import Attempts
from monitor.access.customer_links import CustomerLink, LinkRefusal, open_link, seal_link
from monitor.access.passwords import Passwords, unfit_password
from monitor.access.roles import LoggedInBy, Principal, Right, Role, may
from monitor.access.secret_words import SHOWN, form_word, hashed, is_token, new_token, new_word, same
from monitor.access.signing import Keys, NotSealed, opened, sealed

__all__ = [
    "SHOWN",
    "Attempts",
    "CustomerLink",
    "Keys",
    "LinkRefusal",
    "LoggedInBy",
    "NotSealed",
    "Passwords",
    "Principal",
    "Right",
    "Role",
    "form_word",
    "hashed",
    "is_token",
    "may",
    "new_token",
    "new_word",
    "open_link",
    "opened",
    "same",
    "seal_link",
    "sealed",
    "unfit_password",
]
