"""The actions of `report`, each in a module of its name: `run(arguments, out)` returns the exit code."""
