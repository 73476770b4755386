"""LET THE WORLD IN. Everything that talks to workflows from outside: commands, connection, embedded stack.

Bad input gets a clear error here, before anything is started or stored. Must never hold a rule of the policies.
"""
