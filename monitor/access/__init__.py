"""Who may what: roles, rights, the table between them, and the hashes of what people and programs log in with.

Pure. The web side of it is `exporters/web/who.py`, the store's `monitor/store/accounts.py`.
"""

from __future__ import annotations

from monitor.access.attempts import Attempts
from monitor.access.customer_tokens import customer_link_is_ours, sign_customer_link
from monitor.access.passwords import Passwords, unfit_password
from monitor.access.roles import LoggedInBy, Principal, Right, Role, may, sees
from monitor.access.secret_words import SHOWN, form_word, hashed, is_token, new_token, new_word, same

__all__ = [
    "SHOWN",
    "Attempts",
    "LoggedInBy",
    "Passwords",
    "Principal",
    "Right",
    "Role",
    "customer_link_is_ours",
    "form_word",
    "hashed",
    "is_token",
    "may",
    "new_token",
    "new_word",
    "same",
    "sees",
    "sign_customer_link",
    "unfit_password",
]
