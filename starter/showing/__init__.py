"""How things look: one module a thing, text for people and plain data for programs.

Pure: it is given what it shows, and the instant that counts as now. Must never ask anybody anything.
"""
