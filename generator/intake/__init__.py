"""Intake: what an author brings, whatever it is → a file that the stages take as it stands."""
