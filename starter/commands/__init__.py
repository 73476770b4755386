"""The nouns of the `rung` command, one a file.

A command reads what was typed, asks one question of another room and shows the answer. Must never import anything
heavy before it runs.
"""
