"""A made-up year of the shipped province: what happened, what people did, and a folder that holds all of it."""
