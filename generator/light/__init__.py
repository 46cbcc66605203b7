"""Light: a master and its track → how bright and how warm the room is around the screen."""
