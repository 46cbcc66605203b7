"""What an author says: the scene file as typed values, its checks, edits in place."""
