"""What a writer changed of a report, and editions that were frozen."""
