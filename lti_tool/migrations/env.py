"""Alembic's entry: runs one history on the connection that `runner` hands over."""

from alembic import context

from lti_tool.migrations.histories import History

history: History = context.config.attributes["history"]
context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=history.metadata,
    version_table=history.version_table,
    include_name=history.owns,
    render_as_batch=True,
    compare_type=True,
    transaction_per_migration=False,
)
with context.begin_transaction():
    context.run_migrations()
