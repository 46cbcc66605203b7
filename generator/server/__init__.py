"""The dev server and the bundle's server; `dev` and `static` are their doors."""
