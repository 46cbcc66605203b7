"""ComfyUI: the client, graphs as values, and one table of nodes, models and roles."""
