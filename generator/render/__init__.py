"""Render: one clip of a scene → its master, by one of the backends."""
