"""One file for each system of the race, see `eval.race.child`; those of peers import nothing of this project."""
