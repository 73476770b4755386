"""A rehearsal as a picture: one SVG that needs no font, no script and no other file.

Must never decide or count anything: it draws what the core said.
"""
