"""News: feeds from strangers → the day's stories in JSON Feed 1.1."""
