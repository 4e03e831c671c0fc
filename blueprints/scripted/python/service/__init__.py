"""A small HTTP service that knows its name, its health and its neighbours."""
