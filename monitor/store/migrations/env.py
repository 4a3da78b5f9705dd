"""Run migrations on the connection that the program hands over."""

from typing import Any

from alembic import context

from monitor.store import portions
from monitor.store.schema import metadata

_attributes = context.config.attributes


def _applied(ctx: Any, step: Any, heads: Any, run_args: Any) -> None:
    """Note the changes of rows that a migration names, for whoever makes them in portions, or make them now."""
    if not step.is_upgrade:
        return
    module = context.script.get_revision(step.up_revision_id).module
    changes = portions.changes_of(module)
    if changes and _attributes.get("in_portions"):
        portions.note(ctx.connection, step.up_revision_id)
    elif changes:
        portions.make_at_once(ctx.connection, changes, portions.last_of(module))


context.configure(
    connection=_attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    user_module_prefix="",
    on_version_apply=_applied,
)
with context.begin_transaction():
    context.run_migrations()
