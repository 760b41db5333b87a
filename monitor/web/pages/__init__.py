"""The pages, a module for each: what it reads, what can be done on it. The templates are in monitor/web/templates."""
