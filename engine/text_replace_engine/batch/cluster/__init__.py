"""A batch on more machines than this one: Ray's cluster, an engine on each, and what travels between them."""
