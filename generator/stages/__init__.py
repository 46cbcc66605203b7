"""The stages: each turns a scene into `Stage` values that `pipeline` runs."""
