"""What a search of the province's own ranges may ask, and what its findings propose. Pure."""
