"""The letters of reading copies and charts: Tinos (README.md), and which text they can show."""
