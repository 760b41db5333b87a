"""The inventory as spreadsheets: a form to fill in, filled ones read and questioned, everything written out. No network."""
