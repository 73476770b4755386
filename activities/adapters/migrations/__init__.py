"""The journal's schema as a chain of steps (Alembic), run by `activities.adapters.sql.migrate`.

A released step is never edited; a change is the next one. Must never rewrite or drop a journal line.
"""
