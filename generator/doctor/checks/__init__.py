"""The doctor's checks, one module a part of the box."""
