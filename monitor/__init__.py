"""Runs it all: schedule, storage, web, command line."""
