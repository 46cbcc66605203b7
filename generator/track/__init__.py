"""Track: a master and the picked corners → where the screen is in every playing frame."""
