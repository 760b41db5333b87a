"""What a report says of its figures: rules that are data, what follows from them, what a writer changed. Pure."""
