"""Runs stages: keys, freshness, the store of what was made. Knows no clip and no feed."""
