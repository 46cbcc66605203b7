"""The doctor: examine the box, repair it, set it up."""
